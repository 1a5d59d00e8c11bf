import numpy as np
import pytest

from mmhnet_cli.audio.loudness import HOPS_PER_S
from mmhnet_cli.audio.mixing import NONE_LU, RAMP_HOPS, WAIT_HOPS, duck_and_mix, duck_depth

RATE_HZ = 48000
DUCK_DB = 12.0
LOWERED = 10 ** (-DUCK_DB / 20)


def tone(seconds: float, level: float = 0.1) -> np.ndarray:
    return level * np.sin(2 * np.pi * 1000 * np.arange(round(seconds * RATE_HZ)) / RATE_HZ)


def word(level: float = 0.1) -> np.ndarray:
    """Silence, a second of tone from the second second on, silence: (1, 5 s)."""
    samples = np.zeros((1, 5 * RATE_HZ))
    samples[0, 2 * RATE_HZ : 3 * RATE_HZ] = tone(1, level)
    return samples


def gain(original: np.ndarray, duck_db: float = DUCK_DB) -> np.ndarray:
    """What is left of a generated sound of ones: its gain."""
    return (duck_and_mix(original, np.ones_like(original), RATE_HZ, duck_db=duck_db) - original)[0]


def test_silence_lowers_nothing() -> None:
    generated = np.random.default_rng(0).normal(size=(2, RATE_HZ)).astype(np.float32)
    np.testing.assert_array_equal(duck_and_mix(np.zeros((2, RATE_HZ)), generated, RATE_HZ), generated)


def test_no_ducking_is_the_sum() -> None:
    original, generated = np.random.default_rng(0).normal(size=(2, 2, RATE_HZ)).astype(np.float32)
    mixed = duck_and_mix(original, generated, RATE_HZ, duck_db=0)
    assert mixed.dtype == np.float32
    np.testing.assert_allclose(mixed, original + generated, atol=1e-6)


def test_own_sound_is_never_lowered() -> None:
    original = word()
    np.testing.assert_array_equal(duck_and_mix(original, 0 * original, RATE_HZ), original.astype(np.float32))


def test_even_sound_lowers_evenly() -> None:
    np.testing.assert_allclose(gain(tone(3)[None]), LOWERED, rtol=1e-5)


def test_lowered_from_the_first_to_the_last_sample_of_a_word() -> None:
    lowered = gain(word())
    np.testing.assert_allclose(lowered[2 * RATE_HZ : 3 * RATE_HZ], LOWERED, rtol=1e-5)
    ramp, wait = (hops * RATE_HZ // HOPS_PER_S for hops in (RAMP_HOPS, WAIT_HOPS))
    # The filter that measures loudness rings for some hops.
    hop = RATE_HZ // HOPS_PER_S
    np.testing.assert_array_equal(lowered[: 2 * RATE_HZ - ramp - 2 * hop], 1)
    np.testing.assert_allclose(lowered[3 * RATE_HZ + wait + ramp + 5 * hop :], 1)


def test_ramps_are_smooth() -> None:
    lowered_db = 20 * np.log10(gain(word()))
    assert (np.diff(lowered_db[: 2 * RATE_HZ]) <= 1e-6).all()
    # The steepest place of a ramp of half a cosine.
    steepest = np.pi / 2 * DUCK_DB / (RAMP_HOPS * RATE_HZ / HOPS_PER_S)
    assert np.abs(np.diff(lowered_db)).max() < 1.3 * steepest


def test_pause_between_words_keeps_the_level() -> None:
    samples = np.zeros((1, 3 * RATE_HZ))
    for begin in (0.5, 0.9, 1.3):
        samples[0, round(begin * RATE_HZ) :][: RATE_HZ // 4] = tone(0.25)
    lowered = gain(samples)
    np.testing.assert_allclose(lowered[RATE_HZ // 2 : round(1.55 * RATE_HZ)], LOWERED, rtol=1e-5)


@pytest.mark.parametrize("level", [0.003, 0.1, 0.9])
def test_depth_does_not_depend_on_the_level(level: float) -> None:
    np.testing.assert_allclose(duck_depth(word(level), RATE_HZ), duck_depth(word(0.05), RATE_HZ), atol=1e-9)


@pytest.mark.parametrize(("below_lu", "depth"), [(19, 1.0), (25, 0.75), (30, 0.5), (41, 0.0)])
def test_words_within_20_lu_lower_fully_and_rooms_40_lu_below_not_at_all(below_lu: float, depth: float) -> None:
    samples = np.concatenate([tone(1), tone(2, 0.1 * 10 ** (-below_lu / 20))])[None]
    assert duck_depth(samples, RATE_HZ)[-HOPS_PER_S // 2] == pytest.approx(depth, abs=0.02)


def test_noise_of_the_room_lowers_nothing() -> None:
    room = np.random.default_rng(0).normal(size=(1, 5 * RATE_HZ)) * 0.1 * 10 ** (-(NONE_LU + 10) / 20)
    np.testing.assert_allclose(duck_depth(word() + room, RATE_HZ), duck_depth(word(), RATE_HZ), atol=1e-3)


@pytest.mark.parametrize(("own", "new"), [(1, 1), (1, 2), (2, 1), (2, 2)])
def test_one_channel_is_laid_on_both_sides(own: int, new: int) -> None:
    left, right = np.random.default_rng(0).normal(size=(2, 1, 1000))
    original, generated = np.repeat(left, own, axis=0), np.repeat(right, new, axis=0)
    mixed = duck_and_mix(original, generated, RATE_HZ, duck_db=0)
    np.testing.assert_allclose(mixed, np.repeat(left + right, max(own, new), axis=0), atol=1e-6)


@pytest.mark.parametrize("length", [0, 1, 479, 480, 19199])
def test_short_sound(length: int) -> None:
    samples = np.full((1, length), 0.5)
    np.testing.assert_allclose(duck_and_mix(samples, samples, RATE_HZ), 2 * samples)


def test_unequal_lengths() -> None:
    with pytest.raises(ValueError, match="10 and 11"):
        duck_and_mix(np.zeros((1, 10)), np.zeros((1, 11)), RATE_HZ)
