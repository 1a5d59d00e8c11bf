"""Measures of what a listener notices, on sounds whose answer is known."""

import numpy as np
import pytest

from benchmarks.evaluation.ears import (
    decay_time_s,
    early_db,
    leaping_share,
    level_in_silence_dbfs,
    pitch_error_cents,
    pitch_track_hz,
    stripes,
)

RATE = 44100


def tone(hertz: float, seconds: float = 2.0) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)


def noise(seconds: float, seed: int = 0) -> np.ndarray:
    return 0.1 * np.random.default_rng(seed).standard_normal(round(seconds * RATE))


@pytest.mark.parametrize("hertz", [440.0, 1234.5, 5000.0])
def test_pitch_of_a_tone(hertz: float) -> None:
    track = pitch_track_hz(tone(hertz))[2:-2]
    assert 1200 * np.abs(np.log2(track / hertz)).max() < 3


@pytest.mark.parametrize("hertz", [440.0, 1000.0, 3000.0])
@pytest.mark.parametrize("cents", [-30, 0, 30])
def test_a_detuned_tone_is_off_by_its_cents(hertz: float, cents: int) -> None:
    error = pitch_error_cents(tone(hertz * 2 ** (cents / 1200)), tone(hertz))
    assert len(error) > 80
    assert error == pytest.approx(np.full(len(error), abs(cents)), abs=3)


def test_pitch_counts_only_where_the_true_sound_is_loud() -> None:
    true = np.concatenate([tone(1000.0), 0.01 * tone(1000.0)])
    wrong = np.concatenate([tone(1000.0), tone(2000.0)])
    error = pitch_error_cents(wrong, true)
    assert len(error) < 100
    assert np.median(error) < 1
    # The other way round the second half is loud, and an octave off.
    assert pitch_error_cents(true, wrong)[-10] == pytest.approx(1200, abs=1)


@pytest.mark.parametrize("t60_s", [0.3, 0.8, 2.0])
@pytest.mark.parametrize("floor", [0.0, 1e-3])
def test_decay_time_of_an_exponential(t60_s: float, floor: float) -> None:
    time = np.arange(2 * RATE) / RATE
    sound = 1e-2 * floor * noise(2.5)
    sound[RATE // 2 :] += 0.5 * 10 ** (-3 * time / t60_s) * np.sin(2 * np.pi * 700 * time)
    assert decay_time_s(sound, 0.5, 1.9) == pytest.approx(t60_s, rel=0.03)


def test_decay_ends_where_the_next_onset_begins() -> None:
    time = np.arange(RATE) / RATE
    ring = 0.5 * 10 ** (-3 * time / 0.5) * np.sin(2 * np.pi * 700 * time)
    sound = np.concatenate([ring[: RATE * 3 // 10], ring])
    assert decay_time_s(sound, 0.0, 0.28) == pytest.approx(0.5, rel=0.03)


def test_what_does_not_fall_has_no_decay_time() -> None:
    assert np.isnan(decay_time_s(tone(500.0), 0.1, 1.0))
    assert np.isnan(decay_time_s(np.zeros(RATE), 0.1, 0.5))


def test_stripes_show_a_comb_in_noise() -> None:
    smooth = noise(6.0)
    comb = smooth.copy()
    comb[256:] += 0.9 * smooth[:-256]
    assert stripes(smooth) < 0.06
    assert stripes(comb) > 5 * stripes(smooth)
    assert stripes(0.1 * comb) == pytest.approx(stripes(comb), rel=1e-3)


def test_level_in_silence_is_the_loudest_block_of_it() -> None:
    true = np.concatenate([noise(1.0), np.zeros(3 * RATE)])
    sound = true.copy()
    sound[2 * RATE : 2 * RATE + 4410] += 0.01
    assert level_in_silence_dbfs(sound, true) == pytest.approx(-40, abs=1e-3)
    assert level_in_silence_dbfs(true, true) == pytest.approx(-180)


def test_a_tail_within_the_margin_is_not_counted() -> None:
    true = np.concatenate([noise(1.0), np.zeros(RATE)])
    sound = true.copy()
    sound[RATE : RATE + RATE // 20] += 0.1
    assert level_in_silence_dbfs(sound, true) == pytest.approx(-180)
    assert level_in_silence_dbfs(sound, true, margin_s=0.0) == pytest.approx(-20, abs=0.1)


def test_without_silence_there_is_no_level() -> None:
    assert level_in_silence_dbfs(noise(1.0), noise(1.0, seed=1)) == float("-inf")


def test_a_steady_tone_never_leaps_and_an_octave_every_half_second_does() -> None:
    steady = tone(440.0, 4.0)
    assert leaping_share(steady, steady) == 0
    jumping = np.concatenate([tone(hertz, 0.5) for hertz in [440.0, 880.0] * 4])
    # Seven leaps in 172 frames.
    assert leaping_share(jumping, steady) == pytest.approx(7 / 172, abs=2 / 172)
    assert leaping_share(jumping, steady, semitones=13) == 0


def test_leaps_count_only_where_the_true_sound_is_loud() -> None:
    true = np.concatenate([tone(440.0), 1e-3 * tone(440.0)])
    sound = np.concatenate([tone(440.0), noise(2.0)])
    assert leaping_share(sound, true) < 0.05


@pytest.mark.parametrize("early", [0.0, 0.1, 1.0])
def test_what_sounds_before_a_blow_is_measured_beside_the_blow(early: float) -> None:
    sound = np.zeros(2 * RATE)
    for onset in (0.5, 1.2):
        first = round(onset * RATE)
        sound[first : first + 2646] = tone(1000.0)[:2646]
        sound[first - 1764 : first] = early * tone(1000.0)[:1764]
    expected = 20 * np.log10(early) if early else -110.0
    assert early_db(sound, np.array([0.5, 1.2])) == pytest.approx(expected, abs=1.0)
