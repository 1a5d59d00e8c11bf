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
    film = _Film([parts[index] for index in placed], [parts[index] for index in words])
    places = [own for own in stretches if own is not None]
    mixed = _mix_in_windows(film, places, window_starts(first), training_tokens)
    read = read_tokens([parts[index] for index in words], parts, training_tokens) if words else []
    by_index = dict(zip((*placed, *words), (*mixed, *read), strict=True))
    return [by_index[index] for index in range(len(parts))]


class _Film:
    """What the streams of a batch of films bring, one stream after the other, as rows that can be taken by their
    place: those that lie somewhere first, then the words."""

    def __init__(self, placed: Sequence[AttentionParts], words: Sequence[AttentionParts]) -> None:
        self.lengths = [part.q.shape[2] for part in placed]
        self.words = sum(part.q.shape[2] for part in words)
        self.q = _rows([part.q for part in placed])
        self.k, self.v = (_rows([getattr(part, name) for part in (*placed, *words)]) for name in ("k", "v"))
        films, device = len(self.q), self.q.device
        seen = [
            torch.ones(films, part.q.shape[2], dtype=torch.bool, device=device) if part.mask is None else part.mask
            for part in words
        ]
        self.seen = torch.cat(seen, 1) if seen else torch.ones(films, 0, dtype=torch.bool, device=device)

    def place(self, tokens: Sequence[Tensor]) -> Tensor:
        """Return the rows of some tokens of each stream that lies somewhere, (G, K) each; any row where it is L."""
        before = [sum(self.lengths[:number]) for number in range(len(self.lengths))]
        return torch.cat(
            [
                index.clamp_max(length - 1) + first
                for index, length, first in zip(tokens, self.lengths, before, strict=True)
            ],
            1,
        )


def _rows(parts: Sequence[Tensor]) -> Tensor:
    """Lay (B, H, L, P) of several streams one after the other, as rows: (B, M, H, P)."""
    return torch.cat([part.transpose(1, 2) for part in parts], 1)


def _take(rows: Tensor, film: Tensor, index: Tensor) -> Tensor:
    """Take rows (B, M, H, P) of each `film` (G,) at index (G, K). -> (G, H, K, P)."""
    flat = index + film.unsqueeze(1) * rows.shape[1]
    return rows.flatten(0, 1).index_select(0, flat.flatten()).unflatten(0, index.shape).transpose(1, 2)


def _mix_in_windows(
    film: _Film, stretches: Sequence[Stretches], starts: Tensor, training_tokens: int | None
) -> list[Tensor]:
    """Mix window by window, several in one call. starts (B, N). -> one (B, L, H P) per stream."""
    films, count = starts.shape
    every = torch.arange(films * count, device=starts.device)
    keys = SHARES * sum(own.size for own in stretches) + film.words
    pieces: list[list[Tensor]] = [[] for _ in stretches]
    for some in every.split(max(1, KEYS_AT_ONCE // keys)):
        mixed = _one_call(film, stretches, some // count, some % count, starts, training_tokens)
        for piece, out in zip(pieces, mixed.split([own.size for own in stretches], 1), strict=True):
            piece.append(out)
    return [
        own.gather(torch.cat(piece).unflatten(0, (films, count))) for own, piece in zip(stretches, pieces, strict=True)
    ]


def _one_call(
    film: _Film,
    stretches: Sequence[Stretches],
    which: Tensor,
    stretch: Tensor,
    starts: Tensor,
    training_tokens: int | None,
) -> Tensor:
    """Let the tokens of G stretches (films `which` and `stretch`, (G,)) read their windows. -> (G, Q of all streams, H
    P)."""
    window = starts[which, stretch].unsqueeze(1) + torch.arange(SHARES, device=starts.device)  # (G, SHARES)
    token = [own.token.unflatten(1, (own.count, own.size)) for own in stretches]  # (B, N, Q) each
    near = [own[which.unsqueeze(1), window].flatten(1) for own in token]  # (G, SHARES Q) each
    words = torch.arange(film.words, device=starts.device) + sum(film.lengths)
    keys = torch.cat((film.place(near), words.expand(len(which), -1)), 1)
    q = _take(film.q, which, film.place([own[which, stretch] for own in token]))
    k, v = _take(film.k, which, keys), _take(film.v, which, keys)
    seen = [at < length for at, length in zip(near, film.lengths, strict=True)]
    return attend(q, k, v, torch.cat((*seen, film.seen[which]), 1), training_tokens)
