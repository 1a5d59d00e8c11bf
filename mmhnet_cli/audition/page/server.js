// What the page asks of the server. A refusal carries the sentences of the commands.

export class Refused extends Error {
  constructor(kind, said) { super(said.map((one) => one.sentence).join(" ")); this.kind = kind; this.said = said; }
}

async function answered(response) {
  if (response.ok) return response.json();
  let found;
  try { found = await response.json(); } catch { found = { kind: "", said: [{ sentence: `The server answered ${response.status}.`, next: "Load the page again." }] }; }
  throw new Refused(found.kind, found.said);
}

export const get = async (path) => answered(await fetch(path));
export const post = async (action, asked) => answered(await fetch(`do/${action}`, {
  method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(asked),
}));
