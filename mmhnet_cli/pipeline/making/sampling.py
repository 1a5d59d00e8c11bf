"""From features to latents: any number of sounds at once, each in as many windows as it takes.

One film is a batch of one. Several side by side share the cost of a step, which is much before it computes anything, on
a GPU most of all; on a processor two seconds take more than half as long as eight. Each then gets the sound that it
gets alone, but for rounding: how a product of matrices is summed depends on their size.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor

from mmhnet_cli.flow.noise import noise
from mmhnet_cli.flow.solvers import SOLVERS, Velocity
from mmhnet_cli.flow.times import uniform_times
from mmhnet_cli.flow.within import within
from mmhnet_cli.options import LongForm, SamplerOptions, Variation
from mmhnet_cli.pipeline.making.allocator import memory_kept
from mmhnet_cli.pipeline.making.guided import GuidedFeatures
from mmhnet_cli.pipeline.making.load import LoadedModel
from mmhnet_cli.pipeline.making.long_form import plan_film
from mmhnet_cli.pipeline.making.velocity import velocity_of_films


@dataclass(frozen=True)
class Part:
    """One sound of those that are sampled at once: of a film, or of one of its voices."""

    features: GuidedFeatures
    """They are those of its whole length (batch 1)."""
    latents: int
    """L is how many latents the sound has."""
    seed: int
    """Its noise is drawn from it."""
    form: LongForm = field(default_factory=LongForm)
    """It says how a sound that is longer than the clips of training is cut."""
    first: int = 0
    """Its noise is that of the film from this latent on, so that a sound that begins later keeps what it shares."""
    turned: Variation | None = None
    """Its noise is turned towards another one; None where it is not."""
    known: "Known | None" = None
    """Some of it is known already; None where all is to be sampled."""


@dataclass(frozen=True)
class Known:
    """What is known of a sound. latents: (L, C) of the codec. free: (L,) bool, what is sampled anew."""

    latents: Tensor
    free: Tensor


@torch.inference_mode()
def sample(
    model: LoadedModel, parts: Sequence[Part], sampler: SamplerOptions, progress: Callable[[int], None]
) -> list[Tensor]:
    """Return latents (L, C) of the codec for each part. The seeds are those of the parts, not that of `sampler`.

    progress: hears how many steps are done. Raises BadOption as `plan_film`, and ValueError as `side_by_side`.
    """
    network = model.network
    windows = tuple(plan_film(network, part.latents + network.config.run_out, part.form) for part in parts)
    # Parts share the cost of a step only where all are evaluated at once.
    at_once = max(len(parts), *(part.form.windows_at_once for part in parts))
    times = uniform_times(sampler.steps)
    velocity = velocity_of_films(network, [part.features for part in parts], windows, sampler, times, at_once)

    def exact(x: Tensor, t: Tensor) -> Tensor:
        # The state stays in float32 whatever the network computes in: small steps would be lost in half precision.
        return velocity(x.to(model.dtype), t).float()

    lengths = [own.plan.latents for own in windows]
    start = torch.cat(
        [
            F.pad(_noise(part, length, network.config.latent_channels), (0, 0, 0, max(lengths) - length))
            for part, length in zip(parts, lengths, strict=True)
        ]
    ).to(model.device)
    solve = SOLVERS[sampler.solver]
    with memory_kept():
        sampled = solve(_amid_known(model, parts, exact, start), start, times, lambda step, steps: progress(step))
    return [latents[: part.latents] for latents, part in zip(network.unnormalise(sampled), parts, strict=True)]


def _noise(part: Part, length: int, channels: int) -> Tensor:
    """Return the noise (1, length, channels) that a part begins with, which is normal also where it is turned."""
    own = noise(part.seed, length, channels, part.first)
    if part.turned is None:
        return own
    angle = math.pi / 2 * part.turned.amount
    return math.cos(angle) * own + math.sin(angle) * noise(part.turned.seed, length, channels, part.first)


def _amid_known(model: LoadedModel, parts: Sequence[Part], velocity: Velocity, start: Tensor) -> Velocity:
    """Return the velocity that leaves what is known of the parts as it is."""
    if all(part.known is None for part in parts):
        return velocity
    latents, free = torch.zeros_like(start), torch.ones_like(start[..., 0], dtype=torch.bool)
    for row, part in enumerate(parts):
        if part.known is not None:
            latents[row, : part.latents] = model.network.normalise(part.known.latents.to(start)[None])[0]
            free[row, : part.latents] = part.known.free.to(free.device)
    return within(velocity, start, latents, free)
