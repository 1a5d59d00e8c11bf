"""Text that lies in files: prompts, lists, settings, reports. Such a file may come from a stranger."""

import codecs
import os
import unicodedata
from pathlib import Path

from mmhnet_cli.regular_file import read_regular

PROMPT_BYTES = 64 * 1024
PROMPT_CHARACTERS = 10_000
PROMPT = f"a text file in UTF-8 of at most {PROMPT_BYTES} bytes and {PROMPT_CHARACTERS} characters"
MARKS = {
    # The longer mark first: that of UTF-32 begins like that of UTF-16.
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    codecs.BOM_UTF8: "utf-8-sig",
}
NEAR_BYTES = 20
"""So much of a line is shown on both sides of a byte that is no text."""


def read_bytes(path: Path, most_bytes: int) -> bytes:
    """Return the content of a regular file; the null device is an empty one. Raises OSError with the reason."""
    return b"" if path == Path(os.devnull) else read_regular(path, most_bytes)


def read_text(path: Path, most_bytes: int) -> str:
    """Return text in UTF-8, or in what a byte order mark at its beginning names. Raises OSError, or ValueError.

    Text without a mark in another encoding is refused, not guessed: a name read wrongly is another name.
    """
    content = read_bytes(path, most_bytes)
    encoding = next((encoding for mark, encoding in MARKS.items() if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding.startswith("utf-8"):
            raise ValueError(_not_utf8(content, error.start)) from error
        raise ValueError(f"it begins as {encoding.upper()}, but is not; save it as UTF-8") from error
    if "\0" in text:  # as in UTF-16 without its mark, whose English letters are valid UTF-8 otherwise
        raise ValueError("it is not UTF-8; save it as UTF-8")
    return text.lstrip("\ufeff")


def read_prompt(path: Path) -> str:
    """Return what to hear from a text file. Raises OSError, or ValueError with the reason."""
    prompt = read_text(path, PROMPT_BYTES).strip()
    check_prompt(prompt)
    return prompt


def check_prompt(prompt: str) -> None:
    """Raise ValueError, with the reason, for what is no text to hear."""
    if len(prompt) > PROMPT_CHARACTERS:
        raise ValueError(f"it has {len(prompt)} characters, the most is {PROMPT_CHARACTERS}")
    if any(unicodedata.category(letter) == "Cc" and not letter.isspace() for letter in prompt):
        raise ValueError("it has control characters, which are no text")


def reason_of(error: Exception) -> str:
    """Return what the system says, without its number and the path."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _not_utf8(content: bytes, position: int) -> str:
    """Say where it is not UTF-8, and what stands there in Windows-1252, which Excel writes in Europe."""
    begin = max(content.rfind(b"\n", 0, position) + 1, position - NEAR_BYTES)
    near = content[begin : position + NEAR_BYTES].splitlines()[0].decode("cp1252", errors="replace").strip()
    line = content.count(b"\n", 0, position) + 1
    return f"line {line} is not UTF-8 near {near!r}; save it as UTF-8 (in Excel: CSV UTF-8)"
