"""Progress on stderr: a bar for people, lines for logs, JSON for programs."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from mmhnet_cli.cli._output import Output

ProgressMode = Literal["auto", "bar", "plain", "json", "off"]
# stage name, steps done, steps in all
Report = Callable[[str, int, int], None]

PLAIN_INTERVAL_S = 5.0


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
            TextColumn("{task.description:<20}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=output.console,
        ) as bars:
            yield _Bars(bars)


def _silent(stage: str, done: int, total: int) -> None:
    pass


def _json_lines(stage: str, done: int, total: int) -> None:
    sys.stderr.write(json.dumps({"type": "progress", "stage": stage, "done": done, "total": total}) + "\n")
    sys.stderr.flush()


class _PlainLines:
    """One line when a stage begins and ends, and every few seconds between."""

    def __init__(self, output: Output) -> None:
        self.output = output
        self.began: dict[str, float] = {}
        self.last_s = 0.0
        self.last: tuple[str, int] | None = None

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        elapsed = now - self.began.setdefault(stage, now)
        due = done in (0, total) or now - self.last_s >= PLAIN_INTERVAL_S
        if not due or (stage, done) == self.last:
            return
        self.last_s, self.last = now, (stage, done)
        left = f", about {elapsed * (total - done) / done:.0f} s left" if 0 < done < total else ""
        self.output.note(f"{stage}: {done}/{total} after {elapsed:.1f} s{left}")


class _Bars:
    """One bar per stage, added when the stage begins."""

    def __init__(self, bars: Progress) -> None:
        self.bars = bars
        self.tasks: dict[str, TaskID] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        if stage not in self.tasks:
            self.tasks[stage] = self.bars.add_task(stage, total=total)
        self.bars.update(self.tasks[stage], completed=done, total=total)
