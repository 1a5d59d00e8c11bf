"""The right to write an output, held by one run at a time: a lock of the system, which ends with its holder."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from filelock import lock_descriptor

from mmhnet_cli.errors import OutputBusy, OutputUnwritable

POLL_S = 0.005


@contextmanager
def output_lock(path: Path) -> Iterator[None]:
    """Hold the one right to write `path` and what belongs to it, against other threads, processes and machines.

    Whether the output is still to be made is asked inside: before, another run may be at it. Machines see each other
    as far as the file system they share has locks; there, the lock of a machine that went down may last until the
    server misses it. Processes made by `fork` share what their parent holds.
    Raises OutputBusy where another one holds it, and OutputUnwritable, also where the file system has no locks.
    """
    lock = _lock_of(path)
    with ExitStack() as held:
        try:
            file = held.enter_context(lock.open("ab"))
            free = lock_descriptor(file.fileno(), blocking=False) and _lies_at(lock, file)
        except OSError as error:
            raise OutputUnwritable(path, error.strerror or type(error).__name__) from error
        if not free:
            raise OutputBusy(path)
        try:
            yield
        finally:
            # Removed while held: nobody can hold a file that came under this name in between. Windows removes no file
            # that someone has open, so there it is closed first, and stays where the next one has opened it already.
            if sys.platform == "win32":
                file.close()
            with suppress(OSError):
                lock.unlink()


@contextmanager
def waiting_lock(path: Path) -> Iterator[None]:
    """Hold the same right as soon as nobody else does. Raises OutputUnwritable."""
    with ExitStack() as held:
        while True:
            try:
                held.enter_context(output_lock(path))
                break
            except OutputBusy:
                time.sleep(POLL_S)
        yield


def remove_left_lock(path: Path) -> bool:
    """Remove the lock of `path` that a holder left which was killed; whether there was one."""
    if not _lock_of(path).exists():
        return False
    with suppress(OutputBusy, OutputUnwritable), output_lock(path):
        return True
    return False


def _lock_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.lock")


def _lies_at(path: Path, file: BinaryIO) -> bool:
    """Whether `file` is the one at `path`, and not one that its holder removed after we had opened it.

    The path is opened, not looked up: a network file system answers a look-up from its memory, an opening never.
    """
    try:
        with path.open("rb") as found:
            return os.path.sameopenfile(file.fileno(), found.fileno())
    except FileNotFoundError:
        return False
