"""What does stretches of films in a process of its own, and what stands for one whose process has gone."""

import torch

from mmhnet_cli.errors import FilmFailed, MMHNetError, WorkerLost
from mmhnet_cli.processes import Alive
from mmhnet_cli.training.films.cutting import LeftOut
from mmhnet_cli.training.films.journal import Done
from mmhnet_cli.training.films.making import Maker, Recipe, Task


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
