"""Preconditioning of the velocity: latents enter and leave the blocks at unit scale, at any time, in any channel."""

import torch
from torch import Tensor, nn


class Preconditioning(nn.Module):
    """The best linear guess of the velocity is given; the blocks learn what is left of it.

    For latents x = (1 - t) noise + t data of a channel whose data have the root mean square `spread` (s), with
    d = t^2 s^2 + (1 - t)^2 the mean square of x, the linear guess of data - noise is (t s^2 - 1 + t) / d * x, and what
    it misses has the deviation s / sqrt(d). So velocity = guess + s / sqrt(d) * blocks(x / sqrt(d)): the choice of
    Karras et al. (2022, "Elucidating the Design Space") carried over to the straight path. Not part of the paper.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.spread = nn.Buffer(torch.ones(channels))

    def enter(self, latents: Tensor, t: Tensor) -> Tensor:
        """Map latents (B, L, C) at times t (B,) to what the blocks see (B, L, C)."""
        _, _, square = self._scales(t)
        return latents * square.rsqrt().to(latents.dtype)

    def leave(self, latents: Tensor, t: Tensor, output: Tensor) -> Tensor:
        """Map latents and output of the blocks (B, L, C) to velocity (B, L, C)."""
        time, spread, square = self._scales(t)
        guess = (time * spread.square() - (1 - time)) / square
        return latents * guess.to(latents.dtype) + output * (spread * square.rsqrt()).to(output.dtype)

    def _scales(self, t: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        time, spread = t.float().view(-1, 1, 1), self.spread.float()
        return time, spread, (time * spread).square() + (1 - time).square()
