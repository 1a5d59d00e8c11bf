"""A stretch put in the place of another."""

import numpy as np
import pytest

from mmhnet_cli.audio.splice import Seam, splice


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


def test_parts_of_sounds_sum_to_their_splice() -> None:
    """Sounds that sum to the old and the new one, each with a place of its own, one of them beside the seam."""
    old_parts = [(0, noise(2, 4000)), (1250, noise(3, 1400)), (3200, noise(4, 800))]
    new_parts = [(1000, noise(5, 2000)), (1300, noise(6, 1200)), (1000, noise(7, 0))]

    def summed(parts: list[tuple[int, np.ndarray]], length: int, begin: int = 0) -> np.ndarray:
        total = np.zeros((2, length), np.float32)
        for first, part in parts:
            total[:, first - begin : first - begin + part.shape[1]] += part
        return total

    old, new = summed(old_parts, 4000), summed(new_parts, 2000, 1000)
    seam = Seam.between(old, new, 1000, slice(1500, 2500), 300)
    pairs = zip(old_parts, new_parts, strict=True)
    spliced = [(first, seam.of(part, now, at, first)) for (first, part), (at, now) in pairs]
    whole = splice(old, new, 1000, slice(1500, 2500), 300)
    assert summed(spliced, 4000) == pytest.approx(whole, abs=1e-5)
    assert np.array_equal(spliced[0][1][:, 1500:2500], noise(5, 2000)[:, 500:1500])
    assert np.array_equal(spliced[2][1], noise(4, 800)), "what is beside it stays"
