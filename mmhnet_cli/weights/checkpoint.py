"""Model folders: a configuration and tensors, read with every check and without running anything they contain."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from mmhnet_cli.errors import WeightsInvalid
from mmhnet_cli.weights.model_files import CODEC_FILE, CONFIG_FILE, NETWORK_FILE
from mmhnet_cli.weights.reading import FORMAT
from mmhnet_cli.weights.store import replacing

SUFFIX = ".safetensors"

NO_ENTRY = "no such entry"

Shape = tuple[int, ...]


def load_tensors(path: Path, targets: Mapping[str, Tensor]) -> None:
    """Copy every entry of a safetensors file into the tensor of the same name, in place.

    Strict: the same names and the same shapes on both sides. One entry is in memory at a time beyond the targets.
    """
    if path.suffix != SUFFIX:
        raise WeightsInvalid(path, "file type", SUFFIX, path.suffix or "no suffix")
    try:
        with safe_open(path, framework="pt") as file:
            shapes = {key: tuple(file.get_slice(key).get_shape()) for key in file.keys()}  # noqa: SIM118
            compare_shapes(path, shapes, shapes_of(targets))
            with torch.no_grad():
                for key, target in targets.items():
                    target.copy_(file.get_tensor(key))
    except (OSError, SafetensorError) as error:
        raise WeightsInvalid(path, "the file", "readable safetensors", str(error)) from error


def copy_tensors(path: Path, tensors: Mapping[str, Tensor], targets: Mapping[str, Tensor]) -> None:
    """As `load_tensors`, from entries of the file `path` that were read, and perhaps renamed, before."""
    compare_shapes(path, shapes_of(tensors), shapes_of(targets))
    with torch.no_grad():
        for key, target in targets.items():
            target.copy_(tensors[key])


def save_model(
    folder: Path, config: Mapping[str, Any], network: Mapping[str, Tensor], codec: Mapping[str, Tensor]
) -> None:
    """Write the three files of a model folder; `config` holds one section per part, without the format number."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"format": FORMAT, **config}, indent=2, allow_nan=False)
    (folder / CONFIG_FILE).write_text(text + "\n", encoding="utf-8")
    for file, tensors in ((NETWORK_FILE, network), (CODEC_FILE, codec)):
        save_tensors(folder / file, tensors)


def save_tensors(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str] | None = None) -> None:
    """Write a safetensors file; at no moment is there half a file."""
    plain = {key: tensor.detach().cpu().contiguous() for key, tensor in tensors.items()}
    with replacing(path) as partial:
        save_file(plain, partial, dict(metadata or {}))
        # The library writes for its owner alone; what is shipped and installed is for everyone.
        partial.chmod(0o644)


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """All entries of a safetensors file, and its metadata. Raises WeightsInvalid."""
    try:
        with safe_open(path, framework="pt") as file:
            return {key: file.get_tensor(key) for key in file.keys()}, dict(file.metadata() or {})  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise WeightsInvalid(path, "the file", "readable safetensors", str(error)) from error


def shapes_of(tensors: Mapping[str, Tensor]) -> dict[str, Shape]:
    """Key to shape."""
    return {key: tuple(tensor.shape) for key, tensor in tensors.items()}


def compare_shapes(path: Path, found: Mapping[str, Shape], expected: Mapping[str, Shape]) -> None:
    """Raise WeightsInvalid for the first entry that is missing, unknown or of another shape. path: where they are."""
    for key in sorted(found.keys() | expected.keys()):
        if found.get(key) != expected.get(key):
            raise WeightsInvalid(path, key, shape_words(expected, key), shape_words(found, key))


def shape_words(shapes: Mapping[str, Shape], key: str) -> str:
    """What an error says of an entry."""
    return f"shape {shapes[key]}" if key in shapes else NO_ENTRY
