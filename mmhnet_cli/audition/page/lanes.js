// Tracks on the time line: waves by wavesurfer from peaks of the server, a spectrogram in tiles behind or below them.

import WaveSurfer from "./wavesurfer.esm.js";

const HEIGHT = { both: 92, waves: 62, spectra: 76 };
const nonce = location.pathname.split("/")[1];

export const scale = { factor: 4 };

export class Lane {
  constructor(place, sound, color) {
    this.sound = sound;
    this.element = document.createElement("div");
    this.tiles = Object.assign(document.createElement("div"), { className: "tiles" });
    this.wave = Object.assign(document.createElement("div"), { className: "wave" });
    this.element.append(this.tiles, this.wave);
    place.append(this.element);
    this.color = color; this.shown = ""; this.turn = 0;
  }

  style(kind, silent) {
    this.kind = kind;
    this.element.className = `lane ${kind}${silent ? " silent" : ""}`;
    this.element.style.height = `${HEIGHT[kind]}px`;
  }

  remove() { this.surfer?.destroy(); this.element.remove(); }

  async draw(view, redone) {
    const shown = `${view.from} ${view.to} ${view.width} ${this.kind} ${scale.factor}`;
    if (shown === this.shown || view.width < 2) return;
    this.shown = shown;
    this.#redone(view, redone);
    if (this.kind !== "waves") this.#tiles(view);
    if (this.kind !== "spectra") await this.#wave(view);
  }

  async #wave(view) {
    const { sound } = this, bins = Math.min(4096, Math.max(16, Math.round(view.width)));
    const first = Math.round((view.from - sound.begin) * sound.rate), last = Math.max(first + bins, Math.round((view.to - sound.begin) * sound.rate));
    const turn = ++this.turn;
    const response = await fetch(`peaks/${sound.key}?first=${first}&last=${last}&bins=${bins}`);
    if (!response.ok || turn !== this.turn) return;
    const found = new Uint16Array(await response.arrayBuffer());
    const peaks = [...Array(sound.channels).keys()].map((channel) => Float32Array.from(found.subarray(channel * bins, (channel + 1) * bins), (value) => Math.min(1, (value / 65535) * scale.factor)));
    const height = this.kind === "both" ? HEIGHT.both / 2 : HEIGHT.waves;
    this.surfer ??= WaveSurfer.create({
      container: this.wave, height, interact: false, cursorWidth: 0, hideScrollbar: true, normalize: false,
      waveColor: this.color, progressColor: this.color, cspNonce: nonce,
    });
    if (turn !== this.turn) return;
    this.surfer.setOptions({ height });
    await this.surfer.load("", peaks, view.span).catch(() => {});
    this.element.dataset.drawn = turn;
  }

  #tiles(view) {
    const { sound } = this, length = sound.samples / sound.rate;
    const level = Math.max(0, Math.min(15, Math.ceil(Math.log2((512 * view.span) / view.width))));
    const each = 2 ** level, images = [];
    const first = Math.max(0, Math.floor((view.from - sound.begin) / each));
    for (let number = first; number * each < Math.min(length, view.to - sound.begin); number++) {
      const old = this.tiles.querySelector(`img[data-name="${level}/${number}"]`);
      const image = old ?? Object.assign(new Image(), { src: `tile/${sound.key}/${level}/${number}`, alt: "", draggable: false });
      image.dataset.name = `${level}/${number}`;
      const left = view.x(number * each + sound.begin);
      image.style.left = `${left}px`;
      image.style.width = `${view.x((number + 1) * each + sound.begin) - left + 0.5}px`;
      images.push(image);
    }
    this.tiles.replaceChildren(...images);
  }

  #redone(view, redone) {
    for (const old of this.element.querySelectorAll(".redone")) old.remove();
    for (const [from, to] of redone) {
      const bar = Object.assign(document.createElement("div"), { className: "redone", title: "made anew" });
      bar.style.left = `${view.x(from)}px`; bar.style.width = `${view.x(to) - view.x(from)}px`;
      this.element.append(bar);
    }
  }
}

export const heightOf = (kind) => HEIGHT[kind] + 1;
