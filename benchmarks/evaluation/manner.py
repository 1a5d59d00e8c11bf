"""Measures of how something sounds, whatever it is: level, rate, brightness, pitch, how full its pauses are."""

import numpy as np
from scipy.signal import stft

from benchmarks.evaluation.ears import pitch_track_hz
from mmhnet_cli.evaluation.onsets import detect_onsets

SAMPLE_RATE_HZ = 44100
FRAME_SAMPLES = 882
LOWEST_HZ = 40.0
AUDIBLE_DB = -30.0
"""Against the loudest frame: quieter ones have no pitch to speak of."""


def level_db(sound: np.ndarray) -> float:
    """Root mean square of (samples,) in dB of full scale, -120 at the least."""
    return float(20 * np.log10(max(np.sqrt(np.mean(np.square(sound, dtype=np.float64))), 1e-6)))


def onsets_per_s(sound: np.ndarray) -> float:
    """How many onsets a second of (samples,) at 44.1 kHz has."""
    return len(detect_onsets(sound, SAMPLE_RATE_HZ)) * SAMPLE_RATE_HZ / len(sound)


def brightness_octaves(sound: np.ndarray) -> float:
    """Mean of the logarithm of the frequency, in octaves above 1 kHz, each weighed by its power in (samples,)."""
    frequencies, _, spectrum = stft(sound, SAMPLE_RATE_HZ, nperseg=4096)
    power, heard = np.square(np.abs(spectrum)).mean(1), frequencies > LOWEST_HZ
    return float(np.average(np.log2(frequencies[heard] / 1000), weights=power[heard] + 1e-30))


def pitch_octaves(sound: np.ndarray) -> float:
    """Median frequency of the strongest partial of (samples,) where it is loud, in octaves above 1 kHz."""
    _, _, spectrum = stft(sound, SAMPLE_RATE_HZ, nperseg=4096, noverlap=3072, padded=False)
    level = np.abs(spectrum).max(0)
    heard = level >= level.max() * 10 ** (AUDIBLE_DB / 20)
    return float(np.log2(np.median(pitch_track_hz(sound)[heard]) / 1000))


def pauses_db(sound: np.ndarray) -> float:
    """Level of the quietest fifth of all 20 ms of (samples,) against the loudest tenth: a room fills pauses.

    Each by its own limit, the 20th and the 90th percentile; -80 at the least.
    """
    frames = sound[: len(sound) // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES).astype(np.float64)
    quiet, loud = np.quantile(np.sqrt(np.square(frames).mean(1)), (0.2, 0.9))
    return float(20 * np.log10(max(quiet / max(loud, 1e-9), 1e-4)))


def effect(low: np.ndarray, high: np.ndarray) -> float:
    """Difference of the means of two samples in standard deviations, those of both together (Cohen's d)."""
    pooled = np.sqrt((np.var(low, ddof=1) + np.var(high, ddof=1)) / 2)
    difference = float(np.mean(high) - np.mean(low))
    if pooled == 0:
        return 0.0 if difference == 0 else float(np.copysign(np.inf, difference))
    return difference / float(pooled)
