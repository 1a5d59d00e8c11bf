"""The films of a run: found in folders, named one by one, or read from a list."""

import errno
import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from mmhnet_cli.errors import (
    BadOption,
    FilmNotFound,
    FolderUnreadable,
    ManifestInvalid,
    MMHNetError,
    NothingFound,
    ReportUnreadable,
)
from mmhnet_cli.pipeline.batch.manifest import READERS, Value, read_manifest, read_text, reason_of
from mmhnet_cli.pipeline.report_file import read_report

FILM_SUFFIXES = frozenset(
    {
        *(".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mxf", ".mpg", ".mpeg"),
        *(".ts", ".mts", ".m2ts", ".flv", ".wmv", ".ogv", ".3gp"),
    }
)
PROMPT_SUFFIX = ".txt"
MAX_PROMPT = 10_000  # characters
SAYS_WHAT_TO_HEAR = frozenset({"prompt", "prompt_file", "stem"})


@dataclass(frozen=True)
class Entry:
    """A film to be done.

    folder: of the film, relative to the input it was found under. options: what a list says, by the names of parameters
    of `mmhnet generate`. origin: file and line of the list, for messages. prompt: the text beside the film, where the
    list does not say what to hear.
    """

    film: Path
    folder: Path
    options: Mapping[str, Value] = field(default_factory=dict)
    origin: str = ""
    prompt: str = ""


def find_entries(
    inputs: Sequence[Path], *, known: Collection[str], lists: Collection[str], recursive: bool, pattern: str | None
) -> list[Entry]:
    """All films of `inputs`: folders, films, patterns that the shell left as they are; or one list of films.

    known: names of options that a list may set. lists: those of them that may be given more than once. pattern: of the
    names of films in folders. A list keeps its order; other films are sorted, and each counts once. Whether they can be
    read is not looked at. Raises an ExceptionGroup of all problems.
    """
    problems: list[MMHNetError] = []
    if any(_is_list(path) for path in inputs):
        entries = _listed(inputs, known, lists, problems)
    else:
        entries = _searched(inputs, recursive, pattern, problems)
    entries = [_with_prompt(entry, problems) for entry in entries]
    if not entries and not problems:
        problems.append(NothingFound(tuple(map(str, inputs))))
    if problems:
        raise ExceptionGroup("the inputs", problems)
    return entries


def _is_list(path: Path) -> bool:
    return path.suffix.lower() in READERS and not _is_folder(path)


def _listed(
    inputs: Sequence[Path], known: Collection[str], lists: Collection[str], problems: list[MMHNetError]
) -> list[Entry]:
    if len(inputs) > 1:
        found = ", ".join(map(str, inputs))
        problems.append(BadOption("INPUT", found, "one list of films alone, or films and folders without a list"))
        return []
    rows, wrong = read_manifest(inputs[0], known=known, lists=lists)
    problems += wrong
    folder = inputs[0].parent
    entries = [Entry(folder / row.film, _place(row.film), row.options, row.origin) for row in rows]
    own = _own_outputs({entry.film for entry in entries})
    problems += [
        ManifestInvalid(entry.origin, f"{entry.film} was written by mmhnet") for entry in entries if entry.film in own
    ]
    return entries


def _place(film: Path) -> Path:
    """Where a film stands below its list; the top, if it stands elsewhere."""
    return Path() if film.anchor or ".." in film.parts else film.parent


def _searched(inputs: Sequence[Path], recursive: bool, pattern: str | None, problems: list[MMHNetError]) -> list[Entry]:
    search = _Search(recursive, pattern)
    resolved = cache(Path.resolve)
    found: dict[Path, Entry] = {}
    for given in inputs:
        for film, top in search.films(given):
            # A link to a film is one of its own, whose outputs stand beside the link; a film in a linked folder is not.
            found.setdefault(resolved(film.parent) / film.name, Entry(film, film.parent.relative_to(top)))
    problems += search.problems
    own = _own_outputs(found)
    return sorted((entry for film, entry in found.items() if film not in own), key=lambda entry: _natural(entry.film))


