// The film, led by the clock of the sound.

const FAR = 0.25, NEAR = 0.012;

export class Picture {
  constructor(video, unplayed, ask) {
    this.video = video; this.unplayed = unplayed; this.ask = ask;
    video.addEventListener("error", () => this.#refuse());
    video.addEventListener("loadedmetadata", () => { if (!video.videoWidth) this.#refuse(); });
    unplayed.querySelector("button").addEventListener("click", () => this.ask(this.film));
  }

  show(film) {
    const source = `film/${film.key}${film.proxy ? "?proxy" : ""}`;
    if (this.source === source) return;
    this.film = film; this.source = source;
    this.unplayed.hidden = true;
    if (film.played || film.proxy) this.video.src = source; else { this.video.removeAttribute("src"); this.video.load(); this.#refuse(); }
  }

  #refuse() {
    if (!this.film) return;
    this.unplayed.hidden = false;
    this.unplayed.querySelector("p").textContent = `Browsers do not show ${this.film.name} (${this.film.codec}). The sound plays all the same.`;
  }

  // A frame is asked for by its middle, so that rounding never shows its neighbour.
  still(seconds) {
    const rate = this.film.rate[0] / this.film.rate[1];
    const middle = (Math.min(Math.floor(seconds * rate + 1e-6), this.film.frames - 1) + 0.5) / rate;
    this.video.pause();
    this.video.currentTime = middle + this.film.offset;
  }

  follow(seconds, playing) {
    const { video } = this;
    if (!playing || !video.videoWidth) { if (!video.paused) video.pause(); return; }
    const behind = seconds + this.film.offset - video.currentTime;
    this.behind = behind;
    if (video.paused && !video.ended) { video.currentTime = seconds + this.film.offset; video.play().catch(() => {}); return; }
    if (Math.abs(behind) > FAR && !video.seeking) video.currentTime = seconds + this.film.offset + 0.05;
    video.playbackRate = Math.abs(behind) < NEAR ? 1 : Math.min(1.25, Math.max(0.8, 1 + behind));
  }
}
