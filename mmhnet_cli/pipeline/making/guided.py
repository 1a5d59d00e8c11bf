"""What the network is told of a voice, and what guidance leads away from: two or three features of one film."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from mmhnet_cli.model.conditions import Features


@dataclass(frozen=True)
class GuidedFeatures:
    """Features of one batch, of the same shapes but for the words."""

    real: Features
    """It is told film and prompt."""
    null: Features
    """It is told no picture, and the negative prompt."""
    apart: Features | None = None
    """It is told the picture too, where guidance leads away from both by turns, so that a prompt holds against a
    picture: with the negative prompt, or with the sounds of the prompt in the opposite degrees; None where it does
    not."""
    push: float = 1.0
    """Guidance leads away from `apart` so many times as far as from `null`."""

    @property
    def nulls(self) -> tuple[Features, ...]:
        """Return those that guidance leads away from, in turn."""
        return (self.null,) if self.apart is None else (self.apart, self.null)

    @property
    def pushes(self) -> tuple[float, ...]:
        """Return how far guidance leads away from each of them."""
        return (1.0,) if self.apart is None else (self.push, 1.0)

    def each(self, change: Callable[[Features], Features]) -> "GuidedFeatures":
        """Return all of them changed alike."""
        apart = None if self.apart is None else change(self.apart)
        return GuidedFeatures(change(self.real), change(self.null), apart, self.push)


def side_by_side(guided: Sequence[GuidedFeatures]) -> GuidedFeatures:
    """Join several to one batch, padded at the end and masked; one alone is left as it is.

    Raises ValueError where their `pushes` differ: turns are taken by all together.
    """
    if len(guided) == 1:
        return guided[0]
    if len({one.pushes for one in guided}) > 1:
        raise ValueError("films that guidance leads away from by turns, beside others")
    apart = [one.apart for one in guided if one.apart is not None]
    return GuidedFeatures(
        joined([one.real for one in guided]),
        joined([one.null for one in guided]),
        joined(apart) if apart else None,
        guided[0].push,
    )


def joined(features: Sequence[Features]) -> Features:
    """Join features (any batch each) to one batch in their order, padded at the end and masked."""
    clip, clip_mask = _padded([(one.clip, one.clip_mask) for one in features])
    sync, sync_mask = _padded([(one.sync, one.sync_mask) for one in features])
    text, text_mask = _padded([(one.text, one.text_mask) for one in features])
    return Features(clip, sync, text, clip_mask, sync_mask, text_mask)


def _padded(parts: Sequence[tuple[Tensor, Tensor | None]]) -> tuple[Tensor, Tensor]:
    longest = max(tokens.shape[1] for tokens, _ in parts)
    every = [tokens.new_ones(tokens.shape[:2], dtype=torch.bool) if mask is None else mask for tokens, mask in parts]
    tokens = torch.cat([F.pad(tokens, (0, 0, 0, longest - tokens.shape[1])) for tokens, _ in parts])
    return tokens, torch.cat([F.pad(mask, (0, longest - mask.shape[1])) for mask in every])
