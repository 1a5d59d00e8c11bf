"""True peak (ITU-R BS.1770, annex 2): the highest value of the continuous wave between the samples."""

import numpy as np

TAPS = 32  # per phase
BLOCK_SAMPLES = 8192


def interpolators(factor: int) -> np.ndarray:
    """Kernels (factor - 1, TAPS) that give the values at 1/factor, 2/factor, ... of the way to the next sample.

    A sinc at the full band of the signal: a filter that begins to fall below half the rate, as resamplers do, reads
    noise and clicks low. Kaiser window with beta 9.
    """
    distance = np.arange(TAPS) - (TAPS // 2 - 1) - np.arange(1, factor)[:, None] / factor
    window = np.i0(9 * np.sqrt(np.maximum(0, 1 - (2 * distance / TAPS) ** 2))) / np.i0(9)
    kernels = np.sinc(distance) * window
    return kernels / kernels.sum(axis=1, keepdims=True)  # exactly 1 for a constant


def true_peak(samples: np.ndarray, rate: int) -> float:
    """Largest absolute value of (channels, n) samples after oversampling to at least 192 kHz; linear.

    As exact as oversampling everything, but blocks that are too quiet to hold the peak are left out.
    """
    # Not abs(samples), which would copy all of them.
    peak = max(float(samples.max(initial=0.0)), -float(samples.min(initial=0.0)))
    kernels = interpolators(max(2, -(-192000 // rate)))
    overshoot = float(np.abs(kernels).sum(axis=1).max())
    for channel in samples:
        spans = [(first, first + BLOCK_SAMPLES + TAPS) for first in range(-TAPS, channel.size, BLOCK_SAMPLES)]
        # Loudest first: then most of the rest cannot reach what is already found.
        levels = [float(np.abs(channel[max(0, first) : last]).max(initial=0.0)) for first, last in spans]
        for index in np.argsort(levels)[::-1]:
            if levels[index] * overshoot <= peak:
                break
            peak = max(peak, _block_peak(channel, spans[index], kernels))
    return peak


def _block_peak(channel: np.ndarray, span: tuple[int, int], kernels: np.ndarray) -> float:
    """Peak between the samples of the span [first, last); silence stands before and after the signal."""
    first, last = span
    block = np.zeros(last - first)
    inside = channel[max(0, first) : last]
    begin = max(0, -first)
    block[begin : begin + inside.size] = inside
    return max(float(np.abs(np.convolve(block, kernel[::-1], mode="valid")).max()) for kernel in kernels)
