"""Several short films through the sampler at once.

A step costs much before it computes anything, on a GPU most of all; on a processor two seconds take more than half as
long as eight. Side by side, films share that cost. Each gets the sound that it gets alone, but for rounding: how a
product of matrices is summed depends on their size.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from mmhnet_cli.flow.guidance import in_turn
from mmhnet_cli.flow.noise import noise
from mmhnet_cli.flow.solvers import SOLVERS
from mmhnet_cli.flow.times import uniform_times
from mmhnet_cli.model.conditions import Features
from mmhnet_cli.options import SamplerOptions
from mmhnet_cli.pipeline.making.load import LoadedModel
from mmhnet_cli.pipeline.making.long_form import guided_velocity
from mmhnet_cli.pipeline.making.sampling import Done


@dataclass(frozen=True)
class Part:
    """A film among others. real, nulls: what it is told, and what guidance leads away from (batch 1). latents: L."""

    real: Features
    nulls: tuple[Features, ...]
    latents: int
    seed: int


@torch.inference_mode()
def sample_together(model: LoadedModel, parts: Sequence[Part], sampler: SamplerOptions, done: Done) -> list[Tensor]:
    """Latents (L, C) of the codec for each film, sampled in one window; seeds are those of the parts.

    All parts have as many nulls.
    """
    network = model.network
    longest = max(part.latents for part in parts)
    lengths = torch.tensor([part.latents for part in parts], device=model.device)
    mask = torch.arange(longest, device=model.device) < lengths.unsqueeze(1)
    real = side_by_side([part.real for part in parts])
    nulls = [side_by_side(rows) for rows in zip(*(part.nulls for part in parts), strict=True)]
    scale = sampler.guidance_for(network.config.guidance)
    velocity = in_turn([guided_velocity(network, real, null, longest, scale, mask) for null in nulls], sampler.steps)
    channels = network.config.latent_channels
    start = torch.cat([_to_length(noise(part.seed, part.latents, channels), longest) for part in parts])

    def exact(x: Tensor, t: Tensor) -> Tensor:
        # As for one film: the state stays in float32.
        return velocity(x.to(model.dtype), t).float()

    solve = SOLVERS[sampler.solver]
    times = uniform_times(sampler.steps)
    sampled = network.unnormalise(solve(exact, start.to(model.device), times, lambda step, steps: done(step)))
    return [sampled[row, : part.latents] for row, part in enumerate(parts)]


def side_by_side(features: Sequence[Features]) -> Features:
    """Features of N films (batch 1 each) as a batch of N, padded at the end and masked."""
    clip, clip_mask = _padded([(one.clip, one.clip_mask) for one in features])
    sync, sync_mask = _padded([(one.sync, one.sync_mask) for one in features])
    text, text_mask = _padded([(one.text, one.text_mask) for one in features])
    return Features(clip, sync, text, clip_mask, sync_mask, text_mask)


def _padded(parts: Sequence[tuple[Tensor, Tensor | None]]) -> tuple[Tensor, Tensor]:
    longest = max(tokens.shape[1] for tokens, _ in parts)
    every = [tokens.new_ones(tokens.shape[:2], dtype=torch.bool) if mask is None else mask for tokens, mask in parts]
    tokens = torch.cat([_to_length(tokens, longest) for tokens, _ in parts])
    return tokens, torch.cat([F.pad(mask, (0, longest - mask.shape[1])) for mask in every])


def _to_length(tokens: Tensor, length: int) -> Tensor:
    return F.pad(tokens, (0, 0, 0, length - tokens.shape[1]))
