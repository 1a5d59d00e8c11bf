"""A table as people write it (CSV), also as the Excel of their country does: row by row, in named columns."""

import csv
import io
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

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


def read_table(text: str, decimals: Collection[str], needed: Sequence[str]) -> Iterator[Written]:
    """Yield the first line, which names the columns, then the others. Cells are parted by comma, semicolon or tab.

    A line `sep=;` before them, as Excel understands it, says which. decimals: columns of numbers, whose decimal comma
    becomes a point. needed: columns that must be there.
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
            if missing := [name for name in needed if name not in map(name_of, columns)]:
                yield Written(where, broken=f"the first line must name the columns, one of them {missing[0]}")
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
