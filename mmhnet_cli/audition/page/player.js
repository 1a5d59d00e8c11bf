// Sample-exact playback of many sounds on one clock: stretches of a file are fetched, queued ahead, and only their gain
// says what is heard. So takes change at once and in place, and nothing waits for a whole file.

const CHUNK = 1.0, AHEAD = 2.5, MOST_BYTES = 256e6, RAMP = 0.008, START = 0.03;

export class Player {
  constructor() {
    this.sounds = new Map();  // by key: {sound, gain, queued: [{source, ...}], until}
    this.pieces = [];         // stretches of the film on the clock of the context: {when, from, to}
    this.kept = new Map();    // fetched chunks, the oldest first
    this.bytes = 0;
    this.at = 0; this.playing = false; this.region = null; this.duration = 0; this.turn = 0;
    this.firstSound = null;   // milliseconds from the wish to play to the first sound that is queued
    this.onend = () => {};
  }

  // sounds: all that may be heard now. audible: the keys that are.
  async use(sounds, audible) {
    const keys = new Set(sounds.map((sound) => sound.key));
    for (const [key, held] of this.sounds) if (!keys.has(key)) { this.#silence(held); this.sounds.delete(key); }
    for (const sound of sounds) if (!this.sounds.has(sound.key)) this.sounds.set(sound.key, { sound, gain: null, queued: [], until: 0 });
    this.audible = audible;
    this.#gains();
    if (this.playing) this.#fill();
  }

  hear(audible) { this.audible = audible; this.#gains(); if (this.playing) this.#fill(); }

  get position() {
    if (!this.playing) return this.at;
    const now = this.context.currentTime - this.latency;
    const piece = [...this.pieces].reverse().find((one) => one.when <= now) ?? this.pieces[0];
    return Math.min(Math.max(piece.from, piece.from + now - piece.when), piece.to);
  }

  get latency() { return this.context?.outputLatency || this.context?.baseLatency || 0; }

  async play() {
    if (this.playing) return;
    const rate = this.sounds.values().next().value?.sound.rate ?? 48000;
    if (!this.context) {
      this.context = new AudioContext({ sampleRate: rate, latencyHint: "interactive" });
      this.tap = this.context.createAnalyser();
      this.tap.connect(this.context.destination);
    }
    const asked = performance.now();
    const resumed = this.context.resume();
    if (this.region && this.looping) this.at = this.region[0];
    if (this.at >= this.duration - 0.001) this.at = 0;
    this.firstSound = null;
    // The first second of what is heard is here before the clock starts; the rest comes while it plays.
    const first = [...this.sounds.values()].filter((held) => this.audible.has(held.sound.key));
    const turn = ++this.turn;
    await Promise.all([resumed, ...first.map((held) => this.#chunk(held.sound, Math.floor(this.#local(held.sound, this.at) / CHUNK)).catch(() => null))]);
    if (turn !== this.turn) return;
    this.asked = asked;
    this.playing = true;
    this.pieces = [this.#piece(this.context.currentTime + START, this.at)];
    this.#gains();
    this.#fill();
    this.timer = setInterval(() => this.#fill(), 100);
  }

  pause() {
    this.turn++;
    if (!this.playing) return;
    this.at = this.position;
    this.playing = false;
    clearInterval(this.timer);
    for (const held of this.sounds.values()) this.#silence(held);
    this.pieces = [];
  }

  async seek(seconds) {
    const playing = this.playing;
    this.pause();
    this.at = Math.max(0, Math.min(seconds, this.duration));
    if (playing) await this.play();
  }

  #piece(when, from) {
    const to = this.looping && this.region && from < this.region[1] ? this.region[1] : this.duration;
    return { when, from, to };
  }

  #local(sound, seconds) { return seconds - sound.begin; }

  #gains() {
    if (!this.context) return;
    const now = this.context.currentTime;
    for (const held of this.sounds.values()) {
      const wanted = this.audible.has(held.sound.key) ? 1 : 0;
      if (!held.gain) {
        held.gain = this.context.createGain();
        held.gain.gain.value = wanted;
        held.gain.connect(this.tap);
      }
      held.gain.gain.setTargetAtTime(wanted, now, RAMP);
    }
  }

  #silence(held) {
    for (const one of held.queued) { one.source.onended = null; try { one.source.stop(); } catch { /* not begun */ } one.source.disconnect(); }
    held.queued = []; held.until = 0; held.piece = null;
  }

  #fill() {
    if (!this.playing) return;
    const now = this.context.currentTime, horizon = now + AHEAD;
    let last = this.pieces.at(-1);
    while (last.when + last.to - last.from < horizon && this.looping && this.region) {
      last = this.#piece(last.when + last.to - last.from, this.region[0]);
      this.pieces.push(last);
    }
    if (this.pieces.length > 200) this.pieces.splice(0, 100);
    if (this.position >= this.duration - 0.002 && !this.looping) { this.pause(); this.at = this.duration; this.onend(); return; }
    for (const held of this.sounds.values()) this.#queue(held, now, horizon);
  }

  // Queue what of a sound is heard up to the horizon, one chunk after the other.
  async #queue(held, now, horizon) {
    if (held.busy) return;
    held.busy = true;
    const turn = this.turn;
    try {
      for (const piece of this.pieces) {
        const end = piece.when + piece.to - piece.from;
        let when = Math.max(piece.when, held.until, this.context.currentTime > piece.when + 0.05 && !held.until ? this.context.currentTime + START : 0);
        while (when < Math.min(end, horizon) - 1e-6) {
          // Counted in samples: chunks meet without a gap, whatever seconds round to.
          const { rate } = held.sound, count = Math.round(CHUNK * rate);
          const local = Math.round(this.#local(held.sound, piece.from + when - piece.when) * rate);
          const number = Math.floor(local / count), offset = local - number * count;
          const length = Math.max(1, Math.min(count - offset, Math.round((end - when) * rate))) / rate;
          const buffer = await this.#chunk(held.sound, number);
          if (turn !== this.turn || !this.playing || this.sounds.get(held.sound.key) !== held) return;
          if (buffer) this.#schedule(held, buffer, when, offset / rate, length);
          when += length;
          held.until = when;
        }
      }
    } finally { held.busy = false; }
  }

  #schedule(held, buffer, when, offset, length) {
    const late = Math.max(0, this.context.currentTime - when);
    if (late >= length) return;
    const source = this.context.createBufferSource();
    source.buffer = buffer;
    source.connect(held.gain);
    source.start(when + late, offset + late, length - late);
    const one = { source };
    held.queued.push(one);
    source.onended = () => { held.queued = held.queued.filter((other) => other !== one); source.disconnect(); };
    if (this.firstSound === null && this.audible.has(held.sound.key)) this.firstSound = performance.now() - this.asked;
  }

  async #chunk(sound, number) {
    const count = Math.round(CHUNK * sound.rate), first = number * count;
    if (first + count <= 0 || first >= sound.samples) return null;
    const name = `${sound.key} ${number}`;
    if (!this.kept.has(name)) {
      this.kept.set(name, this.#fetch(sound, first, count));
      this.bytes += count * sound.channels * 4;
      const each = count * sound.channels * 4;
      while (this.bytes > MOST_BYTES) { this.kept.delete(this.kept.keys().next().value); this.bytes -= each; }
    }
    try { return await this.kept.get(name); } catch (error) { this.kept.delete(name); throw error; }
  }

  async #fetch(sound, first, count) {
    const response = await fetch(`samples/${sound.key}?first=${first}&count=${count}`);
    if (!response.ok) throw new Error(`samples: ${response.status}`);
    const found = new Float32Array(await response.arrayBuffer());
    const buffer = new AudioBuffer({ length: count, numberOfChannels: sound.channels, sampleRate: sound.rate });
    for (let channel = 0; channel < sound.channels; channel++) {
      const own = buffer.getChannelData(channel);
      for (let k = 0; k < count; k++) own[k] = found[k * sound.channels + channel];
    }
    return buffer;
  }
}
