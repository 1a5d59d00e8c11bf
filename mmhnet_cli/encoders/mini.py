"""The encoders of the mini: eyes that know the real world, and words in the same space."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from mmhnet_cli.encoders.changes import CHANGES_STREAM, Changes, happenings
from mmhnet_cli.encoders.efficientnet import EfficientNetLite
from mmhnet_cli.encoders.meaning import (
    CLIP_FPS,
    KIND_NAMES,
    MOST_SOUNDS,
    SYNC_FPS,
    asked_features,
    asked_tokens,
    degree_features,
    moved_features,
    near,
    opposed_tokens,
    seen_as_asked,
    seen_features,
    with_hits,
)
from mmhnet_cli.encoders.protocol import Extractor, Picture, Shot
from mmhnet_cli.encoders.published_eyes import LITE0, LITE2, load_eyes
from mmhnet_cli.encoders.seeing import SEEING_STREAM, Seeing
from mmhnet_cli.encoders.shots import CUT, EVERYWHERE, cuts_of, looks_at, pan_of, shots_of, steady
from mmhnet_cli.encoders.understanding import WordSpace
from mmhnet_cli.fields import check_fields
from mmhnet_cli.media.frames import FrameBatch, FrameStream

SURE_SHARE = 0.15
"""A kind with such a share of what is seen in a shot is there."""
STREAMS = (CHANGES_STREAM, SEEING_STREAM)
"""Small pictures for what happens, and a few larger ones for what is there."""


@dataclass(frozen=True)
class EyesConfig:
    """The eyes that a network was trained to see with: for what happens, and for what is there."""

    happening: Literal["efficientnet-lite0"] = "efficientnet-lite0"
    things: Literal["efficientnet-lite2"] = "efficientnet-lite2"

    def __post_init__(self) -> None:
        check_fields(self)


def likeliest(shots: Sequence[Shot]) -> list[str]:
    """Return the likeliest kind of each shot that shows one for sure, each once, those that are seen longest first."""
    seconds: dict[str, float] = {}
    for shot in shots:
        kind, share = next(iter(shot.shares.items()), ("", 0.0))
        if share >= SURE_SHARE:
            seconds[kind] = seconds.get(kind, 0.0) + shot.end_s - shot.start_s
    return sorted(seconds, key=lambda kind: -seconds[kind])[:MOST_SOUNDS]


class MiniExtractor:
    """It takes the frames of a film and gives what is seen and what happens in it."""

    def __init__(self, happening: EfficientNetLite, things: EfficientNetLite) -> None:
        self._changes, self._seeing = Changes(happening), Seeing(things)

    def push(self, batch: FrameBatch) -> None:
        """Take the next frames of one stream."""
        (self._changes if batch.stream == 0 else self._seeing).push(batch.frames)

    def finish(self) -> Picture:
        """Return the features of all frames. Raises ValueError where a stream had none."""
        measures, shares = self._changes.finish(), self._seeing.finish()
        begins_s, end_s = cuts_of(measures, self._changes.lasting()), len(measures) / SYNC_FPS
        times_s = np.arange(math.ceil(len(measures) * CLIP_FPS / SYNC_FPS)) / CLIP_FPS
        held = steady(shares, begins_s)[looks_at(times_s, len(shares), begins_s)]
        happened = happenings(measures)
        # A cut is all over the picture, and would count as movement.
        strength = np.where(measures[:, EVERYWHERE] > CUT, 0, happened[:, 0])
        return Picture(
            seen_features(held),
            moved_features(happened),
            pan_of(self._changes.where(), strength, begins_s),
            shots_of(shares, begins_s, end_s, KIND_NAMES),
        )


def part_of(picture: Picture, first_s: int, seconds: int) -> Picture:
    """Return what a picture has of so many whole seconds, from `first_s` on: a whole second is a whole number of its
    frames."""

    def rows(values: np.ndarray, fps: int) -> np.ndarray:
        return values[first_s * fps : (first_s + seconds) * fps]

    last_s = first_s + seconds
    shots = tuple(
        replace(shot, start_s=max(shot.start_s, first_s) - first_s, end_s=min(shot.end_s, last_s) - first_s)
        for shot in picture.shots
        if shot.start_s < last_s and shot.end_s > first_s
    )
    pan = None if picture.pan is None else rows(picture.pan, SYNC_FPS)
    return Picture(rows(picture.clip, CLIP_FPS), rows(picture.sync, SYNC_FPS), pan, shots)


@dataclass(frozen=True)
class MiniEyes:
    """Both eyes, on the processor in float32."""

    happening: EfficientNetLite
    things: EfficientNetLite

    @property
    def streams(self) -> Sequence[FrameStream]:
        """Return the frames that `extractor` wants."""
        return STREAMS

    @property
    def computes(self) -> str:
        """Return what the eyes compute on, whatever the network does."""
        return "cpu float32"

    def extractor(self) -> Extractor:
        """Return a fresh one, for one film."""
        return MiniExtractor(self.happening, self.things)


@dataclass(frozen=True)
class MiniEncoders(MiniEyes):
    """Both eyes, and the space of words."""

    space: WordSpace
    device: torch.device
    """Features of words go there."""

    def with_hits(self, sync: np.ndarray, hits: Sequence[tuple[float, float]]) -> np.ndarray:
        """Return sync (S, SYNC_DIM) with these hits, in seconds and from 0 to 1."""
        return with_hits(sync, hits)

    def blinded(self, picture: Picture) -> Picture | None:
        """Return a picture as long in which nothing is seen and nothing moves."""
        return Picture(np.zeros_like(picture.clip), np.zeros_like(picture.sync))

    def seen_words(self, picture: Picture) -> tuple[Tensor, Tensor | None] | None:
        """Return a token for each kind that is the likeliest of a shot, as if somebody had asked for it.

        Who says nothing leaves the sound to the picture, and what is seen for sure need not be guessed again.
        """
        kinds = likeliest(picture.shots)
        if not kinds:
            return None
        nearness = [np.eye(len(KIND_NAMES), dtype=np.float32)[KIND_NAMES.index(kind)] for kind in kinds]
        return torch.from_numpy(asked_tokens(nearness, degree_features(())))[None].to(self.device), None

    def as_asked(self, picture: Picture, text: str) -> Picture:
        """Return what is seen in the light of a text: its sounds, each as far as it is seen."""
        sounds = self.space.understand(text).sounds[:MOST_SOUNDS]
        shares = seen_as_asked(picture.clip[:, :-1] ** 2, [near(sound) for sound in sounds])
        return replace(picture, clip=seen_features(shares))

    def opposed(self, words: Tensor) -> Tensor | None:
        """Return `words` (1, W, TEXT_DIM) with the other end of each scale; None where none is named."""
        tokens = opposed_tokens(words.cpu().numpy())
        return None if tokens is None else torch.from_numpy(tokens).to(self.device)

    def words(self, text: str) -> tuple[Tensor, Tensor | None]:
        """Return (1, W, TEXT_DIM): a token for each sound that is asked for, after the one that begins every text."""
        tokens = asked_features(self.space.understand(text))
        return torch.from_numpy(tokens)[None].to(self.device), None


def load_mini_eyes() -> MiniEyes:
    """Load the eyes alone. Raises PackageMissing or WeightsInvalid."""
    return MiniEyes(load_eyes(LITE0), load_eyes(LITE2))


def load_mini_encoders(space: WordSpace, device: torch.device) -> MiniEncoders:
    """Load the eyes. Raises PackageMissing or WeightsInvalid."""
    return MiniEncoders(load_eyes(LITE0), load_eyes(LITE2), space, device)
