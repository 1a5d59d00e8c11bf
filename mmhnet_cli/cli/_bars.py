"""Progress drawn in a terminal: one line for all stages that are done, one bar for the whole where it is known, else
one for each stage that is going on."""

import sys
from collections.abc import Iterable
from datetime import timedelta
from types import TracebackType
from typing import Self

from rich.console import Console, RenderableType
from rich.constrain import Constrain
from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TaskID, TextColumn
from rich.table import Column
from rich.text import Text

from mmhnet_cli.cli._output import printable
from mmhnet_cli.cli._whole import Whole

BAR_FROM_COLUMNS = 80
TIMES_FROM_COLUMNS = 50
"""In a narrower terminal the name of the stage needs the room, and the percentage says what counts."""
ROWS_BESIDE = 3
"""So many rows of the window are no bars: what is done, what has no room, and the one that the cursor is in."""

ECHO_COLUMNS = 2
"""A terminal writes ^C where the cursor is, behind the last row: in a full one it would begin another row, and what is
drawn next would stand one too low."""


class Bars:
    """A callback as `StageProgress` describes it; what it draws never has more rows than the window."""

    def __init__(self, console: Console, whole: Whole | None = None) -> None:
        self.drawn, self.whole = _Drawn(console), whole
        self.tasks: dict[str, tuple[str, TaskID]] = {}
        self.earlier: dict[str, int] = {}
        """So often a stage of this name has ended and come again."""
        self.parts: dict[str, float] = {}
        """Of the whole, so much is done of each stage."""
        if whole is not None:
            self.drawn.whole = self.drawn.add_task("", total=1.0, sound_s=whole.sound_s, of_several=False)

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
        if again := done < total and self.drawn.has_finished(task):
            self.earlier[stage] = self.earlier.get(stage, 0) + 1
        if before != what or again:
            self.tasks[stage] = what, task
            self.drawn.reset(task, total=total, description=label)
        self.drawn.update(task, completed=done, total=total)
        if self.drawn.has_finished(task):
            self.drawn.last = label
        if self.whole is not None and self.drawn.whole is not None:
            own = self.whole.share(stage) * (self.earlier.get(stage, 0) + done / max(1, total))
            self.parts[stage] = own
            self.drawn.update(self.drawn.whole, completed=min(1.0, sum(self.parts.values())), description=label)


class _Drawn(Progress):
    """The bars of what is going on, below one line for what is done."""

    def __init__(self, console: Console) -> None:
        # Before the base class, which draws at once.
        self.window, self.last = console, ""
        self.whole: TaskID | None = None
        super().__init__(
            SpinnerColumn(),
            # Markup stays off, as in `Output`: films may have any name.
            TextColumn(
                "{task.description}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis", ratio=2)
            ),
            *([BarColumn(None, table_column=Column(ratio=1))] if console.width >= BAR_FROM_COLUMNS else []),
            TextColumn("{task.percentage:>3.0f} %", table_column=Column(no_wrap=True)),
            *([_Times(console.width < BAR_FROM_COLUMNS)] if console.width >= TIMES_FROM_COLUMNS else []),
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
        tasks = [task for task in self.tasks if task.id != self.whole]
        done = [task for task in tasks if task.finished and not task.fields["of_several"]]
        # What is about all comes before what is about one of several.
        going_on = sorted((task for task in tasks if not task.finished), key=lambda task: task.fields["of_several"])
        room = max(1, self.window.height - ROWS_BESIDE)
        if done:
            yield _folded(done, self.last)
        if self.whole is not None:
            # Where the rest of the window is full of other words, the bar is what counts.
            going_on = [] if all(task.finished for task in tasks) and tasks else [self._tasks[self.whole]]
        if going_on:
            yield Constrain(self.make_tasks_table(going_on[:room]), self.window.width - ECHO_COLUMNS)
        if len(going_on) > room:
            yield Text(f"  and {len(going_on) - room} more", style="dim")


def _folded(done: list[Task], last: str) -> Text:
    """Return one line for stages that are done. last: the name of the one that ended last."""
    spent = _clock(sum(task.finished_time or 0.0 for task in done))
    count = f"{len(done)} stages" if len(done) > 1 else "1 stage"
    return Text(f"✓ {count} in {spent}, the last: {last}", style="green", no_wrap=True, overflow="ellipsis")


class _Times(ProgressColumn):
    """How long it has taken, how long it will take, and how much sound comes of a second, each with its word."""

    max_refresh = 0.5

    def __init__(self, narrow: bool = False) -> None:
        super().__init__(table_column=Column(no_wrap=True, justify="right"))
        self.narrow = narrow

    def render(self, task: Task) -> Text:
        """Return the times as text."""
        elapsed_s, sound_s = task.elapsed or 0.0, task.fields.get("sound_s")
        left_s = task.time_remaining
        said = [] if self.narrow and sound_s else [f"{_clock(elapsed_s)} elapsed"]
        share = (task.completed or 0.0) / (task.total or 1.0)
        if sound_s and share > 0 and elapsed_s > 0:
            # By all that is done: stages differ in their pace.
            left_s = elapsed_s * (1 - share) / share
        said += [] if left_s is None else [f"{_clock(left_s)} left"]
        said += [f"{share * sound_s / elapsed_s:.2g}x real time"] if sound_s and share > 0 and elapsed_s > 0 else []
        return Text(", ".join(said), style="cyan")


def _clock(seconds: float) -> str:
    """Write a time as `0:07`, `12:34` or `1:02:03`."""
    text = str(timedelta(seconds=int(seconds)))
    return text.removeprefix("0:").removeprefix("0") if text.startswith("0:0") else text.removeprefix("0:")
