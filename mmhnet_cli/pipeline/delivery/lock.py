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
from mmhnet_cli.media.temporary import MARK, lies_at
from mmhnet_cli.regular_file import open_regular, read_regular

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
    with _lock(path) as lock:
        for _ in range(ATTEMPTS):
            if lock.take():
                break
            time.sleep(POLL_S)
        else:
            raise OutputBusy(path, _holder(path))
        yield


@contextmanager
def waiting_lock(path: Path) -> Iterator[None]:
    """Hold the same right as soon as nobody else does. Raises OutputUnwritable, also when that takes long."""
    end = time.monotonic() + PATIENCE_S
    with _lock(path) as lock:
        while not lock.take():
            if time.monotonic() > end:
                raise OutputUnwritable(path, f"{_holder(path) or 'another run of mmhnet'} does not let go of it")
            time.sleep(POLL_S / 4)
        yield


def remove_left_lock(path: Path) -> bool:
    """Remove the lock of `path` that a holder left which was killed; whether there was one."""
    if not lock_of(path).exists():
        return False
    with suppress(OutputBusy, OutputUnwritable), output_lock(path):
        return True
    return False


def lock_of(path: Path) -> Path:
    """Return the file that is locked for `path`, in the same folder: a short name, the same for all that one name may
    mean."""
    name = unicodedata.normalize("NFC", path.name).casefold().encode(errors="surrogatepass")
    return path.with_name(f"{MARK}{hashlib.sha256(name).hexdigest()[:16]}.lock")


class _Lock:
    """The lock of `path`: an open file, which may be ours or still to be locked."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file = lock_of(path)
        self.descriptor: int | None = None
        self.to_free = False

    def take(self) -> bool:
        """Try to take it; return False where another one holds it. Raises OutputUnwritable."""
        self.to_free = True
        try:
            self.descriptor = open_regular(self.file, os.O_RDWR | os.O_CREAT)
            if _is_locked(self.file, self.descriptor):
                _sign(self.descriptor)
                return True
        except OSError as error:
            self._close()
            raise self._unwritable(error) from error
        self._close()
        return False

    def free(self) -> None:
        """Remove the file if it is ours, also in the middle of taking it."""
        if not self.to_free:
            return
        if self.descriptor is None:
            with suppress(OSError):
                self.descriptor = open_regular(self.file, os.O_RDWR)
        # Removed while held: nobody can hold a file that came under this name in between. Windows removes no file that
        # someone has open, so there it is closed first, and stays where the next one has opened it already.
        with suppress(OSError):
            if self.descriptor is not None and _is_locked(self.file, self.descriptor) and _is_lock(self.descriptor):
                if sys.platform == "win32":
                    self._close()
                self.file.unlink()
        self._close()

    def _close(self) -> None:
        descriptor, self.descriptor, self.to_free = self.descriptor, None, False
        if descriptor is not None:
            os.close(descriptor)

    def _unwritable(self, error: OSError) -> OutputUnwritable:
        reason = error.strerror or type(error).__name__
        if error.errno in NO_LOCKS:
            return LocksMissing(self.path, f"its file system has no locks ({reason})")
        in_the_way = error.errno in (errno.ELOOP, errno.EISDIR, errno.EINVAL, errno.EEXIST)
        return OutputUnwritable(self.path, f"its lock {self.file.name}: {reason}" if in_the_way else reason)


@contextmanager
def _lock(path: Path) -> Iterator[_Lock]:
    """Yield a lock to be taken, freed at the end, at whatever moment that comes."""
    lock = _Lock(path)
    try:
        yield lock
    finally:
        try:
            lock.free()
        except BaseException:
            lock.free()
            raise


def _is_locked(file: Path, descriptor: int) -> bool:
    """Lock an open file, which may be ours already; False where it is another one's, or was removed."""
    return lock_descriptor(descriptor, blocking=False) and lies_at(file, descriptor)


def _is_lock(descriptor: int) -> bool:
    """Tell whether a file was made for a lock. What a power cut left of it may be short, or zeros."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    return TITLE.startswith(os.read(descriptor, MOST_BYTES).strip(b"\0")[: len(TITLE)])


def _sign(descriptor: int) -> None:
    """Write into a lock who has it. Raises OSError where the file was made by something else."""
    if not _is_lock(descriptor):
        raise FileExistsError(errno.EEXIST, "it is a file that mmhnet did not make")
    host = "".join(c if "!" <= c <= "~" else "?" for c in socket.gethostname()) or "?"
    with suppress(OSError):  # a disk that is full: then nobody hears who it is
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, f"mmhnet: process {os.getpid()} on {host[:255]}\n".encode())


def _holder(path: Path) -> str:
    """Say who holds the lock of `path`; return an empty text where that cannot be known."""
    try:
        found = HOLDER.fullmatch(read_regular(lock_of(path), MOST_BYTES))
    except OSError:
        return ""
    return "" if found is None else found[1].decode()
