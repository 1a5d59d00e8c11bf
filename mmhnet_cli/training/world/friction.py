"""Friction: a surface that sticks and slips, again and again."""

import numpy as np

from mmhnet_cli.training.world.dsp import SAMPLE_RATE_HZ, impulses


def slips(rng: np.random.Generator, rate_hz: np.ndarray, irregular: float) -> np.ndarray:
    """Impulses (N,), one at every slip, at the rate given at every sample (N,), after Farnell's creaking door.

    A slip that comes late has stored more force, so it is larger. `irregular` is the deviation of an interval as a
    share of it.
    """
    cycles = np.cumsum(rate_hz) / SAMPLE_RATE_HZ
    steps = np.clip(rng.normal(1, irregular, int(cycles[-1]) * 2 + 8), 0.15, 3)
    fired = np.cumsum(steps)
    inside = fired < cycles[-1]
    times = np.searchsorted(cycles, fired[inside])
    return impulses(len(rate_hz), times, steps[inside] ** 1.5)
