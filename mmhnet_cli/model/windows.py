"""Joint attention within windows: a token of audio or CLIP reads the window around it and all words.

The window is as wide as a clip of training (`attention_window_s`) and divided as `stretches` says: that of the token
and two stretches on each side; at the ends of a film it is moved inwards, so that it stays as wide. All tokens of a
film that is no longer see all of it, as in training. Words lie nowhere in time: they are read everywhere, and read the
whole film. With the number of tokens in a window the cost of a token is bounded: both time and memory are linear in
the length of the film. What the kept tokens of the compressed space read is decided by their place in the film, too.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from mmhnet_cli.model.attention import AttentionParts, attend, mix_attention, read_tokens
from mmhnet_cli.model.stretches import SHARES, Stretches, window_starts

KEYS_AT_ONCE = 16384
"""So many keys are gathered for one call, those of some thirty windows: their copies stay small at any length."""


def mix_near(
    parts: Sequence[AttentionParts], stretches: Sequence[Stretches | None], training_tokens: int | None
) -> list[Tensor]:
    """Let the tokens of all streams attend, those that lie somewhere to their window. -> one (B, L, H P) per stream.

    stretches: where the tokens of each stream lie, None for words; training_tokens as `mix_attention`, whose result
    this is where no film is longer than a window.
    """
    placed = [index for index, own in enumerate(stretches) if own is not None]
    first = next((own for own in stretches if own is not None), None)
    if first is None or first.count <= SHARES:
        return mix_attention(parts, training_tokens)
    words = [index for index in range(len(parts)) if index not in placed]
    mixed = _mix_in_windows(
        [_Placed(parts[index], own) for index, own in enumerate(stretches) if own is not None],
        [parts[index] for index in words],
        window_starts(first),
        training_tokens,
    )
    read = read_tokens([parts[index] for index in words], parts, training_tokens) if words else []
    by_index = dict(zip((*placed, *words), (*mixed, *read), strict=True))
    return [by_index[index] for index in range(len(parts))]


class _Placed:
    """One stream as rows, to be taken by their place."""

    def __init__(self, part: AttentionParts, stretches: Stretches) -> None:
        self.stretches = stretches
        self.heads, self.length = part.q.shape[1:3]
        # (B L, H P) each
        self.q, self.k, self.v = (x.transpose(1, 2).flatten(2).flatten(0, 1) for x in (part.q, part.k, part.v))
        self.token = stretches.token.unflatten(1, (stretches.count, stretches.size))  # (B, N, Q)

    def take(self, rows: Tensor, film: Tensor, index: Tensor) -> Tensor:
        """Take rows (B L, H P) of each `film` (G,) at index (G, K); where it is L, any row. -> (G, H, K, P)."""
        flat = index.clamp_max(self.length - 1) + film.unsqueeze(1) * self.length
        taken = rows.index_select(0, flat.flatten()).unflatten(0, index.shape)
        return taken.unflatten(2, (self.heads, -1)).transpose(1, 2)


def _mix_in_windows(
    streams: Sequence[_Placed], words: Sequence[AttentionParts], starts: Tensor, training_tokens: int | None
) -> list[Tensor]:
    """Mix window by window, several in one call. starts (B, N). -> one (B, L, H P) per stream."""
    films, count = starts.shape
    every = torch.arange(films * count, device=starts.device)
    keys = SHARES * sum(own.stretches.size for own in streams) + sum(part.k.shape[2] for part in words)
    pieces: list[list[Tensor]] = [[] for _ in streams]
    for some in every.split(max(1, KEYS_AT_ONCE // keys)):
        mixed = _one_call(streams, words, some // count, some % count, starts, training_tokens)
        for piece, out in zip(pieces, mixed.split([own.stretches.size for own in streams], 1), strict=True):
            piece.append(out)
    return [
        own.stretches.gather(torch.cat(piece).unflatten(0, (films, count)))
        for own, piece in zip(streams, pieces, strict=True)
    ]


def _one_call(
    streams: Sequence[_Placed],
    words: Sequence[AttentionParts],
    film: Tensor,
    stretch: Tensor,
    starts: Tensor,
    training_tokens: int | None,
) -> Tensor:
    """Let the tokens of G stretches (`film` and `stretch` (G,)) read their windows. -> (G, Q of all streams, H P)."""
    window = starts[film, stretch].unsqueeze(1) + torch.arange(SHARES, device=starts.device)  # (G, SHARES)
    near = [own.token[film.unsqueeze(1), window].flatten(1) for own in streams]  # (G, SHARES Q)
    pairs = list(zip(streams, near, strict=True))
    q = torch.cat([own.take(own.q, film, own.token[film, stretch]) for own in streams], 2)
    k = torch.cat([*(own.take(own.k, film, at) for own, at in pairs), *(part.k[film] for part in words)], 2)
    v = torch.cat([*(own.take(own.v, film, at) for own, at in pairs), *(part.v[film] for part in words)], 2)
    seen = [at < own.length for own, at in pairs]
    for part in words:
        every = torch.ones(len(film), part.k.shape[2], dtype=torch.bool, device=film.device)
        seen.append(every if part.mask is None else part.mask[film])
    return attend(q, k, v, torch.cat(seen, 1), training_tokens)
