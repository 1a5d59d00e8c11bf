"""A small codec whose untrained vocoder is already a noise vocoder."""

from dataclasses import replace

import torch
from torch import Tensor

from mmhnet_cli.codec.deep import DeepConfig
from mmhnet_cli.codec.even_noise import make_even_noise
from mmhnet_cli.codec.mel import MelConfig
from mmhnet_cli.codec.mini import MiniCodec, MiniCodecConfig
from mmhnet_cli.codec.vocoder import VocoderConfig

VOCODER = VocoderConfig(width=32, blocks=2, noise_samples=1 << 16)
CONFIG = MiniCodecConfig(MelConfig(), VOCODER, frames_per_latent=2, channels=24)
SECOND = replace(CONFIG, deep=DeepConfig(), corrected=True)
"""With deep bins and correction."""


def white_noise(samples: int, batch: int = 1, seed: int = 0) -> Tensor:
    """(batch, samples) of level -20 dBFS."""
    return 0.1 * torch.randn(batch, samples, generator=torch.Generator().manual_seed(seed))


def small_codec(config: MiniCodecConfig = CONFIG) -> MiniCodec:
    """Seeded, with even noise and a projection fitted on noise whose bands rise and fall."""
    torch.manual_seed(0)
    codec = MiniCodec(config)
    codec.vocoder.noise.copy_(make_even_noise(codec.log_mel, VOCODER.noise_samples, iterations=12))
    hop = config.mel.hop_samples
    swell = torch.exp(torch.sin(torch.arange(400 * hop) / (7 * hop)))
    codec.projection.fit(codec.levels(white_noise(400 * hop, seed=1) * swell))
    return codec
