import numpy as np
import pytest

from mmhnet_cli.audio.true_peak import BLOCK_SAMPLES, TAPS, excerpt, interpolators, peaks, true_peak
from tests.audio.signals import RATE, ebu_3341_peak


def slow_true_peak(channel: np.ndarray, factor: int = 4) -> float:
    """The same kernels over the whole signal, nothing left out."""
    padded = np.concatenate([np.zeros(TAPS), channel, np.zeros(TAPS)])
    between = [np.abs(np.convolve(padded, kernel[::-1])).max() for kernel in interpolators(factor)]
    return max(np.abs(channel).max(), *between)


def decibel(value: float) -> float:
    return 20 * np.log10(value)


def test_quarter_rate_tone_between_samples() -> None:
    # All samples stand at 45 degrees, 3 dB below the crest of the wave.
    wave = 0.5 * np.sin(np.pi / 2 * np.arange(RATE) + np.pi / 4)
    wave *= np.minimum(1, np.minimum(np.arange(RATE), np.arange(RATE)[::-1]) / 1000)
    assert decibel(np.abs(wave).max()) == pytest.approx(-9.03, abs=0.01)
    assert decibel(true_peak(wave[None], RATE)) == pytest.approx(-6.02, abs=0.02)


@pytest.mark.parametrize("number", range(15, 24))
def test_ebu_tech_3341(number: int) -> None:
    expected = {19: 20 * np.log10(1.41)}.get(number, -6.0 if number < 19 else 0.0)
    measured = decibel(true_peak(ebu_3341_peak(number), RATE))
    assert expected - 0.4 <= measured <= expected + 0.2


@pytest.mark.parametrize("frequency", [50, 997, 5000, 11000, 15000, 18000])
def test_tones_up_to_the_edge(frequency: float) -> None:
    wave = 0.5 * np.sin(2 * np.pi * frequency * np.arange(RATE) / RATE + 0.3) * np.hanning(RATE)
    # Four values per sample miss a crest by at most 1 - cos(pi * f / 4 / rate).
    worst = decibel(np.cos(np.pi * frequency / 4 / RATE))
    assert decibel(0.5) + worst - 0.02 <= decibel(true_peak(wave[None], RATE)) <= decibel(0.5) + 0.02


def test_is_never_below_the_sample_peak() -> None:
    for seed in range(5):
        noise = np.random.default_rng(seed).normal(size=(2, 3000))
        assert true_peak(noise, RATE) >= np.abs(noise).max()


@pytest.mark.parametrize("length", [1, 5, TAPS, BLOCK_SAMPLES - 1, BLOCK_SAMPLES, 3 * BLOCK_SAMPLES + 17])
def test_equals_the_slow_way(length: int) -> None:
    random = np.random.default_rng(length)
    for signal in (random.normal(size=length), random.normal(size=length) ** 9, np.ones(length)):
        assert true_peak(signal[None], RATE) == pytest.approx(slow_true_peak(signal), rel=1e-12)


@pytest.mark.parametrize("position", [0, 1, BLOCK_SAMPLES - TAPS, BLOCK_SAMPLES - 1, BLOCK_SAMPLES, 2 * BLOCK_SAMPLES])
def test_no_gap_between_blocks(position: int) -> None:
    # The crest of this pair lies between two samples, wherever the blocks meet.
    signal = np.zeros(2 * BLOCK_SAMPLES + 2)
    signal[position : position + 2] = 0.5
    assert true_peak(signal[None], RATE) == pytest.approx(slow_true_peak(signal), rel=1e-12)
    assert true_peak(signal[None], RATE) > 0.6


def test_nothing_and_silence() -> None:
    assert true_peak(np.zeros((2, 0)), RATE) == 0
    assert true_peak(np.zeros((2, 1000)), RATE) == 0


def test_kernels_pass_a_constant() -> None:
    np.testing.assert_allclose(interpolators(4).sum(axis=1), 1, rtol=1e-12)
    assert interpolators(2).shape == (1, TAPS)


def test_oversampling_falls_with_the_rate() -> None:
    wave = 0.5 * np.sin(np.pi / 2 * np.arange(9600) + np.pi / 4) * np.hanning(9600)
    assert decibel(true_peak(wave[None], 96000)) == pytest.approx(-6.02, abs=0.02)


def test_peaks_sample_by_sample() -> None:
    samples = np.random.default_rng(2).normal(size=(2, 300))
    before = TAPS // 2 - 1
    found = peaks(excerpt(samples, -before, 300 + TAPS // 2), interpolators(4))
    padded = np.pad(samples, ((0, 0), (before, TAPS // 2)))
    for index in (0, 1, 150, 299):
        between = [abs(kernel @ channel[index : index + TAPS]) for kernel in interpolators(4) for channel in padded]
        assert found[index] == pytest.approx(max(*np.abs(samples[:, index]), *between), rel=1e-12)


def test_excerpts_reach_into_silence() -> None:
    samples = np.arange(1.0, 5.0)[None]
    np.testing.assert_array_equal(excerpt(samples, -2, 6), [[0, 0, 1, 2, 3, 4, 0, 0]])
    np.testing.assert_array_equal(excerpt(samples, 1, 3), [[2, 3]])
    assert not excerpt(samples, 9, 12).any()
    assert not excerpt(samples, -9, -3).any()
