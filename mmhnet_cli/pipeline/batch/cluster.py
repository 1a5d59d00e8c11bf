"""Workers on a Ray cluster that is there: other machines, any of which may go down with the films it has."""

import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from mmhnet_cli.cluster import connect, machines, not_seen, reason_of, share
from mmhnet_cli.errors import Interrupted, WorkerLost
from mmhnet_cli.pipeline.batch.local import STOP_S, films_at_once
from mmhnet_cli.pipeline.batch.task import Outcome, Step, Task

if TYPE_CHECKING:
    from ray import ObjectRef, ObjectRefGenerator
    from ray.exceptions import RayError


@dataclass
class _Worker:
    """A worker and the films it has."""

    name: str
    actor: Any
    place: "ObjectRef[None] | None"
    """It is pending until the cluster has room for the worker, and None from then on."""
    films: dict["ObjectRefGenerator", Task] = field(default_factory=dict)

    @property
    def awaited(self) -> "list[ObjectRef[None] | ObjectRefGenerator]":
        """Return what its next word comes through: its place while that is pending, then the events of its films."""
        return [*self.films] if self.place is None else [self.place]


class RayExecutor:
    """Worker processes of a Ray cluster. A worker that is lost is replaced as soon as there is room for another.

    Every machine has this program and its models in the same places, and sees the folder of the run, the films, the
    outputs and the journal under the same names.

    jobs: how many workers; None leaves that to `share`. address: where the cluster is; "auto" takes what RAY_ADDRESS
    says, or the one that this machine is part of. Raises BadOption.
    """

    def __init__(self, jobs: int | None, journal: Path, address: str = "auto", together: int = 1) -> None:
        self.journal, self.address, self.together = journal, address, together
        connect(address)
        self._share = share(machines(), jobs)
        self._made = 0
        self._workers = [self._start() for _ in range(self._share.workers)]

    @property
    def slots(self) -> int:
        """Return how many films the workers can have at once; 0 as long as the cluster has no room for a worker."""
        return films_at_once(self.together) * len(self._placed())

    @property
    def beside(self) -> Sequence[Sequence[Task]]:
        """Return none: every worker has processors or a GPU of its own, and Ray watches over the memory of machines."""
        return ()

    def submit(self, task: Task) -> None:
        """Give a film to the worker that has the fewest."""
        worker = min(self._placed(), key=lambda worker: len(worker.films))
        worker.films[worker.actor.do.options(num_returns="streaming").remote(task)] = task

    def events(self, timeout_s: float) -> Iterator[Outcome | Step]:
        """Yield what a worker has said, after at most `timeout_s` seconds of waiting.

        Raises BadOption when no machine can run a worker.
        """
        import ray
        from ray.exceptions import RayError

        owners = {awaited: worker for worker in self._workers for awaited in worker.awaited}
        for ready in ray.wait(list(owners), timeout=timeout_s)[0]:
            worker = owners[ready]
            try:
                if isinstance(ready, ray.ObjectRef):
                    ray.get(ready)
                    worker.place = None
                    continue
                event: Outcome | Step = ray.get(next(ready))
            except RayError as error:
                yield from self._lost(worker, error)
                continue
            if isinstance(event, Outcome):
                del worker.films[ready]
            yield event

    def close(self) -> None:
        """End the workers; films that are not done are given up, and leave nothing behind."""
        import ray

        films = [film.completed() for worker in self._workers for film in worker.films]
        for worker in self._workers:
            worker.actor.stop.remote()
        if films:
            ray.wait(films, num_returns=len(films), timeout=STOP_S)
        # It takes the workers with it.
        ray.shutdown()

    def _placed(self) -> list[_Worker]:
        return [worker for worker in self._workers if worker.place is None]

    def _start(self) -> _Worker:
        import ray

        self._made += 1
        name = f"worker {self._made}"
        kind = ray.remote(_Actor).options(
            num_cpus=self._share.cpus,
            num_gpus=self._share.gpus,
            max_concurrency=films_at_once(self.together) + 1,  # to hear `stop`
        )
        actor: Any = kind.remote(name, self.journal, Path.cwd(), max(1, self._share.cpus), self.together)
        return _Worker(name, actor, actor.ready.remote())

    def _lost(self, worker: _Worker, error: "RayError") -> Iterator[Outcome]:
        import ray
        from ray.exceptions import RayActorError

        reason = reason_of(error)
        if isinstance(error, RayActorError) and error.actor_init_failed:
            # Another one would fail there as well.
            self._workers.remove(worker)
            if not self._workers:
                raise not_seen(self.address, reason)
            return
        # It may live behind a broken line.
        ray.kill(worker.actor)
        self._workers[self._workers.index(worker)] = self._start()
        for task in worker.films.values():
            yield Outcome(task.name, "failed", WorkerLost(task.job.film.path, reason), worker=worker.name)


class _Actor:
    """A worker in a process of the cluster."""

    def __init__(self, name: str, journal: Path, folder: Path, threads: int, together: int) -> None:
        # Before anything else: a machine without the storage of the others would look for films, and write, elsewhere.
        os.chdir(folder)
        if not journal.exists():
            raise FileNotFoundError(f"{journal} is not seen from there")
        import torch

        from mmhnet_cli.pipeline.batch.worker import Worker

        torch.set_num_threads(threads)
        self.worker = Worker(name, journal, together)

    def ready(self) -> None:
        """Answer once the cluster has a place for the worker."""

    def do(self, task: Task) -> Iterator[Outcome | Step]:
        """Yield what becomes of a film, step by step; the outcome comes last."""
        said = SimpleQueue[Outcome | Step | None]()

        def do() -> None:
            try:
                said.put(self.worker.do(task, said.put))
            except Interrupted:
                # The run has ended: there is nobody to tell.
                return
            finally:
                said.put(None)

        threading.Thread(target=do).start()
        while (event := said.get()) is not None:
            yield event

    def stop(self) -> None:
        """Let every `do` end at the next step of its stage."""
        self.worker.stop()
