"""Words and data for the person or the script at the other end: results on stdout, everything else on stderr."""

import errno
import json
import os
import re
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Literal, cast

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from mmhnet_cli.errors import StdoutUnwritable

Mode = Literal["human", "json", "quiet"]
Record = Mapping[str, Any]
BLOCK_BYTES = 1 << 20
INDENT = "  "


def printable(text: str) -> str:
    """Return `text` with every control character replaced: names from outside may carry terminal commands."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def discard_stdout() -> None:
    """Let what still comes on standard output go nowhere; else Python complains at its end of what it holds."""
    with suppress(OSError, ValueError), Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def between_words(text: Text, columns: int) -> Text:
    """Return `text` in lines of so many columns, broken between words; a terminal breaks them anywhere.

    What is longer than a line, as a path may be, stays in one piece, so that it can be copied. Lines after the first
    are indented.
    """
    breaks: list[int] = []
    filled = 0
    for word in re.finditer(r"\S+\s*", text.plain):
        long = cell_len(word[0].rstrip())
        if filled + long > columns and filled > len(INDENT):
            breaks.append(word.start())
            filled = len(INDENT)
        filled += cell_len(word[0])
    first, *rest = text.divide(breaks)
    lines = [first, *(Text(INDENT).append_text(line) for line in rest)]
    for line in lines:
        line.rstrip()
    return Text("\n").join(lines)


def aligned(rows: Iterable[Sequence[str]]) -> str:
    """Return rows of cells as text with columns of equal width; no frame, so that grep, cut and awk work on it."""
    cells = [[printable(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))] if cells else []
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in cells)


class Stderr:
    """Standard error as it is when it is written to; a closed, full or broken one is no reason to stop."""

    def write(self, text: str) -> int:
        """Write what can be written, and say that all was."""
        with suppress(OSError, ValueError):
            sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush what can be flushed."""
        with suppress(OSError, ValueError):
            sys.stderr.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(sys.stderr, name)


class Output:
    """The two streams of one command. Neither stops its work when it cannot be written any more.

    In `human` mode results are lines of text, in `json` mode one object per line, in `quiet` mode results alone.
    """

    def __init__(self, mode: Mode = "human", verbose: bool = False, color: bool = True) -> None:
        self.mode: Mode = mode
        self.verbose = verbose
        self.carries_sound = False
        """Standard output is for the samples of a sound; results, which are words, are not printed there then."""
        # `no_color=None` leaves the decision to the terminal and to NO_COLOR.
        self.unprinted: OSError | None = None
        stream = cast(IO[str], Stderr())
        # Codes such as :smile: are letters of a name here, as is markup.
        self.console = Console(
            file=stream, no_color=None if color else True, highlight=False, soft_wrap=True, emoji=False
        )

    def result(self, text: str, record: Record) -> None:
        """Print one result to stdout: `text` for people, `record` for scripts."""
        if self.carries_sound:
            return
        if self.mode == "json":
            # Silence has no loudness; it is null, never NaN, which is not JSON.
            text = json.dumps(record, allow_nan=False)
        elif sys.stdout.isatty():
            # A name goes to a file or a program as it is; a terminal would obey it.
            text = "\n".join(map(printable, text.split("\n")))
        if self.unprinted is None:
            try:
                sys.stdout.write(text + "\n")
                sys.stdout.flush()
            except OSError as error:
                self.unprinted = error
                discard_stdout()

    def sound(self, path: Path) -> None:
        """Write a file to stdout as it is."""
        try:
            with path.open("rb") as file:
                shutil.copyfileobj(file, sys.stdout.buffer, BLOCK_BYTES)
            sys.stdout.buffer.flush()
        except OSError as error:
            self.unprinted = error
            discard_stdout()

    def check(self) -> None:
        """Raise StdoutUnwritable where results were lost for which somebody waited.

        A reader that has gone, as in `mmhnet ... | head`, or a terminal that was closed, waits for nothing.
        """
        if self.unprinted is not None and self.unprinted.errno not in (errno.EPIPE, errno.EIO):
            raise StdoutUnwritable(self.unprinted.strerror or type(self.unprinted).__name__)

    def summary(self, record: Record) -> None:
        """Print the last line of JSON; people do not need it."""
        if self.mode == "json":
            self.result("", {"type": "summary", **record})

    def info(self, text: str) -> None:
        """Print a detail that only `--verbose` shows."""
        if self.verbose and self.mode != "quiet":
            self._say("", "dim", text)

    def note(self, text: str) -> None:
        if self.mode != "quiet":
            self._say("", "", text)

    def warning(self, text: str) -> None:
        if self.mode != "quiet":
            self._say("warning: ", "yellow", text)

    def error(self, text: str, hint: str = "") -> None:
        self._say("error: ", "bold red", text)
        if hint:
            self._say("  ", "", hint)

    def traceback(self, text: str) -> None:
        """Print where an error comes from, line by line."""
        for line in text.rstrip("\n").split("\n"):
            self._say("", "", line)

    def _say(self, label: str, style: str, text: str) -> None:
        # No markup: a film named "a [b].mp4" must be printed as it is. In one piece: a bar drawn in between would wipe
        # the label.
        said = Text.assemble((label, style), (printable(text), "dim" if style == "dim" else ""))
        # Who reads a pipe gets a sentence as one line.
        self.console.print(between_words(said, self.console.width) if self.console.is_terminal else said)
