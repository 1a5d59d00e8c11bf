import numpy as np
import pytest

from mmhnet_cli.audio.level import (
    MAX_LIMITING_DB,
    MAX_MAKE_UP_DB,
    PEAK_MARGIN_DB,
    GainDecision,
    Stretches,
    level_to_target,
)
from mmhnet_cli.audio.limiter import AIM_DB, limiter_gain
from mmhnet_cli.audio.loudness import Loudness, hop_energies, measure
from mmhnet_cli.options import LOUDNESS_TARGETS, LoudnessTarget
from tests.audio.signals import RATE, impacts, noise, sequence, tone

NETFLIX = LOUDNESS_TARGETS["netflix-effects"]


def levelled(samples: np.ndarray, target: LoudnessTarget) -> tuple[GainDecision, np.ndarray | None, Loudness]:
    """What is decided, and the loudness of the result."""
    samples = samples.astype(np.float32)
    gain, curve = level_to_target(samples, RATE, measure(samples, RATE), target)
    result = samples * np.float32(10 ** (gain.gain_db / 20)) * (1 if curve is None else curve)
    return gain, curve, measure(result, RATE)


def with_peak(level_dbfs: float, peak_dbfs: float) -> np.ndarray:
    """A tone with one sample that stands out."""
    samples = tone(level_dbfs, 5)
    samples[:, 2 * RATE] = 10 ** (peak_dbfs / 20)
    return samples


@pytest.mark.parametrize(
    ("samples", "target", "gain_db", "why", "short_db"),
    [
        pytest.param(tone(-30, 5), LoudnessTarget(-23, -1), 7, "loudness", 0, id="up"),
        pytest.param(tone(-10, 5), LoudnessTarget(-23, -1), -13, "loudness", 0, id="down"),
        pytest.param(tone(-60, 5), LoudnessTarget(-23, -1), MAX_MAKE_UP_DB, "cap", 17, id="too quiet"),
        pytest.param(tone(-30, 5), LoudnessTarget(None, -1), 0, "off", 0, id="off"),
        pytest.param(tone(2, 5), LoudnessTarget(None, -1), -3.2, "true_peak", 0, id="off, but above the ceiling"),
        pytest.param(tone(-30, 0.3), LoudnessTarget(-23, -1), 0, "too_short", 0, id="too short"),
        pytest.param(np.zeros((2, RATE)), LoudnessTarget(-23, -1), 0, "silence", 0, id="silence"),
        pytest.param(tone(-75, 5), LoudnessTarget(-23, -1), 0, "silence", 0, id="nearly silence"),
        pytest.param(np.zeros((1, 0)), LoudnessTarget(-23, -1), 0, "silence", 0, id="nothing"),
    ],
)
def test_gain_alone(samples: np.ndarray, target: LoudnessTarget, gain_db: float, why: str, short_db: float) -> None:
    gain, curve, _ = levelled(samples, target)
    assert curve is None
    assert (gain.gain_db, gain.short_db) == (pytest.approx(gain_db, abs=0.05), pytest.approx(short_db, abs=0.05))
    assert gain.limited_by == why
    assert (gain.max_reduction_db, gain.limited_share) == (0, 0)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in LOUDNESS_TARGETS if name != "off"])
@pytest.mark.parametrize(
    "samples", [tone(-30, 5), impacts(8, 16, 0.04), impacts(8, 60, 0.04)], ids=["tone", "sparse", "dense"]
)
def test_presets_are_met(name: str, samples: np.ndarray) -> None:
    target = LOUDNESS_TARGETS[name]
    assert target.integrated_lufs is not None
    gain, _, after = levelled(samples, target)
    assert gain.limited_by == "loudness"
    assert after.integrated_lufs == pytest.approx(target.integrated_lufs, abs=0.1)
    assert after.true_peak_dbtp is not None
    assert after.true_peak_dbtp <= target.true_peak_dbtp - PEAK_MARGIN_DB + 1e-5


@pytest.mark.slow
def test_limiter_makes_up_for_what_it_takes() -> None:
    samples = impacts(8, 16, 0.04)
    gain, curve, after = levelled(samples, LoudnessTarget(-14, -1))
    wanted_db = -14 - measure(samples, RATE).integrated_lufs
    assert curve is not None
    assert gain.gain_db > wanted_db + 0.2
    assert gain.max_reduction_db == pytest.approx(-20 * np.log10(curve.lowest))
    assert 1 < gain.max_reduction_db < MAX_LIMITING_DB
    assert gain.limited_share == np.mean(curve[:] < 1)
    assert after.integrated_lufs == pytest.approx(-14, abs=0.1)
    assert after.true_peak_dbtp == pytest.approx(-1.2, abs=2 * AIM_DB)


