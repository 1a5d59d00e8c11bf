"""Memory that was freed: kept for what comes next, or given back to the system."""

import ctypes
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# Names and numbers of glibc's malloc.h.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_MMAP_MAX = -1, -3, -4
LARGEST = 32 << 20
"""glibc keeps no freed piece that is larger, unless it is told to."""
KEEPING = ((M_MMAP_MAX, 0), (M_TRIM_THRESHOLD, (1 << 31) - 1))
USUAL = ((M_MMAP_THRESHOLD, LARGEST), (M_TRIM_THRESHOLD, 2 * LARGEST), (M_MMAP_MAX, 1 << 16))
"""It comes to these by itself in a program that frees large pieces; the most is what it begins with."""


@contextmanager
def memory_kept() -> Iterator[None]:
    """Freed memory is kept for what comes next, and given back at the end; nothing changes where that is not glibc.

    From some minutes of film on, tensors of a step are larger than `LARGEST`. The system would give new pages for each
    of them, zeroed one by one, which is a seventh of the time of an evaluation at five minutes.
    """
    tell = _of_glibc("mallopt")
    for option, value in KEEPING:
        tell(option, value)
    try:
        yield
    finally:
        for option, value in USUAL:
            tell(option, value)
        give_back_memory()


def give_back_memory() -> None:
    """Give back what the C library keeps of freed memory; does nothing where that is not glibc."""
    _of_glibc("malloc_trim")(0)


def _of_glibc(name: str) -> Callable[..., object]:
    """Return this function of glibc, or one that does nothing where there is none of the name."""
    found = getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
    return found or (lambda *given: None)
