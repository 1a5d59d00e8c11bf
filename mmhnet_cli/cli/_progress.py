"""Progress on stderr: a bar for people, lines for logs, JSON for programs."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, Protocol

from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from mmhnet_cli.cli._output import Output, Stderr, printable

ProgressMode = Literal["auto", "bar", "plain", "json", "off"]
PLAIN_INTERVAL_S = 5.0


class Report(Protocol):
    """Called with the name of a stage, steps done and in all; what: of several things, the one it is at."""

    def __call__(self, stage: str, done: int, total: int, what: str = "") -> None: ...


@contextmanager
def progress(mode: ProgressMode, output: Output) -> Iterator[Report]:
    """Yield the callback that shows how far each stage is; what it has drawn is closed on leaving."""
    if output.mode == "quiet" or mode == "off":
        yield _silent
    elif mode == "json":
        yield _json_lines
    elif mode == "plain" or (mode == "auto" and not output.console.is_terminal):
        yield _PlainLines(output)
    else:
        with Progress(
            SpinnerColumn(finished_text="✓"),
            # Markup stays off, as in `Output`: films may have any name.
            TextColumn("{task.description:<20}", markup=False),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=output.console,
        ) as bars:
            yield _Bars(bars)


def _silent(stage: str, done: int, total: int, what: str = "") -> None:
    pass


def _json_lines(stage: str, done: int, total: int, what: str = "") -> None:
    facts = {"type": "progress", "stage": stage, "done": done, "total": total} | ({"what": what} if what else {})
    stderr = Stderr()
    stderr.write(json.dumps(facts) + "\n")
    stderr.flush()


class _PlainLines:
    """One line when a stage begins and ends, and every few seconds between."""

    def __init__(self, output: Output) -> None:
        self.output = output
        self.began: dict[str, tuple[str, float]] = {}
        self.last_s = 0.0
        self.last: tuple[str, int] | None = None

    def __call__(self, stage: str, done: int, total: int, what: str = "") -> None:
        now = time.monotonic()
        before, began = self.began.get(stage, (what, now))
        self.began[stage] = what, began if before == what else now
        elapsed = now - self.began[stage][1]
        label = f"{stage}, {what}" if what else stage
        due = done in (0, total) or now - self.last_s >= PLAIN_INTERVAL_S
        if not due or (label, done) == self.last:
            return
        self.last_s, self.last = now, (label, done)
        left = f", about {elapsed * (total - done) / done:.0f} s left" if 0 < done < total else ""
        self.output.note(f"{label}: {done}/{total} after {elapsed:.1f} s{left}")


class _Bars:
    """One bar per stage, added when the stage begins; begun anew when it turns to something else."""

    def __init__(self, bars: Progress) -> None:
        self.bars = bars
        self.tasks: dict[str, tuple[str, TaskID]] = {}

    def __call__(self, stage: str, done: int, total: int, what: str = "") -> None:
        label = f"{stage}  {printable(what)}" if what else stage
        if stage not in self.tasks:
            self.tasks[stage] = what, self.bars.add_task(label, total=total)
        before, task = self.tasks[stage]
        if before != what:
            self.tasks[stage] = what, task
            self.bars.reset(task, total=total, description=label)
        self.bars.update(task, completed=done, total=total)
