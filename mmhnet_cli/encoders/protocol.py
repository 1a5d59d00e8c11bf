"""What a model sees and reads with: one contract for the mini's encoders and for the public ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from torch import Tensor

from mmhnet_cli.media.frames import FrameBatch, FrameStream


@dataclass(frozen=True)
class Shot:
    """A stretch of the film without a cut, in seconds from where its reading began."""

    start_s: float
    end_s: float
    shares: Mapping[str, float] = field(default_factory=dict)
    """What is seen in it may sound like these kinds, the likeliest first; together they have 1 at most."""


@dataclass(frozen=True)
class Picture:
    """What a network is told of the pictures of a film."""

    clip: np.ndarray
    """It has the features (V, clip_dim) of what is seen, float32."""
    sync: np.ndarray
    """It has the features (S, sync_dim) of what happens, float32."""
    pan: np.ndarray | None = None
    """It says for each frame of sync (S,) on which side things happen, from -1, left, to 1; None is the middle."""
    shots: tuple[Shot, ...] = ()
    """There are none from encoders that do not name what they see."""


class Extractor(Protocol):
    """It takes the frames of a film and gives its features."""

    def push(self, batch: FrameBatch) -> None:
        """Take the next frames of one stream."""

    def finish(self) -> Picture:
        """Return the features of all frames. Raises ValueError where a stream had none."""


class Eyes(Protocol):
    """What a model sees with."""

    @property
    def streams(self) -> Sequence[FrameStream]:
        """Return the frames that `extractor` wants."""

    @property
    def computes(self) -> str:
        """Return on what, and in which precision, features of films are computed."""

    def extractor(self) -> Extractor:
        """Return a fresh one, for one film."""


class Encoders(Eyes, Protocol):
    """The encoders of one model, on its device."""

    def with_hits(self, sync: np.ndarray, hits: Sequence[tuple[float, float]]) -> np.ndarray:
        """Return sync (S, sync_dim) that says when something hits, in seconds, and how strongly, from 0 to 1; the same
        where the network knows nothing of hits."""

    def blinded(self, picture: Picture) -> Picture | None:
        """Return a picture as long in which nothing is seen and nothing moves; None where the network has an empty one
        of its own."""

    def as_asked(self, picture: Picture, text: str) -> Picture:
        """Return what is seen in the light of what a text asks for; the same where the two are in different spaces."""

    def seen_words(self, picture: Picture) -> tuple[Tensor, Tensor | None] | None:
        """Return what is seen, as `words` would if somebody asked for it; None where nothing is, or is not named."""

    def opposed(self, words: Tensor) -> Tensor | None:
        """Return features of a text (1, W, text_dim) in the opposite degrees; None where it has none, or hides them."""

    def words(self, text: str) -> tuple[Tensor, Tensor | None]:
        """Return features of a text (1, W, text_dim) and their mask (1, W), None where every token counts."""
