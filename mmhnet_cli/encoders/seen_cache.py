"""What was seen in films, kept on this machine: another sound of the same pictures need not read them again.

One safetensors file for each reading, in the folder `seen` beside the weights that were downloaded. Its name is a
digest of all that the features come from: bytes and range of the film, files and program of the encoders, and what they
were computed with. A file is there as a whole or not at all, whoever is killed or writes the same meanwhile. Whatever
does not hold what it must is removed and made again. The files that were used longest ago go first when there are too
many.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from mmhnet_cli.models.registry import default_store

FOLDER = "seen"
SUFFIX = ".safetensors"
PART_SUFFIX = ".part"
MOST_BYTES = 1 << 30
"""A larger file is neither written nor read: three hours of the public encoders have less."""
GIGABYTE = 10**9


@dataclass(frozen=True)
class KeptFile:
    """One reading. used: when it was written or last read, in seconds since 1970."""

    path: Path
    size: int
    used: float


class SeenCache:
    """The folder of readings. most_bytes: all of them together have at most so many."""

    def __init__(self, most_bytes: int, folder: Path | None = None) -> None:
        self.most_bytes = most_bytes
        self.folder = default_store().folder / FOLDER if folder is None else folder

    def path(self, facts: dict[str, Any]) -> Path:
        """Return where the reading lies that comes from these facts, which are plain data."""
        text = json.dumps(facts, sort_keys=True, allow_nan=False)
        return self.folder / (hashlib.sha256(text.encode()).hexdigest() + SUFFIX)

    def used(self, path: Path) -> None:
        """Note that a reading was used now."""
        with suppress(OSError):
            os.utime(path)

    def keep(self, path: Path, content: bytes) -> None:
        """Write a reading, and let go of the oldest ones beyond the bound. A disk that does not take it loses nothing
        but the next time."""
        if len(content) > min(MOST_BYTES, self.most_bytes):
            return
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._make_room(len(content))
            self._write(path, content)

    def files(self) -> list[KeptFile]:
        """Return all readings, those used longest ago first."""
        return sorted(self._found(SUFFIX), key=lambda file: (file.used, file.path))

    def clear(self) -> int:
        """Remove all readings, and what killed runs left; return how many bytes that were."""
        return sum(file.size for file in [*self._found(SUFFIX), *self._found(PART_SUFFIX)] if remove(file.path))

    def _make_room(self, size: int) -> None:
        files = self.files()
        total = sum(file.size for file in files) + size
        for file in files:
            if total <= self.most_bytes:
                return
            if remove(file.path):
                total -= file.size

    def _write(self, path: Path, content: bytes) -> None:
        with NamedTemporaryFile(dir=self.folder, suffix=PART_SUFFIX, delete=False) as file:
            partial = Path(file.name)
            try:
                file.write(content)
                file.flush()
                # Renamed before its bytes are on the disk, a file can be empty after a power cut.
                os.fsync(file.fileno())
                file.close()
                partial.replace(path)
            except BaseException:
                partial.unlink(missing_ok=True)
                raise

    def _found(self, suffix: str) -> Iterator[KeptFile]:
        with suppress(OSError), os.scandir(self.folder) as entries:
            for entry in entries:
                if entry.name.endswith(suffix) and entry.is_file(follow_symlinks=False):
                    with suppress(OSError):
                        found = entry.stat(follow_symlinks=False)
                        yield KeptFile(Path(entry.path), found.st_size, found.st_mtime)


def remove(path: Path) -> bool:
    """Remove a file of the cache; tell whether it is gone."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return False
    return True
