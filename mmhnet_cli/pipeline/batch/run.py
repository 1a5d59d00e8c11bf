"""The run of a batch: tasks to workers within the memory there is, failures again, every outcome told once."""

import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from mmhnet_cli.errors import FilmFailed, WorkerLost
from mmhnet_cli.pipeline.batch.task import ModelUse, Outcome, Step, Task, alive_bytes

WAIT_S = 1.0
"""So many seconds pass between two looks at films that another run is at."""


class Executor(Protocol):
    """Where workers run."""

    @property
    def slots(self) -> int:
        """Return how many films may be given out at once."""
        ...

    @property
    def beside(self) -> Sequence[Sequence[Task]]:
        """Return the films that the next one would share its memory with, by worker: first those of its own."""
        ...

    def submit(self, task: Task) -> None:
        """Give out a film."""
        ...

    def events(self, timeout_s: float) -> Iterator[Outcome | Step]:
        """Yield what workers have said, after at most so much waiting. Every film has one outcome in the end."""
        ...

    def close(self) -> None:
        """End all workers."""
        ...


@dataclass(frozen=True)
class Policy:
    """When to give up."""

    retry: int = 1
    """A film is tried again so often when its worker was lost or met a fault of ours."""
    max_failures: int | None = None
    """The run ends after so many films have failed; None never ends it."""
    memory_bytes: int | None = None
    """The films that share a memory have so much; a film beyond it is the only one there."""

    def gives_up(self, failures: int) -> bool:
        """Tell whether so many failures are enough."""
        return self.max_failures is not None and failures >= self.max_failures


def run_with(
    start: Callable[[], Executor], tasks: Sequence[Task], policy: Policy, tell: Callable[[Outcome | Step], None]
) -> dict[str, Outcome]:
    """Do as `run` does, with workers that are started for it and end with it."""
    executor = start()
    try:
        return run(tasks, executor, policy, tell)
    finally:
        executor.close()


def run(
    tasks: Sequence[Task], executor: Executor, policy: Policy, tell: Callable[[Outcome | Step], None]
) -> dict[str, Outcome]:
    """Do all tasks, those of one model after each other, and return the outcome of each by name, in the order of
    `tasks`; those that `policy` left undone are not among them.

    tell: hears every step, every outcome once, and once of each film that is waited for, which is busy.
    """
    by_name = {task.name: task for task in tasks}
    waiting, busy = deque(_model_by_model(tasks)), deque[Task]()
    given: dict[str, Task] = {}
    tried: Counter[str] = Counter()
    waited_for: set[str] = set()
    outcomes: dict[str, Outcome] = {}
    failures = 0
    while given or ((waiting or busy) and not policy.gives_up(failures)):
        if not policy.gives_up(failures):
            if not waiting and not given:
                # Only films of another run are left: ask again from time to time, until it has done them or is gone.
                time.sleep(WAIT_S)
                waiting.append(busy.popleft())
            while waiting and len(given) < executor.slots and _fits(waiting[0], given, executor.beside, tried, policy):
                task = waiting.popleft()
                given[task.name] = task
                executor.submit(task)
        for event in executor.events(WAIT_S):
            if isinstance(event, Step):
                tell(event)
                continue
            task = given.pop(event.name)
            if event.kind == "busy":
                busy.append(task)
                if event.name not in waited_for:
                    waited_for.add(event.name)
                    tell(event)
            elif _again(event, tried, policy):
                tried[event.name] += 1
                waiting.append(by_name[event.name])
            else:
                failures += event.kind == "failed"
                outcomes[event.name] = event
                tell(event)
    return {name: outcomes[name] for name in by_name if name in outcomes}


def _model_by_model(tasks: Sequence[Task]) -> list[Task]:
    """Return the tasks in their order, but those of one model together: a worker has one at a time."""
    first: dict[ModelUse, int] = {}
    for task in tasks:
        first.setdefault(task.model_use, len(first))
    return sorted(tasks, key=lambda task: first[task.model_use])


def _fits(
    task: Task, given: dict[str, Task], beside: Sequence[Sequence[Task]], tried: Counter[str], policy: Policy
) -> bool:
    """Tell whether it may be given out beside the others. One that is tried again is done alone: if its worker is lost
    again, no other film is lost with it."""
    if given and tried[task.name]:
        return False
    if policy.memory_bytes is None or not any(beside):
        return True
    own, *others = beside
    return alive_bytes([*own, task]) + sum(map(alive_bytes, others)) <= policy.memory_bytes


def _again(outcome: Outcome, tried: Counter[str], policy: Policy) -> bool:
    """Tell whether to try again: a bad film stays bad; a lost worker or a fault of ours may have been bad luck."""
    return isinstance(outcome.error, WorkerLost | FilmFailed) and tried[outcome.name] < policy.retry
