"""Memory that was freed, given back to the system."""

import ctypes
import sys


def give_back_memory() -> None:
    """Give back what the C library keeps of freed memory; does nothing where that is not glibc.

    After sampling it keeps hundreds of megabytes in pieces, and the sound of a long film would come on top of them.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
