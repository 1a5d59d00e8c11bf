"""What the noisy classifier of a network shall name, and the velocity that its gradient guides."""

import torch
from torch import Tensor

from mmhnet_cli.flow.guidance import classifier_guided
from mmhnet_cli.flow.solvers import Velocity
from mmhnet_cli.model.conditions import Features, frame_at_latent, place_by_time
from mmhnet_cli.model.network import Network
from mmhnet_cli.pipeline.making.guided import GuidedFeatures

DEGREES_SHARE = 2 / 3
"""Where a prompt has words of degree, it is guided at most this share as far: kinds say nothing of soft and loud."""


def classifier_guided_velocity(
    network: Network, velocity: Velocity, guided: GuidedFeatures, latents: int, latent_mask: Tensor | None
) -> Velocity:
    """Return the velocity (B, L, C) of so many `latents`, guided to the sounds that the features tell of."""
    classifier, config, features = network.classifier, network.config, guided.real
    if classifier is None:
        return velocity
    index = frame_at_latent(latents, config.sequence.clip_fps, config.sequence, features.clip.device)
    shares = place_by_time(kinds_told(network, features), index, features.clip_mask)

    def gradient(x: Tensor, t: Tensor) -> Tensor:
        return classifier.gradient(x, t, shares, latent_mask)

    bound = config.classifier_bound * (1 if guided.push == 1 else DEGREES_SHARE)
    return classifier_guided(velocity, gradient, config.classifier_scale, bound)


def kinds_told(network: Network, features: Features) -> Tensor:
    """Return shares (B, V, K) of the kinds that shall be heard at each frame: those of the picture, which shows what a
    prompt asks for; where there is no picture, those of the words."""
    kinds = network.config.classifier_kinds
    shown, text = features.clip[..., :kinds].float().square(), features.text
    mask = torch.ones_like(text[..., 0], dtype=torch.bool) if features.text_mask is None else features.text_mask
    # The first token begins every text and names nothing.
    words = text[:, 1:, :kinds].float().square() * mask[:, 1:, None]
    asked = words.sum(1, keepdim=True) / mask[:, 1:].sum(1).clamp_min(1).view(-1, 1, 1)
    blind = (features.clip == network.empty_clip).all(-1, keepdim=True)
    return torch.where(blind, asked, shown)
