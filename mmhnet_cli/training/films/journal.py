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
    """A clip that is prepared: it has its `number` among all that ever were."""

    film: str
    start_s: int
    number: int
    lufs: float


@dataclass(frozen=True)
class Shard:
    """A file that holds the clips of these numbers, in this order."""

    file: str
    sha256: str
    numbers: tuple[int, ...]


@dataclass
class Journal:
    """It knows films by what `prepare.key_of` calls them, and grows by a line for each thing that is done."""

    path: Path
    clips: dict[str, dict[int, Kept]] = field(default_factory=dict)
    """They stand by their film and their beginning."""
    left_out: dict[str, dict[float | None, LeftOut]] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)
    """These films are done to their end."""
    shards: list[Shard] = field(default_factory=list)
    pending: list[int] = field(default_factory=list)
    """The clips of these numbers are in no shard yet."""
    next_number: int = 0
    """The next clip gets it."""

    def known(self, film: str) -> set[int]:
        """Return the seconds of a film at which a clip begins that is decided on."""
        return set(self.clips.get(film, {})) | {
            int(start_s) for start_s in self.left_out.get(film, {}) if start_s is not None
        }

    def keep(self, clip: Kept) -> None:
        """Note a clip whose file is written."""
        self._write("clip", asdict(clip))
        self._keep(clip)

    def leave(self, film: str, stretch: LeftOut) -> None:
        """Note what is not trained on."""
        if stretch.start_s not in self.left_out.get(film, {}):
            self._write("left_out", {"film": film, **asdict(stretch)})
            self._leave(film, stretch)

    def finish(self, film: str) -> None:
        """Note a film that is done."""
        self._write("done", {"film": film})
        self.done.add(film)

    def pack(self, shard: Shard) -> None:
        """Note a shard whose file is written."""
        self._write("shard", asdict(shard))
        self._pack(shard)

    def take(self, line: Mapping[str, Any]) -> None:
        """Take a line that was written before. Raises KeyError, TypeError or ValueError for what was not."""
        kind, facts = line["kind"], {name: value for name, value in line.items() if name != "kind"}
        if kind == "clip":
            self._keep(Kept(**facts))
        elif kind == "left_out":
            film = facts.pop("film")
            self._leave(film, LeftOut(**facts))
        elif kind == "done":
            self.done.add(facts["film"])
        elif kind == "shard":
            self._pack(Shard(facts["file"], facts["sha256"], tuple(facts["numbers"])))
        else:
            raise ValueError(f"no kind of line is {kind!r}")

    def _keep(self, clip: Kept) -> None:
        self.clips.setdefault(clip.film, {})[clip.start_s] = clip
        self.pending.append(clip.number)
        self.next_number = clip.number + 1

    def _pack(self, shard: Shard) -> None:
        self.shards.append(shard)
        packed = set(shard.numbers)
        self.pending = [number for number in self.pending if number not in packed]

    def _leave(self, film: str, stretch: LeftOut) -> None:
        self.left_out.setdefault(film, {})[stretch.start_s] = stretch

    def _write(self, kind: str, facts: Mapping[str, Any]) -> None:
        append_line(self.path, json.dumps({"kind": kind, **facts}))


def open_journal(folder: Path, head: Mapping[str, Any]) -> Journal:
    """Return the journal of a folder, or begin one there. head: what all clips were made with.

    Raises OutputExists for a folder of other things, TrainingInvalid where clips were made with another model,
    OutputUnwritable.
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
    for name in ("format", "model", "parts", "shapes"):
        if found.get(name) != head[name]:
            what = "the files of the model" if name == "parts" else name
            expected, was = (shown(value) for value in (head[name], found.get(name)))
            raise TrainingInvalid(path, what, "those it was begun with" if expected == was else expected, was)
