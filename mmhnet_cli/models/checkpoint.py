"""Model folders: a configuration and tensors, read with every check and without running anything they contain."""

import errno
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import save, save_file
from torch import Tensor

from mmhnet_cli.errors import WeightsInvalid
from mmhnet_cli.fields import shown
from mmhnet_cli.models.model_files import CODEC_FILE, CONFIG_FILE, NETWORK_FILE
from mmhnet_cli.models.reading import FORMAT
from mmhnet_cli.models.safe_file import opened
from mmhnet_cli.models.store import replacing

SUFFIX = ".safetensors"

DTYPES: Mapping[str, torch.dtype] = MappingProxyType(
    {
        "F64": torch.float64,
        "F32": torch.float32,
        "F16": torch.float16,
        "BF16": torch.bfloat16,
        "I64": torch.int64,
        "I32": torch.int32,
        "I16": torch.int16,
        "I8": torch.int8,
        "U8": torch.uint8,
        "BOOL": torch.bool,
    }
)

SYSTEM_ERROR = re.compile(r"os error (\d+)")

NO_ENTRY = "no such entry"

Shape = tuple[int, ...]


def load_tensors(path: Path, targets: Mapping[str, Tensor]) -> None:
    """Copy every entry of a safetensors file into the tensor of the same name, in place.

    Strict: the same names, shapes and kinds of number on both sides, and no number that is none. One entry is in memory
    at a time beyond the targets. Raises WeightsInvalid.
    """
    check_tensors(path, targets)
    with opened(path, "pt") as file, torch.no_grad():
        for key, target in targets.items():
            target.copy_(file.get_tensor(key))
            _check_finite(path, key, target)


def check_tensors(path: Path, targets: Mapping[str, Tensor]) -> None:
    """Raise WeightsInvalid where a file does not hold `targets`, which lie on the meta device, without memory."""
    compare_entries(path, describe(path), targets)


def copy_tensors(path: Path, tensors: Mapping[str, Tensor], targets: Mapping[str, Tensor]) -> None:
    """Do as `load_tensors` does, from entries of the file `path` that were read, and perhaps renamed, before."""
    compare_entries(path, tensors, targets)
    with torch.no_grad():
        for key, target in targets.items():
            target.copy_(tensors[key])
            _check_finite(path, key, target)


def describe(path: Path) -> dict[str, Tensor]:
    """Return the entries of a safetensors file on the meta device: shapes and dtypes, which take no memory.

    The file need not be honest: it is as long as its header says, which says nothing of the numbers in it. Raises
    WeightsInvalid.
    """
    if path.suffix != SUFFIX:
        raise WeightsInvalid(path, "file type", SUFFIX, path.suffix or "no suffix")
    # Opened so, the file is mapped for reading alone, whatever length it claims.
    with opened(path, "np") as file:
        slices = {key: file.get_slice(key) for key in file.keys()}  # noqa: SIM118
        described = {}
        for key, entry in slices.items():
            if (dtype := entry.get_dtype()) not in DTYPES:
                raise WeightsInvalid(path, shown(key), f"one of {', '.join(DTYPES)}", dtype)
            described[key] = torch.empty(entry.get_shape(), dtype=DTYPES[dtype], device="meta")
        return described


def save_model(
    folder: Path, config: Mapping[str, Any], network: Mapping[str, Tensor], codec: Mapping[str, Tensor]
) -> None:
    """Write configuration, network and codec of a model folder.

    config: has one section per part, without the format number.
    """
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"format": FORMAT, **config}, indent=2, allow_nan=False)
    (folder / CONFIG_FILE).write_text(text + "\n", encoding="utf-8")
    for file, tensors in ((NETWORK_FILE, network), (CODEC_FILE, codec)):
        save_tensors(folder / file, tensors)


def save_tensors(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str] | None = None) -> None:
    """Write a safetensors file; at no moment is there half a file. Raises OSError."""
    plain = {key: tensor.detach().cpu().contiguous() for key, tensor in tensors.items()}
    with replacing(path) as partial:
        try:
            save_file(plain, partial, dict(metadata or {}))
        except SafetensorError as error:
            # The library tells the number of the system's error in its words alone.
            number = SYSTEM_ERROR.search(str(error))
            code = int(number[1]) if number else errno.EIO
            raise OSError(code, os.strerror(code), str(path)) from error
        # The library writes for its owner alone; what is shipped and installed is for everyone.
        partial.chmod(0o644)


def tensors_as_bytes(tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> bytes:
    """Return the content of a safetensors file."""
    return save({key: tensor.detach().cpu().contiguous() for key, tensor in tensors.items()}, dict(metadata))


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Return all entries of a safetensors file, and its metadata. Raises WeightsInvalid."""
    with opened(path, "pt") as file:
        return {key: file.get_tensor(key) for key in file.keys()}, dict(file.metadata() or {})  # noqa: SIM118


def shapes_of(tensors: Mapping[str, Tensor]) -> dict[str, Shape]:
    """Return the shape of each entry by its key."""
    return {key: tuple(tensor.shape) for key, tensor in tensors.items()}


def compare_shapes(path: Path, found: Mapping[str, Shape], expected: Mapping[str, Shape]) -> None:
    """Raise WeightsInvalid for the first entry of the file `path` that is missing, unknown or of another shape."""
    for key in sorted(found.keys() | expected.keys()):
        if found.get(key) != expected.get(key):
            name = key if key in expected else shown(key).strip("'")
            raise WeightsInvalid(path, name, shape_words(expected, key), shape_words(found, key))


def compare_entries(path: Path, found: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> None:
    """Do as `compare_shapes` does, and raise for the first entry that holds another kind of number; halves stand for
    wholes."""
    compare_shapes(path, shapes_of(found), shapes_of(expected))
    for key, tensor in expected.items():
        if tensor.is_floating_point() != found[key].is_floating_point():
            kind = "floating-point numbers" if tensor.is_floating_point() else "whole numbers"
            raise WeightsInvalid(path, key, kind, str(found[key].dtype).removeprefix("torch."))


def shape_words(shapes: Mapping[str, Shape], key: str) -> str:
    """Return what an error says of an entry."""
    return f"shape {shapes[key]}" if key in shapes else NO_ENTRY


def _check_finite(path: Path, key: str, tensor: Tensor) -> None:
    """Raise WeightsInvalid for infinities and what is no number: they would be all that is heard in the end."""
    if tensor.is_meta or not tensor.is_floating_point() or not tensor.numel():
        return
    # Both pass on what is no number, and read the tensor once.
    if not all(bool(end.isfinite()) for end in tensor.aminmax()):
        raise WeightsInvalid(path, key, "numbers", "infinity, or what is no number")
