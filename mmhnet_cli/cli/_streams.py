"""The encoding of standard output and error: that of file names, whatever the terminal or the pipe is set to."""

import codecs
import sys
from typing import TextIO

ERRORS = "mmhnet.names"


def carry_names() -> None:
    """Let every name be printed, and be read back as the name it is.

    A name goes out in the bytes that the file system has for it, in UTF-8 on Windows, whose pipes are set to a code
    page that knows few letters. What has no bytes of its own is written as an escape: no letter ends a run.
    """
    codecs.register_error(ERRORS, _bytes_or_escapes)
    for stream in (sys.stdout, sys.stderr):
        _carry(stream)


def _carry(stream: TextIO | None) -> None:
    # A program without a console has no streams, and one that replaces them may have put anything there.
    if stream is not None and hasattr(stream, "reconfigure"):
        stream.reconfigure(encoding=sys.getfilesystemencoding(), errors=ERRORS)


def _bytes_or_escapes(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        # Whoever put a file in place of a stream may read it back.
        return codecs.lookup_error("surrogateescape")(error)
    letters = error.object[error.start : error.end]
    return b"".join(map(_bytes_or_escape, letters)), error.end


def _bytes_or_escape(letter: str) -> bytes:
    try:
        return letter.encode("ascii", sys.getfilesystemencodeerrors())
    except UnicodeEncodeError:
        return letter.encode("ascii", "backslashreplace")
