"""A file that grows at its end, and the digests of what is in it."""

import os
from dataclasses import dataclass
from pathlib import Path

from mmhnet_cli.models.digests import BLOCK_BYTES, Digests, Hasher
from mmhnet_cli.models.store import writing

# Where a link or a pipe lies under the name, what arrives must not go through it. Windows knows neither flag.
_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_FLAGS |= getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


@dataclass(frozen=True)
class Mark:
    """An end that a file had, and the digests of what was before it."""

    size: int
    hasher: Hasher


class GrowingFile:
    """It is opened where it is, and made where it is not. Whatever the system refuses raises CacheUnwritable."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with writing(path):
            # Without a buffer: what the disk refuses is refused here, and not when the file is closed.
            self._file = os.fdopen(os.open(path, _FLAGS, 0o644), "r+b", buffering=0)
        self._hasher = Hasher()
        with writing(path):
            while block := self._file.read(BLOCK_BYTES):
                self._hasher.update(block)

    @property
    def size(self) -> int:
        """Return how many bytes it has."""
        return self._hasher.size

    def digests(self) -> Digests:
        """Return size and digests of what it holds."""
        return self._hasher.digests()

    def write(self, block: bytes) -> None:
        """Add these bytes at its end."""
        with writing(self.path):
            rest = memoryview(block)
            while rest:
                rest = rest[self._file.write(rest) :]
        self._hasher.update(block)

    def mark(self) -> Mark:
        """Mark its end, to come back to with `restore`."""
        return Mark(self.size, self._hasher.copy())

    def restore(self, mark: Mark) -> None:
        """Cut off what was written since."""
        with writing(self.path):
            self._file.seek(mark.size)
            self._file.truncate()
        self._hasher = mark.hasher.copy()

    def clear(self) -> None:
        """Cut off everything."""
        self.restore(Mark(0, Hasher()))

    def sync(self) -> None:
        """Bring it to the disk: renamed before its bytes are there, a file can be empty after a power cut."""
        with writing(self.path):
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close it; it stays where it is."""
        self._file.close()
