// Frames of the film to labels of its timecode (SMPTE ST 12-1), and what part of the film is in view.

export const rateOf = (film) => film.rate[0] / film.rate[1];

export function label(film, frame) {
  const labels = Math.round(rateOf(film));
  const dropped = film.clock.drop ? Math.floor(labels / 15) : 0;
  let count = film.clock.frame + frame;
  const day = 86400 * labels - dropped * 1296;
  count = ((count % day) + day) % day;
  if (dropped) {
    const minute = 60 * labels - dropped, ten = 10 * minute + dropped;
    const tens = Math.floor(count / ten), rest = count % ten;
    count += dropped * (9 * tens + Math.floor(Math.max(0, rest - dropped) / minute));
  }
  const two = (value) => String(value).padStart(2, "0");
  const seconds = Math.floor(count / labels);
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}${dropped ? ";" : ":"}${two(count % labels)}`;
}

export class View {
  constructor() { this.from = 0; this.to = 1; this.whole = 1; this.width = 1; }

  fit(duration) { this.whole = duration; this.show(0, duration); }

  // The part from..to in seconds, held inside the film; never less than a twentieth of a second.
  show(from, to) {
    const span = Math.min(this.whole, Math.max(0.05, to - from));
    this.from = Math.max(0, Math.min(from, this.whole - span));
    this.to = this.from + span;
  }

  zoom(factor, at) { this.show(at - (at - this.from) * factor, at + (this.to - at) * factor); }
  get span() { return this.to - this.from; }
  x(seconds) { return ((seconds - this.from) / this.span) * this.width; }
  seconds(x) { return this.from + (x / this.width) * this.span; }
}

// Steps of a ruler that leave room for a label, in seconds.
export function ticks(view, rate) {
  const least = (view.span / view.width) * 100;
  const steps = [1 / rate, 5 / rate, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];
  const step = steps.find((one) => one >= least) ?? 7200;
  const found = [];
  for (let k = Math.ceil(view.from / step); k * step <= view.to; k++) found.push(k * step);
  return found;
}
