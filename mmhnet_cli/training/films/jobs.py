"""Who prepares stretches of films: this process, several, or a cluster; one that dies takes its stretch alone."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Protocol

from mmhnet_cli.models.ready import one_thread
from mmhnet_cli.processes import Gone, Processes
from mmhnet_cli.training.films.doing import Doing, lost
from mmhnet_cli.training.films.journal import Done
from mmhnet_cli.training.films.making import Maker, Recipe, Task

NextTask = Callable[[], Task | None]


class Jobs(Protocol):
    """It does tasks."""

    def run(self, next_task: NextTask) -> Iterator[tuple[Task, Done, bool]]:
        """Yield what came of each task, in any order, until there is none; the last is False where the process that
        was at it has died. What `next_task` gives may grow by what was yielded. Raises what `Maker` raises."""


class OneJob:
    """It does one task after another, here."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe

    def run(self, next_task: NextTask) -> Iterator[tuple[Task, Done, bool]]:
        """Yield what came of each task."""
        maker: Maker | None = None
        while (task := next_task()) is not None:
            with one_thread():
                maker = maker or Maker(self._recipe)
                done = maker(task)
            yield task, done, True


class ManyJobs:
    """It does so many tasks at once, each in a process of its own; one that has died is replaced."""

    def __init__(self, recipe: Recipe, jobs: int) -> None:
        self._processes: Processes[Task, Done] = Processes(partial(Doing, recipe), jobs)

    def run(self, next_task: NextTask) -> Iterator[tuple[Task, Done, bool]]:
        """Yield what came of each task."""
        for task, done in self._processes.run(next_task):
            if isinstance(done, Gone):
                yield task, lost(task, done.reason), False
            else:
                yield task, done, True
