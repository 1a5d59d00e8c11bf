"""What happened to every film, one line of JSON per event, on disk before the run goes on."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import Any, Literal, get_args

from mmhnet_cli.errors import OutputUnwritable
from mmhnet_cli.pipeline.batch.lock import waiting_lock
from mmhnet_cli.pipeline.batch.task import Task

Kind = Literal["run", "started", "done", "failed", "skipped", "stale", "interrupted"]
KINDS = get_args(Kind)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


@dataclass(frozen=True)
class Event:
    """One line of the journal.

    kind: "run" is the start of a run, every other one tells of a film; "skipped" was found done.
    film, outputs: paths as `report_file.relative` gives them, or below the folder the film was found in, so that no
        two films share a name; never with a home folder.
    error, message: class and sentence of what went wrong. warnings: of the report, of a film that was made.
    time: UTC, for people; events count in the order of their lines, so a clock that is set back changes nothing.
    """

    kind: Kind
    film: str | None = None
    fingerprint: str | None = None
    outputs: tuple[str, ...] = ()
    error: str | None = None
    message: str | None = None
    exit_code: int | None = None
    seconds: float | None = None
    worker: str | None = None
    warnings: Mapping[str, Any] | None = None
    time: str = field(default_factory=_now)


@dataclass(frozen=True)
class Journal:
    """The file at `path`, which several threads, processes and machines may write and read at once."""

    path: Path

    def append(self, event: Event) -> None:
        """Add a line, which is on the disk when this returns. Raises OutputUnwritable; what was there stays readable.

        The file is opened each time, so that a folder removed meanwhile is noticed.
        """
        line = _line(event)
        # Locked because a network file system may put two lines that are appended at once in one place.
        with waiting_lock(self.path):
            try:
                with self.path.open("a+b", buffering=0) as file:
                    rest = line if _ends_in_full(file) else b"\n" + line
                    while rest:  # a single write, but for a disk that is full after a part of it
                        rest = rest[file.write(rest) :]
                    os.fsync(file.fileno())
            except OSError as error:
                raise OutputUnwritable(self.path, error.strerror or type(error).__name__) from error

    def note(
        self,
        kind: Kind,
        task: Task,
        worker: str,
        seconds: float | None = None,
        warnings: Mapping[str, Any] | None = None,
    ) -> None:
        """Append what a worker did with a film. Raises OutputUnwritable."""
        outputs = tuple(path.name for path in task.outputs)
        taken = None if seconds is None else round(seconds, 3)
        self.append(Event(kind, task.name, task.fingerprint, outputs, seconds=taken, worker=worker, warnings=warnings))

    def events(self) -> Iterator[Event]:
        """In the order of their lines, up to now; none where there is no journal yet. Raises OutputUnwritable.

        Lines that a kill or a power cut broke off are passed over.
        """
        try:
            with self.path.open("rb") as file:
                yield from (event for line in file if (event := _event(line)) is not None)
        except FileNotFoundError:
            return
        except OSError as error:
            raise OutputUnwritable(self.path, f"it cannot be read back ({error.strerror})") from error

    def states(self) -> dict[str, Event]:
        """The last event of every film, in the order in which the films came up. Raises OutputUnwritable."""
        return {event.film: event for event in self.events() if event.film is not None}


def _line(event: Event) -> bytes:
    text = json.dumps(asdict(event), ensure_ascii=False, allow_nan=False)
    # A file name that is not valid text holds lone surrogates; their JSON escapes are valid.
    return (text + "\n").encode("utf-8", errors="backslashreplace")


def _event(line: bytes) -> Event | None:
    """The event on a line; None where the line is not whole, or not ours."""
    try:
        values = json.loads(line)
        event = Event(**{**values, "outputs": tuple(values["outputs"])})
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return event if event.kind in KINDS and isinstance(event.film, str | None) else None


def _ends_in_full(file: FileIO) -> bool:
    """Whether the last line has its end; a torn one must get it before the next begins."""
    if file.seek(0, os.SEEK_END) == 0:
        return True
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"
