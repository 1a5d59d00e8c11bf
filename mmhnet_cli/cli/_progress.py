"""Progress on stderr: a bar for people, lines for logs, JSON for programs."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal, Protocol

from mmhnet_cli.cli._output import Output, Stderr
from mmhnet_cli.cli._whole import Whole

ProgressMode = Literal["auto", "bar", "plain", "json", "off"]
PLAIN_INTERVAL_S = 5.0


class StageProgress(Protocol):
    """It is called with the name of a stage, steps done and in all; `what` tells which of several things is at it."""

    def __call__(self, stage: str, done: int, total: int, what: str = "") -> None: ...


@contextmanager
def progress(mode: ProgressMode, output: Output, whole: Callable[[], Whole] | None = None) -> Iterator[StageProgress]:
    """Yield the callback that shows how far each stage is; what it has drawn is closed on leaving.

    whole: says what all stages together are, of which one bar is then drawn.
    """
    if output.mode == "quiet" or mode == "off":
        yield _silent
    elif mode == "json":
        yield _json_lines
    elif mode == "plain" or (mode == "auto" and not _can_draw(output)):
        yield _PlainLines(output)
    else:
        # Loads what draws, which takes longer than `--help` may.
        from mmhnet_cli.cli._bars import Bars

        with Bars(output.console, None if whole is None else whole()) as bars:
            yield bars


def _can_draw(output: Output) -> bool:
    """Tell whether lines that are drawn over one another can be read there; a dumb terminal has no way back up."""
    return output.console.is_terminal and not output.console.is_dumb_terminal


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
        # Takes have the same stages, one after the other.
        self.began[stage] = what, began if before == what and done else now
        elapsed = now - self.began[stage][1]
        label = f"{stage}, {what}" if what else stage
        due = done in (0, total) or now - self.last_s >= PLAIN_INTERVAL_S
        if not due or (label, done) == self.last:
            return
        self.last_s, self.last = now, (label, done)
        left = f", about {elapsed * (total - done) / done:.0f} s left" if 0 < done < total else ""
        self.output.note(f"{label}: {done}/{total} after {elapsed:.1f} s{left}")
