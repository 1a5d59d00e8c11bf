"""Whether sound and picture belong together: what is heard and seen, and when."""

import numpy as np
from scipy.signal import stft

WINDOW_S = 4.8
"""DeSync is measured in windows of so many seconds, as in MMAudio, but over the whole film."""
REACH_S = 2.0
"""Sound is shifted by so much at most."""
RATE = 25
"""Of both curves, a second."""
STFT_SAMPLES = 1024
MOST_RISE_DB = 60.0


def agreement(seen: np.ndarray, heard: np.ndarray) -> float | None:
    """Return the mean cosine of what is seen and what is heard, (W, K) each, over the moments with both.

    None where nothing is seen in any of them.
    """
    lengths = np.linalg.norm(seen, axis=1) * np.linalg.norm(heard, axis=1)
    there = lengths > 0
    return float(((seen * heard).sum(1)[there] / lengths[there]).mean()) if there.any() else None


def rises(sound: np.ndarray, rate_hz: int) -> np.ndarray:
    """Return how much the level of (samples,) rises in each 1 / RATE of a second, in dB, mean over frequencies."""
    hop = rate_hz // RATE // 2
    _, _, spectrum = stft(sound, rate_hz, nperseg=STFT_SAMPLES, noverlap=STFT_SAMPLES - hop)
    level = np.abs(spectrum)
    level = 20 * np.log10(np.maximum(level, max(level.max(), 1e-9) * 10 ** (-MOST_RISE_DB / 20)))
    rise = np.maximum(np.diff(level, axis=1, prepend=level[:, :1]), 0).mean(0)
    count = round(len(sound) / rate_hz * RATE)
    at = np.minimum(np.arange(len(rise)) * hop * RATE // rate_hz, count - 1)
    curve = np.zeros(count)
    np.maximum.at(curve, at, rise)
    return curve


def desync_s(moves: np.ndarray, sound: np.ndarray) -> float | None:
    """Return by how many seconds sound and picture are apart, the mean of its size over windows of WINDOW_S.

    moves, sound: (S,) curves at RATE a second. In each window it is the shift, up to REACH_S, at which the curves are
    most alike; windows half over each other. None where there is no window in which both move.
    """
    length = min(len(moves), len(sound))
    size = min(round(WINDOW_S * RATE), length)
    reach = min(round(REACH_S * RATE), size - 1)
    shifts = []
    for first in range(0, length - size + 1, max(1, size // 2)):
        a, b = (_centred(curve[first : first + size]) for curve in (moves, sound))
        if a.any() and b.any():
            likeness = np.correlate(b, a, "full")[size - 1 - reach : size + reach]
            shifts.append(abs(int(likeness.argmax()) - reach) / RATE)
    return float(np.mean(shifts)) if shifts else None


def _centred(curve: np.ndarray) -> np.ndarray:
    # Nearest moments count: a hit is a frame late or early by the length of a frame alone.
    smooth = np.convolve(curve, (0.25, 0.5, 0.25), "same")
    return smooth - smooth.mean() if smooth.std() > 0 else np.zeros_like(smooth)
