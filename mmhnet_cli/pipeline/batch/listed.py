"""Films and folders named line by line, in a file or on standard input, as `find` and `ls` name them."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from mmhnet_cli.errors import BadOption
from mmhnet_cli.pipeline.asking.texts import read_bytes, reason_of

STANDARD_INPUT = Path("-")
MOST_BYTES = 64_000_000
MOST_NAMES = 100_000
NAMES = f"names of at most {MOST_NAMES} films and folders, one a line, or with zero bytes between them"


def with_listed(inputs: Sequence[Path], listed: Path | None, stream: BinaryIO | None) -> list[Path]:
    """Return the inputs with those of a list behind them; `-` is a list on standard input, in either place.

    stream: standard input; None where that is closed. Raises BadOption for a list that cannot be read, or has no names.
    """
    lists = [path for path in inputs if path == STANDARD_INPUT] + ([] if listed is None else [listed])
    plain = [path for path in inputs if path != STANDARD_INPUT]
    if not lists:
        if not plain:
            raise BadOption("INPUT", "nothing", "films, folders, one manifest, or - for names on standard input")
        return plain
    if len(lists) > 1:
        raise BadOption("--input-list", " and ".join(map(str, lists)), "one list of names")
    return [*plain, *_names(lists[0], stream)]


def _names(path: Path, stream: BinaryIO | None) -> list[Path]:
    try:
        content = _read_stream(stream) if path == STANDARD_INPUT else read_bytes(path, MOST_BYTES)
        # Names are bytes, and may hold anything but the one that ends them.
        parts = content.split(b"\0" if b"\0" in content else b"\n")
        names = [Path(os.fsdecode(part.removesuffix(b"\r"))) for part in parts if part.strip()]
        if not names or len(names) > MOST_NAMES:
            raise ValueError(f"there are {len(names)}" if names else "there is none")
    except (OSError, ValueError) as error:
        raise BadOption("--input-list", str(path), f"{NAMES} ({reason_of(error)})") from error
    if STANDARD_INPUT in names:
        raise BadOption("--input-list", "-", "a file, within a list")
    return names


def _read_stream(stream: BinaryIO | None) -> bytes:
    if stream is None or stream.isatty():
        raise ValueError("standard input is closed" if stream is None else "standard input is a terminal")
    content = stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise ValueError(f"it is larger than {MOST_BYTES} bytes")
    return content
