"""Damaged lists of films: `batch LIST --dry-run`."""

import csv
import io
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from benchmarks.hostile.commands import command
from benchmarks.hostile.trees import TEXTS, damaged_text, odd
from benchmarks.hostile.watch import Finding

FILM = "film one.mp4"
PROMPT = "words.txt"
COLUMNS: dict[str, tuple[str, ...]] = {
    "film": (FILM, f"./{FILM}", f"sub/{FILM}", "missing.mp4", "../outside.mp4", "*.mp4", "."),
    "prompt": ("rain", "rain, wind; thunder", 'rain "heavy"', "", "=1+1"),
    "prompt-file": (PROMPT, "../canary.txt", "/etc/passwd", "/dev/zero"),
    "negative prompt": ("music",),
    "takes": ("2", "0", "-1", "2,5", "1e3", "99999999"),
    "seed": ("42", "random", "-1", "99999999999999999999"),
    "Guidance": ("2.5", "2,5", "nan", "1e400"),
    "steps": ("1", "25.0", "ten"),
    "start": ("0", "0.1", "00:00:00:05", "-1", "1/0"),
    "end": ("0.2", "1e999"),
    "name": ("{source}_{take}", "../{source}", "{0.__class__}", "{", "a/b"),
    "output": ("out.wav", "../out.wav", "/tmp/hostile-out.wav", "out.mp4", FILM, "out"),
    "output-dir": ("..", "/tmp"),
    "model": ("mini", "../x", "/dev/zero", "nobody/nothing"),
    "stem": ("rain=rain", "rain", "=", "a=b=c"),
    "bits": ("16", "12"),
    "loudness": ("-23", "ebu", "-1e9"),
    "colour": ("red",),
}
Table = list[dict[str, Any]]
HUGE = 1_000_000


@dataclass(frozen=True)
class Manifests:
    """film: bytes of a whole one."""

    film: bytes

    def write(self, rng: random.Random, folder: Path) -> None:
        """Write a list that is damaged, and the film beside it."""
        (folder / FILM).write_bytes(self.film)
        (folder / PROMPT).write_text("rain on a tin roof")
        if rng.random() < 0.1:
            (folder / FILM).with_suffix(".txt").write_bytes(rng.choice((b"rain", b"\xff\xfe", b"", b"x" * HUGE)))
        suffix = rng.choice(list(WRITERS))
        text = WRITERS[suffix](rng, _table(rng))
        if rng.random() < 0.05:
            text = rng.choice((",", "\n", "film,", '"', "[[film]]\n", '{"film": 1}\n')) * HUGE
        content = damaged_text(rng, text) if rng.random() < 0.3 else text.encode(errors="replace")
        (folder / f"list{suffix}").write_bytes(content)

    def run(self, rng: random.Random, folder: Path) -> Finding:
        """Plan the list without doing it."""
        (path,) = folder.glob("list.*")
        answer = command("batch", path, "--dry-run")
        planned = [Path(name) for record in answer.records for name in record.get("outputs", ())]
        strays = [path for path in planned if not path.resolve().is_relative_to(folder.resolve())]
        return Finding("outside", f"would write {strays[0]}") if strays else answer.finding


def _table(rng: random.Random) -> Table:
    """A few films with a few options each, most of them as they should be."""
    chosen = dict.fromkeys(("film", *rng.sample(list(COLUMNS), rng.randrange(4))))
    names = list(chosen)
    table = []
    for _ in range(rng.choice((1, 1, 2, 3, 50))):
        row = {name: COLUMNS[name][0] if rng.random() < 0.9 else rng.choice(COLUMNS[name]) for name in names}
        if rng.random() < 0.1:
            row[rng.choice(names)] = odd(rng, row[names[-1]])
        table.append(row)
    if rng.random() < 0.1:
        name = rng.choice(TEXTS)
        table = [{**row, name: odd(rng)} for row in table]
    return table


def _csv(rng: random.Random, table: Table) -> str:
    file = io.StringIO()
    delimiter = rng.choice(",,;\t|")
    quoting: Literal[0, 1, 3] = rng.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONE))
    names = [name for name in table[0] if isinstance(name, str)]
    writer = csv.writer(
        file, delimiter=delimiter, quoting=quoting, escapechar="\\", lineterminator=rng.choice(("\n", "\r\n", "\r"))
    )
    writer.writerow(names)
    writer.writerows([[row.get(name, "") for name in names] for row in table])
    return f"{rng.choice(('', '', f'sep={delimiter}'))}\n{file.getvalue()}".lstrip("\n")


def _jsonl(rng: random.Random, table: Table) -> str:
    rows = [json.dumps(row) for row in table]
    if rng.random() < 0.2:
        rows.append(rng.choice(("[]", "null", "{}", '"film"', "", '{"film": {}}')))
    return "\n".join(rows) + "\n"


def _toml(rng: random.Random, table: Table) -> str:
    lines = ["[defaults]", f"{rng.choice(list(COLUMNS))} = {json.dumps(odd(rng))}"] if rng.random() < 0.4 else []
    for row in table:
        lines += ["[[film]]", *(f"{json.dumps(name)} = {json.dumps(value)}" for name, value in row.items())]
    return "\n".join(lines) + "\n"


WRITERS: dict[str, Callable[[random.Random, Table], str]] = {".csv": _csv, ".jsonl": _jsonl, ".toml": _toml}
