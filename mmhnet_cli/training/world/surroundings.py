"""Where a sound is heard: first reflections, and a tail."""

from collections.abc import Callable

import numpy as np
from scipy.signal import fftconvolve

from mmhnet_cli.training.world.dsp import SAMPLE_RATE_HZ, decay, lowpass, noise, samples_of, unit_peak

Heard = Callable[[np.ndarray], np.ndarray]
"""Samples (N,) as made to samples (N',) as heard, N' >= N; the attack stays where it is."""


def surroundings(rng: np.random.Generator, dry_s: float, wet_s: float) -> Heard:
    """A place whose T60 lies between two bounds in seconds, heard from close or from some way off.

    Its answer is the direct sound, a few reflections within 30 ms, and a decaying noise (Moorer, 1979).
    """
    t60 = rng.uniform(dry_s, wet_s)
    tail = lowpass(noise(rng, len(decay(t60))), rng.uniform(1500, 5500)) * decay(t60)
    answer = tail * (rng.uniform(0.08, 0.4) / np.sqrt(np.sum(np.square(tail))))
    answer[: samples_of(0.004)] = 0
    at = np.minimum(np.round(rng.uniform(0.002, 0.03, 6) * SAMPLE_RATE_HZ).astype(np.int64), len(answer) - 1)
    answer[at] += rng.uniform(0.03, 0.22, 6) * rng.choice([-1, 1], 6)
    answer[0] = 1
    return lambda made: fftconvolve(made, answer)


def continuous(rng: np.random.Generator, made: np.ndarray, dry_s: float, wet_s: float) -> np.ndarray:
    """A continuous sound (N,) in such a place, (N,)."""
    return unit_peak(surroundings(rng, dry_s, wet_s)(made)[: len(made)])
