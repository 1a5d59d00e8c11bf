import numpy as np
import pytest

from mmhnet_cli.audio.edges import fade_edges

RATE = 48000


def test_ends_are_silent_and_the_middle_is_untouched() -> None:
    samples = np.ones((2, RATE), dtype=np.float32)
    faded = fade_edges(samples, RATE, 0.01, 0.02)
    assert faded.dtype == np.float32
    assert not faded[:, [0, -1]].any()
    np.testing.assert_array_equal(faded[:, 480:-960], samples[:, 480:-960])
    assert (np.diff(faded[:, :481]) > 0).all()
    assert (np.diff(faded[:, -961:]) < 0).all()
    assert samples.all()  # the argument is not changed


def test_no_step_is_left() -> None:
    faded = fade_edges(np.ones((1, RATE)), RATE)
    # The steepest place of half a cosine over 240 samples.
    assert np.abs(np.diff(faded)).max() <= np.pi / 2 / 240


@pytest.mark.parametrize("length", [0, 1, 2, 3, 100, 479])
def test_short_sound(length: int) -> None:
    faded = fade_edges(np.ones((1, length)), RATE)
    assert faded.shape == (1, length)
    assert np.isfinite(faded).all()
    assert (faded <= 1).all()


def test_no_fade() -> None:
    samples = np.random.default_rng(0).normal(size=(2, 1000))
    np.testing.assert_array_equal(fade_edges(samples, RATE, 0, 0), samples)
