"""Where a sound is heard: in the open, in a room, between houses, over a valley.

A place answers with the direct sound, exactly on time, with reflections, and with a tail of decaying noise that darkens
as it decays (Moorer 1979, "About This Reverberation Business").
"""

from collections.abc import Callable

import numpy as np
from scipy import signal as dsp

from mmhnet_cli.training.world.dsp import (
    RING_LENGTH,
    SAMPLE_RATE_HZ,
    bandpass,
    decay,
    lowpass,
    noise,
    samples_of,
    unit_peak,
)
from mmhnet_cli.training.world.scene import Source

Heard = Callable[[np.ndarray], np.ndarray]
"""Samples (N,) as made to samples (N',) as heard, N' >= N; the attack stays where it is."""


def tail(rng: np.random.Generator, t60_s: float, delay_s: float, bright_hz: float) -> np.ndarray:
    """Return the response (N,) of a space at energy 1: silence for `delay_s`, then noise that decays and darkens.

    bright_hz: what its walls and its air throw back at most.
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


def dark_tail(rng: np.random.Generator, t60_s: float, lowest_hz: float, highest_hz: float) -> np.ndarray:
    """Return decaying noise (N,), darker than the sound that it answers: nothing above a bound between these two."""
    falling = decay(t60_s)
    return lowpass(noise(rng, len(falling)), rng.uniform(lowest_hz, highest_hz)) * falling


def surroundings(rng: np.random.Generator, dry_s: float, wet_s: float) -> Heard:
    """Draw a place whose T60 lies between two bounds in seconds, with a few reflections within 30 ms."""
    late = dark_tail(rng, rng.uniform(dry_s, wet_s), 1500, 5500)
    answer = late * (rng.uniform(0.08, 0.4) / np.sqrt(np.sum(np.square(late))))
    answer[: samples_of(0.004)] = 0
    at = np.minimum(np.round(rng.uniform(0.002, 0.03, 6) * SAMPLE_RATE_HZ).astype(np.int64), len(answer) - 1)
    answer[at] += rng.uniform(0.03, 0.22, 6) * rng.choice([-1, 1], 6)
    answer[0] = 1
    return lambda made: dsp.fftconvolve(made, answer)


def place(rng: np.random.Generator, wettest: float = 0.5) -> Heard:
    """Draw a place of any size, whose air takes treble from the direct sound.

    wettest: most of the tail's RMS, where the direct sound has 1.
    """
    late = dark_tail(rng, 10 ** rng.uniform(-0.8, 0.15), 1500, 6000)
    first = samples_of(rng.uniform(0.004, 0.025))
    answer = np.concatenate([np.zeros(first), late * (wettest * rng.uniform(0, 1) ** 1.5 / np.linalg.norm(late))])
    answer[0] = 1
    answer = dsp.lfilter(*dsp.butter(1, 10 ** rng.uniform(3.7, 4.3), fs=SAMPLE_RATE_HZ), answer)
    return lambda made: dsp.fftconvolve(made, answer)


def continuous(rng: np.random.Generator, made: np.ndarray, dry_s: float, wet_s: float) -> np.ndarray:
    """A continuous sound (N,) in such a place, (N,)."""
    return unit_peak(surroundings(rng, dry_s, wet_s)(made)[: len(made)])


def free_s(source: Source) -> np.ndarray:
    """Seconds (E,) from each event to the next one, or to the end of the source."""
    return np.diff(np.append(source.events_s, source.end_s))
