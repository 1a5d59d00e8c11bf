"""Workers on this machine: processes of their own, so that one that dies takes nothing with it."""

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from types import FrameType

from mmhnet_cli.cores import count_cores
from mmhnet_cli.errors import Interrupted, OutputUnwritable, WorkerLost
from mmhnet_cli.pipeline.batch.journal import Journal
from mmhnet_cli.pipeline.batch.task import Outcome, Step, Task
from mmhnet_cli.pipeline.delivery.claim import remove_left_of
from mmhnet_cli.pipeline.delivery.lock import remove_left_lock
from mmhnet_cli.pipeline.estimate.machine import Machine

STOP_S = 20.0
"""All workers together may take so long to end, each at its next step: less than the 30 s after which Kubernetes and
Slurm kill a run that they asked to end."""
AT_THE_TERMINAL = [signal.SIGINT] if sys.platform == "win32" else [signal.SIGINT, signal.SIGHUP]


def films_at_once(together: int) -> int:
    """Return how many films a worker has: one is read, `together` are sampled, one is written."""
    return together + 2


def local_workers(
    jobs: int | None, films: int, machine: Machine, threads: int | None, journal: Path, together: int
) -> "LocalExecutor":
    """Start `jobs` workers, or one per GPU, or one per core of the processor; the cores, or `threads`, are shared out.

    films: how many the whole run has, not how many are still to do: a run that goes on computes as it began.
    """
    cores = threads or count_cores()
    most = cores if machine.kind == "cpu" else max(1, len(machine.gpus))
    jobs = jobs or min(most, films)
    return LocalExecutor(jobs, max(1, cores // jobs), journal, machine.gpus, together)


@dataclass
class _Process:
    """A worker and the films it has."""

    name: str
    process: SpawnProcess
    connection: Connection
    gpu: str | None
    """The worker sees this one; None leaves it whatever the run sees."""
    tasks: dict[str, Task] = field(default_factory=dict)


class LocalExecutor:
    """Worker processes that get tasks and give outcomes. A worker that dies is replaced; its films are lost.

    jobs: how many workers. threads: how many of the processor each has. gpus: the GPUs that workers see, each one of
    them in turn, named as in CUDA_VISIBLE_DEVICES; without them, each worker sees what this process sees. together: how
    many short films a worker may sample at once.
    """

    def __init__(self, jobs: int, threads: int, journal: Path, gpus: Sequence[str] = (), together: int = 1) -> None:
        self.threads, self.journal, self.together = threads, Journal(journal), together
        self._context = multiprocessing.get_context("spawn")
        self._made = 0
        self._processes = [self._start(gpus[number % len(gpus)] if gpus else None) for number in range(jobs)]

    @property
    def slots(self) -> int:
        """Return how many films the workers can have at once."""
        return films_at_once(self.together) * len(self._processes)

    @property
    def beside(self) -> list[list[Task]]:
        """Return the films that the next one will share its memory with, that of a GPU, or of the machine: by worker,
        its own first."""
        own = self._next
        others = [process for process in self._processes if process.gpu == own.gpu and process is not own]
        return [list(process.tasks.values()) for process in (own, *others)]

    def submit(self, task: Task) -> None:
        """Give a film to the worker that has the fewest."""
        worker = self._next
        worker.tasks[task.name] = task
        try:
            worker.connection.send(task)
        except OSError:
            # It is dying; `events` will find it gone, with this film.
            return

    def events(self, timeout_s: float) -> Iterator[Outcome | Step]:
        """Yield what the workers have said, after at most `timeout_s` seconds of waiting."""
        for connection in wait([process.connection for process in self._processes], timeout_s):
            worker = next(process for process in self._processes if process.connection is connection)
            try:
                event = worker.connection.recv()
            except (EOFError, OSError):
                yield from self._lost(worker)
                continue
            if isinstance(event, Outcome):
                worker.tasks.pop(event.name, None)
            yield event

    def close(self) -> None:
        """End the workers; films that are not done are given up, and leave nothing behind."""
        for worker in self._processes:
            worker.process.terminate()
        end = time.monotonic() + STOP_S
        for worker in self._processes:
            worker.process.join(max(0.0, end - time.monotonic()))
        for worker in self._processes:
            # One that is still there is in the middle of a step that takes longer.
            worker.process.kill()
            worker.process.join()
            worker.connection.close()
            with suppress(OutputUnwritable):
                for task in self._left_by(worker):
                    self.journal.note("interrupted", task, worker.name)
        # After all of them are told: it takes their locks as well.
        for worker in self._processes:
            for task in worker.tasks.values():
                remove_left_of(task.job)

    def _left_by(self, worker: _Process) -> list[Task]:
        """Return the films that a worker was at when it ended without letting go of them; their locks are removed."""
        remove_left_lock(self.journal.path)
        return [task for task in worker.tasks.values() if remove_left_lock(task.job.report)]

    @property
    def _next(self) -> _Process:
        return min(self._processes, key=lambda process: len(process.tasks))

    def _start(self, gpu: str | None) -> _Process:
        self._made += 1
        name = f"worker {self._made}"
        ours, theirs = self._context.Pipe()
        arguments = (theirs, name, self.journal.path, self.threads, gpu, self.together)
        process = self._context.Process(target=_serve, args=arguments, name=name)
        process.start()
        theirs.close()
        return _Process(name, process, ours, gpu)

    def _lost(self, worker: _Process) -> Iterator[Outcome]:
        worker.process.join(STOP_S)
        # One that only closed its end is of no more use, but may still hold its films.
        worker.process.kill()
        worker.process.join()
        code = worker.process.exitcode
        reason = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
        worker.connection.close()
        self._processes[self._processes.index(worker)] = self._start(worker.gpu)
        self._left_by(worker)
        for task in worker.tasks.values():
            remove_left_of(task.job)
            yield Outcome(task.name, "failed", WorkerLost(task.job.film.path, reason), worker=worker.name)


def _serve(connection: Connection, name: str, journal: Path, threads: int, gpu: str | None, together: int) -> None:
    """Live as a worker process: take tasks and send steps and outcomes, until the other end is closed."""
    # Ctrl-C, and the end of a terminal, reach all of its processes; the run decides what becomes of its workers.
    for number in AT_THE_TERMINAL:
        signal.signal(number, signal.SIG_IGN)
    if gpu is not None:
        # Before torch is loaded: what CUDA shows a program is settled when it starts.
        os.environ["CUDA_VISIBLE_DEVICES"] = gpu
    import torch

    from mmhnet_cli.pipeline.batch.worker import Worker

    torch.set_num_threads(threads)
    worker = Worker(name, journal, together)
    saying = threading.Lock()

    def terminate(number: int, frame: FrameType | None) -> None:
        # Once: a second one must not break off the end.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise SystemExit(128 + number)

    def say(event: Outcome | Step) -> None:
        with saying:
            connection.send(event)

    def do(task: Task) -> None:
        try:
            say(worker.do(task, say))
        except (Interrupted, OSError):
            # The run has ended, or is gone: there is nobody to tell.
            return

    pool = ThreadPoolExecutor(films_at_once(together))
    signal.signal(signal.SIGTERM, terminate)
    try:
        while True:
            pool.submit(do, connection.recv())
    except EOFError:
        # The run is gone. What it began is given up here, and done by the next one.
        return
    finally:
        worker.stop()
        pool.shutdown(wait=True, cancel_futures=True)
