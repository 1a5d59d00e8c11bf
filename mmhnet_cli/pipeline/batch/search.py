"""Films looked for in folders and by patterns: what counts as one, and what is passed over."""

import errno
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from mmhnet_cli.errors import FilmNotFound, FolderUnreadable, MMHNetError
from mmhnet_cli.pipeline.asking.found import as_on_disk, is_folder, spelt
from mmhnet_cli.pipeline.asking.texts import reason_of

FILM_SUFFIXES = frozenset(
    {
        *(".mp4", ".m4v", ".mov", ".qt", ".f4v", ".3gp", ".3g2", ".mj2"),  # MPEG-4 and QuickTime
        *(".mkv", ".webm", ".avi", ".divx", ".mxf", ".flv", ".wmv", ".asf", ".ogv", ".ogm"),
        *(".mpg", ".mpeg", ".mpe", ".m2p", ".vob", ".mod"),  # MPEG program streams: discs, camcorders
        *(".ts", ".mts", ".m2ts", ".m2t", ".tp", ".trp", ".tod"),  # MPEG transport streams: broadcast, AVCHD, HDV
    }
)
"""Containers that may be opened have these; by `media.limits` a film with another suffix may be one of them as well."""
NOT_THE_USERS = frozenset(
    {
        *("$recycle.bin", "recycler", "recycled", "system volume information", "found.000"),  # Windows
        *("__macosx", "lost+found", "@eadir", "#recycle", "#snapshot"),  # macOS' archives, Linux, network storage
    }
)
"""In these folders, in small letters, systems keep what was thrown away and what they make for themselves."""


@dataclass(frozen=True)
class Search:
    """How films are looked for."""

    recursive: bool
    pattern: str | None
    """The names of films match it."""
    suffixes: frozenset[str] = FILM_SUFFIXES
    """Files that are found, not named, have one of them."""
    problems: list[MMHNetError] = field(default_factory=list)
    """It grows while films are looked for."""

    def films(self, given: Path) -> Iterator[tuple[Path, Path]]:
        """Yield films, and the folder that the place of each counts from."""
        given = as_on_disk(given)
        if is_folder(given):
            for film in self._films_in(given):
                yield film, given
        elif os.path.lexists(given):
            yield given, given.parent
        else:
            yield from self._matching(given)

    def _matching(self, given: Path) -> Iterator[tuple[Path, Path]]:
        """Yield what a shell would put in the place of `given`, from the deepest folder that is there as written."""
        top = next((folder for folder in given.parents if is_folder(folder)), Path())
        try:
            matches = sorted(top.glob(str(given.relative_to(top))))
        except (ValueError, NotImplementedError, OSError):  # two stars beside a letter; no such drive; a name too long
            matches = []
        if not matches:
            self.problems.append(FilmNotFound(given))
        for match in matches:
            if any(_is_passed_over(part) for part in match.relative_to(top).parts):
                continue
            if is_folder(match):
                for film in self._films_in(match):
                    yield film, top
            elif self._is_film(match.name):
                yield match, top

    def _films_in(self, top: Path) -> Iterator[Path]:
        """Yield the films below `top`. Every folder is entered once, by its own name before that of a link to it."""
        folders = [top]
        links: list[Path] = []
        entered: set[Path] = set()
        while folders or links:
            folder = (folders or links).pop(0)
            real = folder.resolve()
            if real in entered:
                continue
            entered.add(real)
            for child in self._children(folder):
                if not is_folder(child):
                    if self._is_film(child.name):
                        yield child
                elif self.recursive and not _is_passed_over(child.name):
                    if not child.is_symlink():
                        folders.append(child)
                    elif not real.is_relative_to(child.resolve()):  # out of `top`, if it led upwards
                        links.append(child)

    def _children(self, folder: Path) -> list[Path]:
        try:
            if not os.access(folder, os.X_OK):  # the names alone are of no use
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            return sorted(folder.iterdir())
        except OSError as error:
            self.problems.append(FolderUnreadable(folder, reason_of(error)))
            return []

    def _is_film(self, name: str) -> bool:
        """Tell whether a file that was found, not named, is meant: a film, but no leftover of a killed run."""
        path = Path(name.lower())
        return (
            path.suffix in self.suffixes
            and not _is_passed_over(name)
            and (self.pattern is None or fnmatchcase(spelt(name.lower()), spelt(self.pattern.lower())))
        )


def natural(path: Path) -> tuple[list[list[str | int]], str]:
    """Return a key that puts shot2 before shot10."""
    parts = [re.split(r"(\d+)", part.casefold()) for part in path.parts]
    return [[int(text) if n % 2 else text for n, text in enumerate(part)] for part in parts], str(path)


def _is_passed_over(name: str) -> bool:
    """Tell whether it is hidden, as are the ._ files that macOS puts beside others, or a system's own."""
    return name.startswith(".") or name.lower() in NOT_THE_USERS
