"""Mixing by levels, against the same done with samples."""

import numpy as np
import pytest
import torch
from scipy.signal import fftconvolve

from mmhnet_cli.codec.deep import DeepConfig
from mmhnet_cli.codec.mel import LogMel, MelConfig
from mmhnet_cli.training.mixing import ROOM_DB, SIZES, Bins, Place, mixed, placed

BINS = Bins(MelConfig(), DeepConfig())
RATE = BINS.mel.sample_rate_hz


def levels(sound: np.ndarray) -> np.ndarray:
    given = torch.from_numpy(sound.astype(np.float32))[None]
    fronts = (LogMel(BINS.mel), LogMel(DeepConfig().front_end(BINS.mel)))
    return torch.cat([front(given)[0] for front in fronts]).numpy()


def burst(seed: int, first: int, last: int, count: int = 2 * RATE) -> np.ndarray:
    sound = np.zeros(count)
    sound[first:last] = 0.05 * np.random.default_rng(seed).standard_normal(last - first)
    return sound


def test_levels_of_a_sum_are_those_of_the_summed_sounds() -> None:
    one, other = burst(0, 0, 2 * RATE), burst(1, RATE // 2, RATE)
    together = mixed([levels(one), levels(other)], BINS)
    assert np.abs(together - levels(one + other)).mean() < 0.15
    assert mixed([together], BINS) is together
    silence = np.full_like(together, BINS.floor)
    np.testing.assert_allclose(mixed([together, silence], BINS), together, rtol=0, atol=1e-4)


def test_near_and_dry_is_the_sound_itself() -> None:
    sound = levels(burst(0, 0, RATE))
    np.testing.assert_allclose(placed(sound, Place(), BINS), sound, rtol=0, atol=1e-6)
    assert placed(sound, Place(gain=0.5), BINS).max() == pytest.approx(sound.max() + np.log(0.5), abs=1e-5)


def test_far_is_softer_and_duller() -> None:
    sound = levels(burst(0, 0, 2 * RATE))
    lost = (sound - placed(sound, Place(distance=0.5), BINS)).mean(1)
    assert lost[10] == pytest.approx(11 * np.log(10) / 20, abs=1e-3)
    assert lost[127] > lost[80] > lost[10]


def test_a_room_rings_as_long_as_its_time() -> None:
    """The tail against one of samples: noise under a falling envelope, whose energy is ROOM_DB that of the sound's."""
    t60, low = 1.0, slice(8, 20)
    sound = burst(0, 0, RATE // 20, 3 * RATE)
    ring = placed(levels(sound), Place(room_s=t60), BINS)
    tail = ring[low, 20:120].mean(0)
    per_frame = np.polyfit(np.arange(len(tail)), tail, 1)[0]
    assert per_frame * 20 / np.log(10) / BINS.hop_s == pytest.approx(-60 / t60, rel=0.3)
    rng = np.random.default_rng(1)
    room = rng.standard_normal(2 * RATE) * 10 ** (-3 * np.arange(2 * RATE) / RATE / t60)
    room *= 10 ** (ROOM_DB / 20) / np.sqrt((room**2).sum())
    true = levels(sound + fftconvolve(sound, room)[: len(sound)])
    assert np.abs(tail - true[low, 20:120].mean(0)).mean() < 0.5


def test_larger_is_lower() -> None:
    tone = 0.1 * np.sin(2 * np.pi * 2000 * np.arange(RATE) / RATE)
    for size in (SIZES[2], SIZES[-2]):
        moved = placed(levels(tone), Place(size=size), BINS)[:128]
        at = 0.1 * np.sin(2 * np.pi * 2000 / size * np.arange(RATE) / RATE)
        assert abs(int(moved[:, 40].argmax()) - int(levels(at)[:128, 40].argmax())) <= 1
