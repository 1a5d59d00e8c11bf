"""A gain that changes from sample to sample, and is 1 in most places."""

import numpy as np


class GainCurve:
    """A gain (n,) float32 in (0, 1]. Where it is 1 it takes no memory: what is kept is by how much it is lower, and
    pages of zeros to which nobody has written do not exist."""

    def __init__(self, below: np.ndarray) -> None:
        self._below = below

    @classmethod
    def ones(cls, samples: int) -> "GainCurve":
        """Return a gain that is 1 throughout."""
        return cls(np.zeros(samples, np.float32))

    def __len__(self) -> int:
        """Return n."""
        return self._below.size

    def __getitem__(self, part: slice) -> np.ndarray:
        """Return a copy of a stretch."""
        return self._below[part] + np.float32(1)

    def __setitem__(self, part: slice, gain: np.ndarray) -> None:
        """Set a stretch, to which a gain of more than a half is kept to the bit."""
        self._below[part] = gain.astype(np.float32) - np.float32(1)

    def of(self, part: slice) -> "GainCurve":
        """Return the gain of a stretch, which is not copied."""
        return GainCurve(self._below[part])

    @property
    def lowest(self) -> float:
        """Return the least gain there is."""
        return 1 + float(self._below.min(initial=0))

    @property
    def lowered_share(self) -> float:
        """Return the part of the time in which it is not 1."""
        return np.count_nonzero(self._below) / max(1, self._below.size)

    def lowest_from(self, starts: np.ndarray) -> np.ndarray:
        """Return the least gain from each start (m,) to the next one, and from the last one to the end."""
        return 1 + np.minimum.reduceat(self._below, starts[starts < self._below.size])
