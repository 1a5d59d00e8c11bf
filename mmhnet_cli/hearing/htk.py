"""Bands on HTK's mel scale, as the front ends of VGGish, PaSST and Synchformer have them."""

import numpy as np

BREAK_HZ, PER_NEPER = 700.0, 1127.0


def htk_bands(bands: int, fft_samples: int, rate_hz: int, low_hz: float, high_hz: float) -> np.ndarray:
    """Return triangles (bands, fft_samples // 2 + 1) of height 1, whose sides are straight on the scale; the first
    line, 0 Hz, counts in none."""

    lines = _mel(np.linspace(0, rate_hz / 2, fft_samples // 2 + 1))
    found = _triangles(lines, _edges(bands, low_hz, high_hz))
    found[:, 0] = 0
    return found


def hz_bands(bands: int, fft_samples: int, rate_hz: int, low_hz: float, high_hz: float) -> np.ndarray:
    """Return such triangles with the same corners, whose sides are straight over the frequencies themselves."""
    corners = BREAK_HZ * np.expm1(_edges(bands, low_hz, high_hz) / PER_NEPER)
    return _triangles(np.linspace(0, rate_hz / 2, fft_samples // 2 + 1), corners)


def _mel(hz: np.ndarray) -> np.ndarray:
    return PER_NEPER * np.log1p(hz / BREAK_HZ)


def _edges(bands: int, low_hz: float, high_hz: float) -> np.ndarray:
    low, high = _mel(np.array([low_hz, high_hz]))
    return np.linspace(low, high, bands + 2)


def _triangles(lines: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Return (bands, lines) from the places of lines and the corners (bands + 2,)."""
    low, centre, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    return np.maximum(0, np.minimum((lines - low) / (centre - low), (high - lines) / (high - centre)))
