"""What a model sees and reads with: one contract for the mini's own descriptors and for the public networks."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from torch import Tensor

from mmhnet_cli.media.frames import FrameBatch, FrameStream


class Extractor(Protocol):
    """It takes the frames of a film and gives its features."""

    def push(self, batch: FrameBatch) -> None:
        """Take the next frames of one stream."""

    def finish(self) -> tuple[np.ndarray, np.ndarray]:
        """Return clip (V, clip_dim) and sync (S, sync_dim), float32."""


class Encoders(Protocol):
    """The encoders of one model, on its device."""

    @property
    def streams(self) -> Sequence[FrameStream]:
        """Return the frames that `extractor` wants."""

    def extractor(self) -> Extractor:
        """Return a fresh one, for one film."""

    def words(self, text: str) -> tuple[Tensor, Tensor | None]:
        """Return features of a text (1, W, text_dim) and their mask (1, W), None where every token counts."""
