"""The latents of the takes, kept beside the report: later changes of a take begin with them.

A safetensors file, float16, 8 kB for a second of the mini's; a tensor for each voice of each take, or for each of its
cues.
"""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from mmhnet_cli.errors import WeightsInvalid
from mmhnet_cli.models.checkpoint import read_tensors, tensors_as_bytes

SUFFIX = ".latents"
MOST_BYTES = 1 << 30
"""A larger file is neither written nor read: ten takes of an hour with three stems have less."""
HEADER_BYTES, ENTRY_BYTES = 1 << 23, 1 << 8
"""So much of a file its header takes at most, and what it says of one entry: the name of a track is short."""
ABOUT = {"mmhnet": "latents"}
"""One entry: of several, safetensors writes another order each time."""

Latents = Mapping[tuple[int, str], Tensor]
"""By the number of the take, from 1, and the name of the voice, or of its cue: (L, C)."""


def cue_key(track: str, number: int | str) -> str:
    """Return under which name the latents of a cue are kept: of cue number `number` of its track, from 0."""
    return f"{track}.{number}"  # no name of a track has a dot


def fit_in_a_file(latents: Latents) -> bool:
    """Tell whether a file may hold so many latents."""
    size_bytes = sum(found.numel() * torch.float16.itemsize for found in latents.values())
    return size_bytes <= MOST_BYTES - HEADER_BYTES and len(latents) * ENTRY_BYTES <= HEADER_BYTES


def latents_path(report: Path) -> Path:
    """Return where the latents of a report lie."""
    return report.with_suffix(SUFFIX)


def latents_as_bytes(latents: Latents) -> bytes:
    """Return the content of a file of latents."""
    tensors = {f"{take}.{voice}": found.to("cpu", torch.float16) for (take, voice), found in latents.items()}
    return tensors_as_bytes(tensors, ABOUT)


def read_latents(path: Path) -> dict[tuple[int, str], Tensor]:
    """Return the latents in a file, float32; none where there is no such file, or not one of ours."""
    try:
        if path.stat().st_size > MOST_BYTES:
            return {}
        tensors, about = read_tensors(path)
        if about != ABOUT:
            return {}
        split = {name.partition(".")[::2]: tensor.float() for name, tensor in tensors.items() if tensor.ndim == 2}
        return {(int(take), voice): tensor for (take, voice), tensor in split.items()}
    except (WeightsInvalid, OSError, ValueError):
        return {}
