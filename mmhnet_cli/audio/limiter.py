"""A look-ahead limiter as a gain curve, which holds the true peak of a sound below a ceiling."""

from collections.abc import Callable, Iterator

import numpy as np
from scipy.ndimage import maximum_filter1d, uniform_filter1d

from mmhnet_cli.audio.gain_curve import GainCurve
from mmhnet_cli.audio.true_peak import BLOCK_SAMPLES, TAPS, excerpt, interpolators, oversampling, overshoot, peaks
from mmhnet_cli.audio.waves import Waves

LOOK_AHEAD_S = 0.005  # the gain falls in the time that a peak masks before itself
HOLD_S = 0.010  # half a period of 50 Hz: the gain stays put under a low tone instead of bending its wave
RELEASE_DB_PER_S = 60.0
SMOOTHINGS = 3  # moving averages one after the other: a curve without corners
LEAST_SHARE = 1e-4  # what is left of a sound beside another one that leaves no room
AIM_DB = 0.002  # below the ceiling: for float32, and for the little by which a moving gain moves the crests


def limiter_gain(samples: Waves, rate: int, ceiling_dbtp: float, beside: Waves | None = None) -> GainCurve:
    """Return the gain (n,) in (0, 1] that holds the true peak of (channels, n) samples at `ceiling_dbtp`.

    beside: (channels, n) that are added to them and stay as they are: then the peak of the sum is held. Where they pass
    the ceiling by themselves, the sum is held at their own peak.
    One curve serves all channels, and is exactly 1 away from what passes the ceiling. Blocks are worked through one by
    one: it takes little memory beyond where the curve is not 1.
    """
    kernels = interpolators(oversampling(rate))
    box = 1 + round(LOOK_AHEAD_S * rate / SMOOTHINGS)
    look_ahead = SMOOTHINGS * (box - 1)
    # Whatever the averages mix in at a peak must be as low as the peak needs. 2: a crest between two samples asks it
    # of both.
    window = look_ahead + round(HOLD_S * rate) + 2
    curve = GainCurve.ones(samples.shape[1])
    context = window - 1 + look_ahead
    reduction_db = np.zeros(context)
    for first in range(-TAPS, samples.shape[1] + look_ahead, BLOCK_SAMPLES):
        if beside is None:
            excess_db = _excess_db(samples, first, kernels, ceiling_dbtp)
        else:
            excess_db = _excess_beside_db(samples, beside, first, kernels, ceiling_dbtp)
        released_db = _release(excess_db, reduction_db[-1], rate)
        reduction_db = np.append(reduction_db[-context:], released_db)
        if reduction_db.any():
            smooth_db = _over_windows(maximum_filter1d, reduction_db, window)
            for _ in range(SMOOTHINGS):
                smooth_db = _over_windows(uniform_filter1d, smooth_db, box)
            begin = first - look_ahead
            part = slice(max(0, begin), min(max(0, begin + BLOCK_SAMPLES), len(curve)))
            curve[part] = 10 ** (-smooth_db[max(0, -begin) :][: max(0, part.stop - part.start)] / 20)
    return curve


def _excess_db(samples: Waves, first: int, kernels: np.ndarray, ceiling_dbtp: float) -> np.ndarray:
    """Return by how much BLOCK_SAMPLES from `first` on pass the ceiling; 0 where they do not."""
    block = excerpt(samples, first - (TAPS // 2 - 1), first + BLOCK_SAMPLES + TAPS // 2)
    ceiling = 10 ** (ceiling_dbtp / 20)
    excess_db = np.zeros(BLOCK_SAMPLES)
    if float(np.abs(block).max()) * overshoot(kernels) > ceiling:
        highest = peaks(block, kernels)
        above = highest > ceiling
        excess_db[above] = 20 * np.log10(highest[above] / ceiling) + AIM_DB
    return excess_db


def _excess_beside_db(
    samples: Waves, beside: Waves, first: int, kernels: np.ndarray, ceiling_dbtp: float
) -> np.ndarray:
    """Return by how much BLOCK_SAMPLES from `first` on are too loud for their sum with `beside`; 0 where they are not.

    What is added changes sign and size from point to point: each point has a share of the samples of its own.
    """
    last = first + BLOCK_SAMPLES + TAPS // 2
    moved, stays = (excerpt(sound, first - (TAPS // 2 - 1), last) for sound in (samples, beside))
    ceiling, share = 10 ** (ceiling_dbtp / 20), np.ones(BLOCK_SAMPLES)
    highest = float(np.abs(moved).max(initial=0.0)) + float(np.abs(stays).max(initial=0.0))
    if highest * overshoot(kernels) <= ceiling:
        return np.zeros(BLOCK_SAMPLES)
    for new, old in zip(moved, stays, strict=True):
        for ours, theirs in zip(_between(new, kernels), _between(old, kernels), strict=True):
            both = ours + theirs
            bound = np.maximum(ceiling, np.abs(theirs))
            over = np.flatnonzero(np.abs(both) > bound)
            # Over the bound, `ours` has the sign of the sum and is not 0.
            room = (bound[over] - np.sign(both[over]) * theirs[over]) / np.abs(ours[over])
            share[over] = np.minimum(share[over], room)
    lowered = share < 1
    excess_db = np.zeros(BLOCK_SAMPLES)
    excess_db[lowered] = AIM_DB - 20 * np.log10(np.maximum(share[lowered], LEAST_SHARE))
    return excess_db


def _between(channel: np.ndarray, kernels: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the samples that count of (n + TAPS - 1,), and the values at each step between them and the next ones."""
    yield channel[TAPS // 2 - 1 : channel.size - TAPS // 2]
    for kernel in kernels:
        yield np.convolve(channel, kernel[::-1], mode="valid")


def _release(excess_db: np.ndarray, before_db: float, rate: int) -> np.ndarray:
    """Return a reduction (n,) that rises at once with the excess and falls steadily; `before_db` stands before it."""
    fallen_db = RELEASE_DB_PER_S / rate * np.arange(excess_db.size + 1)
    return (np.maximum.accumulate(np.append(before_db, excess_db) + fallen_db) - fallen_db)[1:]


def _over_windows(filtered: Callable[[np.ndarray, int], np.ndarray], values: np.ndarray, size: int) -> np.ndarray:
    """Return `filtered` of every whole window of `size` values."""
    return filtered(values, size)[size // 2 :][: values.size - size + 1]
