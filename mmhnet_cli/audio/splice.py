"""A stretch of one sound put in the place of another's, with fades outside it."""

import numpy as np


def splice(old: np.ndarray, new: np.ndarray, at: int, stretch: slice, fade: int) -> np.ndarray:
    """Return a copy of `old` (channels, n) that is `new` (channels, m) in the `stretch` of samples.

    at: sample of `old` at which `new` begins, which reaches over the stretch. Both cross-fade over up to `fade` samples
    before and after it, as far as both reach; all samples beyond are those of `old`, to the bit.
    """
    spliced = old.copy()
    first, last = stretch.start, stretch.stop
    spliced[:, first:last] = new[:, first - at : last - at]
    before = slice(max(0, at, first - fade), first)
    after = slice(last, min(last + fade, old.shape[1], at + new.shape[1]))
    for part, rising in ((before, True), (after, False)):
        here = slice(part.start - at, part.stop - at)
        spliced[:, part] = crossed(old[:, part], new[:, here], rising)
    return spliced


def crossed(old: np.ndarray, new: np.ndarray, rising: bool) -> np.ndarray:
    """Cross-fade from the old to the new one, or back, at an even power, however alike the two are."""
    length = old.shape[1]
    share = (np.arange(length) + 0.5) / max(1, length)
    in_share = np.sin(np.pi / 2 * (share if rising else share[::-1])) ** 2
    energy = float(np.sqrt(np.square(old).sum(dtype=np.float64) * np.square(new).sum(dtype=np.float64)))
    alike = float(np.sum(old.astype(np.float64) * new)) / energy if energy else 1.0
    alike = min(max(alike, 0.0), 1.0)
    gain = 1 / np.sqrt(in_share**2 + (1 - in_share) ** 2 + 2 * alike * in_share * (1 - in_share))
    return (gain * (in_share * new + (1 - in_share) * old)).astype(np.float32)
