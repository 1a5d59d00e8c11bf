"""Signals with known levels, (channels, n) at full scale +-1."""

import math

import numpy as np
from scipy import signal

RATE = 48000


def tone(level_dbfs: float, seconds: float, rate: int = RATE, frequency: float = 1000.0) -> np.ndarray:
    """Stereo sine, both channels alike; level of the peak."""
    wave = 10 ** (level_dbfs / 20) * np.sin(2 * np.pi * frequency * np.arange(round(seconds * rate)) / rate)
    return np.stack([wave, wave])


def sequence(*parts: tuple[float, float]) -> np.ndarray:
    """Tones of (level, seconds) one after the other."""
    return np.concatenate([tone(level, seconds) for level, seconds in parts], axis=1)


def surround(*levels_dbfs: float, seconds: float = 20.0) -> np.ndarray:
    return np.concatenate([tone(level, seconds)[:1] for level in levels_dbfs])


def noise(level: float, seconds: float, channels: int = 1, rate: int = RATE, seed: int = 5) -> np.ndarray:
    """White noise; level of its standard deviation, linear."""
    return np.random.default_rng(seed).normal(0, level, (channels, round(seconds * rate)))


def impacts(seconds: float, count: int, bed: float, decay_s: float = 0.03, seed: int = 7) -> np.ndarray:
    """Mono bursts of noise, peaks about 0.5, that die away over a bed of noise."""
    random = np.random.default_rng(seed)
    samples = noise(bed, seconds, seed=seed)
    length = round(8 * decay_s * RATE)
    shape = np.exp(-np.arange(length) / RATE / decay_s)
    for first in np.linspace(0, samples.shape[1] - length, count).astype(int):
        samples[0, first : first + length] += random.uniform(0.1, 0.2) * shape * random.normal(0, 1, length)
    return samples


def ramped(samples: np.ndarray, rate: int = RATE) -> np.ndarray:
    """Without hard edges, where meters assume different things about what is outside."""
    n = samples.shape[1]
    ramp = np.minimum(1, np.arange(n) / (0.1 * rate))
    return samples * ramp * ramp[::-1]


def ebu_3341_peak(number: int) -> np.ndarray:
    """True-peak signals 15 to 23 of EBU Tech 3341, stereo, from their description.

    15 to 19: sines whose samples miss the crests. 20 to 23: one cycle of fs/4 at 1.0 inside fs/6 at 0.5, made at four
    times the rate, limited to the band and thinned out from each of the four phases.
    """
    if number < 20:
        divisor, amplitude, degrees = {
            15: (4, 0.5, 0.0),
            16: (4, 0.5, 45.0),
            17: (6, 0.5, 60.0),
            18: (8, 0.5, 67.5),
            19: (4, 1.41, 45.0),
        }[number]
        wave = amplitude * np.sin(2 * np.pi * np.arange(RATE) / divisor + math.radians(degrees))
        return ramped(np.stack([wave, wave]))
    half = 0.5 * np.sin(2 * np.pi * np.arange(2 * RATE) / 24)
    fine = ramped(np.concatenate([half, np.sin(2 * np.pi * np.arange(16) / 16), half[:-16]])[None], 4 * RATE)
    spectrum = np.fft.rfft(fine)
    spectrum[:, RATE // 2 :] = 0
    thinned = np.fft.irfft(spectrum)[:, number - 20 :: 4]
    return np.concatenate([thinned, thinned])


def sweep(level: float, seconds: float) -> np.ndarray:
    """20 Hz to 20 kHz, mono."""
    times = np.arange(round(seconds * RATE)) / RATE
    return level * signal.chirp(times, 20, seconds, 20000, "logarithmic")[None]
