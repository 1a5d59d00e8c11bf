"""What takes long: one piece of work after the other, each watched and stopped by whoever asked for it."""

import itertools
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

MOST_WAITING, MOST_KEPT = 8, 40

Said = list[dict[str, str]]
"""What went wrong: sentences, each with a next step."""
Words = Callable[[BaseException], Said]
Progress = Callable[[str, int, int], None]


class Stopped(Exception):
    """Somebody wants the work no more."""


class TooMuch(Exception):
    """Enough waits already."""


@dataclass
class Task:
    """A piece of work as the page sees it."""

    number: int
    kind: str
    title: str
    state: str = "waiting"
    stage: str = ""
    share: float = 0.0
    """Of the stage, from 0 to 1."""
    said: Said = field(default_factory=list)
    made: dict[str, Any] = field(default_factory=dict)
    wanted: bool = True

    def facts(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {name: value for name, value in vars(self).items() if name != "wanted"}


class Work:
    """Work of each kind goes one after the other; kinds do not wait for each other."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._tasks: dict[int, Task] = {}
        self._workers: dict[str, ThreadPoolExecutor] = {}

    def add(self, kind: str, title: str, run: Callable[[Progress], dict[str, Any]]) -> Task:
        """Let `run` be done; what it returns is what was made. Raises TooMuch."""
        with self._lock:
            waiting = [task for task in self._tasks.values() if task.kind == kind and task.state == "waiting"]
            if len(waiting) >= MOST_WAITING:
                raise TooMuch
            task = Task(next(self._numbers), kind, title)
            self._tasks[task.number] = task
            done = [one.number for one in self._tasks.values() if one.state not in ("waiting", "running")]
            for number in done[: max(0, len(self._tasks) - MOST_KEPT)]:
                del self._tasks[number]
            if kind not in self._workers:
                self._workers[kind] = ThreadPoolExecutor(1, f"audition-{kind}")
            self._workers[kind].submit(self._run, task, run)
        return task

    def facts(self) -> list[dict[str, Any]]:
        """Return all work of late, as JSON values."""
        with self._lock:
            return [task.facts() for task in self._tasks.values()]

    def stop(self, number: int) -> bool:
        """Let a piece of work end as soon as it can; return False where there is none of that number."""
        with self._lock:
            task = self._tasks.get(number)
            if task is None:
                return False
            task.wanted = False
            return True

    def close(self) -> None:
        """Stop everything, and return when it has stopped."""
        with self._lock:
            for task in self._tasks.values():
                task.wanted = False
            workers = list(self._workers.values())
        for worker in workers:
            worker.shutdown(wait=True, cancel_futures=True)

    def _run(self, task: Task, run: Callable[[Progress], dict[str, Any]]) -> None:
        def progress(stage: str, done: int, total: int) -> None:
            if not task.wanted:
                raise Stopped
            task.stage, task.share = stage, done / max(1, total)

        try:
            progress("", 0, 1)
            task.state = "running"
            task.made = run(progress)
            task.state = "done"
        except Stopped:
            task.state = "stopped"
        except Exception as error:
            # Whatever it is, the page goes on; the words say whether it is a fault of ours.
            task.said, task.state = self.words(error), "failed"
