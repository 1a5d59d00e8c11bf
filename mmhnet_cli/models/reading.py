"""Small files of a model, which may be a stranger's: only files are read, and no more of them than is sensible."""

import json
import os
import stat
from pathlib import Path
from typing import Any

from mmhnet_cli.errors import WeightsInvalid
from mmhnet_cli.fields import shown
from mmhnet_cli.regular_file import read_regular

FORMAT = 1
"""This version reads and writes model folders with this number."""

LARGEST_CONFIG_BYTES = 1 << 20
"""A longer `config.json` is refused; ours has 3 kB."""
LARGEST_FILE_BYTES = 20 * 10**9
"""A larger file with weights is refused where nobody says how large it is."""


def read_config(path: Path) -> dict[str, Any]:
    """Return the sections of a `config.json`. Raises WeightsInvalid when it is not one this version reads."""
    config = read_object(path)
    found = config.get("format")
    if found != FORMAT or isinstance(found, bool):
        raise WeightsInvalid(path, "format", str(FORMAT), shown(found))
    return config


def read_object(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file. Raises WeightsInvalid."""
    try:
        value = json.loads(read_text(path, LARGEST_CONFIG_BYTES))
    except ValueError as error:
        raise WeightsInvalid(path, "the file", "JSON", str(error)) from error
    except RecursionError as error:
        raise WeightsInvalid(path, "the file", "JSON", "brackets within brackets without end") from error
    if not isinstance(value, dict):
        raise WeightsInvalid(path, "the file", "a JSON object", shown(value))
    return value


def read_text(path: Path, most_bytes: int) -> str:
    """Return the text of a file of at most `most_bytes`. Raises WeightsInvalid, also for what never ends."""
    try:
        return read_regular(path, most_bytes).decode("utf-8")
    except OSError as error:
        raise WeightsInvalid(path, "the file", "readable", error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise WeightsInvalid(path, "the file", "text in UTF-8", f"byte {error.start} is none") from error


def check_regular(path: Path, found: os.stat_result) -> None:
    """Raise WeightsInvalid for a folder, a pipe or a device, and for a file larger than any with weights."""
    if not stat.S_ISREG(found.st_mode):
        raise WeightsInvalid(path, "the file", "a file", "a folder, a pipe or a device")
    if found.st_size > LARGEST_FILE_BYTES:
        size = f"{found.st_size} bytes"
        raise WeightsInvalid(path, "the size of the file", f"at most {LARGEST_FILE_BYTES} bytes", size)