@dataclass(frozen=True)
class _Search:
    """How films are looked for. pattern: of their names. problems: grows while it is looked."""

    recursive: bool
    pattern: str | None
    problems: list[MMHNetError] = field(default_factory=list)

    def films(self, given: Path) -> Iterator[tuple[Path, Path]]:
        """Films, and the folder that the place of each counts from."""
        if _is_folder(given):
            for film in self._films_in(given):
                yield film, given
        elif os.path.lexists(given):
            yield given, given.parent
        else:
            yield from self._matching(given)

    def _matching(self, given: Path) -> Iterator[tuple[Path, Path]]:
        """What a shell would put in the place of `given`, from the deepest folder on that is there as it is written."""
        top = next((folder for folder in given.parents if _is_folder(folder)), Path())
        try:
            matches = sorted(top.glob(str(given.relative_to(top))))
        except (ValueError, NotImplementedError, OSError):  # two stars beside a letter; no such drive; a name too long
            matches = []
        if not matches:
            self.problems.append(FilmNotFound(given))
        for match in matches:
            if any(_is_hidden(part) for part in match.relative_to(top).parts):
                continue
            if _is_folder(match):
                for film in self._films_in(match):
                    yield film, top
            elif self._is_film(match.name):
                yield match, top

    def _films_in(self, top: Path) -> Iterator[Path]:
        """Every folder is entered once, by its own name before that of a link to it."""
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
                if not _is_folder(child):
                    if self._is_film(child.name):
                        yield child
                elif self.recursive and not _is_hidden(child.name):
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
        """Whether a file that was found, not named, is meant: a film, but nothing hidden, as leftovers of a run are."""
        path = Path(name.lower())
        return (
            path.suffix in FILM_SUFFIXES
            and not _is_hidden(name)
            and (self.pattern is None or fnmatchcase(name.lower(), self.pattern.lower()))
        )


def _is_folder(path: Path) -> bool:
    return os.path.isdir(path)  # noqa: PTH112  unlike that of Path, it never raises


def _is_hidden(name: str) -> bool:
    return name.startswith(".")


def _natural(path: Path) -> tuple[list[list[str | int]], str]:
    """A key that puts shot2 before shot10."""
    parts = [re.split(r"(\d+)", part.casefold()) for part in path.parts]
    return [[int(text) if n % 2 else text for n, text in enumerate(part)] for part in parts], str(path)


def _own_outputs(films: Collection[Path]) -> set[Path]:
    """Those of `films` that a report beside them names as written, there or with the suffix of another kind of film."""
    sources: set[Path] = set()
    written: set[Path] = set()
    for folder in filter(_is_folder, {film.parent for film in films}):
        for source, files in _reported(folder):
            sources.add(folder / source)
            written.update(folder / file for file in files)
    stems = {file.with_suffix("") for file in written if file.suffix.lower() in FILM_SUFFIXES}
    return {film for film in films if film in written or (film not in sources and film.with_suffix("") in stems)}


def _reported(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Source and files of every report in `folder`, as the reports name them."""
    for path in folder.glob("*.json"):
        try:
            report = read_report(path)
            yield (
                str(report["source"]["file"]),
                [str(file["file"]) for take in report["takes"] for file in take["files"]],
            )
        except (ReportUnreadable, KeyError, TypeError):
            continue


def _with_prompt(entry: Entry, problems: list[MMHNetError]) -> Entry:
    """With the text beside the film, unless the list says what to hear."""
    path = entry.film.with_suffix(PROMPT_SUFFIX)
    if SAYS_WHAT_TO_HEAR & entry.options.keys() or not os.path.isfile(path):  # noqa: PTH113  never raises
        return entry
    try:
        prompt = read_text(path, 4 * MAX_PROMPT).strip()
        if len(prompt) > MAX_PROMPT:
            raise ValueError(f"it has {len(prompt)}")
    except (OSError, ValueError) as error:
        expected = f"text in UTF-8 of at most {MAX_PROMPT} characters ({reason_of(error)})"
        problems.append(BadOption("the prompt file", str(path), expected))
        return entry
    return replace(entry, prompt=prompt)
