"""A stretch of one sound put in the place of another's, with fades outside it."""

from dataclasses import dataclass

import numpy as np


def splice(old: np.ndarray, new: np.ndarray, at: int, stretch: slice, fade: int) -> np.ndarray:
    """Return a copy of `old` (channels, n) that is `new` (channels, m) in the `stretch` of samples.

    at: sample of `old` at which `new` begins, which reaches over the stretch. Both cross-fade over up to `fade` samples
    before and after it, as far as both reach; all samples beyond are those of `old`, to the bit.
    """
    return Seam.between(old, new, at, stretch, fade).of(old, new, at)


@dataclass(frozen=True)
class Seam:
    """How one sound goes over into another and back: sounds that sum to others do after it, where all have its shares.

    first: the sample at which the first fade begins. share, gain: (m,) from there on, what of the new one is heard, and
    how much of both. stretch: samples that are the new one's alone.
    """

    first: int
    share: np.ndarray
    gain: np.ndarray
    stretch: slice

    @classmethod
    def between(cls, old: np.ndarray, new: np.ndarray, at: int, stretch: slice, fade: int) -> "Seam":
        """Return the seam of two sounds, as for `splice`."""
        first, last = max(0, at, stretch.start - fade), min(stretch.stop + fade, old.shape[1], at + new.shape[1])
        ways = []
        for begin, end, rising in ((first, stretch.start, True), (stretch.stop, last, False)):
            ways.append(_shares(old[:, begin:end], new[:, begin - at : end - at], rising))
        (in_share, in_gain), (out_share, out_gain) = ways
        whole = np.ones(stretch.stop - stretch.start)
        return cls(
            first,
            np.concatenate([in_share, whole, out_share]),
            np.concatenate([in_gain, whole, out_gain]),
            stretch,
        )

    def of(self, old: np.ndarray, new: np.ndarray, at: int, begins: int = 0) -> np.ndarray:
        """Return a copy of `old` (channels, n), which begins at sample `begins`, with `new`, which begins at `at`.

        Where the new one does not reach, it is silent.
        """
        spliced = old.copy()
        first = max(self.first, begins)
        last = min(self.first + len(self.share), begins + old.shape[1])
        if first >= last:
            return spliced
        part = slice(first - begins, last - begins)
        now = np.zeros_like(old[:, part])
        inside = slice(max(first, at), max(first, at, min(last, at + new.shape[1])))
        now[:, inside.start - first : inside.stop - first] = new[:, inside.start - at : inside.stop - at]
        shares = slice(first - self.first, last - self.first)
        share, gain = self.share[shares], self.gain[shares]
        spliced[:, part] = (gain * (share * now + (1 - share) * old[:, part])).astype(np.float32)
        alone = slice(max(first, self.stretch.start), max(first, min(last, self.stretch.stop)))
        spliced[:, alone.start - begins : alone.stop - begins] = now[:, alone.start - first : alone.stop - first]
        return spliced


def crossed(old: np.ndarray, new: np.ndarray, rising: bool) -> np.ndarray:
    """Cross-fade from the old to the new one, or back, at an even power, however alike the two are."""
    in_share, gain = _shares(old, new, rising)
    return (gain * (in_share * new + (1 - in_share) * old)).astype(np.float32)


def _shares(old: np.ndarray, new: np.ndarray, rising: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return the share (n,) of the new one in a cross-fade, and the gain (n,) that keeps its power even."""
    length = old.shape[1]
    share = (np.arange(length) + 0.5) / max(1, length)
    in_share = np.sin(np.pi / 2 * (share if rising else share[::-1])) ** 2
    energy = float(np.sqrt(np.square(old).sum(dtype=np.float64) * np.square(new).sum(dtype=np.float64)))
    alike = float(np.sum(old.astype(np.float64) * new)) / energy if energy else 1.0
    alike = min(max(alike, 0.0), 1.0)
    gain = 1 / np.sqrt(in_share**2 + (1 - in_share) ** 2 + 2 * alike * in_share * (1 - in_share))
    return in_share, gain
