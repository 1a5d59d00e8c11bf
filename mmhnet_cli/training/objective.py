"""What a network is trained for, whatever its conditions are made of."""

import torch
from torch import Tensor

from mmhnet_cli.flow.path import point_on_path, sample_times, target_velocity
from mmhnet_cli.model.conditions import Features
from mmhnet_cli.model.network import Network
from mmhnet_cli.model.routing import kept_share, ratio_loss
from mmhnet_cli.training.kinds import KindReaders
from mmhnet_cli.training.team import WHOLE, Share

RATIO_WEIGHT = 0.1
"""Weight of the routers' ratio loss (H-Net)."""
HEARD_WEIGHT, SEEN_WEIGHT = 0.4, 0.02
"""Weights of naming the kinds, see `KindReaders`."""
TIME_MEAN, TIME_STD = -1.0, 1.5
"""Of the logit of t. Noisier than MMAudio's 0 and 1: what a sound is, is decided near t = 0, and a short training that
seldom looks there leaves the prompt unheard."""


def objective(
    network: Network,
    readers: KindReaders,
    weights: Tensor,
    features: Features,
    latents: Tensor,
    heard: Tensor,
    seen: Tensor,
    generator: torch.Generator,
) -> tuple[Tensor, dict[str, float]]:
    """Return the flow-matching loss, with naming the kinds and the routers' ratio, and its parts.

    It is the squared error of the velocity at random times. features: conditions, dropped where they shall be.
    latents (B, L, C). heard (B, L, K), seen (B, V, K): shares of the kinds. generator: of the CPU, so that the draws
    are the same on every device.

    weights (C,): what each channel counts, the nepers that one unit of it stands for. Counted alike, the loudness would
    be one channel among many, most of them noise that nobody can predict.
    """
    error, ratio, values = flow_objective(network, weights, features, latents, generator, (TIME_MEAN, TIME_STD))
    heard_loss, seen_loss = readers.losses(heard, seen)
    loss = error + HEARD_WEIGHT * heard_loss + SEEN_WEIGHT * seen_loss
    if ratio is not None:
        loss = loss + RATIO_WEIGHT * ratio
    values |= {"heard": float(heard_loss.detach()), "seen": float(seen_loss.detach())}
    return loss, values


def flow_objective(
    network: Network,
    weights: Tensor,
    features: Features,
    latents: Tensor,
    generator: torch.Generator,
    times: tuple[float, float],
    share: Share = WHOLE,
) -> tuple[Tensor, Tensor | None, dict[str, float]]:
    """Return the loss of the flow, the routers' ratio loss where there are any, and both as numbers.

    As `objective`, for latents at unit scale. times: mean and standard deviation of the logit of t. share: the latents
    are this of a batch, for all of which is drawn.
    """
    device, size = latents.device, len(latents) * share.count
    t = share.of(sample_times(size, generator, *times)).to(device)
    noise = share.of(torch.randn(size, *latents.shape[1:], generator=generator)).to(device)
    with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
        conditions = network.condition(features, latents.shape[1])
        velocity, routing = network.velocity_and_routing(point_on_path(noise, latents, t), t, conditions)
    error = ((velocity.float() - target_velocity(noise, latents)).square() * weights).mean()
    if routing is None or network.config.routing is None:
        return error, None, {"flow": float(error.detach())}
    ratio = ratio_loss(routing, network.config.routing)
    kept = kept_share(routing.audio).mean()
    return error, ratio, {"flow": float(error.detach()), "ratio": float(ratio.detach()), "kept": float(kept)}
