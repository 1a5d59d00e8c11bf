"""A list of films and what each shall get: a table (CSV), one JSON object per line (JSONL), or TOML.

Its words are `film` and the options of `mmhnet generate`, in any case, with hyphens or underscores. A list may come
from somebody else: it chooses among the columns that the caller names, names files inside the bounds it is given,
and nothing besides.
"""

import math
import os
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from mmhnet_cli.errors import ManifestInvalid
from mmhnet_cli.models.registry import MODELS
from mmhnet_cli.options import Stem
from mmhnet_cli.options.choice import Option
from mmhnet_cli.options.tree import options_of
from mmhnet_cli.pipeline.asking.found import ANYWHERE, Bounds, as_on_disk, is_folder, real
from mmhnet_cli.pipeline.asking.tables import Written, name_of
from mmhnet_cli.pipeline.asking.texts import read_text, reason_of
from mmhnet_cli.pipeline.batch.rows import FILM, READERS

MAX_BYTES = 64_000_000
MAX_ROWS = 100_000
MAX_PROBLEMS = 100
"""Nobody reads more of them, and a file that is no list of films has one in every line."""

Value = str | int | float | bool | list[str]

# What to hear is said by a prompt, by stems or by a cue sheet, never by two of them.
OF_PROMPTS = frozenset({"prompt", "prompt_file", "negative_prompt"})
OF_STEMS = frozenset(options_of(Stem, of_stem=True))


def overruled(own: Collection[str]) -> frozenset[str]:
    """Return options given for many films that a film goes without because its `own` options say what to hear."""
    if "cues" in own:
        return OF_STEMS | {"prompt", "prompt_file", "hits"}
    if "stem" in own:
        return OF_PROMPTS | {"cues"}
    if "prompt" in own or "prompt_file" in own:
        return OF_STEMS | {"prompt", "prompt_file", "cues"}
    return frozenset()


@dataclass(frozen=True)
class Row:
    """A film as the list names it."""

    film: Path
    options: Mapping[str, Value]
    """They have their values by name."""
    origin: str
    """It names file and line, for messages."""


def read_manifest(
    path: Path, *, columns: Mapping[str, Option], bounds: Bounds = ANYWHERE
) -> tuple[list[Row], list[ManifestInvalid]]:
    """Return the rows that can be used, and what is wrong with the others.

    columns: options that it may have, by name. bounds: where every file that is named must lie. Values are as they
    stand; paths in options are relative to the folder of the list, those of films are left as they are.
    """
    rows = _Rows(path, columns, bounds)
    with suppress(_TooManyProblems):
        try:
            text = read_text(path, MAX_BYTES)
        except (OSError, ValueError) as error:
            rows.refuse("", reason_of(error))
            return rows.rows, rows.problems
        decimals = {name for name, option in columns.items() if option.has_fraction}
        written = READERS[path.suffix.lower()](text, decimals)
        rows.set_defaults(next(written, Written()))
        for number, row in enumerate(written):
            if number == MAX_ROWS:
                rows.refuse("", f"it has more than {MAX_ROWS} films")
                break
            rows.add(row)
    return rows.rows, rows.problems


class _TooManyProblems(Exception):
    """It says that the rest of a list need not be read."""


class _Rows:
    """It grows row by row, and keeps what is wrong."""

    def __init__(self, path: Path, columns: Mapping[str, Option], bounds: Bounds) -> None:
        self.path, self.bounds, self.known = path, bounds, columns.keys()
        self.lists = {name for name, option in columns.items() if option.several}
        self.paths = {FILM, *(name for name, option in columns.items() if option.kind is Path)}
        self.rows: list[Row] = []
        self.problems: list[ManifestInvalid] = []
        self.defaults: dict[str, Any] = {}
        self.refused: set[str] = set()

    def refuse(self, where: str, reason: str) -> None:
        self.problems.append(ManifestInvalid(self._origin(where), reason))
        if len(self.problems) == MAX_PROBLEMS:
            self.problems.append(ManifestInvalid(str(self.path), "so much is wrong that the rest of it was not read"))
            raise _TooManyProblems

    def set_defaults(self, head: Written) -> None:
        """Take what holds for every row that does not say otherwise."""
        self.defaults = self._options(head)
        if self.defaults.pop(FILM, None) is not None:
            self.refuse(head.where, f"{FILM} cannot be the same in all rows")

    def add(self, written: Written) -> None:
        options = self._options(written)
        if FILM in options:
            film = Path(options.pop(FILM))
            without = overruled(options)
            defaults = {name: value for name, value in self.defaults.items() if name not in without}
            self.rows.append(Row(film, {**defaults, **options}, self._origin(written.where)))
        elif not written.broken and all(name_of(key) != FILM or value is None for key, value in written.pairs):
            self.refuse(written.where, f"{FILM} is missing")

    def _origin(self, where: str) -> str:
        return f"{self.path}, {where}" if where else str(self.path)

    def _options(self, written: Written) -> dict[str, Any]:
        if written.broken:
            self.refuse(written.where, written.broken)
        options: dict[str, Any] = {}
        seen: set[str] = set()
        for key, value in written.pairs:
            name = name_of(key)
            # A wrong name is wrong in every row: the first is enough.
            if name in self.refused:
                continue
            try:
                self._check_name(name, seen)
                seen.add(name)
                if value is not None and name in self.lists:
                    texts = value if isinstance(value, list) else [value]
                    options.setdefault(name, []).extend(self._text(name, text) for text in texts)
                elif value is not None:
                    options[name] = self._value(name, value)
            except ValueError as error:
                self.refuse(written.where, str(error))
        return options

    def _check_name(self, name: str, seen: Collection[str]) -> None:
        if name != FILM and name not in self.known:
            self.refused.add(name)
            known = [word.replace("_", "-") for word in (FILM, *sorted(self.known))]
            near = get_close_matches(name.replace("_", "-"), known, n=1)
            meant = f", perhaps {near[0]} is meant" if near else ""
            raise ValueError(f"there is no {name!r}{meant}; there are {', '.join(known)}")
        if name in seen and name not in self.lists:
            self.refused.add(name)
            raise ValueError(f"{name} stands twice")

    def _value(self, name: str, value: Any) -> Value:
        if isinstance(value, str) or name in self.paths:
            return self._text(name, value)
        if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
            return value
        raise ValueError(f"{name} must be a text in quotes, a number, true or false")

    def _text(self, name: str, text: Any) -> str:
        is_path = name in self.paths
        try:
            # Names of files may hold bytes that are no text, as lone surrogates; nothing else may.
            valid = b"\0" not in (os.fsencode(text) if is_path else text.encode())
        except (AttributeError, TypeError, UnicodeEncodeError):
            valid = False
        if not valid:
            raise ValueError(f"{name} must be a text")
        if name == FILM and not Path(text).name:
            raise ValueError(f"{FILM} must name a file")
        return self._path(name, text) if is_path or name == "model" else text

    def _path(self, name: str, text: str) -> str:
        """Return a path from the folder of the list, inside the bounds. A model is a path where that is a folder."""
        beside = as_on_disk(self.path.parent / text)
        if name == "model" and (text in MODELS or not (is_folder(beside) or is_folder(text))):
            return text
        path = Path(text) if name == "model" and not is_folder(beside) else beside
        if not self.bounds.hold(path):
            raise ValueError(
                f"{name} {text!r} is {real(path)}, outside of the folder of the list; only --allow-outside permits that"
            )
        return text if name == FILM else str(path)
