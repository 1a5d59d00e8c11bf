"""What consists of many small blows: crunching, creaking, splintering."""

from collections.abc import Sequence

import numpy as np

from mmhnet_cli.training.world.collide import rung
from mmhnet_cli.training.world.dsp import SAMPLE_RATE_HZ, bandpass, impulses, resonance, samples_of

Modes = Sequence[tuple[float, float, float]]
"""Resonances as (frequency in Hz, T60 in seconds, gain)."""


def ringing(signal: np.ndarray, modes: Modes) -> np.ndarray:
    """Sum (N,) of what resonances make of a signal (N,)."""
    hz, t60_s, gains = np.array(modes).T
    return rung(signal, hz, t60_s, gains)


def grit(
    rng: np.random.Generator, count: int, times_s: np.ndarray, sizes: np.ndarray, hz: Sequence[float], t60_s: float
) -> np.ndarray:
    """Blows of `sizes` (G,) at `times_s` (G,), each on one of the resonances `hz`, (count,); after Cook's PhISEM."""
    at = np.minimum(np.round(times_s * SAMPLE_RATE_HZ).astype(np.int64), count - 1)
    which, signed = rng.integers(0, len(hz), len(at)), sizes * rng.choice([-1, 1], len(at))
    parts = [resonance(impulses(count, at[which == k], signed[which == k]), f, t60_s) for k, f in enumerate(hz)]
    # Below its resonance a blow would leave a rumble of its own.
    return bandpass(np.sum(parts, axis=0), 0.4 * min(hz), 19000)


def creak(rng: np.random.Generator, length_s: float, first_hz: float, last_hz: float, modes: Modes) -> np.ndarray:
    """Stick and slip: slips whose rate glides from one to another, through the modes of what creaks (Farnell's door).

    The longer it sticks, the more it slips. The first slip is at once.
    """
    mean_hz = (first_hz * last_hz) ** 0.5
    slips = int(length_s * mean_hz) + 2
    rate = first_hz * (last_hz / first_hz) ** (np.arange(slips) / slips)
    # Neighbouring slips resemble each other: the surface changes more slowly than it slips.
    rough = np.convolve(rng.normal(0, 0.35, slips + 4), np.ones(5) / 5, "valid")
    sticks = 1 / (rate * np.exp(rough + rng.normal(0, 0.06, slips)))
    times = np.concatenate([[0.0], np.cumsum(sticks)])
    times = times[times < length_s]
    sizes = (np.concatenate([[1 / mean_hz], sticks])[: len(times)] * mean_hz) ** 0.7
    swell = 0.45 + 0.55 * np.sin(np.pi * np.clip(times / length_s + 0.15, 0, 1))
    # What has stood still sticks best: it breaks loose with more than it creeps on with.
    swell[0] *= 2
    count = samples_of(length_s + 0.12)
    slipped = impulses(count, np.round(times * SAMPLE_RATE_HZ).astype(np.int64), sizes * swell)
    return bandpass(ringing(slipped, modes), 0.6 * min(hz for hz, _, _ in modes), 19000)


def faded(signal: np.ndarray, seconds: float) -> np.ndarray:
    """The same signal (N,), brought to 0 over its last `seconds`."""
    return signal * np.minimum(1, np.arange(len(signal), 0, -1) / samples_of(seconds))


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
