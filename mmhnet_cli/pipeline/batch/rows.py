"""Rows of a list of films as they stand in a file: a table (CSV), one JSON object per line (JSONL), or TOML."""

import json
import tomllib
from collections.abc import Callable, Collection, Iterator

from mmhnet_cli.pipeline.asking.tables import Written, read_table

FILM = "film"
DEFAULTS = "defaults"


def _csv(text: str, decimals: Collection[str]) -> Iterator[Written]:
    return read_table(text, decimals, [FILM])


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
