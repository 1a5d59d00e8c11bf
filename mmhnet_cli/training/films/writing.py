"""Files of preparing and training: whole or not there, and a disk that is full or closed is one error."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from torch import Tensor

from mmhnet_cli.errors import OutputUnwritable
from mmhnet_cli.models.checkpoint import save_tensors
from mmhnet_cli.models.store import replacing


@contextmanager
def written(path: Path) -> Iterator[None]:
    """Turn the system's refusal to write `path` into OutputUnwritable."""
    try:
        yield
    except OSError as error:
        raise OutputUnwritable(path, error.strerror or str(error)) from error


def write_tensors(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str] | None = None) -> None:
    """Write a safetensors file; the one before it stands until this one is whole. Raises OutputUnwritable."""
    with written(path):
        save_tensors(path, tensors, metadata)


def write_text(path: Path, text: str) -> None:
    """Write a text in the same way. Raises OutputUnwritable."""
    with written(path), replacing(path) as partial:
        partial.write_text(text, encoding="utf-8", errors="backslashreplace")


def append_line(path: Path, line: str) -> None:
    """Append a line that is on the disk when this returns. Raises OutputUnwritable."""
    with written(path), path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())


def made_folder(path: Path) -> Path:
    """Make a folder, if there is none, and return it. Raises OutputUnwritable."""
    with written(path):
        path.mkdir(parents=True, exist_ok=True)
    return path
