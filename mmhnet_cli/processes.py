"""Processes of this machine that do tasks: one that dies takes nothing with it but the task that it was at."""

import multiprocessing
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any, Generic, TypeVar

from mmhnet_cli.errors import MMHNetError

Task = TypeVar("Task")
Result = TypeVar("Result")

STOP_S = 20.0
"""A process that is gone may take so long to end."""
AT_THE_TERMINAL = [signal.SIGINT] if sys.platform == "win32" else [signal.SIGINT, signal.SIGHUP]

Alive = Callable[[], None]
"""It is called now and then within a task, and raises SystemExit where nobody waits for it any more."""
Doing = Callable[[Task, Alive], Result]
"""It does tasks of one kind."""


@dataclass(frozen=True)
class Gone:
    """Stands for the result of a task whose process has died, and says why."""

    reason: str


@dataclass
class _Process:
    process: SpawnProcess
    connection: Connection
    task: Any = None


class Processes(Generic[Task, Result]):
    """They do so many tasks at once, each in a process of its own; one that has died is replaced.

    begin: is called in each process before its first task, and gives what does tasks; it crosses to the process, as
    tasks and results do. What it raises, or a task does, of the family MMHNetError ends all.
    """

    def __init__(self, begin: Callable[[], Doing[Task, Result]], count: int) -> None:
        self._begin, self._count = begin, count
        self._context = multiprocessing.get_context("spawn")

    def run(self, next_task: Callable[[], Task | None]) -> Iterator[tuple[Task, Result | Gone]]:
        """Yield what came of each task, in any order, until there is none. What `next_task` gives may grow by what was
        yielded."""
        busy: list[_Process] = []
        idle: list[_Process] = []
        try:
            while True:
                while len(busy) < self._count and (task := next_task()) is not None:
                    busy.append(self._given(task, idle))
                if not busy:
                    return
                for connection in wait([one.connection for one in busy]):
                    one = next(one for one in busy if one.connection is connection)
                    busy.remove(one)
                    result = _heard(one)
                    if not isinstance(result, Gone):
                        idle.append(one)
                    yield one.task, result
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
        process = self._context.Process(target=_serve, args=(theirs, self._begin))
        process.start()
        theirs.close()
        return _Process(process, ours)


def _heard(one: _Process) -> Any:
    """Return the result of a process, or what stands for it. Raises MMHNetError where the process did."""
    try:
        result, error = one.connection.recv()
    except (EOFError, OSError):
        return _gone(one)
    if error is not None:
        raise error
    return result


def _gone(one: _Process) -> Gone:
    one.process.join(STOP_S)
    one.process.kill()
    one.process.join()
    one.connection.close()
    code = one.process.exitcode
    return Gone(f"signal {-code}" if code is not None and code < 0 else f"exit code {code}")


def _serve(connection: Connection, begin: Callable[[], Doing[Any, Any]]) -> None:
    """Live as a process: take tasks and say what came of them, until the other end is closed."""
    # Ctrl-C, and the end of a terminal, reach all processes; the first decides what becomes of the others.
    for number in AT_THE_TERMINAL:
        signal.signal(number, signal.SIG_IGN)
    do: Doing[Any, Any] | None = None

    def alive() -> None:
        # Nothing comes while a task is on: there is something to read where the other end is gone.
        if connection.poll():
            raise SystemExit

    while True:
        try:
            task = connection.recv()
        except EOFError:
            return
        try:
            do = do or begin()
            connection.send((do(task, alive), None))
        except MMHNetError as error:
            connection.send((None, error))
