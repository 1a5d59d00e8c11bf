"""Clips as tensors in safetensors files: one each as they come, then many in a shard of bounded size."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from mmhnet_cli.errors import TrainingInvalid
from mmhnet_cli.models.checkpoint import describe, read_tensors
from mmhnet_cli.training.films.writing import write_tensors, written

SHARD_BYTES = 128 << 20
"""A shard holds clips of so many bytes, and one at least."""
MOST_WORDS = 1024
"""The text of a clip has so many tokens at most."""

TENSORS = ("latents", "clip", "sync", "text")
Shape = tuple[int, int]


@dataclass(frozen=True)
class Example:
    """A clip as the network learns from it, all in float32.

    latents (L, C), clip (V, clip_dim), sync (S, sync_dim), text (W, text_dim); W is 0 where nobody says what is heard.
    `blind` where there is no picture: the network is told its own empty one.
    """

    latents: Tensor
    clip: Tensor
    sync: Tensor
    text: Tensor
    blind: bool = False


def clip_file(folder: Path, name: str) -> Path:
    """Return where a clip lies before it is in a shard."""
    return folder / "clips" / f"{name}.safetensors"


def write_clip(folder: Path, name: str, example: Example) -> int:
    """Write one clip and return its bytes. Raises OutputUnwritable."""
    path = clip_file(folder, name)
    write_tensors(path, {name: getattr(example, name) for name in TENSORS})
    return path.stat().st_size


def clip_bytes(folder: Path, name: str) -> int | None:
    """Return the bytes of a clip that is written; None where there is none."""
    try:
        return clip_file(folder, name).stat().st_size
    except OSError:
        return None


def pack(folder: Path, file: str, names: Sequence[str]) -> str:
    """Write these clips as one shard and return its SHA-256. Raises OutputUnwritable."""
    clips = [read_tensors(clip_file(folder, name))[0] for name in names]
    words = [len(clip["text"]) for clip in clips]
    tensors = {name: torch.stack([clip[name] for clip in clips]) for name in ("latents", "clip", "sync")}
    tensors["text"] = torch.stack([F.pad(clip["text"], (0, 0, 0, max(words) - len(clip["text"]))) for clip in clips])
    tensors["words"] = torch.tensor(words)
    write_tensors(folder / file, tensors)
    return digest(folder / file)


def remove_clips(folder: Path, names: Iterable[str]) -> None:
    """Remove the files of these clips. Raises OutputUnwritable."""
    with written(folder / "clips"):
        for name in names:
            clip_file(folder, name).unlink(missing_ok=True)


def remove_all_clips(folder: Path) -> None:
    """Remove all that a killed run has left of clips. Raises OutputUnwritable."""
    with written(folder / "clips"):
        for path in (folder / "clips").glob("*.safetensors*"):
            path.unlink(missing_ok=True)


def digest(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal. Raises TrainingInvalid where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise TrainingInvalid(path, "the file", "readable", error.strerror or str(error)) from error


def check_shard(path: Path, shapes: Mapping[str, Shape], text_dim: int, clips: int) -> None:
    """Raise TrainingInvalid or WeightsInvalid for a shard whose entries are not those of so many clips."""
    found = describe(path)
    tokens = found["text"].shape[1] if "text" in found and found["text"].ndim == 3 else 0
    expected: dict[str, tuple[int, ...]] = {name: (clips, *shape) for name, shape in shapes.items()}
    expected |= {"text": (clips, min(tokens, MOST_WORDS), text_dim), "words": (clips,)}
    for name in sorted(expected.keys() | found.keys()):
        here = tuple(found[name].shape) if name in found else "no such entry"
        if here != expected.get(name, "no such entry"):
            raise TrainingInvalid(path, name, str(expected.get(name, "no such entry")), str(here))
        if found[name].is_floating_point() is (name == "words"):
            raise TrainingInvalid(path, name, "other numbers", str(found[name].dtype))


def read_example(file: Any, row: int) -> Example:
    """Return a clip of an open shard."""
    words = int(file.get_slice("words")[row : row + 1][0])
    values = {name: file.get_slice(name)[row : row + 1][0] for name in TENSORS}
    values["text"] = values["text"][: max(0, words)]
    return Example(**values)
