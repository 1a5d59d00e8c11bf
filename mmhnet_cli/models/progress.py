"""How far a download is, told to a callback."""

import math
from collections.abc import Callable

# stage name, megabytes done, megabytes in all
Progress = Callable[[str, int, int], None]

MB = 1_000_000


def no_progress(stage: str, done: int, total: int) -> None:
    """Tell nobody: it serves callers that do not watch."""


def tell(progress: Progress, what: str, done_bytes: int, total_bytes: int) -> None:
    """Report in whole megabytes, rounded up, so that the end of the smallest file is an end."""
    progress(f"{what}, MB", math.ceil(done_bytes / MB), max(1, math.ceil(total_bytes / MB)))
