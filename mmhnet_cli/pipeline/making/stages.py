"""The stages of a generation: reported through a callback, timed, and named when memory runs out."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

from mmhnet_cli.errors import OutOfMemory

# stage name, steps done, steps in all
Progress = Callable[[str, int, int], None]


def no_progress(stage: str, done: int, total: int) -> None:
    """Tell nobody: it serves callers that do not watch."""


class Stages:
    """Runs named stages one after another on `device`; `seconds` collects what each took."""

    def __init__(self, device: torch.device, progress: Progress) -> None:
        self.device = device
        self.progress = progress
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str, total: int = 1, detail: str = "") -> Iterator[Callable[[int], None]]:
        """Yield a function that takes the number of steps done; the end of the stage is reported here.

        detail: tells stages of one name apart in the progress; `seconds` sums them.
        """
        began = time.perf_counter()
        self.progress(name + detail, 0, total)
        try:
            yield lambda done: self.progress(name + detail, min(done, total), total)
        except (torch.OutOfMemoryError, MemoryError) as error:
            raise OutOfMemory(str(self.device), name) from error
        except RuntimeError as error:
            # The allocator of the CPU has no exception class of its own.
            if "not enough memory" in str(error) or "can't allocate memory" in str(error):
                raise OutOfMemory(str(self.device), name) from error
            raise
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - began
        self.progress(name + detail, total, total)
