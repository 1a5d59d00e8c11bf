"""Freed memory is kept while it is asked for, and goes back to the system."""

import platform
import subprocess
import sys

import pytest

pytestmark = pytest.mark.processes

HELD = """
import sys
import numpy as np
from mmhnet_cli.pipeline.making.allocator import give_back_memory

def resident_mb():
    return int(open("/proc/self/statm").read().split()[1]) * 4096 / 1e6

pieces = [np.ones(12_500) for _ in range(3000)]
last = pieces[-1]
full = resident_mb()
del pieces
freed = resident_mb()
give_back_memory()
print(full - freed, full - resident_mb(), last[0])
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps freed memory so")
def test_freed_pieces_go_back() -> None:
    # A piece at the end of the heap holds all those before it, 300 MB.
    ran = subprocess.run([sys.executable, "-c", HELD], capture_output=True, text=True, check=True)
    before, after, _ = map(float, ran.stdout.split())
    assert before < 100
    assert after > 250


AGAIN = """
import resource
import numpy as np
from mmhnet_cli.pipeline.making.allocator import memory_kept

def new_pages(times):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(times):
        np.ones(8 << 20)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

def resident_mb():
    return int(open("/proc/self/statm").read().split()[1]) * 4096 / 1e6

asked = new_pages(10)
with memory_kept():
    new_pages(1)
    kept, held = new_pages(10), resident_mb()
print(asked, kept, new_pages(10), held - resident_mb())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told to keep freed memory")
def test_large_pieces_are_kept_and_given_back() -> None:
    # Ten arrays of 64 MB, one after the other.
    ran = subprocess.run([sys.executable, "-c", AGAIN], capture_output=True, text=True, check=True)
    asked, kept, after, given_back = map(float, ran.stdout.split())
    assert kept < asked / 20 and kept < after / 20
    assert given_back > 60
