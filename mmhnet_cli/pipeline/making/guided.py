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
    wordless: Features | None = None
    """It is told the picture with the negative prompt, where guidance leads away from both by turns, so that a prompt
    holds against a picture; None where it does not."""

    @property
    def nulls(self) -> tuple[Features, ...]:
        """Return those that guidance leads away from, in turn."""
        return (self.null,) if self.wordless is None else (self.wordless, self.null)

    def each(self, change: Callable[[Features], Features]) -> "GuidedFeatures":
        """Return all of them changed alike."""
        wordless = None if self.wordless is None else change(self.wordless)
        return GuidedFeatures(change(self.real), change(self.null), wordless)


def side_by_side(guided: Sequence[GuidedFeatures]) -> GuidedFeatures:
    """Join several to one batch, padded at the end and masked; one alone is left as it is.

    Raises ValueError where some have a `wordless` and others none: turns are taken by all together.
    """
    if len(guided) == 1:
        return guided[0]
    wordless = [one.wordless for one in guided if one.wordless is not None]
    if wordless and len(wordless) < len(guided):
        raise ValueError("films that guidance leads away from by turns, beside others")
    return GuidedFeatures(
        joined([one.real for one in guided]),
        joined([one.null for one in guided]),
        joined(wordless) if wordless else None,
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
