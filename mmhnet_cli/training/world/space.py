"""Where a thing sounds: the tail of a room, a street, a valley; and how long it may sound before the next event."""

import numpy as np
from scipy import signal as dsp

from mmhnet_cli.training.world.dsp import RING_LENGTH, SAMPLE_RATE_HZ, bandpass, noise, samples_of
from mmhnet_cli.training.world.scene import Source


def tail(rng: np.random.Generator, t60_s: float, delay_s: float, bright_hz: float) -> np.ndarray:
    """Response (N,) of a space at energy 1: silence for `delay_s`, then noise that decays and darkens.

    `bright_hz` bounds what its walls and its air throw back.
    """
    late = samples_of(delay_s)
    time = np.arange(samples_of(RING_LENGTH * t60_s)) / SAMPLE_RATE_HZ
    white = noise(rng, len(time))
    low = bandpass(white, 90, bright_hz / 3) * np.exp(-6.908 * time / t60_s)
    high = bandpass(white, bright_hz / 3, bright_hz) * np.exp(-6.908 * time / (0.55 * t60_s))
    response = np.concatenate([np.zeros(late), low + high])
    return response / np.sqrt(np.sum(response**2))


def placed(dry: np.ndarray, response: np.ndarray, share: float) -> np.ndarray:
    """A sound (N,) in a space (M,), (N + M - 1,): the space returns `share` squared of its energy."""
    wet = dsp.fftconvolve(dry, response)
    wet *= share * np.sqrt(np.sum(dry**2) / max(float(np.sum(wet**2)), 1e-20))
    wet[: len(dry)] += dry
    return wet


def free_s(source: Source) -> np.ndarray:
    """Seconds (E,) from each event to the next one, or to the end of the source."""
    return np.diff(np.append(source.events_s, source.end_s))
