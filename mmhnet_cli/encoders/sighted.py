"""The encoders of the mini's second edition: eyes that know the real world, and words in the same space."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from mmhnet_cli.encoders.changes import CHANGES_STREAM, Changes, happenings
from mmhnet_cli.encoders.efficientnet import EfficientNetLite
from mmhnet_cli.encoders.meaning import CLIP_FPS, SYNC_FPS, asked_features, moved_features, seen_features
from mmhnet_cli.encoders.protocol import Extractor
from mmhnet_cli.encoders.seeing import SEEING_FPS, Seeing
from mmhnet_cli.encoders.understanding import WordSpace
from mmhnet_cli.media.frames import FrameBatch, FrameStream

STREAMS = (CHANGES_STREAM, FrameStream(SEEING_FPS))
"""Small pictures for what happens, and a few of the film's own size for what is there."""


class SightedExtractor:
    """Takes the frames of a film and gives what is seen and what happens in it."""

    def __init__(self, quick: EfficientNetLite, sharp: EfficientNetLite) -> None:
        self._changes, self._seeing = Changes(quick), Seeing(sharp)

    def push(self, batch: FrameBatch) -> None:
        """Take the next frames of one stream."""
        (self._changes if batch.stream == 0 else self._seeing).push(batch.frames)

    def finish(self) -> tuple[np.ndarray, np.ndarray]:
        """(V, CLIP_DIM) and (S, SYNC_DIM), float32. Raises ValueError where there was no frame."""
        happened = happenings(self._changes.finish())
        frames = math.ceil(len(happened) * CLIP_FPS / SYNC_FPS)
        return seen_features(self._seeing.finish(), frames), moved_features(happened)


@dataclass(frozen=True)
class SightedEncoders:
    """quick: eyes for changes; sharp: eyes for things; both on the processor. device: where features of words go."""

    quick: EfficientNetLite
    sharp: EfficientNetLite
    space: WordSpace
    device: torch.device
    streams: Sequence[FrameStream] = STREAMS

    def extractor(self) -> Extractor:
        """A fresh one, for one film."""
        return SightedExtractor(self.quick, self.sharp)

    def words(self, text: str) -> tuple[Tensor, Tensor | None]:
        """(1, W, TEXT_DIM): a token for each sound that is asked for, after the one that begins every text."""
        tokens = asked_features(self.space.understand(text))
        return torch.from_numpy(tokens)[None].to(self.device), None
