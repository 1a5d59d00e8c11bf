"""Stretches of a film, equally long, each with a state of its own: how far the non-causal state reaches.

The paper sums one state over the whole film (network.md section 5). What a token reads there is the same at every
place, and in a film of many scenes most of it is about other scenes. A mean over the neighbourhood is what a training
clip shows, at every place of a film of any length.
"""

from dataclasses import dataclass
from fractions import Fraction

import torch
import torch.nn.functional as F
from torch import Tensor

SHARES = 5
"""Stretches in one window: that of the token, and two on each side."""


@dataclass(frozen=True)
class Stretches:
    """Where the tokens of one stream lie: N stretches with room for Q tokens each, in the order of time.

    room (B, L): place of each token among the N Q, or N Q for padding. count: N. size: Q.
    """

    room: Tensor
    count: int
    size: int

    @property
    def stretch(self) -> Tensor:
        """In which stretch each token lies; N for padding. (B, L)."""
        return self.room // self.size

    def spread(self, tokens: Tensor) -> Tensor:
        """(B, L, ...) -> (B, N, Q, ...), zero where no token is."""
        flat = tokens.flatten(2)
        room = self.room.unsqueeze(-1).expand_as(flat)
        spread = flat.new_zeros(flat.shape[0], self.count * self.size + 1, flat.shape[2]).scatter(1, room, flat)
        return spread[:, :-1].unflatten(1, (self.count, self.size)).unflatten(3, tokens.shape[2:])

    def gather(self, spread: Tensor) -> Tensor:
        """Inverse of `spread`, and zero at padding. (B, N, Q, E) -> (B, L, E)."""
        flat = F.pad(spread.flatten(1, 2), (0, 0, 0, 1))
        return flat.gather(1, self.room.unsqueeze(-1).expand(-1, -1, flat.shape[2]))


def place_in_stretches(stretch: Tensor, mask: Tensor | None, count: int) -> Stretches:
    """stretch (B, L), of `count`: in which each token lies, never falling among the valid ones; mask (B, L)."""
    stretch = stretch if mask is None else torch.where(mask, stretch, count)
    held = stretch.new_zeros(stretch.shape[0], count + 1).scatter_add(1, stretch, torch.ones_like(stretch))
    first = held.cumsum(1) - held
    valid = torch.ones_like(stretch) if mask is None else mask.long()
    rank = valid.cumsum(1) - 1 - first.gather(1, stretch)
    size = max(int(held[:, :count].max()), 1)
    return Stretches(torch.where(stretch < count, stretch * size + rank, count * size), count, size)


def stretch_of_tokens(tokens: int, rate_hz: Fraction, window_s: float, device: torch.device) -> Tensor:
    """In which stretch each token of a stream of this rate begins, in exact integers. -> (L,)

    It depends on the token alone, so a longer film divides its beginning as a shorter one does.
    """
    length = Fraction(window_s).limit_denominator(1000) / SHARES * rate_hz
    return torch.arange(tokens, device=device) * length.denominator // length.numerator


def sum_of_window(sums: Tensor) -> Tensor:
    """Of each stretch and its neighbours in the window, fewer at the ends of the film. (B, N, ...) -> (B, N, ...)."""
    side = SHARES // 2
    padded = F.pad(sums, (0, 0) * (sums.dim() - 2) + (side, side))
    return sum((padded[:, k : k + sums.shape[1]] for k in range(1, SHARES)), padded[:, : sums.shape[1]])
