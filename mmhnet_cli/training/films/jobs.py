"""Who prepares stretches of films: this process, or several, of which one that dies takes its stretch alone."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Protocol

import torch

from mmhnet_cli.errors import FilmFailed, MMHNetError, WorkerLost
from mmhnet_cli.models.ready import one_thread
from mmhnet_cli.processes import Alive, Gone, Processes
from mmhnet_cli.training.films.cutting import LeftOut
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


class Doing:
    """It does tasks on one thread, in a process of its own. A fault that nobody foresaw is FilmFailed."""

    def __init__(self, recipe: Recipe) -> None:
        torch.set_num_threads(1)
        self._recipe = recipe
        self._maker: Maker | None = None

    def __call__(self, task: Task, alive: Alive) -> Done:
        """Return what came of a task. Raises what `Maker` raises."""
        try:
            self._maker = self._maker or Maker(self._recipe)
            return self._maker(task, alive)
        except MMHNetError:
            raise
        except Exception as error:
            # As text: it has to reach another process.
            raise FilmFailed(task.film.path, f"{type(error).__name__}: {error}") from error


def lost(task: Task, reason: str) -> Done:
    """Return what stands for the stretch of a process that is gone."""
    return Done(task.number, task.number + 1, (), (LeftOut(None, None, WorkerLost(task.film.path, reason)),))
