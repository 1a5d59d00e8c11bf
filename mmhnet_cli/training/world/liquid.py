"""Bubbles in a liquid, each of which sings while it lives."""

import numpy as np

from mmhnet_cli.training.world.dsp import SAMPLE_RATE_HZ, samples_of, scatter

MINNAERT_HZ_M = 3.26
"""Frequency of an air bubble in water times its radius (Minnaert 1933)."""


def bubbles(
    rng: np.random.Generator, count: int, times: np.ndarray, radii_mm: np.ndarray, rising: tuple[float, float]
) -> np.ndarray:
    """Bubbles (count,), born at the samples `times` (G,), of radius (G,) in millimetres, after van den Doel (2005).

    A large bubble is low, loud and long. `rising` bounds how much a bubble's pitch climbs, as a share of its damping:
    one that forms deep keeps its pitch, one at the surface loses the water around it.
    """
    out = np.zeros(count)
    # Large ones live long; sorted into groups, small ones do not pay for them.
    order = np.argsort(radii_mm)
    for group in np.array_split(order, min(4, len(order))) if len(order) else ():
        metres = radii_mm[group, None] / 1000
        pitch = (MINNAERT_HZ_M / metres).astype(np.float32)
        damping = (0.13 / metres + 0.0072 * metres**-1.5).astype(np.float32)
        time = np.arange(samples_of(min(0.4, 7 / float(damping.min()))), dtype=np.float32) / SAMPLE_RATE_HZ
        climb = damping * rng.uniform(*rising, metres.shape).astype(np.float32)
        size = (radii_mm[group, None] * rng.uniform(0.3, 1, metres.shape)).astype(np.float32)
        ring = np.exp(-damping * time) * np.sin(np.float32(2 * np.pi) * pitch * time * (1 + climb * time / 2))
        fade = np.minimum(1, (time[-1] - time) * 300)
        out += scatter(count + len(time), times[group], size * ring * fade)[:count]
    return out
