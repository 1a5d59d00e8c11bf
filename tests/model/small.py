"""Small networks and inputs for the tests of the model."""

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from mmhnet_cli.model.conditions import Features
from mmhnet_cli.model.config import NetworkConfig
from mmhnet_cli.model.network import Network
from mmhnet_cli.model.variants import VARIANTS
from mmhnet_cli.timeline import SequenceConfig

SMALL = replace(
    VARIANTS["mini"],
    latent_channels=5,
    clip_dim=12,
    sync_dim=10,
    text_dim=11,
    sequence=SequenceConfig(),
    width=24,
    clip_width=24,
    text_width=24,
    condition_width=16,
    heads=3,
    multimodal_blocks=2,
    single_modal_blocks=2,
    state_size=4,
    ffn_width=16,
    clip_ffn_width=16,
    text_ffn_width=16,
    condition_ffn_width=16,
    mix_kernel=3,
    stack_kernel=3,
    time_features=8,
    run_out=0,
    classifier_width=0,
)


def small_config(**changes: Any) -> NetworkConfig:
    """SMALL with some fields changed."""
    return replace(SMALL, **changes)


def awake(network: Network, seed: int = 0) -> Network:
    """The network in double precision with every zero start value replaced, so that all its parts take part."""
    generator = torch.Generator().manual_seed(seed)
    for parameter in network.parameters():
        if not parameter.any():
            nn.init.normal_(parameter, std=0.3 if parameter.dim() == 1 else 0.1, generator=generator)
    return network.double().eval()


def features(config: NetworkConfig, batch: int, seconds: float, words: int, seed: int = 0) -> Features:
    """Random features of whole-second films, float64."""
    generator = torch.Generator().manual_seed(seed)

    def draw(length: int, width: int) -> Tensor:
        return torch.randn(batch, length, width, generator=generator, dtype=torch.float64)

    frames, sync = round(seconds * config.sequence.clip_fps), round(seconds * config.sequence.sync_fps)
    return Features(draw(frames, config.clip_dim), draw(sync, config.sync_dim), draw(words, config.text_dim))


def latents(config: NetworkConfig, batch: int, length: int, seed: int = 1) -> Tensor:
    """Random latents (B, L, C), float64."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(batch, length, config.latent_channels, generator=generator, dtype=torch.float64)
