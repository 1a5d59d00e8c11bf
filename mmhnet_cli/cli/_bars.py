"""Progress drawn in a terminal: one bar for each stage that is going on, one line for all that are done."""

import sys
from collections.abc import Iterable
from datetime import timedelta
from types import TracebackType
from typing import Self

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TaskID, TextColumn
from rich.table import Column
from rich.text import Text

from mmhnet_cli.cli._output import printable

BAR_FROM_COLUMNS = 80
TIMES_FROM_COLUMNS = 50
"""In a narrower terminal the name of the stage needs the room, and the percentage says what counts."""
ROWS_BESIDE = 3
"""So many rows of the window are no bars: what is done, what has no room, and the one that the cursor is in."""


class Bars:
    """A callback as `StageProgress` describes it; what it draws never has more rows than the window."""

    def __init__(self, console: Console) -> None:
        self.drawn = _Drawn(console)
        self.tasks: dict[str, tuple[str, TaskID]] = {}

    def __enter__(self) -> Self:
        self.drawn.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.drawn.stop()

    def __call__(self, stage: str, done: int, total: int, what: str = "") -> None:
        label = f"{stage}  {printable(what)}" if what else stage
        if stage not in self.tasks:
            self.tasks[stage] = what, self.drawn.add_task(label, total=total, of_several=bool(what))
        before, task = self.tasks[stage]
        if before != what or (done < total and self.drawn.has_finished(task)):
            self.tasks[stage] = what, task
            self.drawn.reset(task, total=total, description=label)
        self.drawn.update(task, completed=done, total=total)
        if self.drawn.has_finished(task):
            self.drawn.last = label


class _Drawn(Progress):
    """The bars of what is going on, below one line for what is done."""

    def __init__(self, console: Console) -> None:
        # Before the base class, which draws at once.
        self.window, self.last = console, ""
        super().__init__(
            SpinnerColumn(),
            # Markup stays off, as in `Output`: films may have any name.
            TextColumn(
                "{task.description}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis", ratio=2)
            ),
            *([BarColumn(None, table_column=Column(ratio=1))] if console.width >= BAR_FROM_COLUMNS else []),
            TextColumn("{task.percentage:>3.0f} %", table_column=Column(no_wrap=True)),
            *([_Times()] if console.width >= TIMES_FROM_COLUMNS else []),
            console=console,
            expand=True,
            # Where results go to a file or a pipe, they must not be caught for the screen.
            redirect_stdout=sys.stdout.isatty(),
        )

    def has_finished(self, number: TaskID) -> bool:
        """Tell whether a stage is done."""
        return self._tasks[number].finished

    def get_renderables(self) -> Iterable[RenderableType]:
        """Yield what is done, then as many bars as the window has room for, then how many more there are."""
        tasks = self.tasks
        done = [task for task in tasks if task.finished and not task.fields["of_several"]]
        # What is about all comes before what is about one of several.
        going_on = sorted((task for task in tasks if not task.finished), key=lambda task: task.fields["of_several"])
        room = max(1, self.window.height - ROWS_BESIDE)
        if done:
            yield _folded(done, self.last)
        if going_on:
            yield self.make_tasks_table(going_on[:room])
        if len(going_on) > room:
            yield Text(f"  and {len(going_on) - room} more", style="dim")


def _folded(done: list[Task], last: str) -> Text:
    """Return one line for stages that are done. last: the name of the one that ended last."""
    spent = _clock(sum(task.finished_time or 0.0 for task in done))
    count = f"{len(done)} stages" if len(done) > 1 else "1 stage"
    return Text(f"✓ {count} in {spent}, the last: {last}", style="green", no_wrap=True, overflow="ellipsis")


class _Times(ProgressColumn):
    """How long it has taken, and how long it will take, each with its word."""

    max_refresh = 0.5

    def __init__(self) -> None:
        super().__init__(table_column=Column(no_wrap=True, justify="right"))

    def render(self, task: Task) -> Text:
        """Return both times as text."""
        left = "" if task.time_remaining is None else f", {_clock(task.time_remaining)} left"
        return Text(f"{_clock(task.elapsed or 0.0)} elapsed{left}", style="cyan")


def _clock(seconds: float) -> str:
    """Write a time as `0:07`, `12:34` or `1:02:03`."""
    text = str(timedelta(seconds=int(seconds)))
    return text.removeprefix("0:").removeprefix("0") if text.startswith("0:0") else text.removeprefix("0:")
