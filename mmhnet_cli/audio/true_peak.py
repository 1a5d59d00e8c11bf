"""Measures true peak (ITU-R BS.1770, annex 2): the highest value of the continuous wave between the samples."""

import numpy as np

from mmhnet_cli.audio.waves import Waves

TAPS = 32  # per phase
BLOCK_SAMPLES = 8192
CHUNK_SAMPLES = 1 << 20


def interpolators(factor: int) -> np.ndarray:
    """Return kernels (factor - 1, TAPS) that give the values at 1/factor, 2/factor, ... of the way to the next sample.

    Each is a sinc at the full band of the signal, under a Kaiser window with beta 9: a filter that begins to fall below
    half the rate, as resamplers do, reads noise and clicks low.
    """
    distance = np.arange(TAPS) - (TAPS // 2 - 1) - np.arange(1, factor)[:, None] / factor
    window = np.i0(9 * np.sqrt(np.maximum(0, 1 - (2 * distance / TAPS) ** 2))) / np.i0(9)
    kernels = np.sinc(distance) * window
    return kernels / kernels.sum(axis=1, keepdims=True)  # exactly 1 for a constant


def true_peak(samples: Waves, rate: int) -> float:
    """Return the largest absolute value of (channels, n) samples after oversampling to at least 192 kHz; linear."""
    meter = PeakMeter(samples.shape[0], rate)
    for first in range(0, samples.shape[1], CHUNK_SAMPLES):
        meter.add(samples[:, first : first + CHUNK_SAMPLES])
    meter.finish()
    return meter.true_peak


class PeakMeter:
    """It takes peaks of sound that comes in blocks; linear. Silence stands before and after it.

    It is as exact as oversampling everything, but leaves out stretches that are too quiet to hold the peak.
    """

    def __init__(self, channels: int, rate: int) -> None:
        self.true_peak = self.sample_peak = 0.0
        self._kernels = interpolators(oversampling(rate))
        self._overshoot = overshoot(self._kernels)
        self._tail = np.zeros((channels, TAPS))

    def add(self, block: np.ndarray) -> None:
        """Take the next (channels, n) samples."""
        # Not abs(block), which would copy it.
        self.sample_peak = max(self.sample_peak, float(block.max(initial=0.0)), -float(block.min(initial=0.0)))
        self.true_peak = max(self.true_peak, self.sample_peak)
        waiting = np.concatenate([self._tail, block], axis=1)
        for channel in waiting[:, None]:
            self._search(channel)
        self._tail = waiting[:, waiting.shape[1] - TAPS + 1 :]

    def finish(self) -> None:
        """Take that nothing more comes."""
        self.add(np.zeros((self._tail.shape[0], TAPS)))

    def _search(self, channel: np.ndarray) -> None:
        spans = [(first, first + BLOCK_SAMPLES + TAPS) for first in range(0, channel.size - TAPS + 1, BLOCK_SAMPLES)]
        # Loudest first: then most of the rest cannot reach what is already found.
        levels = [float(np.abs(channel[:, first:last]).max(initial=0.0)) for first, last in spans]
        for index in np.argsort(levels)[::-1]:
            if levels[index] * self._overshoot <= self.true_peak:
                break
            first, last = spans[index]
            found = float(peaks(channel[:, first:last].astype(np.float64), self._kernels).max())
            self.true_peak = max(self.true_peak, found)


def oversampling(rate: int) -> int:
    """Return how many values per sample reach 192 kHz."""
    return max(2, -(-192000 // rate))


def overshoot(kernels: np.ndarray) -> float:
    """Return how far the wave between samples can rise above them, at most."""
    return float(np.abs(kernels).sum(axis=1).max())


def excerpt(samples: Waves, first: int, last: int) -> np.ndarray:
    """Return samples (channels, last - first) in float64; silence stands before and after the signal."""
    block = np.zeros((samples.shape[0], last - first))
    inside = samples[:, max(0, first) : max(0, last)]
    begin = max(0, -first)
    block[:, begin : begin + inside.shape[1]] = inside
    return block


def peaks(block: np.ndarray, kernels: np.ndarray) -> np.ndarray:
    """Return the highest absolute value (n,), over the channels of (channels, n + TAPS - 1), from each sample to the
    next.

    The first sample that counts is number TAPS // 2 - 1 of the block.
    """
    before = TAPS // 2 - 1
    highest: np.ndarray = np.abs(block[:, before : block.shape[1] - TAPS // 2]).max(axis=0)
    for channel in block:
        for kernel in kernels:
            np.maximum(highest, np.abs(np.convolve(channel, kernel[::-1], mode="valid")), out=highest)
    return highest
