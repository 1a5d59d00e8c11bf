"""How much sounds in bands of equal musical width, for the eye."""

import numpy as np

FRAME = 2048
LOWEST_HZ, HIGHEST_HZ = 40.0, 20000.0
FLOOR_DB, CEILING_DB = -100.0, -20.0
"""Levels of a band from here to there are told apart, a full-scale sine being 0."""


def band_shades(frames: np.ndarray, rate_hz: int, bands: int) -> np.ndarray:
    """Return the level in each band of each frame: (n, FRAME) to (n, bands) uint8, 0 at FLOOR_DB, 255 at CEILING_DB.

    Bands go from LOWEST_HZ to HIGHEST_HZ, or half the rate, in equal steps of pitch. A band narrower than a line of
    the transform has its share of that line, so that a tone has no gaps at the low end.
    """
    window = np.hanning(FRAME).astype(np.float32)
    power = np.abs(np.fft.rfft(frames * window, axis=1)) ** 2
    power *= 4 / window.sum() ** 2
    edges_hz = np.geomspace(LOWEST_HZ, min(HIGHEST_HZ, rate_hz / 2), bands + 1)
    # Line k stands for the frequencies from k - 1/2 to k + 1/2 lines.
    edges = np.clip(edges_hz * FRAME / rate_hz + 0.5, 0, power.shape[1] - 1e-6)
    below = np.floor(edges).astype(int)
    sums = np.concatenate([np.zeros((len(power), 1)), np.cumsum(power, axis=1)], axis=1)
    at_edges = sums[:, below] + (edges - below) * power[:, below]
    level_db = 10 * np.log10(np.maximum(np.diff(at_edges, axis=1), 1e-12))
    shade = (level_db - FLOOR_DB) / (CEILING_DB - FLOOR_DB) * 255
    return np.clip(np.rint(shade), 0, 255).astype(np.uint8)
