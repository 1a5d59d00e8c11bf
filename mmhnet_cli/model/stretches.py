"""Stretches of a film, equally long: how far the non-causal state and joint attention reach.

The paper sums one state over the whole film (network.md section 5). What a token reads there is the same at every
place, and in a film of many scenes most of it is about other scenes. A mean over the neighbourhood is what a training
clip shows, at every place of a film of any length. The same holds of what a token attends to, which in a whole film
costs as much more as the film is longer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import torch
import torch.nn.functional as F
from torch import Tensor

SHARES = 5
"""One window has so many stretches: that of the token, and two on each side."""


@dataclass(frozen=True)
class Stretches:
    """Where the tokens of one stream lie: N stretches with room for Q tokens each, in the order of time."""

    room: Tensor
    """Each token has this place among the N Q, or N Q for padding: (B, L)."""
    token: Tensor
    """This token lies at each place, or L where none does: (B, N Q)."""
    count: int
    """It is N."""
    size: int
    """It is Q."""
    ends: Tensor
    """Each film has so many of the N stretches: (B,). Only in a batch with longer films is it less than N."""

    @property
    def stretch(self) -> Tensor:
        """Return in which stretch each token lies, (B, L); N for padding."""
        return self.room // self.size

    def spread(self, tokens: Tensor) -> Tensor:
        """Spread (B, L, ...) to (B, N, Q, ...), zero where no token is."""
        spread = _rows(tokens.flatten(2), self.token)
        return spread.unflatten(1, (self.count, self.size)).unflatten(3, tokens.shape[2:])

    def gather(self, spread: Tensor) -> Tensor:
        """Invert `spread`, with zero at padding. (B, N, Q, E) -> (B, L, E)."""
        return _rows(spread.flatten(1, 2), self.room)


Places = Mapping[float, Stretches]
"""A stream has stretches for each length of window, in seconds, that a mixer reaches. Words lie nowhere."""


def _rows(rows: Tensor, index: Tensor) -> Tensor:
    """Take rows (B, M, E) at index (B, K), zero where it is M. -> (B, K, E). It copies rows: torch.gather is slower."""
    padded = F.pad(rows, (0, 0, 0, 1))
    first = torch.arange(index.shape[0], device=index.device).unsqueeze(1) * padded.shape[1]
    return padded.flatten(0, 1).index_select(0, (index + first).flatten()).unflatten(0, index.shape)


def window_starts(stretches: Stretches) -> Tensor:
    """Return the first stretch of the window around each, (B, N), for windows that are `SHARES` wide also at the ends.

    They lie within their film, so a film of one window or less is one window for all of its tokens.
    """
    around = torch.arange(stretches.count, device=stretches.ends.device) - SHARES // 2
    return torch.minimum(around.clamp_min(0), (stretches.ends - SHARES).clamp_min(0).unsqueeze(1))


def place_in_stretches(
    stretch: Tensor, mask: Tensor | None, count: int, ends: Tensor | None = None, size: int | None = None
) -> Stretches:
    """Place each token in its `stretch` (B, L), of `count`; stretches never fall among the valid tokens of `mask` (B,
    L).

    ends (B,): how many stretches each film has; None where each has `count`. size: the room for tokens in each
    stretch; None where it is that of the fullest.
    """
    ends = stretch.new_full((len(stretch),), count) if ends is None else ends
    stretch = stretch if mask is None else torch.where(mask, stretch, count)
    held = stretch.new_zeros(stretch.shape[0], count + 1).scatter_add(1, stretch, torch.ones_like(stretch))
    first = held.cumsum(1) - held
    valid = torch.ones_like(stretch) if mask is None else mask.long()
    rank = valid.cumsum(1) - 1 - first.gather(1, stretch)
    size = max(int(held[:, :count].max()), 1) if size is None else size
    room = torch.where(stretch < count, stretch * size + rank, count * size)
    tokens = stretch.shape[1]
    order = torch.arange(tokens, device=stretch.device).expand_as(room)
    token = torch.full((len(room), count * size + 1), tokens, device=room.device).scatter(1, room, order)[:, :-1]
    return Stretches(room, token, count, size, ends)


def stretch_of_tokens(tokens: int, rate_hz: Fraction, window_s: float, device: torch.device) -> Tensor:
    """Return in which stretch (L,) each token of a stream of this rate begins, in exact integers.

    It depends on the token alone, so a longer film divides its beginning as a shorter one does.
    """
    length = Fraction(window_s).limit_denominator(1000) / SHARES * rate_hz
    return torch.arange(tokens, device=device) * length.denominator // length.numerator


def sum_of_window(sums: Tensor) -> Tensor:
    """Sum each stretch and its neighbours in the window, fewer at the ends of the film. (B, N, ...) -> (B, N, ...)."""
    side, count = SHARES // 2, sums.shape[1]
    padded = F.pad(sums, (0, 0) * (sums.dim() - 2) + (side, side))
    # Two by two, those two by two, and the fifth: three sums in place of four.
    pairs = padded[:, :-1] + padded[:, 1:]
    return pairs[:, :count] + pairs[:, 2 : 2 + count] + padded[:, 2 * side :]
