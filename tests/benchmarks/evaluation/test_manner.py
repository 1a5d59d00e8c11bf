"""Measures of manner on signals whose answer is known."""

import numpy as np
import pytest

from benchmarks.evaluation.manner import (
    brightness_octaves,
    effect,
    level_db,
    onsets_per_s,
    pauses_db,
    pitch_octaves,
)

SECONDS = np.arange(4 * 44100) / 44100


def tone(hertz: float) -> np.ndarray:
    return 0.3 * np.sin(2 * np.pi * hertz * SECONDS)


@pytest.mark.parametrize(("amplitude", "expected"), [(1.0, -3.01), (0.1, -23.01), (0.0, -120.0)])
def test_levels(amplitude: float, expected: float) -> None:
    assert level_db(amplitude * np.sin(2 * np.pi * 441 * SECONDS)) == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("hertz", [250.0, 1000.0, 8000.0])
def test_a_tone_is_as_bright_as_it_is_high(hertz: float) -> None:
    octaves = np.log2(hertz / 1000)
    assert pitch_octaves(tone(hertz)) == pytest.approx(octaves, abs=0.01)
    assert brightness_octaves(tone(hertz)) == pytest.approx(octaves, abs=0.05)


def test_brightness_lies_between_two_tones() -> None:
    assert brightness_octaves(tone(500) + tone(2000)) == pytest.approx(0, abs=0.05)


def test_pitch_is_that_of_loud_moments() -> None:
    quiet = tone(3000)
    quiet[: 44100 * 2] *= 1e-3
    quiet[44100 * 2 :] = tone(440)[44100 * 2 :]
    assert pitch_octaves(quiet) == pytest.approx(np.log2(0.44), abs=0.02)


@pytest.mark.parametrize("rate", [1, 2, 4])
def test_clicks_are_counted(rate: int) -> None:
    noise = np.random.default_rng(0).normal(0, 0.3, len(SECONDS))
    clicks = noise * np.exp(-60 * ((SECONDS + 0.5 / rate) % (1 / rate)))
    assert onsets_per_s(clicks) == pytest.approx(rate, abs=0.26)


@pytest.mark.parametrize("quiet", [0.5, 0.1, 0.001])
def test_pauses_have_the_level_that_they_have(quiet: float) -> None:
    # Half of the time is loud, and 20 ms hold whole periods.
    sound = tone(500) * np.where(SECONDS % 1 < 0.5, 1, quiet)
    assert pauses_db(sound) == pytest.approx(20 * np.log10(quiet), abs=0.1)


def test_silence_has_pauses_of_no_level() -> None:
    assert pauses_db(np.zeros(44100)) == -80


def test_effects_are_in_deviations() -> None:
    low, high = np.array([0.0, 1.0, 2.0]), np.array([3.0, 4.0, 5.0])
    assert effect(low, high) == 3.0 and effect(high, low) == -3.0
    assert effect(np.ones(3), np.ones(3)) == 0.0 and effect(np.ones(3), np.zeros(3)) == -np.inf
