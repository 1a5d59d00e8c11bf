"""Seams of sounds whose joins are known."""

import numpy as np
import pytest

from mmhnet_cli.evaluation.seams import edge_ratio, seam_ratio, spectral_flux

EDGES_S = np.array([1.37, 2.81, 4.05, 5.5, 7.93])


def hiss(sample_rate_hz: int = 44100, seed: int = 0) -> np.ndarray:
    """9 s of white noise."""
    return 0.1 * np.random.default_rng(seed).standard_normal(9 * sample_rate_hz)


def with_steps(sound: np.ndarray, sample_rate_hz: int, gain_db: float) -> np.ndarray:
    """The sound, louder by `gain_db` between every other pair of edges."""
    time = np.arange(len(sound)) / sample_rate_hz
    louder = np.searchsorted(EDGES_S, time, side="right") % 2 == 1
    return sound * np.where(louder, 10 ** (gain_db / 20), 1.0)


@pytest.mark.parametrize("sample_rate_hz", [16000, 44100, 48000])
def test_a_steady_sound_has_no_seam(sample_rate_hz: int) -> None:
    edges_s = np.arange(0.5, 8.6, 0.4)
    for seed in range(3):
        ratio = seam_ratio(hiss(sample_rate_hz, seed), sample_rate_hz, edges_s)
        assert ratio.median == pytest.approx(1, abs=0.12)
        assert ratio.largest < 1.3


@pytest.mark.parametrize("sample_rate_hz", [16000, 44100, 48000])
def test_steps_of_level_are_seams_whichever_way_they_go(sample_rate_hz: int) -> None:
    sound = with_steps(hiss(sample_rate_hz), sample_rate_hz, 12.0)
    assert seam_ratio(sound, sample_rate_hz, EDGES_S).median > 3
    assert seam_ratio(sound, sample_rate_hz, EDGES_S[::2]).median > 3
    assert seam_ratio(sound, sample_rate_hz, EDGES_S[1::2]).median > 3
    # Elsewhere there is none: the same sound, asked at other times.
    assert seam_ratio(sound, sample_rate_hz, EDGES_S - 0.6).median < 1.1


def test_a_larger_step_is_a_larger_seam() -> None:
    ratios = [seam_ratio(with_steps(hiss(), 44100, gain), 44100, EDGES_S).median for gain in (0.0, 6.0, 12.0, 24.0)]
    assert ratios == sorted(ratios)
    assert ratios[0] < 1.2
    assert ratios[1] > 2


def test_a_change_of_colour_is_a_seam_though_the_level_stays() -> None:
    sound = hiss()
    smooth = np.convolve(sound, np.ones(16) / 4, mode="same")
    time = np.arange(len(sound)) / 44100
    changing = np.where(np.searchsorted(EDGES_S, time) % 2 == 1, smooth, sound)
    assert changing[:44100].std() == pytest.approx(changing[2 * 44100 : 2 * 44100 + 22050].std(), rel=0.05)
    assert seam_ratio(changing, 44100, EDGES_S).median > 1.5


def test_a_slow_change_is_no_seam() -> None:
    sound = hiss() * 10 ** (np.sin(np.linspace(0, 6, 9 * 44100)) * 12 / 20)
    assert seam_ratio(sound, 44100, EDGES_S).median < 1.15


def test_level_of_the_whole_changes_nothing() -> None:
    sound = with_steps(hiss(), 44100, 6.0)
    quiet, loud = seam_ratio(1e-3 * sound, 44100, EDGES_S), seam_ratio(sound, 44100, EDGES_S)
    assert quiet.median == pytest.approx(loud.median, rel=1e-6)


def test_silence_has_no_seam() -> None:
    ratio = seam_ratio(np.zeros(9 * 44100), 44100, EDGES_S)
    assert (ratio.median, ratio.largest) == (1.0, 1.0)


def test_the_flux_of_a_step_is_its_height_and_lies_where_it_is() -> None:
    time = np.arange(3 * 44100) / 44100
    # Clicks at every hop of 10 ms: each stretch of 40 ms holds the same.
    sound = np.where(np.arange(len(time)) % 441 == 0, 1.0, 0.0) * np.where(time < 1.5, 1.0, 10 ** (10 / 20))
    times_s, flux = spectral_flux(sound, 44100)
    assert flux.max() == pytest.approx(10, abs=0.4)
    assert times_s[flux.argmax()] == pytest.approx(1.5, abs=0.021)
    assert flux[np.abs(times_s - 1.5) > 0.045].max() < 0.01


def test_edges_are_weighed_by_medians_and_largest() -> None:
    flux, times = np.ones(100), np.arange(100.0)
    flux[[20, 40, 60]] = 2.0, 3.0, 10.0
    flux[90] = 4.0
    edges = np.array([20.0, 41.0, 60.0])
    ratio = edge_ratio(flux, times, edges, 1.0)
    assert (ratio.median, ratio.largest) == (pytest.approx(3), pytest.approx(10 / 4))
    missed = edge_ratio(flux, times, edges + 5, 1.0)
    assert (missed.median, missed.largest) == (pytest.approx(1), pytest.approx(0.1))


def test_edges_outside_the_sound_are_left_out() -> None:
    flux, times = np.ones(100), np.arange(100.0)
    flux[20] = 5.0
    inside, more = np.array([20.0]), np.array([-7.0, 20.0, 130.0])
    assert edge_ratio(flux, times, more, 1.0) == edge_ratio(flux, times, inside, 1.0)


def test_nothing_to_compare_is_refused() -> None:
    flux, times = np.ones(100), np.arange(100.0)
    with pytest.raises(ValueError, match="0 edges"):
        edge_ratio(flux, times, np.array([200.0]), 1.0)
    with pytest.raises(ValueError, match="0 other times"):
        edge_ratio(flux, times, np.arange(0.0, 100.0, 2.0), 1.0)
