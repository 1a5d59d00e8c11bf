"""How far a download is, told to a callback."""

import math
from collections.abc import Callable
from typing import Any

from huggingface_hub import utils

# stage name, megabytes done, megabytes in all
Progress = Callable[[str, int, int], None]

MB = 1_000_000


def no_progress(stage: str, done: int, total: int) -> None:
    """For callers that do not watch."""


def tell(progress: Progress, what: str, done_bytes: int, total_bytes: int) -> None:
    """Report in whole megabytes, rounded up, so that the end of the smallest file is an end."""
    progress(f"{what}, MB", math.ceil(done_bytes / MB), max(1, math.ceil(total_bytes / MB)))


def tqdm_class(what: str, progress: Progress) -> Any:
    """A bar for huggingface_hub that draws nothing and tells `progress`."""
    furthest = 0.0

    class Teller(utils.tqdm):
        def __init__(self, *positional: Any, **named: Any) -> None:
            super().__init__(*positional, **{**named, "disable": True})

        def update(self, n: float | None = 1) -> None:
            nonlocal furthest
            # A bar that is switched off does not count by itself.
            self.n += n or 0
            # Some downloads have two bars, for what has arrived and for what is written.
            if self.n > furthest:
                furthest = self.n
                tell(progress, what, int(self.n), int(self.total or self.n))

    return Teller
