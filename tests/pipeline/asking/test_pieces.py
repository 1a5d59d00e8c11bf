"""Pieces of a film: they cover what is chosen, and are the same for every choice."""

from fractions import Fraction
from itertools import pairwise

import pytest

from mmhnet_cli.pipeline.asking.pieces import (
    CONTEXT_S,
    CROSS_S,
    LONG_PIECE_S,
    MOST_AT_ONCE_S,
    ONE_PIECE_S,
    PIECE_S,
    Piece,
    plan_pieces,
)

FILM_S = 75 + Fraction(1001, 24000)


def times(pieces: tuple[Piece, ...]) -> list[tuple[Fraction, Fraction]]:
    return [(piece.begin, piece.end) for piece in pieces]


@pytest.mark.parametrize(
    "start, end", [(0, Fraction(60)), (Fraction(3), Fraction(4)), (Fraction("59.9"), Fraction(60))]
)
def test_a_short_film_is_one_piece_whatever_is_chosen(start: Fraction, end: Fraction) -> None:
    assert times(plan_pieces(ONE_PIECE_S, start, end, Fraction(0))) == [(0, ONE_PIECE_S)]


def test_half_of_a_long_film_is_all_of_it() -> None:
    assert times(plan_pieces(FILM_S, Fraction(0), FILM_S, Fraction(0))) == [(0, FILM_S)]
    assert times(plan_pieces(FILM_S, Fraction(20), Fraction(20) + FILM_S / 2, Fraction(3))) == [(0, FILM_S)]
    assert len(plan_pieces(FILM_S, Fraction(20), Fraction(20) + FILM_S / 2 - Fraction(1, 25), Fraction(3))) > 1


def test_pieces_of_a_long_film_lie_at_fixed_times() -> None:
    assert times(plan_pieces(FILM_S, Fraction(18), Fraction(30), Fraction(1))) == [(12, 36)]
    assert times(plan_pieces(FILM_S, Fraction(18), Fraction(30), Fraction(2))) == [(0, 20), (12, 36), (28, 52)]
    # Of the third one only the beginning of its cross-fade is heard.
    assert times(plan_pieces(FILM_S, Fraction(18), 2 * PIECE_S - CROSS_S / 4, Fraction(0))) == [(12, 36), (28, 52)]
    assert times(plan_pieces(FILM_S, Fraction(70), FILM_S, Fraction(0))) == [(60, FILM_S)]


def test_what_is_left_at_the_end_is_no_piece_of_its_own_where_it_is_short() -> None:
    film_s = 4 * PIECE_S + CONTEXT_S
    assert times(plan_pieces(film_s, film_s - 3, film_s, Fraction(0))) == [(4 * PIECE_S - CONTEXT_S, film_s)]
    film_s -= Fraction(1, 25)
    assert times(plan_pieces(film_s, film_s - 3, film_s, Fraction(0))) == [(3 * PIECE_S - CONTEXT_S, film_s)]


@pytest.mark.parametrize("handle", [Fraction(1, 100), Fraction(1), Fraction(2), Fraction(4)])
def test_usual_handles_share_what_stands_beside_the_film(handle: Fraction) -> None:
    assert times(plan_pieces(Fraction(10), Fraction(0), Fraction(10), handle)) == [(-8, 4), (0, 10), (6, 18)]
    assert [piece.side for piece in plan_pieces(Fraction(10), Fraction(0), Fraction(10), handle)] == [-1, 0, 1]
    assert times(plan_pieces(Fraction(10), Fraction(1), Fraction(10), Fraction(1))) == [(0, 10), (6, 18)]


def test_long_handles_add_to_them() -> None:
    assert times(plan_pieces(Fraction(2), Fraction(0), Fraction(2), Fraction(5))) == [
        (-24, 0),
        (-8, 2),
        (0, 2),
        (0, 10),
        (2, 26),
    ]
    assert len(plan_pieces(Fraction(2), Fraction(0), Fraction(2), Fraction(3600))) == 1 + 2 * (1 + 225)


def test_a_very_long_film_is_never_sampled_at_once() -> None:
    hour, none = Fraction(3600), Fraction(0)
    whole = times(plan_pieces(hour, none, hour, none))
    assert whole[:2] == [(0, LONG_PIECE_S + CONTEXT_S), (LONG_PIECE_S - CONTEXT_S, 2 * LONG_PIECE_S + CONTEXT_S)]
    assert len(whole) == 12 and whole[-1] == (hour - LONG_PIECE_S - CONTEXT_S, hour)
    half = times(plan_pieces(hour, Fraction(310), Fraction(310) + hour / 2, none))
    assert half == whole[1:8]
    assert times(plan_pieces(hour, Fraction(310), Fraction(312), none))[0][1] - 310 < 2 * PIECE_S
    assert times(plan_pieces(hour, none, hour, none, "one")) == [(0, hour)]
    assert times(plan_pieces(MOST_AT_ONCE_S, none, MOST_AT_ONCE_S, none)) == [(0, MOST_AT_ONCE_S)]
    over = MOST_AT_ONCE_S + Fraction(1, 25)
    assert times(plan_pieces(over, none, over, none)) == [(0, 304), (296, over)]


@pytest.mark.parametrize("film_s", [Fraction(1, 25), Fraction(1), Fraction(60), FILM_S, Fraction(400), Fraction(1000)])
@pytest.mark.parametrize("handle", [Fraction(0), Fraction(1), Fraction(30)])
def test_pieces_cover_what_is_chosen_and_go_over_into_each_other(film_s: Fraction, handle: Fraction) -> None:
    known: dict[tuple[Fraction, Fraction], Piece] = {}
    for tenth in range(10):
        start = film_s * tenth / 10
        for end in (start + film_s / 10, min(start + film_s / 4, film_s)):
            pieces = plan_pieces(film_s, start, end, handle)
            assert pieces[0].begin <= start - handle < end + handle <= pieces[-1].end
            for before, after in pairwise(pieces):
                assert before.falls == after.rises
                assert after.begin <= after.rises[0] < before.falls[1] <= before.end
                assert before.rises[1] <= after.rises[0] or before.side != after.side
            for piece in pieces:
                assert known.setdefault((piece.begin, piece.end), piece) == piece


def test_pieces_as_somebody_chose() -> None:
    part, whole = (Fraction(20), Fraction(22), Fraction(0)), (Fraction(0), FILM_S, Fraction(0))
    assert times(plan_pieces(FILM_S, *part, "one")) == times(plan_pieces(FILM_S, *whole, "one")) == [(0, FILM_S)]
    fixed = times(plan_pieces(FILM_S, *whole, "fixed"))
    assert len(fixed) > 3 and set(times(plan_pieces(FILM_S, *part, "fixed"))) < set(fixed)
    assert times(plan_pieces(ONE_PIECE_S, Fraction(0), ONE_PIECE_S, Fraction(0), "fixed")) == [(0, ONE_PIECE_S)]
