"""The right to write an output, held by one run at a time: a lock of the system, which ends with its holder."""

import errno
import hashlib
import os
import re
import socket
import sys
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import lock_descriptor

from mmhnet_cli.errors import OutputBusy, OutputUnwritable
from mmhnet_cli.media.regular_file import open_regular, read_regular
from mmhnet_cli.media.temporary import MARK, lies_at

POLL_S = 0.02
ATTEMPTS = 5
"""Before an output counts as held: for a moment, a run that tidies up holds what others have left."""
PATIENCE_S = 30.0
"""For locks that are held for one line of a journal: who has one for longer has been stopped, not ended."""
TITLE = b"mmhnet: "
HOLDER = re.compile(rb"mmhnet: (process \d{1,10} on [!-~]{1,255})\n")
"""What a lock says of who has it."""
MOST_BYTES = 300
NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}


class LocksMissing(OutputUnwritable):
    """The file system of the output has no locks."""


@contextmanager
def output_lock(path: Path) -> Iterator[None]:
    """Hold the one right to write `path` and what belongs to it, against other threads, processes and machines.

    Whether the output is still to be made is asked inside: before, another run may be at it. Machines see each other
    as far as the file system they share has locks; there, the lock of a machine that went down may last until the
    server misses it. Processes made by `fork` share what their parent holds.
    Raises OutputBusy where another one holds it, OutputUnwritable, and LocksMissing, which is a kind of that.
    """
    for _ in range(ATTEMPTS):
        descriptor = _take(path)
        if descriptor is not None:
            break
        time.sleep(POLL_S)
    else:
        raise OutputBusy(path, _holder(path))
    with _freeing(path, descriptor):
        yield


@contextmanager
def waiting_lock(path: Path) -> Iterator[None]:
    """Hold the same right as soon as nobody else does. Raises OutputUnwritable, also when that takes long."""
    end = time.monotonic() + PATIENCE_S
    while (descriptor := _take(path)) is None:
        if time.monotonic() > end:
            raise OutputUnwritable(path, f"{_holder(path) or 'another run of mmhnet'} does not let go of it")
        time.sleep(POLL_S / 4)
    with _freeing(path, descriptor):
        yield


def remove_left_lock(path: Path) -> bool:
    """Remove the lock of `path` that a holder left which was killed; whether there was one."""
    if not lock_of(path).exists():
        return False
    with suppress(OutputBusy, OutputUnwritable), output_lock(path):
        return True
    return False


def lock_of(path: Path) -> Path:
    """The file that is locked for `path`, in the same folder: a short name, the same for all that one name may mean."""
    name = unicodedata.normalize("NFC", path.name).casefold().encode(errors="surrogatepass")
    return path.with_name(f"{MARK}{hashlib.sha256(name).hexdigest()[:16]}.lock")


def _take(path: Path) -> int | None:
    """The lock of `path` as an open file; None where another one holds it. Raises OutputUnwritable."""
    lock = lock_of(path)
    try:
        descriptor = open_regular(lock, os.O_RDWR | os.O_CREAT)
        try:
            if not lock_descriptor(descriptor, blocking=False) or not lies_at(lock, descriptor):
                os.close(descriptor)
                return None
            _sign(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
    except OSError as error:
        reason = error.strerror or type(error).__name__
        if error.errno in NO_LOCKS:
            raise LocksMissing(path, f"its file system has no locks ({reason})") from error
        in_the_way = error.errno in (errno.ELOOP, errno.EISDIR, errno.EINVAL, errno.EEXIST)
        raise OutputUnwritable(path, f"its lock {lock.name}: {reason}" if in_the_way else reason) from error
    return descriptor


def _sign(descriptor: int) -> None:
    """Write into a lock who has it. Raises OSError where the file was made by something else."""
    # What a power cut left of it may be short, or zeros.
    found = os.read(descriptor, MOST_BYTES).strip(b"\0")[: len(TITLE)]
    if not TITLE.startswith(found):
        raise FileExistsError(errno.EEXIST, "it is a file that mmhnet did not make")
    host = "".join(c if "!" <= c <= "~" else "?" for c in socket.gethostname()) or "?"
    with suppress(OSError):  # a disk that is full: then nobody hears who it is
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, f"mmhnet: process {os.getpid()} on {host[:255]}\n".encode())


def _holder(path: Path) -> str:
    """Who holds the lock of `path`; nothing where that cannot be known."""
    try:
        found = HOLDER.fullmatch(read_regular(lock_of(path), MOST_BYTES))
    except OSError:
        return ""
    return "" if found is None else found[1].decode()


@contextmanager
def _freeing(path: Path, descriptor: int) -> Iterator[None]:
    try:
        yield
    finally:
        # Removed while held: nobody can hold a file that came under this name in between. Windows removes no file that
        # someone has open, so there it is closed first, and stays where the next one has opened it already.
        if sys.platform == "win32":
            os.close(descriptor)
        with suppress(OSError):
            lock_of(path).unlink()
        if sys.platform != "win32":
            os.close(descriptor)
