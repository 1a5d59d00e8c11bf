"""Starting noise that a seed fixes on every device and for every length of film."""

import hashlib

import torch
from torch import Tensor

BLOCK_LATENTS = 256


def noise(seed: int, length: int, channels: int, first: int = 0) -> Tensor:
    """Draw normal noise (1, L, C), float32 on the CPU, from latent `first` on, which may lie before 0.

    It is drawn in blocks along time, each from its own generator: a longer film keeps the beginning it had, and a part
    of a film can be drawn alone. A block is always drawn whole: what a generator gives depends on the size asked for.
    """
    begin, end = first // BLOCK_LATENTS, -(-(first + length) // BLOCK_LATENTS)
    blocks = [_block(seed, index, channels) for index in range(begin, end)]
    skipped = first - begin * BLOCK_LATENTS
    return torch.cat([torch.empty(0, channels), *blocks])[skipped : skipped + length].unsqueeze(0)


def _block(seed: int, index: int, channels: int) -> Tensor:
    # Hashed, because generators with neighbouring seeds are not promised to be independent. The nought keeps the sounds
    # of seeds as they have always been.
    digest = hashlib.blake2b(f"{seed}/0/{index}".encode(), digest_size=8).digest()
    generator = torch.Generator().manual_seed(int.from_bytes(digest, "little"))
    return torch.randn(BLOCK_LATENTS, channels, generator=generator)
