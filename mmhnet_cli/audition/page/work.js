// What is being done, what was made, and what went wrong, in the words of the commands.

import { get, post } from "./server.js";

export class Board {
  constructor(place, done) { this.place = place; this.done = done; this.notes = []; this.tasks = []; this.told = new Set(); }

  async watch() {
    clearTimeout(this.timer);
    this.tasks = await get("work");
    for (const task of this.tasks) if (task.state === "done" && !this.told.has(task.number)) { this.told.add(task.number); this.done(task); }
    this.draw();
    if (this.tasks.some((task) => ["waiting", "running"].includes(task.state))) this.timer = setTimeout(() => this.watch(), 400);
  }

  note(state, title, said, again) { this.notes = [{ state, title, said, again }, ...this.notes].slice(0, 4); this.draw(); }

  draw() {
    const rows = this.notes.map((one) => row(one.state, one.title, one.said, one.again && ["Replace", one.again]));
    for (const task of [...this.tasks].reverse().slice(0, 5)) {
      const busy = ["waiting", "running"].includes(task.state);
      const text = { waiting: "waits", running: task.stage, done: (task.made.outputs ?? []).join(", ") || "done", failed: "", stopped: "stopped" }[task.state];
      const one = row(task.state, `${task.title}${text ? ` · ${text}` : ""}`, task.said, busy && ["Stop", () => post("stop", { number: task.number }).then(() => this.watch())]);
      if (task.state === "running") one.append(Object.assign(document.createElement("progress"), { max: 1, value: task.share }));
      rows.push(one);
    }
    this.place.replaceChildren(...rows);
  }
}

function row(state, title, said, button) {
  const one = Object.assign(document.createElement("div"), { className: state });
  one.append(title);
  if (button) { const more = Object.assign(document.createElement("button"), { textContent: button[0], type: "button" }); more.onclick = button[1]; one.append(" ", more); }
  for (const each of said ?? []) one.append(...[each.sentence, each.next].filter(Boolean).map((text) => Object.assign(document.createElement("p"), { textContent: text })));
  return one;
}
