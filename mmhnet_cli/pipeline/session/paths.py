"""What every file of a session says of other files, and how a text stands on a line of it."""

from pathlib import Path


def path_from(folder: Path, path: Path) -> str:
    """Return the name of `path` for a file in `folder`: from there where it lies below it, else in full."""
    folder, path = folder.absolute(), path.absolute()
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)


def one_line(text: str) -> str:
    """Return a text without ends of lines and other control characters, which would begin a line of a list."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
