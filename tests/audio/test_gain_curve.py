"""A gain curve is the gain that was set, and 1 elsewhere."""

import numpy as np
import pytest

from mmhnet_cli.audio.gain_curve import GainCurve


def test_what_is_set_is_read() -> None:
    curve, gain = GainCurve.ones(1000), np.ones(1000, np.float32)
    rng = np.random.default_rng(0)
    for first, last in ((10, 300), (250, 400), (990, 1000)):
        gain[first:last] = rng.uniform(0.5, 1, last - first)
        curve[first:last] = gain[first:last].astype(np.float64)
    assert len(curve) == 1000
    np.testing.assert_array_equal(curve[:], gain)
    np.testing.assert_array_equal(curve[350:2000], gain[350:])
    assert curve.lowest == gain.min()
    assert curve.lowered_share == np.mean(gain < 1)
    part = curve.of(slice(200, 420))
    np.testing.assert_array_equal(part[:], gain[200:420])
    starts = np.arange(0, 1300, 110)
    np.testing.assert_array_equal(curve.lowest_from(starts), np.minimum.reduceat(gain, starts[:10]))


def test_a_low_gain_is_kept_to_a_rounding_error() -> None:
    curve = GainCurve.ones(3)
    curve[0:3] = np.array([1e-3, 0.2, 0.49])
    np.testing.assert_allclose(curve[:], [1e-3, 0.2, 0.49], atol=6e-8)


def test_nothing_lowered() -> None:
    for samples in (0, 5):
        curve = GainCurve.ones(samples)
        assert curve.lowest == 1 and curve.lowered_share == 0 and (curve[:] == 1).all()


def test_an_hour_that_is_1_takes_no_memory() -> None:
    resident = pytest.importorskip("resource")
    before = resident.getrusage(resident.RUSAGE_SELF).ru_maxrss
    curve = GainCurve.ones(3600 * 48000)
    assert curve.lowest == 1 and curve.lowered_share == 0
    assert (curve[10**8 : 10**8 + 1000] == 1).all()
    kib = resident.getrusage(resident.RUSAGE_SELF).ru_maxrss - before
    assert kib < 100_000, "an array of ones takes 675,000"
