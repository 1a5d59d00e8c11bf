"""Rows of a list of films as they stand in a file: a table (CSV), one JSON object per line (JSONL), or TOML."""

import csv
import io
import json
import re
import tomllib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

FILM = "film"
DEFAULTS = "defaults"
SEPARATOR = re.compile(r"sep=([,;\t])", re.IGNORECASE)
DECIMAL_COMMA = re.compile(r"((?:[\w-]+=)?[+-]?\d+),(\d+)")


@dataclass(frozen=True)
class Written:
    """A row as it stands."""

    where: str = ""
    """It names the place in the file."""
    pairs: Sequence[tuple[str, Any]] = ()
    """They have None for what is not given."""
    broken: str = ""
    """It says why the row cannot be read, if so."""


def name_of(key: str) -> str:
    """Return the name of an option as the code has it, however a list writes it."""
    return key.strip().lower().replace("-", "_")


def _csv(text: str, decimals: Collection[str]) -> Iterator[Written]:
    """Yield the first line, which names the columns, then the others. Cells are parted by comma, semicolon or tab.

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
            yield Written(where, broken=f"it is not CSV ({error})")
            return
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            continue
        if not columns:
            columns = cells
            if "" in columns:
                yield Written(where, broken=f"column {columns.index('') + 1} has no name")
                return
            if FILM not in map(name_of, columns):
                yield Written(where, broken=f"the first line must name the columns, one of them {FILM}")
                return
            yield Written(where, [(column, None) for column in columns])
        elif len(cells) > len(columns):
            reason = f"it has {len(cells)} cells for {len(columns)} columns; text with {delimiter!r} needs quotes"
            yield Written(where, broken=reason)
        else:
            pairs = [(column, cell) for column, cell in zip(columns, cells, strict=False) if cell]
            yield Written(where, [(column, _with_point(column, cell, decimals)) for column, cell in pairs])


def _with_point(column: str, cell: str, decimals: Collection[str]) -> str:
    """Return a number that has a decimal comma with a point."""
    number = DECIMAL_COMMA.fullmatch(cell) if name_of(column) in decimals else None
    return cell if number is None else f"{number[1]}.{number[2]}"


class _Pairs(tuple):
    """A JSON object, with the keys that stand in it twice."""


def _jsonl(text: str, decimals: Collection[str]) -> Iterator[Written]:
    yield Written()
    # Not splitlines: JSON text may hold other ends of lines, as they are.
    for number, line in enumerate(text.split("\n"), 1):
        where = f"line {number}"
        if not line.strip():
            continue
        try:
            row = json.loads(line, object_pairs_hook=_Pairs)
        except json.JSONDecodeError as error:
            yield Written(where, broken=f"it is not JSON ({error.msg}, column {error.colno})")
        except (ValueError, RecursionError) as error:
            yield Written(where, broken=f"it is not JSON ({error})")
        else:
            yield Written(where, row) if isinstance(row, _Pairs) else Written(where, broken="it must be an object")


def _toml(text: str, decimals: Collection[str]) -> Iterator[Written]:
    """Yield the table of defaults, then the tables of the films."""
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        yield Written(broken=f"it is not TOML: {error}")
        return
    defaults, films = document.pop(DEFAULTS, {}), document.pop(FILM, [])
    tables = [defaults, *films] if isinstance(films, list) else [None]
    if document or not all(isinstance(table, dict) for table in tables):
        strays = f", but not {', '.join(document)}" if document else ""
        yield Written(broken=f"it takes [[{FILM}]] tables and one [{DEFAULTS}] table{strays}")
        return
    yield Written(f"[{DEFAULTS}]", list(defaults.items()))
    for number, film in enumerate(films, 1):
        yield Written(f"{FILM} {number}", list(film.items()))


READERS: dict[str, Callable[[str, Collection[str]], Iterator[Written]]] = {
    ".csv": _csv,
    ".tsv": _csv,
    ".jsonl": _jsonl,
    ".toml": _toml,
}
"""By suffix: the head first, which holds for all rows, then row by row. They are told which columns may hold fractions,
which a table from a country of decimal commas writes with one."""
