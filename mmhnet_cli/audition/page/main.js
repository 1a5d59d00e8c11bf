// The page: what is chosen, what the keys do, and how it is drawn.

import { Lane, heightOf, scale } from "./lanes.js";
import { Picture } from "./picture.js";
import { Player } from "./player.js";
import { get, post } from "./server.js";
import { View, label, rateOf, ticks } from "./time.js";
import { Board } from "./work.js";

const at = (id) => document.getElementById(id);
const COLORS = ["#8fa3b5", "#5fb3a3", "#d6a85c", "#9d8fd0", "#c97f8f", "#7fa7d6", "#a8bd6a"];
const KINDS = ["both", "waves", "spectra"];
const player = new Player(), view = new View();
const picture = new Picture(at("video"), at("unplayed"), (film) => act("proxy", { film: film.key }));
const board = new Board(at("work"), (task) => (task.kind === "redo" ? load(task.made.report) : load()));
let library = { films: [], versions: [] }, film, version, other, lanes = [], kind = "both", focus = 0;
const muted = new Set(), soloed = new Set();

async function load(report) {
  library = await get("library");
  at("films").replaceChildren(...library.films.map((one) => new Option(one.name, one.key)));
  const kept = version && library.versions.find((one) => one.key === version.key);
  const wanted = report && library.versions.find((one) => one.report === report);
  if (library.problems.length) board.note("failed", "Not shown", library.problems);
  await choose(wanted ?? kept ?? library.versions[0]);
}

const ofFilm = () => library.versions.filter((one) => one.film === film.key);

async function choose(next) {
  if (!next) return;
  const same = film?.key === next.film;
  if (same && version && version.key !== next.key) other = version;
  film = library.films.find((one) => one.key === next.film);
  version = next;
  other = ofFilm().find((one) => one.key === other?.key);
  if (!same) { player.pause(); player.at = 0; player.region = null; view.width = at("field").clientWidth; view.fit(film.duration); muted.clear(); soloed.clear(); other = undefined; }
  at("films").value = film.key;
  document.title = `${film.name} · audition`;
  player.duration = film.duration;
  picture.show(film);
  await player.use([...version.sounds, ...(other?.sounds ?? [])], audible());
  dress();
}

// The mix is what its stems add up to: it is heard where it is asked for alone, or is all that there is.
function audible() {
  const heard = version.sounds.filter((one) => (soloed.size ? soloed.has(one.track) : !muted.has(one.track) && !one.sum));
  return new Set(heard.map((one) => one.key));
}

function dress() {
  const rows = ofFilm().map((one, number) => {
    const item = document.createElement("li");
    item.setAttribute("aria-current", one.key === version.key);
    item.className = one.key === other?.key ? "other" : "";
    item.append(text("b", number < 9 ? number + 1 : ""), text("span", one.label), text("em", one.picked ? "picked" : one.lufs === null ? "" : `${one.lufs} LUFS`, one.picked ? "picked" : ""));
    item.onclick = () => choose(one);
    return item;
  });
  at("versions").replaceChildren(...rows);
  dressLabel();
  at("pick").disabled = false;
  const tracks = version.stems ? version.voices.map((voice) => voice.name) : ["mix"];
  const chosen = at("track").value;
  at("track").replaceChildren(...tracks.map((name) => new Option(name, name)));
  if (tracks.includes(chosen)) at("track").value = chosen;
  words();
  at("start").disabled = !version.latents;
  at("start").textContent = version.latents ? "Redo" : "This take has no latents";
  lanes.forEach((lane) => lane.remove());
  at("heads").replaceChildren();
  focus = Math.min(focus, version.sounds.length - 1);
  lanes = version.sounds.map((sound, number) => new Lane(at("lanes"), sound, COLORS[number % COLORS.length]));
  version.sounds.forEach((sound, number) => at("heads").append(headline(sound, number)));
  draw();
}

function dressLabel() { at("label").textContent = `${version.label}${at("video").muted ? "" : " + the film's own sound"}`; }

function words() {
  const voice = version.voices.find((one) => one.name === at("track").value) ?? version.voices[0];
  at("prompt").placeholder = voice?.prompt || "what the picture says";
}

function text(tag, content, name = "") { return Object.assign(document.createElement(tag), { textContent: content, className: name }); }

function headline(sound, number) {
  const row = Object.assign(text("div", "", "headline"), { title: sound.file });
  row.append(text("span", sound.track), toggle("M", muted, sound.track), toggle("S", soloed, sound.track));
  row.onclick = () => { focus = number; draw(); };
  return row;
}

function toggle(name, set, track) {
  const button = text("button", name);
  button.onclick = (event) => { event.stopPropagation(); flip(set, track); };
  return button;
}

function flip(set, track) {
  if (!set.delete(track)) set.add(track);
  player.hear(audible());
  draw();
}

