"""Onsets of clicks whose times are known, and the arithmetic of matches."""

import numpy as np
import pytest

from mmhnet_cli.evaluation.onsets import Matches, OnsetConfig, detect_onsets, match_onsets

TIMES_S = np.array([0.3, 0.75, 1.1, 1.9, 2.4, 3.13])


def clicks(
    times_s: np.ndarray, sample_rate_hz: int = 44100, gains: np.ndarray | None = None, background: float = 0.0
) -> np.ndarray:
    """4 s with a decaying burst of noise at each time, over noise of level `background`."""
    rng = np.random.default_rng(0)
    sound = background * rng.standard_normal(4 * sample_rate_hz)
    envelope = np.exp(-np.arange(sample_rate_hz // 5) / (0.03 * sample_rate_hz))
    for time, gain in zip(times_s, np.ones(len(times_s)) if gains is None else gains, strict=True):
        first = round(time * sample_rate_hz)
        sound[first : first + len(envelope)] += 0.3 * gain * envelope * rng.standard_normal(len(envelope))
    return sound


@pytest.mark.parametrize("sample_rate_hz", [44100, 48000])
@pytest.mark.parametrize("background", [0.0, 1e-3])
def test_clicks_are_found_to_ten_milliseconds(sample_rate_hz: int, background: float) -> None:
    found = detect_onsets(clicks(TIMES_S, sample_rate_hz, background=background), sample_rate_hz)
    assert len(found) == len(TIMES_S)
    assert np.abs(found - TIMES_S).max() < 0.01


def test_level_changes_nothing() -> None:
    sound = clicks(TIMES_S)
    assert np.array_equal(detect_onsets(0.01 * sound, 44100), detect_onsets(sound, 44100))


def test_silence_has_no_onset_and_a_steady_sound_only_its_start() -> None:
    assert detect_onsets(np.zeros(44100), 44100).shape == (0,)
    steady = np.random.default_rng(1).standard_normal(3 * 44100)
    assert (detect_onsets(steady, 44100) < 0.05).all()


def test_the_second_part_of_a_sound_is_no_onset_of_its_own() -> None:
    times = np.array([0.5, 0.65, 2.0])
    gains = np.array([1.0, 0.2, 1.0])
    assert detect_onsets(clicks(times, gains=gains), 44100) == pytest.approx([0.5, 2.0], abs=0.01)
    free = OnsetConfig(masked_s=0.0)
    assert detect_onsets(clicks(times, gains=gains), 44100, free) == pytest.approx(times, abs=0.01)


def test_what_is_far_below_the_loudest_is_not_heard() -> None:
    gains = np.array([1.0, 1e-3, 1.0, 1.0, 1.0, 1.0])
    found = detect_onsets(clicks(TIMES_S, gains=gains), 44100)
    assert found == pytest.approx(np.delete(TIMES_S, 1), abs=0.01)


def test_f1() -> None:
    assert Matches(6, 2, 4).f1 == pytest.approx(2 * (6 / 10) * (6 / 8) / (6 / 10 + 6 / 8))
    assert Matches(3, 0, 0).f1 == 1
    assert Matches(0, 3, 2).f1 == 0
    assert Matches().f1 == 1
    assert Matches(1, 2, 3) + Matches(10, 20, 30) == Matches(11, 22, 33)


def test_matches_are_one_to_one_and_nearest_first() -> None:
    assert match_onsets(np.array([1.0, 2.0]), np.array([1.02, 2.03])) == Matches(2, 0, 0)
    # Two onsets around one event, two events around one onset.
    assert match_onsets(np.array([0.98, 1.01]), np.array([1.0])) == Matches(1, 0, 1)
    assert match_onsets(np.array([1.0]), np.array([0.98, 1.01])) == Matches(1, 1, 0)
    # An onset whose nearest event is taken goes to the next one.
    assert match_onsets(np.array([1.0, 1.03]), np.array([1.0, 1.08])) == Matches(2, 0, 0)
    # The nearest pair is 1.04 with 1.05; what is left, 1.0 and 1.1, is too far apart.
    assert match_onsets(np.array([1.0, 1.05]), np.array([1.04, 1.1])) == Matches(1, 1, 1)


def test_matches_end_at_the_tolerance() -> None:
    assert match_onsets(np.array([1.0]), np.array([1.059])) == Matches(1, 0, 0)
    assert match_onsets(np.array([1.0]), np.array([1.061])) == Matches(0, 1, 1)
    assert match_onsets(np.array([1.0]), np.array([1.03]), tolerance_s=0.02) == Matches(0, 1, 1)


def test_nothing_found_and_nothing_true() -> None:
    none = np.zeros(0)
    assert match_onsets(none, none) == Matches()
    assert match_onsets(none, TIMES_S) == Matches(0, 6, 0)
    assert match_onsets(TIMES_S, none) == Matches(0, 0, 6)
