"""Spread among sounds, where it is known."""

import numpy as np
import pytest

from benchmarks.spread import DEEPEST_NEPERS, SHOWN, spread, traits
from mmhnet_cli.training.world.kinds import KINDS


def test_traits_do_not_hear_how_loud_a_sound_is() -> None:
    mel = np.array([[0.0, -2.0], [-4.0, -4.0], [-40.0, -40.0]])
    mean, deviation = traits(mel)
    assert mean.tolist() == [-1.0, -4.0, -DEEPEST_NEPERS] and deviation.tolist() == [1.0, 0.0, 0.0]
    for one, other in zip(traits(mel), traits(mel - 3), strict=True):
        assert np.array_equal(one, other)


def test_the_same_sound_again_has_no_spread() -> None:
    mel = np.random.default_rng(0).normal(-3, 1, (8, 50))
    assert spread([mel, mel - 1, mel + 2]) == pytest.approx([0, 0], abs=1e-9)


def test_spread_is_the_deviation_among_sounds() -> None:
    # One band differs by its mean alone, the loudest is the same in all.
    mels = [np.array([[0.0, 0.0], [-level, -level]]) for level in (1.0, 2.0, 3.0)]
    assert spread(mels) == pytest.approx([0.5, 0.0])
    # And one by how much it moves: deviations of 0, 1 and 2 about the same mean.
    mels = [np.array([[0.0, 0.0], [-3 - move, -3 + move]]) for move in (0.0, 1.0, 2.0)]
    assert spread(mels) == pytest.approx([0.0, 0.5])


def test_kinds_of_every_family_are_compared() -> None:
    assert len(set(SHOWN)) == 20
    assert {KINDS[kind].family for kind in SHOWN} == {kind.family for kind in KINDS.values()}
