"""Brings sound from the model's rate to the delivery rate, to the exact sample."""

from collections.abc import Iterable, Iterator
from fractions import Fraction

import numpy as np
import soxr

from mmhnet_cli.timeline import round_half_up

BLOCK_SAMPLES = 1 << 16
# How far a caller's length may lie from the exact one: lengths of the two rates are each rounded once.
TOLERANCE_SAMPLES = 8


def resample(samples: np.ndarray, rate_in_hz: int, rate_out_hz: int, length: int | None = None) -> np.ndarray:
    """Resample (channels, n) to (channels, length) float32; `length` is nearest to n * rate_out / rate_in unless given.

    It has very high quality, linear phase and no delay. A `length` a few samples off is trimmed or filled with silence;
    more than that raises ValueError, because it would hide an error in time.
    """
    exact = round_half_up(Fraction(samples.shape[1] * rate_out_hz, rate_in_hz))
    length = exact if length is None else length
    if abs(length - exact) > TOLERANCE_SAMPLES:
        raise ValueError(f"{samples.shape[1]} samples at {rate_in_hz} Hz cannot give {length} at {rate_out_hz} Hz")
    out = np.zeros((samples.shape[0], length), dtype=np.float32)
    if rate_in_hz == rate_out_hz:
        kept = min(length, samples.shape[1])
        out[:, :kept] = samples[:, :kept]
        return out
    stream = soxr.ResampleStream(rate_in_hz, rate_out_hz, samples.shape[0], dtype="float32", quality="VHQ")
    filled = 0
    for first in range(0, samples.shape[1], BLOCK_SAMPLES):
        block = np.ascontiguousarray(samples[:, first : first + BLOCK_SAMPLES].T, dtype=np.float32)
        converted = stream.resample_chunk(block, last=first + BLOCK_SAMPLES >= samples.shape[1]).T
        kept = min(converted.shape[1], length - filled)
        out[:, filled : filled + kept] = converted[:, :kept]
        filled += kept
    return out


def resample_blocks(blocks: Iterable[np.ndarray], rate_in_hz: int, rate_out_hz: int) -> Iterator[np.ndarray]:
    """Yield blocks (n,) float32 of one channel at another rate; together they are what `resample` makes of all."""
    if rate_in_hz == rate_out_hz:
        yield from blocks
        return
    stream = soxr.ResampleStream(rate_in_hz, rate_out_hz, 1, dtype="float32", quality="VHQ")
    for block in blocks:
        yield stream.resample_chunk(block[:, None])[:, 0]
    yield stream.resample_chunk(np.zeros((0, 1), np.float32), last=True)[:, 0]
