import tracemalloc

import numpy as np
import pytest

from mmhnet_cli.audio.limiter import AIM_DB, HOLD_S, LOOK_AHEAD_S, SMOOTHINGS, limiter_gain
from mmhnet_cli.audio.true_peak import BLOCK_SAMPLES, true_peak
from tests.audio.signals import RATE, impacts, noise, sweep, tone


def decibel(value: float | np.ndarray) -> np.ndarray:
    return 20 * np.log10(value)


def click(height: float, at: int, length: int = RATE) -> np.ndarray:
    samples = np.zeros((1, length), dtype=np.float32)
    samples[0, at] = height
    return samples


SIGNALS = {
    "noise": noise(0.3, 2),
    "heavy tails": noise(0.5, 2) ** 5,
    "impacts": 4 * impacts(4, 9, 0.01),
    "sweep": sweep(2.0, 4),
    "stereo": noise(0.3, 2, channels=2) * [[1], [0.2]],
    "alternating": np.where(np.arange(RATE) % 2, 1, -1)[None] * (noise(1, 1) > 0),
    "constant": np.ones((1, RATE)),
    "first sample": click(3.0, 0),
    "last sample": click(-3.0, RATE - 1),
    "between blocks": click(3.0, 2 * BLOCK_SAMPLES),
    "three samples": np.full((1, 3), 0.9),
}


@pytest.mark.parametrize("ceiling_dbtp", [-1.2, -14.0])
@pytest.mark.parametrize("name", SIGNALS)
def test_ceiling_is_held(name: str, ceiling_dbtp: float) -> None:
    samples = SIGNALS[name].astype(np.float32)
    curve = limiter_gain(samples, RATE, ceiling_dbtp)[:]
    assert curve.shape == (samples.shape[1],)
    assert curve.dtype == np.float32
    assert 0 < curve.min() < 1
    assert curve.max() <= 1
    # Held, and not lower than it must be.
    peak_dbtp = decibel(true_peak(samples * curve, RATE))
    assert ceiling_dbtp - 2 * AIM_DB < peak_dbtp <= ceiling_dbtp


@pytest.mark.parametrize("rate", [8000, 44100, 96000])
def test_ceiling_is_held_at_every_rate(rate: int) -> None:
    samples = noise(0.3, 1, rate=rate) ** 3 * 20
    assert -6 - 2 * AIM_DB < decibel(true_peak(samples * limiter_gain(samples, rate, -6)[:], rate)) <= -6


@pytest.mark.parametrize("samples", [0.5 * SIGNALS["constant"], np.zeros((1, RATE)), np.zeros((2, 0))])
def test_nothing_to_limit(samples: np.ndarray) -> None:
    np.testing.assert_array_equal(limiter_gain(samples, RATE, -1.2)[:], np.ones(samples.shape[1]))


def test_one_peak() -> None:
    """The whole shape: down within the look-ahead, held, up along the release, exactly 1 everywhere else."""
    at = 3 * BLOCK_SAMPLES
    curve = limiter_gain(click(10 ** (3 / 20), at), RATE, 0.0)[:]
    reduction = -decibel(curve)
    assert reduction[at] == reduction.max() == pytest.approx(3 + AIM_DB, abs=1e-4)
    look_ahead, hold = round(LOOK_AHEAD_S * RATE), round(HOLD_S * RATE)
    # 60 dB in a second.
    release = round(0.05 * RATE)
    assert (curve[: at - look_ahead - 1] == 1).all()
    assert (np.diff(reduction[at - look_ahead : at]) >= 0).all()
    assert reduction[at : at + hold] == pytest.approx(3 + AIM_DB, abs=1e-4)
    assert (np.diff(reduction[at + hold :]) <= 0).all()
    middle = at + hold + look_ahead // 2
    np.testing.assert_allclose(-np.diff(reduction[middle + 240 : middle + release - 240]) * RATE, 60.0, rtol=0.01)
    assert (curve[at + RATE // 10 :] == 1).all()


def test_curve_has_no_steps() -> None:
    """Even where the first peak after silence needs 30 dB."""
    for samples in (click(31.6, RATE // 2), noise(0.5, 2) ** 5):
        reduction = -decibel(limiter_gain(samples, RATE, -1.0)[:])
        most = reduction.max() / (LOOK_AHEAD_S * RATE / SMOOTHINGS)
        assert np.abs(np.diff(reduction)).max() < most
        # Nor corners: the slope changes by a fraction of itself.
        assert np.abs(np.diff(reduction, 2)).max() < most / 10


@pytest.mark.parametrize("frequency", [50, 100, 997])
def test_steady_tones_are_not_bent(frequency: float) -> None:
    curve = limiter_gain(tone(5, 2, frequency=frequency), RATE, -1.0)[:]
    assert np.ptp(decibel(curve[RATE // 2 : -RATE // 2])) < 0.001


def test_blocks_do_not_show() -> None:
    samples = impacts(3, 9, 0.01)
    whole = limiter_gain(samples, RATE, -12)[:]
    later = limiter_gain(np.pad(samples, ((0, 0), (1234, 0))), RATE, -12)
    np.testing.assert_allclose(later[1234:], whole, rtol=2e-6)


def test_channels_share_the_curve() -> None:
    loud, soft = noise(0.4, 1), noise(0.01, 1, seed=6)
    np.testing.assert_array_equal(
        limiter_gain(np.concatenate([loud, soft]), RATE, -6)[:], limiter_gain(loud, RATE, -6)[:]
    )


@pytest.mark.slow
def test_memory_stays_small() -> None:
    samples = noise(0.3, 60).astype(np.float32)
    tracemalloc.start()
    curve = limiter_gain(samples, RATE, -6)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < curve[:].nbytes + 2e6


@pytest.mark.parametrize("rate", [44100, 48000])
def test_beside_a_sound_that_stays_the_sum_is_held(rate: int) -> None:
    rng = np.random.default_rng(3)
    stays = (0.2 * rng.standard_normal((2, rate))).clip(-0.7, 0.7)
    moved = 0.4 * rng.standard_normal((2, rate))
    curve = limiter_gain(moved, rate, -1.0, stays)[:]
    assert 20 * np.log10(true_peak(stays + curve * moved, rate)) <= -0.9
    assert curve.min() > 0 and curve.dtype == np.float32
    # What passes the ceiling by itself cannot be held: the sum passes it by no more.
    stays[:, rate // 2] = 1.5
    curve = limiter_gain(moved, rate, -1.0, stays)[:]
    assert true_peak(stays + curve * moved, rate) <= true_peak(stays, rate) * 1.01
    # Where there is room for both, nothing is lowered; next to silence it is the limiter of one sound.
    assert (limiter_gain(0.1 * moved, rate, -1.0, 0.1 * stays.clip(-0.7, 0.7))[:] == 1).all()
    alone, beside = limiter_gain(moved, rate, -1.0)[:], limiter_gain(moved, rate, -1.0, np.zeros_like(moved))[:]
    assert beside == pytest.approx(alone, abs=1e-6)