@pytest.mark.slow
def test_far_from_its_peak_the_sound_is_only_amplified() -> None:
    """A peak 3 dB too high: 100 ms away from it every sample is the sample times one number."""
    samples = with_peak(-26, -3.8 - 0.4).astype(np.float32)
    gain, curve, _ = levelled(samples, LoudnessTarget(-19, -1))
    assert curve is not None
    assert gain.max_reduction_db == pytest.approx(3 + 1, abs=0.3)
    away = np.abs(np.arange(samples.shape[1]) - 2 * RATE) > RATE // 10
    factor = np.float32(10 ** (gain.gain_db / 20))
    np.testing.assert_array_equal((samples * factor * curve)[:, away], (samples * factor)[:, away])
    assert gain.limited_share < 0.02


def test_what_the_limiter_cannot_reach_is_said() -> None:
    gain, curve, after = levelled(noise(0.1, 5), LoudnessTarget(-7, -1))
    assert curve is not None
    assert gain.limited_by == "true_peak"
    assert gain.max_reduction_db == pytest.approx(MAX_LIMITING_DB, abs=2 * AIM_DB)
    assert gain.short_db == pytest.approx(-7 - after.integrated_lufs, abs=0.01)
    assert gain.short_db > 1


def test_hits_that_are_the_loudness_are_left_alone() -> None:
    """Lowering them lowers the loudness as fast as the gain raises it."""
    samples = np.zeros((1, 5 * RATE))
    samples[0, RATE // 2 :: RATE] = 0.5
    gain, curve, after = levelled(samples, LoudnessTarget(-14, -1))
    assert curve is None
    assert gain.limited_by == "true_peak"
    assert after.true_peak_dbtp == pytest.approx(-1.2, abs=0.01)
    assert gain.short_db == pytest.approx(-14 - after.integrated_lufs, abs=0.01)


def test_gates_are_taken_into_account() -> None:
    """Louder by 17 dB, the quiet part counts, which did not before: the gain is not just the difference."""
    samples = sequence((-80, 20), (-46, 2))
    gain, _, after = levelled(samples, LoudnessTarget(-30, -1))
    assert after.integrated_lufs == pytest.approx(-30, abs=0.1)
    quiet = levelled(
        0.01 * noise(0.1, 10) + np.pad(noise(0.02, 1), ((0, 0), (4 * RATE, 5 * RATE))), LoudnessTarget(-30, -1)
    )
    assert quiet[2].integrated_lufs == pytest.approx(-30, abs=0.1)
    assert gain.limited_by == quiet[0].limited_by == "loudness"


@pytest.mark.slow
def test_short_term_rule_lowers_the_gain() -> None:
    """R 128 s1: 10 LU between loud and quiet would leave the loud part above -18 LUFS."""
    samples = sequence((-30, 10), (-16, 4), (-30, 10))
    plain, _, loud = levelled(samples, LOUDNESS_TARGETS["ebu"])
    assert plain.limited_by == "loudness"
    assert loud.short_term_max_lufs > -18
    gain, curve, after = levelled(samples, LOUDNESS_TARGETS["ebu-short"])
    assert curve is None
    assert gain.limited_by == "short_term"
    assert after.short_term_max_lufs == pytest.approx(-18, abs=0.05)
    assert gain.short_db == pytest.approx(-23 - after.integrated_lufs, abs=0.01)


@pytest.mark.slow
def test_only_the_measured_part_counts_for_the_loudness() -> None:
    """As with handles: loud before and after the cut, yet not above the ceiling there either."""
    samples = np.concatenate([tone(-3, 2), tone(-30, 5), tone(-3, 2)], axis=1)
    part = slice(2 * RATE, 7 * RATE)
    before = measure(samples[:, part], RATE)
    whole = Loudness(**{**vars(before), "true_peak_dbtp": measure(samples, RATE).true_peak_dbtp})
    gain, curve = level_to_target(samples, RATE, whole, LoudnessTarget(-23, -1), part)
    assert curve is not None
    assert gain.gain_db == pytest.approx(7, abs=0.1)
    after = samples * 10 ** (gain.gain_db / 20) * curve
    assert measure(after[:, part], RATE).integrated_lufs == pytest.approx(-23, abs=0.1)
    assert measure(after, RATE).true_peak_dbtp <= -1.2


@pytest.mark.parametrize("seed", range(6))
def test_any_sound_meets_its_target_or_says_by_how_much_not(seed: int) -> None:
    random = np.random.default_rng(seed)
    samples = impacts(
        6, int(random.integers(1, 40)), 10 ** random.uniform(-4, -1.5), 10 ** random.uniform(-2.5, -1), seed
    )
    samples[:, : 2 * RATE] *= 10 ** random.uniform(-2, 0)
    target = LoudnessTarget(random.uniform(-30, -10), -1)
    gain, _, after = levelled(samples, target)
    assert after.integrated_lufs == pytest.approx(target.integrated_lufs - gain.short_db, abs=0.1)
    assert after.true_peak_dbtp <= target.true_peak_dbtp - PEAK_MARGIN_DB + 1e-5


@pytest.mark.slow
def test_stems_sum_to_the_mix() -> None:
    stems = [impacts(5, 30, 0.02, seed=seed).astype(np.float32) for seed in range(3)]
    mix = np.sum(stems, axis=0)
    gain, curve = level_to_target(mix, RATE, measure(mix, RATE), LoudnessTarget(-14, -1))
    assert curve is not None
    factor = np.float32(10 ** (gain.gain_db / 20))
    rest = mix * factor * curve - np.sum([stem * factor * curve for stem in stems], axis=0)
    assert 20 * np.log10(np.abs(rest).max()) < -120


def test_netflix_is_the_target_for_effects_only() -> None:
    assert (NETFLIX.integrated_lufs, NETFLIX.true_peak_dbtp, NETFLIX.tolerance_lu) == (-24, -2, 2)
    assert "netflix" not in LOUDNESS_TARGETS


def test_curve_is_that_of_the_limiter() -> None:
    samples = impacts(5, 30, 0.04).astype(np.float32)
    gain, curve = level_to_target(samples, RATE, measure(samples, RATE), LoudnessTarget(-16, -1))
    amplified = samples * np.float32(10 ** (gain.gain_db / 20))
    np.testing.assert_allclose(curve[:], limiter_gain(amplified, RATE, -1.2)[:], rtol=1e-4)


@pytest.mark.slow
def test_stretches_keep_their_distances_where_the_limiter_would_level_them() -> None:
    """A quiet bed and a peaky blast, which a limiter alone would bring nearer to each other."""
    rng = np.random.default_rng(5)
    bed, blast = np.zeros((1, 8 * RATE)), np.zeros((1, 8 * RATE))
    bed[:, : 4 * RATE] = 0.003 * rng.standard_normal(4 * RATE)
    time = np.arange(2 * RATE) / RATE
    blast[:, 5 * RATE : 7 * RATE] = 0.3 * rng.standard_normal(2 * RATE) * np.exp(-6 * time)
    mix, target = (bed + blast).astype(np.float32), LoudnessTarget(-14.0, -1.0)
    apart = [(0, hop_energies(bed, RATE)[:400]), (500, hop_energies(blast, RATE)[500:700])]

    def distance_lu(apart: Stretches) -> float:
        _, curve = level_to_target(mix, RATE, measure(mix, RATE), target, apart=apart)
        held = np.ones(mix.shape[1]) if curve is None else curve
        levels = [10 * np.log10(hop_energies(sound * held, RATE).sum()) for sound in (bed, blast)]
        return float(levels[1] - levels[0])

    own = 10 * np.log10(hop_energies(blast, RATE).sum() / hop_energies(bed, RATE).sum())
    assert abs(distance_lu(()) - own) > 0.5
    assert distance_lu(apart) == pytest.approx(own, abs=0.06)
    decision, curve = level_to_target(mix, RATE, measure(mix, RATE), target, apart=apart)
    assert decision.limited_by == "true_peak" and decision.short_db > 0
    held = mix * 10 ** (decision.gain_db / 20) * (1 if curve is None else curve)
    assert measure(held, RATE).true_peak_dbtp <= -1.0
    # Where there is room, nothing changes.
    low = LoudnessTarget(-40.0, -1.0)
    assert (
        level_to_target(mix, RATE, measure(mix, RATE), low, apart=apart)[0]
        == level_to_target(mix, RATE, measure(mix, RATE), low)[0]
    )
