"""Notes of instruments: which ones, how long, in what rhythm, and strings and plates as sums of decaying sines."""

from collections.abc import Callable

import numpy as np
from scipy import signal as dsp

from mmhnet_cli.training.world.dsp import RING_LENGTH, SAMPLE_RATE_HZ, samples_of
from mmhnet_cli.training.world.rhythm import Rhythm
from mmhnet_cli.training.world.scene import Source

SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 2, 4, 7, 9), (0, 3, 5, 7, 10), (0, 2, 3, 7, 8))
"""Major, minor, both pentatonic scales, hirajoshi: semitones above the tonic."""


def melody(rng: np.random.Generator, lowest_hz: float, highest_hz: float, leap: int = 2) -> Callable[[int], float]:
    """A tune: the pitch in Hz of its note by its number, steps of at most `leap` degrees of one scale."""
    scale = np.array(SCALES[int(rng.integers(len(SCALES)))])
    tonic = lowest_hz * 2 ** rng.uniform(0, 0.5)
    octaves = np.arange(int(np.log2(highest_hz / lowest_hz)) + 2)
    degrees = tonic * 2 ** ((scale + 12 * octaves[:, None]).ravel() / 12)
    degrees = degrees[degrees <= highest_hz]
    steps = rng.integers(-leap, leap + 1, 64)
    steps[::3] += steps[::3] == 0
    walk = (int(rng.integers(len(degrees))) + np.cumsum(steps)) % (2 * len(degrees))
    # A tune that reaches the end of its range turns back.
    pitches = degrees[np.where(walk < len(degrees), walk, 2 * len(degrees) - 1 - walk)]
    return lambda number: float(pitches[number % len(pitches)])


def held_s(source: Source, longest_s: float) -> np.ndarray:
    """Seconds (E,) for which each note may sound before the next one begins."""
    return np.minimum(0.95 * np.diff(source.events_s, append=source.end_s + 0.08), longest_s)


def tune(quickest_s: float, slowest_s: float) -> Rhythm:
    """Notes of half a beat, one, one and a half and two, at one tempo, never quite even."""

    def intervals(rng: np.random.Generator, length_s: float) -> np.ndarray:
        beat = rng.uniform(quickest_s, slowest_s)
        total = int(2 * length_s / beat) + 2
        values = rng.choice([0.5, 1.0, 1.5, 2.0], total, p=(0.25, 0.5, 0.1, 0.15))
        return np.asarray(beat * values * (1 + 0.02 * rng.standard_normal(total)))

    return intervals


def ring(frequencies_hz: np.ndarray, t60_s: np.ndarray, amplitudes: np.ndarray, longest_s: float = 6.0) -> np.ndarray:
    """Sum (N,) of decaying sines (M,), at most `longest_s` long.

    exp(p (L a + b)) = exp(p L a) exp(p b): one product of two small matrices instead of M exponentials of N samples.
    """
    count, length = samples_of(min(RING_LENGTH * float(t60_s.max()), longest_s)), 256
    # Sines above the highest that samples can carry would come back as false ones.
    heard = frequencies_hz < 0.45 * SAMPLE_RATE_HZ
    poles = (-6.908 / t60_s[heard] + 2j * np.pi * frequencies_hz[heard]) / SAMPLE_RATE_HZ
    coarse = np.exp(np.outer(np.arange(count // length + 1) * length, poles)) * amplitudes[heard]
    fine = np.exp(np.outer(poles, np.arange(length)))
    out = (coarse.real @ fine.imag + coarse.imag @ fine.real).ravel()[:count]
    fade = min(count, samples_of(0.05))
    out[count - fade :] *= np.linspace(1, 0, fade)
    return np.asarray(out)


def string(
    frequency_hz: float, t60_s: float, stiffness: float, at: float, damping_s: float, bright_hz: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Partials of a string, for `ring`: frequencies, T60 and amplitudes (M,).

    stiffness: B in f_k = k f sqrt(1 + B k^2) (Fletcher). at: where it is plucked or struck, as a share of its length.
    t60_s: of the lowest partial; losses grow with the square of frequency from there, `damping_s` at 1 kHz in 1/T60.
    bright_hz: above it the finger, pick or felt excites little.
    """
    partial = np.arange(1, int(np.clip(12000 / frequency_hz, 4, 40)) + 1)
    hz = partial * frequency_hz * np.sqrt(1 + stiffness * partial**2)
    t60 = 1 / (1 / t60_s + damping_s * (hz**2 - hz[0] ** 2) / 1e6)
    return hz, t60, np.sin(np.pi * at * partial) / partial**0.7 / (1 + (hz / bright_hz) ** 2)


def breathed(count: int, attack_s: float, release_s: float, start: float = 0.25) -> np.ndarray:
    """Envelope (count,) of a blown or bowed note: at `start` at once, so that the onset is heard, then up and down."""
    place = np.arange(count) / SAMPLE_RATE_HZ
    rise = start + (1 - start) * (1 - np.exp(-3 * place / attack_s))
    return rise * np.clip((count / SAMPLE_RATE_HZ - place) / release_s, 0, 1)


def vibrato(rng: np.random.Generator, count: int, depth: float, rate_hz: float) -> np.ndarray:
    """Factor (count,) of a pitch that begins straight and starts to swing after a quarter of a second."""
    time = np.arange(count) / SAMPLE_RATE_HZ
    swing = np.sin(2 * np.pi * rate_hz * rng.uniform(0.95, 1.05) * time)
    return np.asarray(1 + depth * np.clip((time - 0.12) / 0.25, 0, 1) * swing)


def colour(signal: np.ndarray, peaks: tuple[tuple[float, float, float], ...]) -> np.ndarray:
    """A signal (N,) through the resonances of a body: (Hz, Q, gain) each, added to the signal itself."""
    out = signal.copy()
    for hz, quality, gain in peaks:
        out += gain * dsp.lfilter(*dsp.iirpeak(hz, quality, fs=SAMPLE_RATE_HZ), signal)
    return out
