"""Sounds that are worked out stretch by stretch as they are read: what is done to a long one needs no copy of it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np


class Waves(Protocol):
    """Samples (channels, n) that are read as `samples[:, first:last]`: an array, or what computes them then."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Return how many channels there are, and how many samples."""

    def __getitem__(self, key: tuple[slice, slice], /) -> np.ndarray:
        """Return a stretch (channels, last - first)."""


class Room(Waves, Protocol):
    """Waves that are written as they are read: `samples[:, first:last] = values`."""

    def __setitem__(self, key: tuple[slice, slice], values: np.ndarray, /) -> None:
        """Write a stretch (channels, last - first)."""


def stretches(of: Waves, size: int) -> Iterator[np.ndarray]:
    """Yield all of it (channels, size), and the rest at the end."""
    for first in range(0, of.shape[1], size):
        yield of[:, first : min(first + size, of.shape[1])]


class Computed(ABC):
    """Waves that are no array. `np.asarray` of them is the whole."""

    def __init__(self, channels: int, samples: int) -> None:
        self.shape = (channels, samples)

    @abstractmethod
    def stretch(self, first: int, last: int) -> np.ndarray:
        """Return samples (channels, last - first), which are all there."""

    def __getitem__(self, key: tuple[slice, slice], /) -> np.ndarray:
        """Return a stretch of all channels, as an array would."""
        first, last, step = key[1].indices(self.shape[1])
        if key[0] != slice(None) or step != 1:
            raise IndexError(f"{key} is no stretch of all channels")
        return self.stretch(first, max(first, last))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """Return all of it."""
        return np.asarray(self[:, :], dtype)


class Window(Computed):
    """The samples `part` of waves."""

    def __init__(self, of: Waves, part: slice) -> None:
        first, last, _ = part.indices(of.shape[1])
        super().__init__(of.shape[0], max(0, last - first))
        self._of, self._first = of, first

    def stretch(self, first: int, last: int) -> np.ndarray:
        """Return them from where the window begins."""
        return self._of[:, self._first + first : self._first + last]


class Changed(Computed):
    """Waves of which each stretch is changed by itself.

    change: stretch (channels, m) and the number of its first sample to (`channels`, m); the number of channels stays
    where that is None. It changes no array in place.
    """

    def __init__(self, of: Waves, change: Callable[[np.ndarray, int], np.ndarray], channels: int | None = None) -> None:
        super().__init__(of.shape[0] if channels is None else channels, of.shape[1])
        self._of, self._change = of, change

    def stretch(self, first: int, last: int) -> np.ndarray:
        """Return them changed."""
        return self._change(self._of[:, first:last], first)


class Summed(Computed):
    """The sum of waves of one shape, added in their order."""

    def __init__(self, parts: Sequence[Waves]) -> None:
        super().__init__(*parts[0].shape)
        if any(part.shape != self.shape for part in parts):
            raise ValueError(f"waves of shapes {[part.shape for part in parts]} have no sum")
        self._parts = parts

    def stretch(self, first: int, last: int) -> np.ndarray:
        """Return their sum."""
        total = self._parts[0][:, first:last].copy()
        for part in self._parts[1:]:
            total += part[:, first:last]
        return total
