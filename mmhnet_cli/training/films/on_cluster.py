"""Stretches of films prepared on a Ray cluster: other machines, any of which may go down with what it is at."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmhnet_cli.cluster import Share, connect, machines, not_seen, reason_of, share
from mmhnet_cli.errors import MMHNetError
from mmhnet_cli.training.films.doing import Doing, lost
from mmhnet_cli.training.films.journal import JOURNAL_FILE, Done
from mmhnet_cli.training.films.making import Recipe, Task

if TYPE_CHECKING:
    from ray.exceptions import RayError

TRIES = 2
"""A stretch whose machine has gone is tried on another one; where that goes too, it may be the film."""


@dataclass
class _Worker:
    """A worker and the task that it has. word: comes once it has a place, then once its task is done."""

    actor: Any
    word: Any
    task: Task | None = None
    idle: bool = False


class OnCluster:
    """It does tasks on the workers of a cluster: one on each GPU where they compute there, else one on each processor.

    Every machine has this program and its models in the same places, and sees the films and the folder that is prepared
    into under the same names. jobs: how many workers; None leaves that to what the cluster has. address: see
    `cluster.connect`. Raises BadOption.
    """

    def __init__(self, recipe: Recipe, jobs: int | None, address: str) -> None:
        self._recipe, self._address = recipe, address
        connect(address)
        self._share = _share(recipe, jobs)
        self._tries: dict[tuple[str, int], int] = {}

    def run(self, next_task: Callable[[], Task | None]) -> Iterator[tuple[Task, Done, bool]]:
        """Yield what came of each task, see `jobs.Jobs`. Raises also BadOption when no machine can run a worker."""
        import ray
        from ray.exceptions import RayError

        workers = [self._start() for _ in range(self._share.workers)]
        again: list[Task] = []
        try:
            while True:
                for worker in workers:
                    if worker.idle and (task := again.pop() if again else next_task()) is not None:
                        worker.task, worker.word, worker.idle = task, worker.actor.do.remote(task), False
                at_work = {worker.word: worker for worker in workers if not worker.idle}
                if not any(worker.task for worker in workers) and any(worker.idle for worker in workers):
                    return
                for word in ray.wait(list(at_work))[0]:
                    worker = at_work[word]
                    try:
                        said = ray.get(word)
                    except RayError as error:
                        yield from self._lost(worker, error, workers, again)
                        continue
                    task, worker.task, worker.idle = worker.task, None, True
                    if task is not None:
                        yield task, _heard(said), True
        finally:
            # It takes the workers with it.
            ray.shutdown()

    def _start(self) -> _Worker:
        import ray

        kind = ray.remote(_Actor).options(num_cpus=self._share.cpus, num_gpus=self._share.gpus)
        actor: Any = kind.remote(self._recipe, Path.cwd())
        return _Worker(actor, actor.ready.remote())

    def _lost(
        self, worker: _Worker, error: "RayError", workers: list[_Worker], again: list[Task]
    ) -> Iterator[tuple[Task, Done, bool]]:
        import ray
        from ray.exceptions import RayActorError

        workers.remove(worker)
        if isinstance(error, RayActorError) and error.actor_init_failed:
            # Another one would fail there as well.
            if not workers:
                raise not_seen(self._address, reason_of(error))
            return
        # It may live behind a broken line.
        ray.kill(worker.actor)
        workers.append(self._start())
        if worker.task is not None:
            which = (worker.task.key, worker.task.number)
            tries = self._tries[which] = self._tries.get(which, 0) + 1
            if tries < TRIES:
                again.append(worker.task)
            else:
                yield worker.task, lost(worker.task, reason_of(error)), False


class _Actor:
    """A worker in a process of the cluster."""

    def __init__(self, recipe: Recipe, folder: Path) -> None:
        # Before anything else: a machine without the storage of the others would look for films, and write, elsewhere.
        os.chdir(folder)
        if not (recipe.out / JOURNAL_FILE).exists():
            raise FileNotFoundError(f"{recipe.out / JOURNAL_FILE} is not seen from there")
        self._doing = Doing(recipe)

    def ready(self) -> None:
        """Answer once the cluster has a place for the worker."""

    def do(self, task: Task) -> tuple[Done | None, MMHNetError | None]:
        """Return what came of a task, or why it ends all."""
        try:
            return self._doing(task, lambda: None), None
        except MMHNetError as error:
            return None, error


def _heard(said: tuple[Done | None, MMHNetError | None]) -> Done:
    done, error = said
    if error is not None:
        raise error
    assert done is not None
    return done


def _share(recipe: Recipe, jobs: int | None) -> Share:
    """Each worker computes on one processor, or on one GPU."""
    there = machines()
    if recipe.device.startswith("cuda"):
        return share(there, jobs)
    return Share(jobs or max(1, sum(int(machine.get("CPU", 0)) for machine in there)), 1, 0)
