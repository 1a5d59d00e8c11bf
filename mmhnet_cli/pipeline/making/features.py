"""From pictures and words to what the network is told of them."""

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from mmhnet_cli.encoders.protocol import Encoders, Picture
from mmhnet_cli.model.conditions import Features
from mmhnet_cli.pipeline.making.guided import GuidedFeatures
from mmhnet_cli.pipeline.making.load import LoadedModel


def film_features(
    model: LoadedModel, encoders: Encoders, picture: Picture, prompt: str, negative_prompt: str, blind: bool = False
) -> GuidedFeatures:
    """Return the features (batch 1) of a film with its prompt, and those that guidance leads away from.

    blind: it is told no picture, but the empty one that the network knows.
    """

    def words(text: str) -> tuple[Tensor, Tensor | None]:
        # No words means the empty text that the network was trained with.
        return encoders.words(text) if text.strip() else (model.network.empty_text.unsqueeze(0), None)

    def tokens(rows: np.ndarray) -> Tensor:
        return torch.from_numpy(rows).unsqueeze(0).to(model.device, model.dtype)

    clip, sync = tokens(picture.clip), tokens(picture.sync)
    seen = None if prompt.strip() or blind else encoders.seen_words(picture)
    text, mask = words(prompt) if seen is None else seen
    real = Features(clip, sync, text.to(model.dtype), text_mask=mask)
    away, away_mask = words(negative_prompt)
    away = away.to(model.dtype)
    null = model.network.null_features(real, away, away_mask)
    if blind:
        real = replace(real, clip=null.clip, sync=null.sync)
    apart, push = replace(real, text=away, text_mask=away_mask), 1.0
    if prompt.strip() and not blind:
        real = replace(real, clip=tokens(encoders.as_asked(picture, prompt).clip))
    opposed = encoders.opposed(text) if prompt.strip() else None
    if opposed is not None:
        apart, push = replace(real, text=opposed.to(model.dtype)), model.network.config.degree_push
    if not model.network.config.word_guidance or (seen is None and prompt.strip() == negative_prompt.strip()):
        return GuidedFeatures(real, null)
    return GuidedFeatures(real, null, apart, push)
