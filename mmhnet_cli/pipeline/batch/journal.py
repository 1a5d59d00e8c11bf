"""What happened to every film, one line of JSON per event, on disk before the run goes on."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import Any, Literal, get_args

from mmhnet_cli.errors import OutputUnwritable
from mmhnet_cli.pipeline.batch.task import Task
from mmhnet_cli.pipeline.delivery.lock import waiting_lock
from mmhnet_cli.regular_file import open_regular

NAME = "mmhnet-batch.jsonl"
EventKind = Literal["run", "started", "written", "done", "failed", "skipped", "stale", "interrupted"]
KINDS = get_args(EventKind)
MAX_LINE_BYTES = 1 << 20
HEAD_BYTES = 1 << 16
BEGINNING = b'{"kind": "'
"""Every line begins with it."""


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


@dataclass(frozen=True)
class Event:
    """One line of the journal."""

    kind: EventKind
    """A "run" begins a run, every other kind tells of a film; "skipped" says that it was found done."""
    film: str | None = None
    """It is named as `report_file.relative` names it, or below the folder it was found in, so that no two films share a
    name; never with a home folder."""
    fingerprint: str | None = None
    outputs: tuple[str, ...] = ()
    """They are named as films are."""
    sha256: tuple[str, ...] = ()
    """With "written", these are digests of complete files that are about to get their names."""
    error: str | None = None
    """This class of error went wrong."""
    message: str | None = None
    """This sentence says what went wrong."""
    exit_code: int | None = None
    seconds: float | None = None
    worker: str | None = None
    warnings: Mapping[str, Any] | None = None
    """The report of a film that was made gives them."""
    time: str = field(default_factory=_now)
    """It is UTC, for people; events count in the order of their lines, so a clock that is set back changes nothing."""


def journal_path(given: Path | None, output_dir: Path | None, first: Path) -> Path:
    """Return where the journal of a run lies: where it was asked to, with the outputs, or by the `first` input."""
    if given is not None:
        return given
    if output_dir is not None:
        return output_dir / NAME
    return (first if first.is_dir() else first.parent) / NAME


@dataclass(frozen=True)
class Journal:
    """The file at `path`, which several threads, processes and machines may write and read at once."""

    path: Path

    def begin(self) -> None:
        """Note the start of a run, in the folder of the journal, which is made. Raises OutputUnwritable."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputUnwritable(self.path.parent, error.strerror or type(error).__name__) from error
        self.append(Event("run"))

    def append(self, event: Event) -> None:
        """Add a line, which is on the disk when this returns. Raises OutputUnwritable; what was there stays readable.

        The file is opened each time, so that a folder removed meanwhile is noticed.
        """
        line = _line(event)
        # Locked because a network file system may put two lines that are appended at once in one place.
        with waiting_lock(self.path), _opened(self.path) as file:
            if not _is_journal(file):
                raise OutputUnwritable(self.path, "it is there already, and is no journal of mmhnet")
            rest = line if _ends_in_full(file) else b"\n" + line
            while rest:  # a single write, but for a disk that is full after a part of it
                rest = rest[file.write(rest) :]
            os.fsync(file.fileno())

    def note(
        self,
        kind: EventKind,
        task: Task,
        worker: str,
        seconds: float | None = None,
        sha256: tuple[str, ...] = (),
        warnings: Mapping[str, Any] | None = None,
    ) -> None:
        """Append what a worker did with a film. Raises OutputUnwritable."""
        outputs = tuple(path.name for path in task.outputs)
        taken = None if seconds is None else round(seconds, 3)
        event = Event(
            kind, task.name, task.fingerprint, outputs, sha256, seconds=taken, worker=worker, warnings=warnings
        )
        self.append(event)

    def events(self) -> Iterator[Event]:
        """Yield events in the order of their lines, up to now; none without a journal. Raises OutputUnwritable.

        Lines that a kill or a power cut broke off are passed over.
        """
        try:
            with os.fdopen(open_regular(self.path, os.O_RDONLY), "rb") as file:
                lines = iter(lambda: file.readline(MAX_LINE_BYTES), b"")
                yield from (event for line in lines if (event := _event(line)) is not None)
        except FileNotFoundError:
            return
        except OSError as error:
            raise OutputUnwritable(self.path, f"it cannot be read back ({error.strerror})") from error

    def written(self, film: str, fingerprint: str) -> frozenset[str]:
        """Return the SHA-256 of each file that runs have made of a film. Raises OutputUnwritable."""
        events = (event for event in self.events() if (event.film, event.fingerprint) == (film, fingerprint))
        return frozenset(digest for event in events for digest in event.sha256)


@contextmanager
def _opened(path: Path) -> Iterator[FileIO]:
    """Open the file, made where there is none, to read and to add to. Raises OutputUnwritable."""
    try:
        with os.fdopen(open_regular(path, os.O_RDWR | os.O_APPEND | os.O_CREAT), "a+b", buffering=0) as file:
            yield file
    except OSError as error:
        raise OutputUnwritable(path, error.strerror or type(error).__name__) from error


def _is_journal(file: FileIO) -> bool:
    """Tell whether lines may be added: to nothing, to events of ours, to the torn beginning of the first of them."""
    file.seek(0)
    *whole, rest = file.read(HEAD_BYTES).split(b"\n")
    if any(_event(line) is not None for line in (*whole, rest)):
        return True
    return not whole and (rest.startswith(BEGINNING) or BEGINNING.startswith(rest))


def _line(event: Event) -> bytes:
    text = json.dumps(asdict(event), ensure_ascii=False, allow_nan=False)
    # A file name that is not valid text holds lone surrogates; their JSON escapes are valid.
    return (text + "\n").encode("utf-8", errors="backslashreplace")


def _event(line: bytes) -> Event | None:
    """Return the event on a line; None where the line is not whole, or not ours."""
    try:
        values = json.loads(line)
        values |= {name: tuple(map(str, values.get(name, ()))) for name in ("outputs", "sha256")}
        event = Event(**values)
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None
    return event if event.kind in KINDS and isinstance(event.film, str | None) else None


def _ends_in_full(file: FileIO) -> bool:
    """Tell whether the last line has its end; a torn one must get it before the next begins."""
    if file.seek(0, os.SEEK_END) == 0:
        return True
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"
