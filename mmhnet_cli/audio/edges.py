"""Fades the ends of a sound, so that they do not click."""

import numpy as np


def fade_edges(samples: np.ndarray, rate: int, fade_in_s: float = 0.005, fade_out_s: float = 0.005) -> np.ndarray:
    """Return a copy of (channels, n) samples that rises from and falls to silence along half a cosine.

    Each fade takes at most half of the sound. 5 ms hides a step and spares an attack on the first frame.
    """
    faded = samples.copy()
    half = samples.shape[1] // 2
    rise = min(half, round(fade_in_s * rate))
    fall = min(half, round(fade_out_s * rate))
    faded[:, :rise] *= _rise(rise).astype(samples.dtype)
    faded[:, samples.shape[1] - fall :] *= _rise(fall)[::-1].astype(samples.dtype)
    return faded


def faded_stretch(samples: np.ndarray, first: int, length: int, rate: int) -> np.ndarray:
    """Return what `fade_edges` makes of samples first, first + 1, ... (channels, m) of a sound of `length` samples."""
    return samples * edge_gain(first, samples.shape[1], length, rate).astype(samples.dtype)


def edge_gain(first: int, count: int, length: int, rate: int, fade_s: float = 0.005) -> np.ndarray:
    """Return what `fade_edges` does to samples first, first + 1, ... of a sound of `length` samples: (count,)."""
    fade = min(length // 2, round(fade_s * rate))
    nearest = np.minimum(np.arange(first, first + count), np.arange(length - 1 - first, length - 1 - first - count, -1))
    return np.concatenate((_rise(fade), [1.0]))[np.clip(nearest, 0, fade)]


def _rise(length: int) -> np.ndarray:
    """Return a raised cosine from exactly 0 towards 1."""
    return 0.5 - 0.5 * np.cos(np.pi * np.arange(length) / max(1, length))
