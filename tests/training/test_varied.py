"""Varied sounds: of the right length and level, the same for the same seed, and treated as said."""

from collections.abc import Callable

import numpy as np
import pytest

from mmhnet_cli.training.varied.clips import varied_clip
from mmhnet_cli.training.varied.sources import RAW_SOUNDS, RawSound
from mmhnet_cli.training.varied.treatments import at_a_level, band_limited, in_a_room, lossy, on_a_bed

COUNT = 22050


@pytest.mark.parametrize("raw", RAW_SOUNDS)
@pytest.mark.parametrize("seed", range(2))
def test_a_raw_sound_is_finite_and_has_unit_rms(raw: RawSound, seed: int) -> None:
    sound = raw(np.random.default_rng(seed), COUNT)
    assert sound.shape == (COUNT,)
    assert np.sqrt(np.mean(sound**2)) == pytest.approx(1, abs=1e-6)
    assert np.array_equal(raw(np.random.default_rng(seed), COUNT), sound)
    assert not np.array_equal(raw(np.random.default_rng(seed + 100), COUNT), sound)


@pytest.mark.parametrize("seed", range(3))
def test_a_clip_is_the_same_for_the_same_seed(seed: int) -> None:
    clip = varied_clip(seed, 1.0)
    assert clip.shape == (44100,)
    assert clip.dtype == np.float32
    assert np.isfinite(clip).all()
    assert 0 < np.abs(clip).max() <= 1
    assert np.array_equal(varied_clip(seed, 1.0), clip)


def white(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(COUNT)


Treatment = Callable[[np.random.Generator, np.ndarray], np.ndarray]


@pytest.mark.parametrize("treatment", [in_a_room, band_limited, at_a_level, on_a_bed])
def test_a_treatment_changes_the_sound_and_not_its_length(treatment: Treatment) -> None:
    treated = treatment(np.random.default_rng(1), white())
    assert treated.shape == (COUNT,)
    assert np.isfinite(treated).all()
    assert not np.allclose(treated, white())


@pytest.mark.parametrize("seed", range(2))
def test_a_limited_band_ends_at_an_edge(seed: int) -> None:
    power = np.abs(np.fft.rfft(band_limited(np.random.default_rng(seed), white()))) ** 2
    heard = np.flatnonzero(power > 1e-6 * power.max())
    assert 3000 <= heard[-1] * 44100 / COUNT <= 20000


def test_lossy_coding_leaves_holes_at_the_top_and_the_bottom_alone() -> None:
    before = np.abs(np.fft.rfft(white()))
    # Falling by 60 dB to the top, so that the threshold lies somewhere in it.
    tilted = np.fft.irfft(np.fft.rfft(white()) * np.geomspace(1, 1e-4, len(before)), COUNT)
    coded = lossy(np.random.default_rng(0), tilted)
    lost = np.abs(np.fft.rfft(tilted - coded)) / (np.abs(np.fft.rfft(tilted)) + 1e-9)
    assert np.median(lost[:1200]) < 0.02
    assert np.median(lost[-2000:]) > 0.5


def test_levels_lie_within_forty_decibels() -> None:
    peaks = [np.abs(at_a_level(np.random.default_rng(seed), white())).max() for seed in range(40)]
    assert max(peaks) <= 1
    assert min(peaks) >= 0.0099
    assert np.ptp(20 * np.log10(peaks)) > 20
