"""Clips that a network makes itself, from which its classifier learns what they lack beside true ones."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import torch
import torch.nn.functional as F
from torch import Tensor

from mmhnet_cli.flow.guidance import classifier_guided, guided
from mmhnet_cli.flow.solvers import euler
from mmhnet_cli.flow.times import uniform_times
from mmhnet_cli.model.network import Network
from mmhnet_cli.models.checkpoint import read_tensors, save_tensors
from mmhnet_cli.training.clips import Clips

STEPS = 14
"""Of the solver, with guidance as in use: what is to be told apart is what users hear."""
AT_ONCE = 8


@dataclass(frozen=True)
class Named:
    """Sounds and what they are called. latents (B, L, C), heard (B, L, K or 2 K): shares of names."""

    latents: Tensor
    heard: Tensor

    def to(self, device: torch.device) -> Self:
        """Return the same on a device."""
        return replace(self, latents=self.latents.to(device), heard=self.heard.to(device))


@torch.no_grad()
def made_latents(network: Network, clips: Clips, seed: int) -> Tensor:
    """Return latents (B, L, C) that the network makes for what it is told of the clips, guided as its sounds are."""
    clips, length = clips.to(network.latent_mean.device), clips.latents.shape[1]
    blank = torch.ones_like(clips.drop_video)
    real = network.condition(clips.features, length)
    null = network.condition(network.drop_conditions(clips.features, blank, blank), length)
    velocity = guided(
        lambda x, t: network.velocity(x, t, real),
        lambda x, t: network.paired_velocity(x, t, real, null),
        network.config.guidance,
    )
    if network.classifier is not None:
        classifier, config = network.classifier, network.config
        velocity = classifier_guided(
            velocity,
            lambda x, t: classifier.gradient(x, t, clips.heard),
            config.classifier_scale,
            config.classifier_bound,
        )
    start = torch.randn(clips.latents.shape, generator=torch.Generator().manual_seed(seed))
    return euler(velocity, start.to(clips.latents.device), uniform_times(STEPS))


def make_clips(
    folder: Path, count: int, network: Network, clips_of: Callable[[int, int], Clips], report: Callable[[str], None]
) -> Named:
    """Return `count` clips that the network makes, with the kinds they should be. What is in `folder` is kept.

    clips_of: gives so many clips of a number, which tell the network what to make.
    """
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for number in range(-(-count // AT_ONCE)):
        path = folder / f"{number:05d}.safetensors"
        if not path.exists():
            clips = clips_of(number, AT_ONCE)
            latents = made_latents(network, clips, number)
            save_tensors(path, {"latents": latents.cpu().half(), "heard": clips.heard.half()})
            report(f"{AT_ONCE * (number + 1)} of {count} clips are made")
        found.append(read_tensors(path)[0])
    return Named(*(torch.cat([one[name] for one in found]) for name in ("latents", "heard")))


class WithMade:
    """Gives batches of `clips_of(step)` and as many of `made`, under second names."""

    def __init__(self, clips_of: Callable[[int], Clips], made: Named) -> None:
        self.clips_of, self.made = clips_of, made

    def __call__(self, step: int) -> Named:
        true = self.clips_of(step)
        chosen = torch.randint(
            len(self.made.latents), (len(true.latents),), generator=torch.Generator().manual_seed(step)
        )
        kinds = true.heard.shape[-1]
        return Named(
            torch.cat((true.latents, self.made.latents[chosen].float())),
            torch.cat((F.pad(true.heard, (0, kinds)), F.pad(self.made.heard[chosen].float(), (kinds, 0)))),
        )
