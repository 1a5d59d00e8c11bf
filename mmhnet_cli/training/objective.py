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
    noise: Tensor,
    t: Tensor,
) -> tuple[Tensor, dict[str, Tensor]]:
    """Return the flow-matching loss, with naming the kinds and the routers' ratio, and its parts.

    It is the squared error of the velocity at random times. features: conditions, dropped where they shall be.
    latents (B, L, C). heard (B, L, K), seen (B, V, K): shares of the kinds. noise, t: as `draw` gives them.

    weights (C,): what each channel counts, the nepers that one unit of it stands for. Counted alike, the loudness would
    be one channel among many, most of them noise that nobody can predict.
    """
    error, ratio, values = flow_error(network, weights, features, latents, noise, t)
    heard_loss, seen_loss = readers.losses(heard, seen)
    loss = error + HEARD_WEIGHT * heard_loss + SEEN_WEIGHT * seen_loss
    if ratio is not None:
        loss = loss + RATIO_WEIGHT * ratio
    return loss, values | {"heard": heard_loss.detach(), "seen": seen_loss.detach()}


def draw(latents: Tensor, generator: torch.Generator, times: tuple[float, float], share: Share = WHOLE) -> list[Tensor]:
    """Draw noise (B, L, C) and times (B,) for latents, on their device, in which a generator of the CPU draws the same
    on all.

    times: mean and standard deviation of the logit of t. share: the latents are this of a batch, for all of which is
    drawn.
    """
    size = len(latents) * share.count
    t = sample_times(size, generator, *times)
    noise = torch.randn(size, *latents.shape[1:], generator=generator, device=generator.device)
    return [share.of(drawn).to(latents.device) for drawn in (noise, t)]


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

    As `objective`, for latents at unit scale. times, share: as for `draw`.
    """
    noise, t = draw(latents, generator, times, share)
    error, ratio, values = flow_error(network, weights, features, latents, noise, t)
    return error, ratio, {name: float(value) for name, value in values.items()}


def flow_error(
    network: Network, weights: Tensor, features: Features, latents: Tensor, noise: Tensor, t: Tensor
) -> tuple[Tensor, Tensor | None, dict[str, Tensor]]:
    """Return what `flow_objective` does, for noise and times that have been drawn."""
    device = latents.device.type
    with torch.autocast(device, torch.bfloat16, enabled=device == "cuda"):
        conditions = network.condition(features, latents.shape[1])
        velocity, routing = network.velocity_and_routing(point_on_path(noise, latents, t), t, conditions)
    error = ((velocity.float() - target_velocity(noise, latents)).square() * weights).mean()
    if routing is None or network.config.routing is None:
        return error, None, {"flow": error.detach()}
    ratio = ratio_loss(routing, network.config.routing)
    kept = kept_share(routing.audio).mean()
    return error, ratio, {"flow": error.detach(), "ratio": ratio.detach(), "kept": kept}
