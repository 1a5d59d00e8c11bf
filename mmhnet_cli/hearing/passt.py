"""PaSST, on which the field measures FD_PaSST, IS_PaSST and KL_PaSST (Koutini et al. 2022): a transformer that knows
the classes of AudioSet.

The network of the public file `passt-s-f128-p16-s10-ap.476-swa.pt`, with the names of its entries: patches of 16 x 16
of a log-mel, ten apart, with places in time and in pitch of their own, and two tokens that the result is read from.
"""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmhnet_cli.hearing.embedding import Embedded
from mmhnet_cli.hearing.htk import htk_bands
from mmhnet_cli.hearing.panns import CLASSES
from mmhnet_cli.products import Linear

RATE_HZ = 32000
WINDOW_SAMPLES, HOP_SAMPLES, FFT_SAMPLES = 800, 320, 1024
BANDS, LOW_HZ, HIGH_HZ = 128, 0.0, 15000.0
OFFSET = 1e-5
"""It is added before the logarithm."""
CENTRE, SCALE = -4.5, 5.0
"""The log-mel less the one, by the other, is what the network takes."""
PREEMPHASIS = 0.97
PATCH, STRIDE = 16, 10
PITCHES, TIMES = 12, 99
"""So many patches lie above each other, and beside each other in 10 s."""
WINDOW_SAMPLES_AT_MOST = 10 * RATE_HZ
"""The network has places for so much: a sound is heard in equal parts of 10 s at most, each with silence behind it."""
NORM_EPS = 1e-6
MLP_RATIO = 4
AT_ONCE = 2


@dataclass(frozen=True)
class PasstConfig:
    """Sizes, those of the public file unless said otherwise."""

    width: int = 768
    depth: int = 12
    heads: int = 12


class Attention(nn.Module):
    """Every token attends to all."""

    def __init__(self, config: PasstConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.qkv = Linear(config.width, 3 * config.width)
        self.proj = Linear(config.width, config.width)

    def forward(self, tokens: Tensor) -> Tensor:
        """Map (B, N, D) to the same."""
        q, k, v = self.qkv(tokens).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        return self.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))


class Mlp(nn.Module):
    """Two linear maps around an exact GELU."""

    def __init__(self, config: PasstConfig) -> None:
        super().__init__()
        self.fc1 = Linear(config.width, MLP_RATIO * config.width)
        self.fc2 = Linear(MLP_RATIO * config.width, config.width)

    def forward(self, tokens: Tensor) -> Tensor:
        """Map (..., D) to the same."""
        return self.fc2(F.gelu(self.fc1(tokens)))


class Block(nn.Module):
    """Attention, then the MLP; each behind a norm of its own and added."""

    def __init__(self, config: PasstConfig) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(config.width, eps=NORM_EPS)
        self.attn = Attention(config)
        self.norm2 = nn.LayerNorm(config.width, eps=NORM_EPS)
        self.mlp = Mlp(config)

    def forward(self, tokens: Tensor) -> Tensor:
        """Map (B, N, D) to the same."""
        tokens = tokens + self.attn(self.norm1(tokens))
        return tokens + self.mlp(self.norm2(tokens))


class PatchEmbedding(nn.Module):
    """It maps patches to tokens."""

    def __init__(self, config: PasstConfig) -> None:
        super().__init__()
        self.proj = nn.Conv2d(1, config.width, PATCH, stride=STRIDE)


class Passt(nn.Module):
    """It gives features (B, D) and scores of classes (B, 527) from the log-mel (B, 128, T) of 10 s."""

    def __init__(self, config: PasstConfig = PasstConfig()) -> None:
        super().__init__()
        width = config.width
        self.patch_embed = PatchEmbedding(config)
        self.cls_token, self.dist_token = (nn.Parameter(torch.zeros(1, 1, width)) for _ in range(2))
        self.new_pos_embed = nn.Parameter(torch.zeros(1, 2, width))
        self.freq_new_pos_embed = nn.Parameter(torch.zeros(1, width, PITCHES, 1))
        self.time_new_pos_embed = nn.Parameter(torch.zeros(1, width, 1, TIMES))
        self.blocks = nn.Sequential(*(Block(config) for _ in range(config.depth)))
        self.norm = nn.LayerNorm(width, eps=NORM_EPS)
        self.head = nn.Sequential(nn.LayerNorm(width), Linear(width, CLASSES))
        # Of the training alone.
        self.head_dist = Linear(width, CLASSES)

    def forward(self, mel: Tensor) -> tuple[Tensor, Tensor]:
        """Return features and scores."""
        patches = self.patch_embed.proj(mel[:, None]) + self.time_new_pos_embed + self.freq_new_pos_embed
        read = torch.cat([self.cls_token, self.dist_token], 1) + self.new_pos_embed
        tokens = torch.cat([read.expand(len(mel), -1, -1), patches.flatten(2).transpose(1, 2)], 1)
        features = self.norm(self.blocks(tokens))[:, :2].mean(1)
        return features, self.head(features)


class PasstEmbedding:
    """It is an `Embedding` by equal parts of 10 s at most. Probabilities are the softmax of the scores."""

    name, label, rate_hz = "passt", "PaSST", RATE_HZ

    def __init__(self, network: Passt) -> None:
        self.network = network
        bands = htk_bands(BANDS, FFT_SAMPLES, RATE_HZ, LOW_HZ, HIGH_HZ)
        self._bands = torch.from_numpy(bands).float()
        self._window = torch.hann_window(WINDOW_SAMPLES, periodic=False)

    @torch.inference_mode()
    def __call__(self, sound: np.ndarray) -> Embedded:
        """Return features and probabilities of (samples,)."""
        whole = torch.from_numpy(np.ascontiguousarray(sound - sound.mean(), np.float32))
        count = max(1, -(-len(whole) // WINDOW_SAMPLES_AT_MOST))
        parts = whole[: len(whole) // count * count].unflatten(0, (count, -1))
        parts = F.pad(parts, (0, WINDOW_SAMPLES_AT_MOST - parts.shape[1]))
        features, scores = zip(*(self.network(self.log_mel(some)) for some in parts.split(AT_ONCE)), strict=True)
        return Embedded(torch.cat(features).numpy(), F.softmax(torch.cat(scores), dim=1).numpy())

    def log_mel(self, sounds: Tensor) -> Tensor:
        """Map (B, samples) to (B, 128, T)."""
        sharper = sounds[:, 1:] - PREEMPHASIS * sounds[:, :-1]
        spectrum = torch.stft(
            sharper, FFT_SAMPLES, HOP_SAMPLES, WINDOW_SAMPLES, self._window, pad_mode="reflect", return_complex=True
        )
        power = spectrum.real.square() + spectrum.imag.square()
        return (torch.log(self._bands @ power + OFFSET) - CENTRE) / SCALE
