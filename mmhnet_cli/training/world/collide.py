"""Collisions: hard things of many modes, hit once or in showers."""

import numpy as np

from mmhnet_cli.training.world.dsp import RING_LENGTH, SAMPLE_RATE_HZ, impulses, resonance, samples_of, scatter

BAR = np.array([1.0, 2.756, 5.404, 8.933, 13.344, 18.638])
"""Bending modes of a bar with free ends (Rayleigh): knives, blades, keys."""

PLATE = np.array([1.0, 1.73, 2.33, 3.91, 4.11, 6.3, 6.71])
"""Modes of a round plate with a free rim (Leissa): coins, dishes."""


def rung(strikes: np.ndarray, hz: np.ndarray, t60_s: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """What modes (M,) make of the impulses `strikes` (N,), (N,): a sine of amplitude `levels` each, decaying."""
    out = np.zeros(len(strikes))
    for frequency, life, level in zip(hz, t60_s, levels, strict=True):
        if frequency < 0.45 * SAMPLE_RATE_HZ:
            out += level * resonance(strikes, frequency, life)
    return out


def pings(count: int, times: np.ndarray, sizes: np.ndarray, hz: np.ndarray, t60_s: float) -> np.ndarray:
    """Decaying sines (count,), each at its sample in `times` (G,), of its own pitch `hz` (G,) and size (G,)."""
    time = np.arange(samples_of(RING_LENGTH * t60_s), dtype=np.float32) / SAMPLE_RATE_HZ
    fade = np.exp(np.float32(-6.908 / t60_s) * time)
    angle = np.outer(2 * np.pi * hz, time).astype(np.float32)
    return scatter(count, times, sizes[:, None].astype(np.float32) * fade * np.sin(angle))


def rattle(count: int, times_s: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Impulses (count,) at `times_s` (G,) seconds; what lies beyond the end is dropped."""
    at = np.round(times_s * SAMPLE_RATE_HZ).astype(np.int64)
    return impulses(count, at[at < count], sizes[at < count])


def bouncing(rng: np.random.Generator, first_s: float, restitution: float, most: int) -> np.ndarray:
    """Times (B,) in seconds of a thing that falls and bounces, from 0: each flight shorter by `restitution`."""
    flights = first_s * restitution ** np.arange(most) * rng.uniform(0.85, 1.15, most)
    times = np.concatenate([[0.0], np.cumsum(flights)])
    return times[np.concatenate([[True], flights > 0.002])]
