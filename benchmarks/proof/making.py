"""From a film and a network to its sound, in one piece at any length."""

import numpy as np
import torch
from torch import Tensor

from benchmarks.common import CODEC_RATE_HZ
from benchmarks.proof.films import Films, latents_of
from mmhnet_cli.codec.mini import MiniCodec
from mmhnet_cli.flow.guidance import guided
from mmhnet_cli.flow.noise import noise
from mmhnet_cli.flow.solvers import euler
from mmhnet_cli.flow.times import uniform_times
from mmhnet_cli.model.conditions import Features
from mmhnet_cli.model.network import Network

STEPS = 12
AT_ONCE = 4200
"""So many latents of films are sampled side by side."""


@torch.inference_mode()
def sample(network: Network, films: Films, seed: int, device: torch.device) -> list[Tensor]:
    """Latents (L, C) of each film, on the CPU. No film is cut: the network sees all of it at once."""
    latents = latents_of(films.seconds)
    side_by_side = max(1, AT_ONCE // latents)
    made: list[Tensor] = []
    for first in range(0, len(films.scenes), side_by_side):
        some = slice(first, first + side_by_side)
        made += _sample(network, films, some, seed, device)
    return made


def _sample(network: Network, films: Films, some: slice, seed: int, device: torch.device) -> list[Tensor]:
    latents, channels = latents_of(films.seconds), network.config.latent_channels
    clip, sync, text, mask = (each[some].to(device) for each in (films.clip, films.sync, films.text, films.text_mask))
    real = Features(clip, sync, text, text_mask=None if bool(mask.all()) else mask)
    # The empty text has one word: brought to the length of the others, so that both passes go side by side.
    every = torch.ones(len(clip), dtype=torch.bool, device=device)
    null = network.drop_conditions(real, every, every)
    with_picture, without = (network.condition(one, latents) for one in (real, null))
    velocity = guided(
        lambda x, t: network.velocity(x, t, with_picture),
        lambda x, t: network.paired_velocity(x, t, with_picture, without),
        network.config.guidance,
    )
    numbers = range(len(films.scenes))[some]
    start = torch.cat([noise(1000 * seed + number, latents, channels) for number in numbers]).to(device)
    with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
        made = euler(lambda x, t: velocity(x, t).float(), start, uniform_times(STEPS).to(device))
    return list(network.unnormalise(made).cpu())


def sound_of(codec: MiniCodec, latents: Tensor, seconds: float) -> np.ndarray:
    """The sound (samples,) at 44.1 kHz of latents (L, C), decoded in windows. codec: with the short projection."""
    return np.concatenate(list(codec.decode_stream(latents)))[: round(seconds * CODEC_RATE_HZ)]