function draw() {
  if (!version) return;
  view.width = at("field").clientWidth;
  const heard = audible();
  lanes.forEach((lane, number) => {
    const row = at("heads").children[number], silent = !heard.has(lane.sound.key);
    lane.style(kind, silent);
    row.style.height = `${heightOf(kind)}px`;
    row.className = `headline${silent ? " silent" : ""}${number === focus ? " focused" : ""}`;
    row.children[1].setAttribute("aria-pressed", muted.has(lane.sound.track));
    row.children[2].setAttribute("aria-pressed", soloed.has(lane.sound.track));
    lane.draw(view, version.redone.filter(([, , voice]) => lane.sound.track === "mix" || lane.sound.track === voice));
  });
  at("ruler").replaceChildren(...ticks(view, rateOf(film)).map((second) => {
    const tick = text("span", label(film, Math.round(second * rateOf(film))));
    tick.style.left = `${view.x(second)}px`;
    return tick;
  }));
  cues();
  mark();
}

function cues() {
  const tracks = [...new Set(version.cues.map((cue) => cue.track))], parts = [];
  for (const cue of version.cues) {
    if (cue.end < view.from || cue.start > view.to) continue;
    const box = Object.assign(text("div", cue.prompt || "(the picture decides)", "cue"), { title: `${cue.track}: ${cue.prompt}` });
    const left = Math.max(-2, view.x(cue.start));
    Object.assign(box.style, { left: `${left}px`, width: `${Math.max(3, Math.min(view.width + 2, view.x(cue.end)) - left)}px`, top: `${2 + (tracks.indexOf(cue.track) % 2) * 15}px` });
    box.onpointerdown = (event) => { event.stopPropagation(); region(cue.start, cue.end); seek(cue.start); };
    parts.push(box);
    for (const [time] of cue.hits) if (time >= view.from && time <= view.to) { const hit = text("div", "", "hit"); hit.style.left = `${view.x(time)}px`; parts.push(hit); }
  }
  at("cues").replaceChildren(...parts.slice(0, 3000));
}

const frameAt = (seconds) => Math.max(0, Math.min(film.frames, Math.round(seconds * rateOf(film))));

// Regions begin and end with frames of the film.
function region(from, to) {
  const [first, last] = [frameAt(Math.min(from, to)), frameAt(Math.max(from, to))];
  player.region = first < last ? [first / rateOf(film), last / rateOf(film)] : null;
  mark();
}

function mark() {
  at("mark").hidden = !player.region;
  at("region").textContent = "";
  if (!player.region) return;
  const [from, to] = player.region;
  Object.assign(at("mark").style, { left: `${view.x(from)}px`, width: `${view.x(to) - view.x(from)}px` });
  at("region").textContent = `${label(film, frameAt(from))} – ${label(film, frameAt(to))}`;
}

async function seek(seconds) { await player.seek(seconds); if (!player.playing) picture.still(player.at); }
async function play() { if (player.playing) { player.pause(); picture.still(player.at); } else await player.play(); }
function loop() { player.looping = !player.looping; at("loop").setAttribute("aria-pressed", player.looping); if (player.playing) seek(player.region && player.looping ? player.region[0] : player.position); }

async function act(action, asked, title = action) {
  try {
    const made = await post(action, asked);
    if (made.number) await board.watch();
    else { board.note("done", `${title} · ${made.outputs.join(", ")}`, []); if (action === "pick") await load(); }
  } catch (error) {
    const again = error.kind === "OutputExists" ? () => act(action, { ...asked, replace: true }, title) : null;
    board.note("failed", title, error.said ?? [{ sentence: String(error), next: "" }], again);
  }
}

function redo() {
  if (!player.region) return board.note("failed", "Redo", [{ sentence: "Nothing is marked.", next: "Drag over the tracks, or press I and O." }]);
  const [from, to] = player.region.map(frameAt);
  const filled = (id) => at(id).value.trim() || null;
  return act("redo", { version: version.key, from, to, track: version.stems ? at("track").value : null, prompt: filled("prompt"), negative: filled("negative"), seed: filled("seed") === null ? null : Number(at("seed").value) }, "Redo");
}

const pick = () => act("pick", { version: version.key }, "Pick");
const hand = () => act("export", { version: version.key, to: at("to").value }, "Export");
const fit = () => { view.fit(film.duration); draw(); };
const zoom = (factor, where = player.position) => { view.zoom(factor, where >= view.from && where <= view.to ? where : (view.from + view.to) / 2); draw(); };
const step = (frames) => seek((Math.floor(player.position * rateOf(film) + 1e-6) + frames) / rateOf(film));
const turn = () => { kind = KINDS[(KINDS.indexOf(kind) + 1) % 3]; at("view").textContent = { both: "Both", waves: "Waves", spectra: "Spectrogram" }[kind]; draw(); };
const focused = () => version.sounds[focus].track;

