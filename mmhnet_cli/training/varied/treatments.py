"""What happens to sound on its way to a file: a room, limited bandwidth, lossy coding, level, overload."""

from itertools import pairwise

import numpy as np
from scipy import signal as dsp

from mmhnet_cli.training.varied.sources import hissing, log_uniform
from mmhnet_cli.training.world.dsp import SAMPLE_RATE_HZ, lowpass, noise, unit_rms

LOSSY_WINDOW = 2048


def in_a_room(rng: np.random.Generator, sound: np.ndarray) -> np.ndarray:
    """The sound with a reverberation of decaying noise, 0.1 to 4 s long, whose top fades first."""
    t60 = log_uniform(rng, 0.1, 4)
    time = np.arange(int(t60 * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    tail = noise(rng, len(time)) * np.exp(-6.9 * time / t60)
    tail = lowpass(tail, log_uniform(rng, 1500, 15000))
    wet = dsp.fftconvolve(sound, tail)[: len(sound)]
    return sound + rng.uniform(0.05, 1) * unit_rms(wet) * np.sqrt(np.mean(sound**2))


def band_limited(rng: np.random.Generator, sound: np.ndarray) -> np.ndarray:
    """Without what lies above a steep edge between 3 and 20 kHz, and in some without what lies below a gentle one."""
    edge = log_uniform(rng, 3000, 20000)
    spectrum = np.fft.rfft(sound)
    hertz = np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE_HZ)
    spectrum *= np.clip((edge - hertz) / log_uniform(rng, 50, 800), 0, 1)
    if rng.random() < 0.3:
        spectrum *= (hertz / np.hypot(hertz, log_uniform(rng, 40, 400))) ** 2
    return np.fft.irfft(spectrum, len(sound))


def lossy(rng: np.random.Generator, sound: np.ndarray) -> np.ndarray:
    """With the holes that perceptual coding at a low rate leaves: faint bands of the top vanish for a frame or two."""
    hop = LOSSY_WINDOW // 2
    arguments = {"fs": SAMPLE_RATE_HZ, "window": "cosine", "nperseg": LOSSY_WINDOW, "noverlap": hop}
    hertz, _, spectrum = dsp.stft(sound, **arguments)
    edges = np.searchsorted(hertz, 3000 * 1.09 ** np.arange(23))
    loudest = np.abs(spectrum).max() + 1e-9
    threshold = 10 ** (rng.uniform(-85, -45) / 20) * loudest
    for first, last in pairwise(edges):
        band = spectrum[first:last]
        kept = np.sqrt((np.abs(band) ** 2).mean(0)) > threshold * np.exp(rng.normal(0, 0.5, band.shape[1]))
        band *= kept
    return dsp.istft(spectrum, **arguments)[1][: len(sound)]


def at_a_level(rng: np.random.Generator, sound: np.ndarray) -> np.ndarray:
    """Scaled to a peak between -40 and 0 dBFS; one in eight is driven into clipping."""
    peak = float(np.abs(sound).max(initial=0.0)) + 1e-9
    if rng.random() < 0.125:
        return np.clip(sound * (log_uniform(rng, 1.2, 6) / peak), -1, 1)
    return sound * (10 ** (-40 * rng.random() ** 2 / 20) / peak)


def on_a_bed(rng: np.random.Generator, sound: np.ndarray) -> np.ndarray:
    """With the noise of a place and its microphone under it, 20 to 70 dB below the peak."""
    return sound + 10 ** (rng.uniform(-70, -20) / 20) * np.abs(sound).max(initial=0.0) * hissing(rng, len(sound))
