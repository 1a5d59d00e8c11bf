"""Files by their names. One name has several spellings: é is one code point, or e and an accent, as macOS writes it."""

import os
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


def spelt(name: str) -> str:
    """Return `name` in the one spelling in which names are compared."""
    return unicodedata.normalize("NFC", name)


def names_in(folder: Path) -> list[str]:
    """Return what is in `folder`, sorted; nothing where it cannot be read."""
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208  names alone
    except (OSError, ValueError):
        return []


def as_on_disk(path: Path) -> Path:
    """Return `path`, or where it is not there, the file there that is spelt otherwise; `path` where none is."""
    if os.path.lexists(path) or str(path).isascii():
        return path
    folder = as_on_disk(path.parent)
    return next((folder / name for name in names_in(folder) if spelt(name) == spelt(path.name)), path)


def is_folder(path: Path | str) -> bool:
    """Tell whether a folder is there; anything that cannot be looked at is none."""
    return os.path.isdir(path)  # noqa: PTH112  unlike that of Path, it never raises


def is_file(path: Path) -> bool:
    """Tell whether a file is there; anything that cannot be looked at is none."""
    return os.path.isfile(path)  # noqa: PTH113  unlike that of Path, it never raises


def real(path: Path) -> Path:
    """Return where `path` leads when all links are followed, there or not; unlike `resolve` it never raises."""
    return Path(os.path.realpath(path))


@dataclass(frozen=True)
class Bounds:
    """Folders, without links, that files named by a stranger may lie in; None stands for everywhere."""

    folders: tuple[Path, ...] | None

    @classmethod
    def of(cls, folders: Sequence[Path]) -> "Bounds":
        """Bound files to these folders, wherever links lead from them."""
        return cls(tuple(map(real, folders)))

    def hold(self, path: Path) -> bool:
        """Tell whether `path`, all links followed, is inside."""
        return self.folders is None or any(real(path).is_relative_to(folder) for folder in self.folders)

    def and_also(self, *folders: Path) -> "Bounds":
        """Return bounds that hold these folders too."""
        return self if self.folders is None else Bounds((*self.folders, *map(real, folders)))


ANYWHERE = Bounds(None)
