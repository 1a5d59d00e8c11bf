"""Weights and inputs made by formula, and the outputs that the public networks give for them.

The outputs lie in `golden/`; its README says what each file holds.
"""

import json
import math
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from mmhnet_cli.models.described import Described, take_memory

GOLDEN = Path(__file__).parent / "golden"
PERIOD = 999983
Built = TypeVar("Built", bound=nn.Module)


def wave(name: str, shape: tuple[int, ...], salt: int = 0) -> Tensor:
    """float32 in [-1, 1]: a sine over the flat index, whose step and phase follow from the name and the salt.

    The index starts again after PERIOD, so no more of it is computed.
    """
    phase = (zlib.crc32(name.encode()) + 7919 * salt) % 100003
    index = np.arange(min(math.prod(shape), PERIOD), dtype=np.float64)
    values = np.sin(0.7548776662466927 * index * (1 + phase % 17) + phase).astype(np.float32)
    return torch.from_numpy(np.resize(values, shape))


def entry(key: str, shape: tuple[int, ...], salt: int = 0) -> Tensor:
    """The entry called `key` of a filled state dict: a matrix of unit gain, a norm's gain near 1, or a small vector."""
    values = wave(key, shape, salt)
    if len(shape) >= 2:
        return values * math.sqrt(3 / math.prod(shape[1:]))
    return 1 + 0.1 * values if key.endswith("weight") else 0.1 * values


def entries(shapes: dict[str, list[int]], salt: int = 0) -> dict[str, Tensor]:
    """A filled state dict of these shapes: what a public file would hold."""
    return {key: entry(key, tuple(shape), salt) for key, shape in shapes.items()}


@torch.no_grad()
def fill(module: nn.Module, salt: int = 0) -> None:
    """Fill every floating entry of the module's state dict by its key."""
    for key, tensor in module.state_dict().items():
        if tensor.is_floating_point():
            tensor.copy_(entry(key, tuple(tensor.shape), salt))


def built(build: Callable[[], Built]) -> Built:
    """A network without the values that training starts from, which at full size take longer than its use."""
    with Described():
        network = build()
    take_memory(network)
    return network


def relative_error(found: Tensor | np.ndarray, expected: Tensor | np.ndarray) -> float:
    """Norm of the difference over the norm of what is expected; the shapes must be equal."""
    found, expected = torch.as_tensor(found).double(), torch.as_tensor(expected).double()
    assert found.shape == expected.shape, f"{tuple(found.shape)} is not {tuple(expected.shape)}"
    return float((found - expected).norm() / expected.norm())


def parity(name: str) -> dict[str, np.ndarray]:
    """The arrays of `<name>.npz`."""
    with np.load(GOLDEN / f"{name}.npz") as arrays:
        return dict(arrays)


def public_keys() -> dict[str, dict[str, list[int]]]:
    """Checkpoint name to the shapes of its entries."""
    return json.loads((GOLDEN / "keys.json").read_text(encoding="utf-8"))


def shapes_of(tensors: Iterable[tuple[str, Tensor]]) -> dict[str, list[int]]:
    """Items of a state dict as `public_keys` states them."""
    return {key: list(tensor.shape) for key, tensor in tensors}
