"""Bands on HTK's mel scale, as the front ends of VGGish and PaSST have them."""

import numpy as np

BREAK_HZ, PER_NEPER = 700.0, 1127.0


def htk_bands(bands: int, fft_samples: int, rate_hz: int, low_hz: float, high_hz: float) -> np.ndarray:
    """Return triangles (bands, fft_samples // 2 + 1) of height 1, whose sides are straight on the scale; the first
    line, 0 Hz, counts in none."""

    def mel(hz: np.ndarray) -> np.ndarray:
        return PER_NEPER * np.log1p(hz / BREAK_HZ)

    lines = mel(np.linspace(0, rate_hz / 2, fft_samples // 2 + 1))
    low, high = mel(np.array([low_hz, high_hz]))
    edges = np.linspace(low, high, bands + 2)[:, None]
    rise, fall = (lines - edges[:-2]) / (edges[1:-1] - edges[:-2]), (edges[2:] - lines) / (edges[2:] - edges[1:-1])
    found = np.maximum(0, np.minimum(rise, fall))
    found[:, 0] = 0
    return found
