"""A stretch put in the place of another."""

import numpy as np
import pytest

from mmhnet_cli.audio.splice import splice


def noise(seed: int, length: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((2, length)).astype(np.float32)


def test_only_the_stretch_and_its_fades_change() -> None:
    old, new = noise(0, 4000), noise(1, 2000)
    spliced = splice(old, new, 1000, slice(1500, 2500), 300)
    assert np.array_equal(spliced[:, 1500:2500], new[:, 500:1500])
    assert np.array_equal(spliced[:, :1200], old[:, :1200])
    assert np.array_equal(spliced[:, 2800:], old[:, 2800:])
    assert not np.array_equal(spliced[:, 1200:1500], old[:, 1200:1500])
    assert np.array_equal(old, noise(0, 4000)), "what was given stays"


@pytest.mark.parametrize("alike", [True, False])
def test_power_is_even_through_the_fades(alike: bool) -> None:
    old = noise(0, 40_000)
    new = old if alike else noise(1, 40_000)
    spliced = splice(old, new, 0, slice(15_000, 25_000), 10_000)
    powers = np.square(spliced[0].reshape(-1, 2000)).mean(1)
    assert powers == pytest.approx(np.ones(20), abs=0.12)
    if alike:
        assert spliced == pytest.approx(old, abs=1e-6)


def test_fades_reach_as_far_as_both_sounds() -> None:
    old, new = noise(0, 100), noise(1, 100)
    assert np.array_equal(splice(old, new, 0, slice(0, 100), 50), new)
    assert np.array_equal(splice(old, new[:, :30], 40, slice(40, 70), 50)[:, 40:70], new[:, :30])
    silent = splice(np.zeros_like(old), np.zeros_like(new), 0, slice(40, 60), 20)
    assert not silent.any()
