"""What is done of preparing, a JSON object per line: it can be broken off at any moment, and goes on from there."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from mmhnet_cli.errors import OutputExists, TrainingInvalid
from mmhnet_cli.fields import shown
from mmhnet_cli.regular_file import read_regular
from mmhnet_cli.training.films.cutting import LeftOut
from mmhnet_cli.training.films.writing import append_line, made_folder, write_text, written

JOURNAL_FILE = "prepared.jsonl"
MOST_BYTES = 1 << 30


@dataclass(frozen=True)
class Kept:
    """A clip that is prepared: it begins at this second of its film, and its file has so many bytes."""

    name: str
    start_s: int
    lufs: float
    bytes: int


@dataclass(frozen=True)
class Done:
    """A stretch of a film, one of `of`, of which all is decided."""

    number: int
    of: int
    clips: tuple[Kept, ...]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True)
class Shard:
    """A file that holds the clips of these names, in this order."""

    file: str
    sha256: str
    names: tuple[str, ...]


@dataclass
class Journal:
    """It knows films by what `prepare.key_of` calls them, and grows by a line for each thing that is done."""

    path: Path
    films: dict[str, dict[int, Done]] = field(default_factory=dict)
    """Their stretches stand by number."""
    shards: list[Shard] = field(default_factory=list)
    packed: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Clips that are in a shard, with its number and their row there."""

    def is_done(self, film: str) -> bool:
        """Tell whether all stretches of a film are done."""
        done = self.films.get(film, {})
        return bool(done) and len(done) == next(iter(done.values())).of

    def clips(self, film: str) -> list[Kept]:
        """Return the clips of a film in the order of their times."""
        return [clip for _, done in sorted(self.films.get(film, {}).items()) for clip in done.clips]

    def left_out(self, film: str) -> list[LeftOut]:
        """Return what was left out of a film."""
        return [stretch for _, done in sorted(self.films.get(film, {}).items()) for stretch in done.left_out]

    def finish(self, film: str, done: Done) -> None:
        """Note a stretch, the files of whose clips are written."""
        self._write("stretch", {"film": film, **asdict(done)})
        self._finish(film, done)

    def pack(self, shard: Shard) -> None:
        """Note a shard whose file is written."""
        self._write("shard", asdict(shard))
        self._pack(shard)

    def take(self, line: Mapping[str, Any]) -> None:
        """Take a line that was written before. Raises KeyError, TypeError or ValueError for what was not."""
        kind = line["kind"]
        if kind == "stretch":
            clips = tuple(Kept(**clip) for clip in line["clips"])
            left_out = tuple(LeftOut(**stretch) for stretch in line["left_out"])
            self._finish(line["film"], Done(int(line["number"]), int(line["of"]), clips, left_out))
        elif kind == "shard":
            self._pack(Shard(line["file"], line["sha256"], tuple(line["names"])))
        else:
            raise ValueError(f"no kind of line is {kind!r}")

    def _finish(self, film: str, done: Done) -> None:
        self.films.setdefault(film, {})[done.number] = done

    def _pack(self, shard: Shard) -> None:
        self.packed |= {name: (len(self.shards), row) for row, name in enumerate(shard.names)}
        self.shards.append(shard)

    def _write(self, kind: str, facts: Mapping[str, Any]) -> None:
        append_line(self.path, json.dumps({"kind": kind, **facts}))


def open_journal(folder: Path, head: Mapping[str, Any]) -> Journal:
    """Return the journal of a folder, or begin one there. head: what all clips were made with.

    Raises OutputExists for a folder of other things, TrainingInvalid where clips were made with another model or other
    choices, OutputUnwritable.
    """
    path = folder / JOURNAL_FILE
    first = json.dumps({"kind": "head", **head}, sort_keys=True)
    made_folder(folder)
    with written(folder):
        if not path.exists():
            if any(not entry.name.startswith(".") for entry in folder.iterdir()):
                raise OutputExists(folder)
            write_text(path, first + "\n")
            return Journal(path)
    return _read(path, head)


def _read(path: Path, head: Mapping[str, Any]) -> Journal:
    try:
        content = read_regular(path, MOST_BYTES)
    except OSError as error:
        raise TrainingInvalid(path, "the file", "readable", error.strerror or str(error)) from error
    whole = content.rpartition(b"\n")[0] + b"\n"
    if whole != content:
        # What was being written when a run was killed, or its disk was full.
        write_text(path, whole.decode("utf-8", errors="replace"))
    journal = Journal(path)
    for number, text in enumerate(whole.decode("utf-8", errors="replace").splitlines(), 1):
        try:
            line = json.loads(text)
            if number == 1:
                _check_head(path, line, head)
            else:
                journal.take(line)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise TrainingInvalid(path, f"line {number}", "as it was written", shown(str(error))) from error
    return journal


def _check_head(path: Path, found: Mapping[str, Any], head: Mapping[str, Any]) -> None:
    for name in ("format", "model", "parts", "shapes", "choices"):
        if found.get(name) != head[name]:
            what = "the files of the model" if name == "parts" else name
            expected, was = (shown(value) for value in (head[name], found.get(name)))
            raise TrainingInvalid(path, what, "those it was begun with" if expected == was else expected, was)
