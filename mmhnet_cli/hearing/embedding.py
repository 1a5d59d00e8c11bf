"""What sounds are compared by: one contract for the embedding that ships and for those of the field."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np


@dataclass(frozen=True)
class Embedded:
    """A sound by its windows. features: (W, D) float32. probabilities: (W, K) float32, of the embedding's classes, or
    None where it knows none."""

    features: np.ndarray
    probabilities: np.ndarray | None


class Embedding(Protocol):
    """It hears sound as features and as probabilities of classes."""

    @property
    def name(self) -> str:
        """Return what the figures say that they were made with."""

    @property
    def label(self) -> str:
        """Return what the field calls figures by it, as VGG in FD_VGG; nothing for one of ours."""

    @property
    def rate_hz(self) -> int:
        """Return the rate that it wants sound at."""

    def __call__(self, sound: np.ndarray) -> Embedded:
        """Return those of the windows of (samples,) at `rate_hz`, one at least."""
