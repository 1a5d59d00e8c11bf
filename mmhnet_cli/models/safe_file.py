"""Opens safetensors files that no one should trust. Loads no torch, so that words can be read without it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from safetensors import SafetensorError, safe_open

from mmhnet_cli.errors import WeightsInvalid
from mmhnet_cli.models.reading import check_regular

LARGEST_HEADER_BYTES = 8 << 20
"""The part of a file that describes the rest has at most so many; the largest public one has 0.1 MB."""


@contextmanager
def opened(path: Path, framework: Literal["pt", "np"]) -> Iterator[Any]:
    """Give the open file, for entries of torch ("pt") or NumPy ("np"). Raises WeightsInvalid, also while it is read."""
    check_header(path)
    try:
        with safe_open(path, framework=framework) as file:
            yield file
    except (OSError, SafetensorError) as error:
        raise WeightsInvalid(path, "the file", "readable safetensors", str(error)[:200]) from error


def check_header(path: Path) -> None:
    """Raise WeightsInvalid for what is no file, or would take long to read before it turns out to be none."""
    try:
        found = path.stat()
        check_regular(path, found)
        with path.open("rb") as file:
            size = int.from_bytes(file.read(8), "little")
    except OSError as error:
        raise WeightsInvalid(path, "the file", "readable safetensors", error.strerror or str(error)) from error
    if size > min(LARGEST_HEADER_BYTES, found.st_size - 8):
        most = min(LARGEST_HEADER_BYTES, max(0, found.st_size - 8))
        raise WeightsInvalid(path, "the header of safetensors", f"at most {most} bytes", f"{size} bytes")
