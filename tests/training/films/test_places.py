"""Clips keep to shots where they can; what no clip covers is little, and told."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from mmhnet_cli.training.films.cutting import Clip, LeftOut, clips_of
from mmhnet_cli.training.films.places import CLIP_S, LEAST_NEW_S, clip_starts, left_over, stretches


@pytest.mark.parametrize(
    ("end", "cuts", "starts"),
    [
        ("7.9", (), []),
        ("9", (), [0]),
        ("12", (), [0, 4]),
        ("24.04", (), [0, 8, 16]),
        ("20", (9.2,), [0, 10]),  # each shot has its own
        ("24", (14.0,), [0, 6, 14]),  # one more clip ends with the shot
        ("20", (3.0, 6.0), [0, 8, 12]),  # short shots go together with the next
        ("33", (30.0,), [0, 8, 16, 22]),  # and what is left at the end is too little
        ("35", (30.0,), [0, 8, 16, 22, 27]),  # or has a clip that crosses
        ("8.5", (4.5,), [0]),
    ],
)
def test_where_clips_begin(end: str, cuts: tuple[float, ...], starts: list[int]) -> None:
    assert clip_starts(0, Fraction(end), cuts) == starts
    assert clip_starts(600, 600 + Fraction(end), [600 + cut for cut in cuts]) == [600 + start for start in starts]


def test_no_clip_crosses_a_cut_without_need() -> None:
    """Of drawn cuts: a clip that crosses one touches a shot that is too short, and few seconds are left over."""
    rng = np.random.default_rng(0)
    for _ in range(300):
        edges = [0.0, *np.cumsum(rng.choice([1.4, 5.04, 9.2, 23.0], 12)).round(2).tolist()]
        starts = clip_starts(0, Fraction(str(edges[-1])), edges[1:-1])
        assert starts == sorted(set(starts))
        for start in starts:
            crossed = [cut for cut in edges[1:-1] if start < cut < start + CLIP_S]
            shots = [b - a for a, b in pairwise(edges) if a < start + CLIP_S and b > start]
            assert not crossed or min(shots) < CLIP_S + 1
        gaps = left_over(0, Fraction(str(edges[-1])), starts)
        # A scene may lose what is no clip, and at both of its cuts the part of a second.
        assert all(after - before < LEAST_NEW_S + 2 for before, after in gaps if after < Fraction(str(edges[-1])))


def test_stretches_make_up_the_film() -> None:
    assert stretches(Fraction(899)) == [(0, Fraction(899))]
    assert stretches(Fraction(2601, 2)) == [(0, Fraction(650)), (650, Fraction(2601, 2))]
    assert [end - begin for begin, end in stretches(Fraction(7200))] == [600] * 12


def test_clips_over_each_other_have_the_sound_of_their_time() -> None:
    sound = np.random.default_rng(1).uniform(-0.5, 0.5, (2, 8000 * 14)).astype(np.float32)
    seconds = [sound[:, 8000 * at : 8000 * (at + 1)] for at in range(14)]
    found = list(clips_of(seconds, 8000, [0, 4, 10, 20]))
    for start, clip in zip((0, 4), found, strict=False):
        assert isinstance(clip, Clip)
        assert np.array_equal(clip.sound, sound[:, 8000 * start : 8000 * (start + 8)].mean(0, dtype=np.float32))
    late = found[2]
    assert isinstance(late, Clip) and not late.sound[4 * 8000 :].any() and late.sound[: 4 * 8000].any()
    assert found[3] == LeftOut(20, 28, "silence")
