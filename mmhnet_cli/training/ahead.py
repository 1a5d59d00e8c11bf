"""Batches made ahead of the step that takes them, in processes of their own."""

import multiprocessing
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from typing import Any

_batch_of: list[Callable[[int], Any]] = []
"""In a worker: what makes its batches. It is inherited, not sent: it may map gigabytes."""


class Ahead:
    """Gives `batch_of(step)` for step after step; where a run goes on from another step, it begins anew there.

    workers: processes; 0 makes each batch when it is asked for. stride: from one step that is asked for to the next.
    """

    def __init__(self, batch_of: Callable[[int], Any], workers: int, stride: int = 1) -> None:
        self.batch_of, self.workers, self.stride = batch_of, workers, stride
        self.pool = None
        self.waiting: deque[tuple[int, Future[Any]]] = deque()
        if workers:
            context = multiprocessing.get_context("fork")
            self.pool = ProcessPoolExecutor(workers, context, _begin, (batch_of,))

    def __call__(self, step: int) -> Any:
        if self.pool is None:
            return self.batch_of(step)
        if not self.waiting or self.waiting[0][0] != step:
            self.waiting.clear()
        while len(self.waiting) < 2 * self.workers:
            following = step + self.stride * len(self.waiting)
            self.waiting.append((following, self.pool.submit(_make, following)))
        return self.waiting.popleft()[1].result()


class Again:
    """Gives each batch of `batch_of` several times, to steps that draw other noise and other times for it.

    held: so many batches take turns until each was given `times` times, then come so many others.
    """

    def __init__(self, batch_of: Callable[[int], Any], times: int, held: int) -> None:
        self.batch_of, self.times, self.held = batch_of, times, held
        self.kept: dict[int, Any] = {}

    def __call__(self, step: int) -> Any:
        turn, place = divmod(step, self.times * self.held)
        first = turn * self.held
        number = first + place % self.held
        if number not in self.kept:
            self.kept = {kept: batch for kept, batch in self.kept.items() if kept >= first}
            self.kept[number] = self.batch_of(number)
        return self.kept[number]


def _begin(batch_of: Callable[[int], Any]) -> None:
    import torch

    torch.set_num_threads(1)
    _batch_of[:] = [batch_of]


def _make(step: int) -> Any:
    return _batch_of[0](step)
