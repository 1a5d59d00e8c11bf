"""A list of films and what each shall get: a table (CSV), one JSON object per line (JSONL), or TOML.

Its words are `film` and the options of `mmhnet generate`, in any case, with hyphens or underscores. A list may come
from somebody else: it chooses among the options that the caller calls known, names files inside the bounds it is given,
and nothing besides.
"""

import csv
import io
import json
import math
import os
import re
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from mmhnet_cli.errors import ManifestInvalid
from mmhnet_cli.models.registry import MODELS
from mmhnet_cli.pipeline.asking.found import ANYWHERE, Bounds, as_on_disk, is_folder, real
from mmhnet_cli.pipeline.asking.texts import read_text, reason_of

MAX_BYTES = 64_000_000
MAX_ROWS = 100_000
MAX_PROBLEMS = 100
"""Nobody reads more of them, and a file that is no list of films has one in every line."""
FILM = "film"
DEFAULTS = "defaults"
PATHS = frozenset({"output", "output_dir", "prompt_file"})
DECIMALS = frozenset(
    {
        *("guidance", "loudness", "true_peak", "original_gain", "duck", "handles", "start", "end"),
        "stem_gain",  # after the name of its stem
    }
)
"""Options with fractions, which a table from a country of decimal commas writes with one."""
SEPARATOR = re.compile(r"sep=([,;\t])", re.IGNORECASE)
DECIMAL_COMMA = re.compile(r"((?:[\w-]+=)?[+-]?\d+),(\d+)")

Value = str | int | float | bool | list[str]

# What to hear is said by a prompt or by stems, never by both.
OF_PROMPTS = frozenset({"prompt", "prompt_file", "negative_prompt"})
OF_STEMS = frozenset({"stem", "stem_negative", "stem_seed", "stem_gain"})


def overruled(own: Collection[str]) -> frozenset[str]:
    """Options given for many films that a film goes without because its `own` options say what to hear."""
    if "stem" in own:
        return OF_PROMPTS
    if "prompt" in own or "prompt_file" in own:
        return OF_STEMS | {"prompt", "prompt_file"}
    return frozenset()


@dataclass(frozen=True)
class Row:
    """A film as the list names it. options: by name. origin: file and line, for messages."""

    film: Path
    options: Mapping[str, Value]
    origin: str


@dataclass(frozen=True)
class _Written:
    """A row as it stands, None for what is not given. where: in the file. broken: why it cannot be read, if so."""

    where: str = ""
    pairs: Sequence[tuple[str, Any]] = ()
    broken: str = ""


def read_manifest(
    path: Path, *, known: Collection[str], lists: Collection[str], bounds: Bounds = ANYWHERE
) -> tuple[list[Row], list[ManifestInvalid]]:
    """The rows that can be used, and what is wrong with the others.

    known: names of options. lists: those of them that may be given more than once. bounds: of every file that is named.
    Paths in options are relative to the folder of the list, those of films are left as they stand.
    """
    rows = _Rows(path, known, lists, bounds)
    with suppress(_TooManyProblems):
        try:
            text = read_text(path, MAX_BYTES)
        except (OSError, ValueError) as error:
            rows.refuse("", reason_of(error))
            return rows.rows, rows.problems
        written = READERS[path.suffix.lower()](text)
        rows.set_defaults(next(written, _Written()))
        for number, row in enumerate(written):
            if number == MAX_ROWS:
                rows.refuse("", f"it has more than {MAX_ROWS} films")
                break
            rows.add(row)
    return rows.rows, rows.problems


class _TooManyProblems(Exception):
    """The rest of a list need not be read."""


class _Rows:
    """Grows row by row, and keeps what is wrong."""

    def __init__(self, path: Path, known: Collection[str], lists: Collection[str], bounds: Bounds) -> None:
        self.path, self.known, self.lists, self.bounds = path, known, lists, bounds
        self.rows: list[Row] = []
        self.problems: list[ManifestInvalid] = []
        self.defaults: dict[str, Any] = {}
        self.refused: set[str] = set()

    def refuse(self, where: str, reason: str) -> None:
        self.problems.append(ManifestInvalid(self._origin(where), reason))
        if len(self.problems) == MAX_PROBLEMS:
            self.problems.append(ManifestInvalid(str(self.path), "so much is wrong that the rest of it was not read"))
            raise _TooManyProblems

    def set_defaults(self, head: _Written) -> None:
        """What holds for every row that does not say otherwise."""
        self.defaults = self._options(head)
        if self.defaults.pop(FILM, None) is not None:
            self.refuse(head.where, f"{FILM} cannot be the same in all rows")

    def add(self, written: _Written) -> None:
        options = self._options(written)
        if FILM in options:
            film = Path(options.pop(FILM))
            without = overruled(options)
            defaults = {name: value for name, value in self.defaults.items() if name not in without}
            self.rows.append(Row(film, {**defaults, **options}, self._origin(written.where)))
        elif not written.broken and all(_name(key) != FILM or value is None for key, value in written.pairs):
            self.refuse(written.where, f"{FILM} is missing")

    def _origin(self, where: str) -> str:
        return f"{self.path}, {where}" if where else str(self.path)

    def _options(self, written: _Written) -> dict[str, Any]:
        if written.broken:
            self.refuse(written.where, written.broken)
        options: dict[str, Any] = {}
        seen: set[str] = set()
        for key, value in written.pairs:
            name = _name(key)
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
        if isinstance(value, str) or name == FILM or name in PATHS:
            return self._text(name, value)
        if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
            return value
        raise ValueError(f"{name} must be a text in quotes, a number, true or false")

    def _text(self, name: str, text: Any) -> str:
        is_path = name == FILM or name in PATHS
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
        """From the folder of the list, and inside the bounds. A model is a path where such a folder is there."""
        beside = as_on_disk(self.path.parent / text)
        if name == "model" and (text in MODELS or not (is_folder(beside) or is_folder(text))):
            return text
        path = Path(text) if name == "model" and not is_folder(beside) else beside
        if not self.bounds.hold(path):
            raise ValueError(
                f"{name} {text!r} is {real(path)}, outside of the folder of the list; only --allow-outside permits that"
            )
        return text if name == FILM else str(path)


