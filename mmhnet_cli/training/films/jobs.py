"""Processes that prepare stretches of films: one that dies takes nothing with it but the stretch that it was at."""

import multiprocessing
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Protocol

import torch

from mmhnet_cli.errors import FilmFailed, MMHNetError, WorkerLost
from mmhnet_cli.training.films.cutting import LeftOut
from mmhnet_cli.training.films.journal import Done
from mmhnet_cli.training.films.making import Maker, Recipe, Task

STOP_S = 20.0
"""A process that is gone may take so long to end."""
AT_THE_TERMINAL = [signal.SIGINT] if sys.platform == "win32" else [signal.SIGINT, signal.SIGHUP]

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
            with _one_thread():
                maker = maker or Maker(self._recipe)
                done = maker(task)
            yield task, done, True


@dataclass
class _Process:
    process: SpawnProcess
    connection: Connection
    task: Task | None = None


class ManyJobs:
    """It does so many tasks at once, each in a process of its own."""

    def __init__(self, recipe: Recipe, jobs: int) -> None:
        self._recipe, self._jobs = recipe, jobs
        self._context = multiprocessing.get_context("spawn")

    def run(self, next_task: NextTask) -> Iterator[tuple[Task, Done, bool]]:
        """Yield what came of each task; a process that has died is replaced."""
        busy: list[_Process] = []
        idle: list[_Process] = []
        try:
            while True:
                while len(busy) < self._jobs and (task := next_task()) is not None:
                    busy.append(self._given(task, idle))
                if not busy:
                    return
                for connection in wait([one.connection for one in busy]):
                    one = next(one for one in busy if one.connection is connection)
                    busy.remove(one)
                    done = self._heard(one)
                    if done is not None:
                        idle.append(one)
                    assert one.task is not None
                    yield one.task, done or _lost(one), done is not None
        finally:
            for one in (*busy, *idle):
                one.process.kill()
                one.process.join()
                one.connection.close()

    def _given(self, task: Task, idle: list[_Process]) -> _Process:
        one = idle.pop() if idle else self._start()
        one.task = task
        try:
            one.connection.send(task)
        except OSError:
            # It is dying, and will be found gone with this task.
            return one
        return one

    def _start(self) -> _Process:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(theirs, self._recipe))
        process.start()
        theirs.close()
        return _Process(process, ours)

    def _heard(self, one: _Process) -> Done | None:
        try:
            said: Done | MMHNetError = one.connection.recv()
        except (EOFError, OSError):
            return None
        if isinstance(said, MMHNetError):
            raise said
        return said


def _lost(one: _Process) -> Done:
    """Return what stands for the stretch of a process that is gone."""
    one.process.join(STOP_S)
    one.process.kill()
    one.process.join()
    one.connection.close()
    code = one.process.exitcode
    reason = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
    assert one.task is not None
    number = one.task.number
    return Done(number, number + 1, (), (LeftOut(None, None, WorkerLost(one.task.film.path, reason)),))


@contextmanager
def _one_thread() -> Iterator[None]:
    """Compute on one thread: how sums are split among threads shows in their last bits."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _serve(connection: Connection, recipe: Recipe) -> None:
    """Live as a process: take tasks and say what came of them, until the other end is closed."""
    # Ctrl-C, and the end of a terminal, reach all processes; the first decides what becomes of the others.
    for number in AT_THE_TERMINAL:
        signal.signal(number, signal.SIG_IGN)
    torch.set_num_threads(1)
    maker: Maker | None = None

    def alive() -> None:
        # Nothing comes while a task is on: there is something to read where the other end is gone.
        if connection.poll():
            raise SystemExit

    while True:
        try:
            task: Task = connection.recv()
        except EOFError:
            return
        try:
            maker = maker or Maker(recipe)
            connection.send(maker(task, alive))
        except MMHNetError as error:
            connection.send(error)
        except Exception as error:
            # As text: it has to reach another process.
            connection.send(FilmFailed(task.film.path, f"{type(error).__name__}: {error}"))
