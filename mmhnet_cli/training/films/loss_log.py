"""The losses of a training as a table (CSV), which goes on where the training does."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from mmhnet_cli.errors import TrainingInvalid
from mmhnet_cli.regular_file import read_regular
from mmhnet_cli.training.films.writing import append_line, write_text

LOG_FILE = "log.csv"
COLUMNS = ("step", "flow", "ratio", "kept", "norm", "learning_rate", "held", "long", "seconds")
ADDED = slice(6, 8)
"""Logs of earlier releases do not have these."""
MOST_BYTES = 1 << 30


class LossLog:
    """Rows of means since the row before; those of steps that have to be done again are gone. `step`: the last one."""

    def __init__(self, path: Path, step: int) -> None:
        self.path = path
        rows = [row for row in _rows(path) if row[0].isdecimal() and int(row[0]) <= step]
        write_text(path, "".join(map(_line, [COLUMNS, *rows])))

    def __call__(self, step: int, values: dict[str, float]) -> None:
        cells = (f"{values[name]:.6g}" if name in values else "" for name in COLUMNS[1:])
        append_line(self.path, _line([str(step), *cells]).rstrip("\n"))


def _rows(path: Path) -> list[list[str]]:
    if not path.exists():
        return []
    try:
        text = read_regular(path, MOST_BYTES).decode("utf-8", errors="replace")
        rows = list(csv.reader(io.StringIO(text)))
    except (OSError, csv.Error) as error:
        raise TrainingInvalid(path, "the file", "a table that can be read", str(error)) from error
    added = [""] * len(COLUMNS[ADDED])
    former = len(COLUMNS) - len(added)
    rows = [[*row[: ADDED.start], *added, *row[ADDED.start :]] if len(row) == former else row for row in rows]
    return [row for row in rows if len(row) == len(COLUMNS)]


def _line(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()