def _name(key: str) -> str:
    return key.strip().lower().replace("-", "_")


def _csv(text: str) -> Iterator[_Written]:
    """The first line, which names the columns, then the others. Cells are parted by comma, semicolon or tab.

    A line `sep=;` before them, as Excel understands it, says which.
    """
    first_line, _, rest = text.partition("\n")
    said = SEPARATOR.fullmatch(first_line.strip(" \r"))
    if said is not None:
        delimiter, text = said[1], "\n" + rest
    else:
        delimiter = max(",;\t", key=text.lstrip().partition("\n")[0].count)
    # Strict: a quotation mark in a wrong place would make one cell of all rows after it.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True, skipinitialspace=True)
    columns: list[str] = []
    while True:
        where = f"line {reader.line_num + 1}"
        try:
            # A mark stands within a file that was put together from several.
            cells = [cell.strip().strip("\ufeff").strip() for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error as error:
            yield _Written(where, broken=f"it is not CSV ({error})")
            return
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            continue
        if not columns:
            columns = cells
            if "" in columns:
                yield _Written(where, broken=f"column {columns.index('') + 1} has no name")
                return
            if FILM not in map(_name, columns):
                yield _Written(where, broken=f"the first line must name the columns, one of them {FILM}")
                return
            yield _Written(where, [(column, None) for column in columns])
        elif len(cells) > len(columns):
            reason = f"it has {len(cells)} cells for {len(columns)} columns; text with {delimiter!r} needs quotes"
            yield _Written(where, broken=reason)
        else:
            pairs = [(column, cell) for column, cell in zip(columns, cells, strict=False) if cell]
            yield _Written(where, [(column, _with_point(column, cell)) for column, cell in pairs])


def _with_point(column: str, cell: str) -> str:
    """A number with a decimal comma as one with a point."""
    number = DECIMAL_COMMA.fullmatch(cell) if _name(column) in DECIMALS else None
    return cell if number is None else f"{number[1]}.{number[2]}"


class _Pairs(tuple):
    """A JSON object, with the keys that stand in it twice."""


def _jsonl(text: str) -> Iterator[_Written]:
    yield _Written()
    # Not splitlines: JSON text may hold other ends of lines, as they are.
    for number, line in enumerate(text.split("\n"), 1):
        where = f"line {number}"
        if not line.strip():
            continue
        try:
            row = json.loads(line, object_pairs_hook=_Pairs)
        except json.JSONDecodeError as error:
            yield _Written(where, broken=f"it is not JSON ({error.msg}, column {error.colno})")
        except (ValueError, RecursionError) as error:
            yield _Written(where, broken=f"it is not JSON ({error})")
        else:
            yield _Written(where, row) if isinstance(row, _Pairs) else _Written(where, broken="it must be an object")


def _toml(text: str) -> Iterator[_Written]:
    """The table of defaults, then the tables of the films."""
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        yield _Written(broken=f"it is not TOML: {error}")
        return
    defaults, films = document.pop(DEFAULTS, {}), document.pop(FILM, [])
    tables = [defaults, *films] if isinstance(films, list) else [None]
    if document or not all(isinstance(table, dict) for table in tables):
        strays = f", but not {', '.join(document)}" if document else ""
        yield _Written(broken=f"it takes [[{FILM}]] tables and one [{DEFAULTS}] table{strays}")
        return
    yield _Written(f"[{DEFAULTS}]", list(defaults.items()))
    for number, film in enumerate(films, 1):
        yield _Written(f"{FILM} {number}", list(film.items()))


READERS: dict[str, Callable[[str], Iterator[_Written]]] = {
    ".csv": _csv,
    ".tsv": _csv,
    ".jsonl": _jsonl,
    ".toml": _toml,
}
"""By suffix: the head first, which holds for all rows, then row by row."""