const KEYS = {
  " ": ["Space", "play, pause", play], ArrowLeft: ["← →", "a frame; with Shift a second", (e) => step(e.shiftKey ? -Math.round(rateOf(film)) : -1)],
  ArrowRight: ["", "", (e) => step(e.shiftKey ? Math.round(rateOf(film)) : 1)], Home: ["Home End", "to the beginning, to the end", () => seek(0)], End: ["", "", () => seek(film.duration)],
  i: ["I O", "the region begins, ends here", () => region(player.position, player.region && player.region[1] > player.position ? player.region[1] : film.duration)],
  o: ["", "", () => region(player.region && player.region[0] < player.position ? player.region[0] : 0, player.position)],
  Escape: ["Esc", "no region", () => { player.region = null; mark(); }], l: ["L", "loop the region", loop],
  x: ["X", "the other take, at the same place (A/B)", () => choose(other)], r: ["R", "redo the region: words, then Enter", () => at("prompt").focus()],
  p: ["P", "pick this take", pick], e: ["E", "export", hand],
  ArrowUp: ["↑ ↓", "another track", () => { focus = Math.max(0, focus - 1); draw(); }], ArrowDown: ["", "", () => { focus = Math.min(version.sounds.length - 1, focus + 1); draw(); }],
  m: ["M S", "mute, solo the track", () => flip(muted, focused())], s: ["", "", () => flip(soloed, focused())],
  w: ["W", "waves, spectrogram, both", turn], "+": ["+ −", "zoom", () => zoom(0.5)], "=": ["", "", () => zoom(0.5)], "-": ["", "", () => zoom(2)],
  h: ["H", "height of the waves: 1, 2, 4, 8 times", () => { scale.factor = scale.factor === 8 ? 1 : scale.factor * 2; draw(); }],
  a: ["A", "the film's own sound, too", () => { const video = at("video"); video.muted = !video.muted; dressLabel(); }],
  f: ["F", "the whole film", fit], z: ["Z", "the region as large as the window", () => { if (player.region) { const [a, b] = player.region, m = (b - a) * 0.15; view.show(a - m, b + m); draw(); } }],
  "?": ["?", "these keys", () => (at("help").open ? at("help").close() : at("help").showModal())],
};

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !version) return;
  const typing = event.target.closest?.("input, select");
  if (typing) { if (event.key === "Escape") event.target.blur(); return; }
  if (event.key >= "1" && event.key <= "9") return void choose(ofFilm()[event.key - 1]);
  const known = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!known || (event.key === "Enter")) return;
  event.preventDefault();
  known[2](event);
});
at("list").append(...Object.values(KEYS).filter((one) => one[0]).flatMap((one) => [text("dt", one[0]), text("dd", one[1])]), text("dt", "1–9"), text("dd", "a take"));
for (const [id, action] of Object.entries({ play, loop, fit, pick, export: hand, view: turn, in: () => zoom(0.5), out: () => zoom(2), keys: KEYS["?"][2] })) {
  at(id).addEventListener("click", (event) => { event.currentTarget.blur(); action(event); });
}
at("films").onchange = () => { choose(library.versions.find((one) => one.film === at("films").value)); at("films").blur(); };
at("track").onchange = words;
at("redo").onsubmit = (event) => { event.preventDefault(); document.activeElement.blur(); redo(); };

const field = at("field");
const second = (event) => Math.max(0, Math.min(film.duration, view.seconds(event.clientX - field.getBoundingClientRect().left)));
field.addEventListener("pointerdown", (event) => {
  if (event.button || !version) return;
  const edge = event.target.dataset?.edge, begin = edge ? player.region[edge === "from" ? 1 : 0] : second(event), x = event.clientX;
  let dragged = Boolean(edge);
  field.setPointerCapture(event.pointerId);
  field.onpointermove = (move) => { dragged ||= Math.abs(move.clientX - x) > 4; if (dragged) region(begin, second(move)); };
  field.onpointerup = (up) => { field.onpointermove = field.onpointerup = null; if (!dragged) seek(second(up)); };
});
field.addEventListener("wheel", (event) => {
  if (event.ctrlKey) { event.preventDefault(); zoom(Math.exp(event.deltaY / 300), second(event)); return; }
  const by = event.deltaX || (event.shiftKey ? event.deltaY : 0);
  if (by) { event.preventDefault(); const move = (by / view.width) * view.span; view.show(view.from + move, view.to + move); draw(); }
}, { passive: false });
addEventListener("resize", draw);
player.onend = () => picture.still(film.duration);

(function tick() {
  if (version) {
    const now = player.position;
    if (player.playing && (now > view.to || now < view.from) && view.span < film.duration) { view.show(now - view.span * 0.1, now + view.span * 0.9); draw(); }
    at("head").style.transform = `translateX(${view.x(now)}px)`;
    at("clock").textContent = label(film, Math.min(film.frames, Math.floor(now * rateOf(film) + 1e-6)));
    at("play").textContent = player.playing ? "Pause" : "Play";
    picture.follow(now, player.playing);
  }
  requestAnimationFrame(tick);
})();

window.audition = { player, picture, view, get version() { return version; }, get film() { return film; } };
await load().catch((error) => board.note("failed", "The takes", error.said ?? [{ sentence: String(error), next: "" }]));
picture.still(0);
board.watch();
