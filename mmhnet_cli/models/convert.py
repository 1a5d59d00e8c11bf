"""Published files in PyTorch's own format, brought into safetensors once. Nothing they contain is run."""

import pickle
import re
import warnings
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor

from mmhnet_cli.errors import CacheUnwritable, WeightsInvalid
from mmhnet_cli.models.checkpoint import save_tensors
from mmhnet_cli.models.store import writing

# A view can claim more elements than its file has bytes; tensors that share their bytes are written twice at most.
LARGEST_GROWTH = 2

DTYPES = frozenset(
    {torch.float16, torch.bfloat16, torch.float32, torch.float64}
    | {torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64}
)

_GLOBAL = re.compile(r"GLOBAL ([\w.]+)")


def convert(source: Path, target: Path, inside: str | None = None, prefix: str = "") -> None:
    """Write the tensors of `source`, a file of torch.save, to `target` under their own names.

    inside: the key under which the file holds them. prefix: only keys that begin with it go over, and keep it.
    Values and dtypes stay as they are; tensors that share memory are written one by one.

    Raises WeightsInvalid where the file holds anything that is not plain data, or entries that are no tensors.
    """
    content = load_plain(source)
    if inside is not None:
        content = _mapping(source, content).get(inside)
    tensors = tensors_in(source, content, prefix)
    with writing(target):
        try:
            save_tensors(target, _unshared(tensors))
        except SafetensorError as error:
            raise CacheUnwritable(target, str(error)) from error


def tensors_in(source: Path, content: Any, prefix: str = "") -> dict[str, Tensor]:
    """Return the entries of a table that came from the file `source`, those whose keys begin with `prefix`.

    Raises WeightsInvalid where one of them is no tensor, or where they are larger than the file.
    """
    tensors = {key: value for key, value in _mapping(source, content).items() if str(key).startswith(prefix)}
    if not tensors:
        raise WeightsInvalid(source, prefix or "the file", "at least one tensor", "none")
    for key, value in tensors.items():
        _check_tensor(source, key, value)
    size = sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())
    if size > LARGEST_GROWTH * source.stat().st_size:
        raise WeightsInvalid(source, "its tensors", "no larger than the file", f"{size} bytes")
    return tensors


def load_plain(path: Path, passed_over: Sequence[type] = ()) -> Any:
    """Return what a file of torch.save holds, where that is plain data. passed_over: stand for what is none, see
    `standing_for`. Raises WeightsInvalid.
    """
    archive = zipfile.is_zipfile(path)
    if archive:
        _check_archive(path)
    with warnings.catch_warnings(), torch.serialization.safe_globals(list(passed_over)):
        # Notes for programmers about old formats; whether the file can be used is decided here.
        warnings.simplefilter("ignore")
        try:
            # Files of before PyTorch 1.6 are no archives and cannot be mapped.
            return torch.load(path, map_location="cpu", weights_only=True, mmap=archive)
        except pickle.UnpicklingError as error:
            if (named := _GLOBAL.search(str(error))) is not None:
                raise WeightsInvalid(path, "its content", "tensors only", f"the program {named[1]}") from error
            raise WeightsInvalid(path, "its content", "tensors only", "instructions of another kind") from error
        except Exception as error:
            # What a damaged pickle raises is up to its bytes; torch catches none of it.
            raise WeightsInvalid(path, "the file", "a file of torch.save", type(error).__name__) from error


def _check_archive(path: Path) -> None:
    """Raise WeightsInvalid for an archive whose parts would be far larger in memory: torch.save packs nothing."""
    try:
        with zipfile.ZipFile(path) as parts:
            size = sum(part.file_size for part in parts.infolist())
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError) as error:
        raise WeightsInvalid(path, "the file", "a file of torch.save", type(error).__name__) from error
    if size > LARGEST_GROWTH * path.stat().st_size:
        raise WeightsInvalid(path, "its parts", "no larger than the file", f"{size} bytes")


def standing_for(name: str) -> type:
    """Return a class that `load_plain` makes in the place of what is called `name`: it takes all and keeps nothing."""

    class Nothing:
        def __new__(cls, *given: object) -> "Nothing":
            return super().__new__(cls)

        def __init__(self, *given: object) -> None:
            """Keep nothing."""

        def __setstate__(self, state: object) -> None:
            """Keep nothing."""

    Nothing.__module__, _, Nothing.__qualname__ = name.rpartition(".")
    Nothing.__name__ = Nothing.__qualname__
    return Nothing


def _mapping(path: Path, content: Any) -> Mapping[Any, Any]:
    if not isinstance(content, Mapping):
        raise WeightsInvalid(path, "the file", "a table of tensors", type(content).__name__)
    return content


def _check_tensor(path: Path, key: Any, value: Any) -> None:
    if not isinstance(key, str):
        raise WeightsInvalid(path, repr(key), "a name", type(key).__name__)
    if not isinstance(value, Tensor):
        raise WeightsInvalid(path, key, "a tensor", type(value).__name__)
    if value.layout != torch.strided or value.dtype not in DTYPES or value.device.type != "cpu":
        raise WeightsInvalid(path, key, "a dense tensor", f"{value.layout}, {value.dtype}, {value.device}")


def _unshared(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the same tensors, with a copy of each one whose memory belongs to an earlier one."""
    seen: set[int] = set()
    unshared = {}
    for key, tensor in tensors.items():
        storage = tensor.untyped_storage().data_ptr()
        unshared[key] = tensor.clone() if storage in seen else tensor
        seen.add(storage)
    return unshared
