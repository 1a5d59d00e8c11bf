"""Lays generated sound under a film's own, as effects are laid under dialogue."""

import numpy as np
from scipy import ndimage

from mmhnet_cli.audio.loudness import ABSOLUTE_GATE_LUFS, HOPS_PER_S, MOMENTARY_HOPS, hop_energies, window_loudness

# What is lowered fully, and not at all, counted down from the loudest 400 ms of the film's own sound: the words of a
# scene lie within the first distance, the noise of its room beyond the second.
FULL_LU = 20.0
NONE_LU = 40.0
# The way down ends where the film's sound begins, for all of it is known. The way up waits, so that the level does not
# move from word to word.
RAMP_HOPS = HOPS_PER_S // 5
WAIT_HOPS = HOPS_PER_S // 5
BLOCK_SAMPLES = 1 << 20


def duck_and_mix(original: np.ndarray, generated: np.ndarray, rate_hz: int, *, duck_db: float = 6.0) -> np.ndarray:
    """Mix both sounds into one, (channels, n) float32; one channel is laid on both sides of two.

    The film's own sound stays as it is. The generated one is lowered by up to `duck_db` where the film's own is heard,
    for that carries the words. Sums may pass full scale. Raises ValueError for sounds of unequal length.
    """
    if original.shape[1] != generated.shape[1]:
        raise ValueError(f"the sounds have {original.shape[1]} and {generated.shape[1]} samples")
    length = original.shape[1]
    depth = duck_depth(original, rate_hz)
    centres = (np.arange(depth.size) + 0.5) * rate_hz / HOPS_PER_S
    mixed = np.empty((max(original.shape[0], generated.shape[0]), length), dtype=np.float32)
    for first in range(0, length, BLOCK_SAMPLES):
        part = slice(first, min(first + BLOCK_SAMPLES, length))
        gain_db = -duck_db * np.interp(np.arange(part.start, part.stop), centres, depth)
        mixed[:, part] = original[:, part] + generated[:, part] * 10 ** (gain_db / 20)
    return mixed


def duck_depth(original: np.ndarray, rate_hz: int) -> np.ndarray:
    """Return how far (hops,) to lower another sound amid each hop: 0 not at all, 1 fully, with smooth ramps.

    It follows the loudness of each hop against the loudest moment, so a quiet recording lowers as much as a loud one.
    """
    hops = hop_energies(original, rate_hz)
    loudest = window_loudness(hops, MOMENTARY_HOPS).max(initial=-np.inf)
    if loudest <= ABSOLUTE_GATE_LUFS:
        return np.zeros(max(1, hops.size))
    depth = np.clip((window_loudness(hops, 1) - loudest + NONE_LU) / (NONE_LU - FULL_LU), 0, 1)
    # Held for longer by half a ramp on both sides, for the ramps are centred on the edges; and by half a hop.
    before = RAMP_HOPS // 2 + 1
    after = before + WAIT_HOPS
    held = ndimage.maximum_filter1d(depth, before + after + 1, origin=(after - before) // 2, mode="nearest")
    ramp = np.hanning(RAMP_HOPS + 3)[1:-1]
    return ndimage.convolve1d(held, ramp / ramp.sum(), mode="nearest")
