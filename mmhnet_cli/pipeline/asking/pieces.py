"""In which pieces a film is sampled: always the same ones, whatever part of it is chosen, so that a take stays a take.

A film that is not long, and one of which half or more is chosen, is one piece, unless `--pieces` says otherwise. Of a
longer one, pieces are made that lie at fixed times of the film, those that the chosen part touches; of a very long one
too, whose memory is then that of one piece. Before its first picture and after its last one, where handles reach, there
are pieces at fixed distances from it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from mmhnet_cli.options import PiecesMode

ONE_PIECE_S = Fraction(60)
"""A film that is not longer is one piece. It is our choice: so much is sampled in a minute or two on a processor."""
PIECE_S = Fraction(16)
"""A piece of a longer film is heard so long: two clips of training. It is our choice."""
MOST_AT_ONCE_S, LONG_PIECE_S = Fraction(600), Fraction(300)
"""A film that is longer than the first is not sampled at once; where half or more of it is chosen, its pieces are heard
for the second. It is our choice: they bound the memory, and hold 37 clips of training each."""
CONTEXT_S = Fraction(4)
"""It is sampled for so long before and after what is heard of it; what is left of a film at its end is no piece of its
own unless it is as long. It is our choice."""
NEAR_S = Fraction(4)
"""The pieces beside the film are heard so long, because most handles are shorter; those beyond, `PIECE_S`."""
CROSS_S = Fraction(3, 10)
"""A piece goes over into the next one in so long, as one cue does into another."""
EDGE_S = Fraction(1, 200)
"""The film goes over into what stands before and after it in so long, in which its ends are faded without handles."""

Cross = tuple[Fraction, Fraction]
"""From when to when one piece goes over into the next, in seconds from the first picture of the film."""


@dataclass(frozen=True)
class Piece:
    """A stretch of film that is sampled by itself; all times are seconds from the first picture of the film."""

    begin: Fraction
    """It is sampled from here."""
    end: Fraction
    """It is sampled up to here."""
    rises: Cross
    """The piece before goes over into it there, if there is one."""
    falls: Cross
    """It goes over into the next piece there, if there is one."""
    side: int = 0
    """It is -1 before the film, 0 in it, and 1 after it."""

    def touches(self, first: Fraction, last: Fraction) -> bool:
        """Tell whether anything of it is heard between two times."""
        return self.rises[0] < last and first < self.falls[1]


def plan_pieces(
    film_s: Fraction, start: Fraction, end: Fraction, handle_s: Fraction, mode: PiecesMode = "auto"
) -> tuple[Piece, ...]:
    """Return the pieces for the part of a film from `start` to `end` with its handles, in the order of their times."""
    first, last = start - handle_s, end + handle_s
    inner = _inner_edges(film_s, _heard_s(film_s, end - start, mode))
    film = [piece for piece in _film_pieces(film_s, inner) if piece.touches(first, last)]
    edge = min(EDGE_S, film_s / 2)
    # Before the film is what stands after it, mirrored at its middle.
    before = [_mirrored(piece, film_s) for piece in reversed(_after(film_s, edge, film_s - first))]
    return (*before, *film, *_after(film_s, edge, last))


def _heard_s(film_s: Fraction, chosen_s: Fraction, mode: PiecesMode) -> Fraction:
    """Return how long a piece in the film is heard, unless it is the last."""
    if film_s <= ONE_PIECE_S or mode == "one":
        return film_s
    if mode == "fixed" or 2 * chosen_s < film_s:
        return PIECE_S
    return LONG_PIECE_S if film_s > MOST_AT_ONCE_S else film_s


def _inner_edges(film_s: Fraction, heard_s: Fraction) -> list[Fraction]:
    count = max(0, (film_s - CONTEXT_S) // heard_s)
    return [number * heard_s for number in range(1, count + 1)]


def _film_pieces(film_s: Fraction, inner: Sequence[Fraction]) -> list[Piece]:
    edge = min(EDGE_S, film_s / 2)
    crosses = [
        (Fraction(0), edge),
        *((time - CROSS_S / 2, time + CROSS_S / 2) for time in inner),
        (film_s - edge, film_s),
    ]
    return [
        Piece(max(Fraction(0), begin - CONTEXT_S), min(film_s, end + CONTEXT_S), rises, falls)
        for (begin, end), (rises, falls) in zip(pairwise([Fraction(0), *inner, film_s]), pairwise(crosses), strict=True)
    ]


def _after(film_s: Fraction, edge: Fraction, last: Fraction) -> list[Piece]:
    """Return the pieces after the end of the film that a sound up to `last` touches."""
    pieces, begin, rises, heard_s = [], film_s, (film_s - edge, film_s), NEAR_S
    while begin < last:
        end = begin + heard_s
        # It goes over into the next one past its end, so that a handle of just this length needs no other.
        falls = (end, end + CROSS_S)
        pieces.append(Piece(max(Fraction(0), begin - CONTEXT_S), end + CONTEXT_S, rises, falls, side=1))
        begin, rises, heard_s = end, falls, PIECE_S
    return pieces


def _mirrored(piece: Piece, film_s: Fraction) -> Piece:
    rises, falls = ((film_s - last, film_s - first) for first, last in (piece.falls, piece.rises))
    return Piece(film_s - piece.end, film_s - piece.begin, rises, falls, side=-piece.side)
