"""Log-mel to latents and back: the public variational autoencoder (MMAudio specification, 4.2).

Every part keeps the magnitude of its signal: weights are folded to unit rows, sums and activations divided by what they
add. Keys are those of the public checkpoints.
"""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmhnet_cli.fields import Within, check_fields

EPSILON = 1e-4
"""It is added to root mean squares that are divided by."""
SILU_GAIN = 0.596
"""SiLU has this root mean square over a normal distribution."""
RESIDUAL_SHARE = 0.3
"""The new part weighs so much in a residual sum; the old has the rest."""
BOUND = 256.0
"""Nothing within range comes near it: it keeps half precision from overflowing."""

WIDTH_FACTORS = (1, 2, 4)
"""Each level has this width, in units of the config's; level 0 is at mel rate, the others at latent rate."""
FRAMES_PER_LATENT = 2
DECODER_REACH_LATENTS = 21
"""The decoder's convolutions look at so many latents on each side: 17 of width 3 at latent rate, 8 at mel rate."""
LOG_VARIANCE_RANGE = (-30.0, 20.0)


@dataclass(frozen=True)
class VAEConfig:
    """Sizes of the autoencoder: `bins` of the mel, `channels` Z of a latent, and `width`, the channels of level 0."""

    bins: Annotated[int, Within(1, 512)] = 128
    channels: Annotated[int, Within(1, 1024)] = 40
    width: Annotated[int, Within(1, 2048)] = 512

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def widths(self) -> list[int]:
        """Return the channels of each level."""
        return [self.width * factor for factor in WIDTH_FACTORS]


VAE_16K = VAEConfig(bins=80, channels=20, width=384)
VAE_44K = VAEConfig()


class UnitConv(nn.Conv1d):
    """A convolution without bias, whose rows have unit norm once folded; "same" padding."""

    def __init__(self, inputs: int, outputs: int, kernel: int) -> None:
        super().__init__(inputs, outputs, kernel, padding=kernel // 2, bias=False)

    def row_norms(self) -> Tensor:
        """Return the norm of each row of weights, (outputs,)."""
        return self.weight.detach().flatten(1).norm(dim=1)

    @torch.no_grad()
    def fold(self) -> None:
        """Set w to w / (epsilon + rms(w)) / sqrt(n), over the n weights of each row, in place."""
        root = math.sqrt(self.weight[0].numel())
        # Multiplied by 1 / root, not divided by it: the last bit of a norm is heard a thousand times over in the end.
        norms = torch.add(torch.tensor(EPSILON), self.row_norms()[:, None, None], alpha=1 / root)
        self.weight.div_(norms).div_(root)


class ResidualBlock(nn.Module):
    """Two convolutions beside a normalised skip."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv1 = UnitConv(inputs, outputs, 3)
        self.conv2 = UnitConv(outputs, outputs, 3)
        self.nin_shortcut = UnitConv(inputs, outputs, 1) if inputs != outputs else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, inputs, T) to (B, outputs, T)."""
        x = normalised(x)
        h = self.conv2(unit_silu(self.conv1(unit_silu(x))))
        return unit_sum(self.nin_shortcut(x), h)


class Attention(nn.Module):
    """Residual attention over all of time, with one head as wide as the signal."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.qkv = UnitConv(width, 3 * width, 1)
        self.proj_out = UnitConv(width, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, width, T) to the same."""
        # The three stand beside each other for each channel: channel c * 3 + j of the map is j of (q, k, v).
        qkv = self.qkv(x).unflatten(1, (-1, 3))
        # (B, width, 3, T) to three of (B, 1, T, width), the one head on its own axis.
        q, k, v = normalised(qkv).permute(2, 0, 3, 1).unsqueeze(2)
        h = F.scaled_dot_product_attention(q, k, v)[:, 0].transpose(1, 2)
        return unit_sum(x, self.proj_out(h))


class Middle(nn.Module):
    """The widest part: two residual blocks around attention."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.block_1 = ResidualBlock(width, width)
        self.attn_1 = Attention(width)
        self.block_2 = ResidualBlock(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, width, T) to the same."""
        return bounded(self.block_2(self.attn_1(self.block_1(x))))


class Downsample(nn.Module):
    """Half the rate by means of two."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = UnitConv(width, width, 1)
        self.conv2 = UnitConv(width, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, width, 2T) to (B, width, T)."""
        return self.conv2(F.avg_pool1d(self.conv1(x), FRAMES_PER_LATENT))


class Upsample(nn.Module):
    """Twice the rate by repetition, smoothed."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = UnitConv(width, width, 3)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, width, T) to (B, width, 2T)."""
        return self.conv(x.repeat_interleave(FRAMES_PER_LATENT, dim=2))


class Level(nn.Module):
    """Residual blocks of one width."""

    def __init__(self, inputs: int, outputs: int, blocks: int) -> None:
        super().__init__()
        self.block = nn.ModuleList(ResidualBlock(inputs if i == 0 else outputs, outputs) for i in range(blocks))

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, inputs, T) to (B, outputs, T)."""
        for block in self.block:
            x = bounded(block(x))
        return x


class Encoder(nn.Module):
    """Normalised mel to the mean and log variance of the posterior."""

    BLOCKS = 2

    def __init__(self, config: VAEConfig) -> None:
        super().__init__()
        low, middle, top = config.widths
        self.conv_in = UnitConv(config.bins, low, 3)
        self.down = nn.ModuleList(Level(*pair, self.BLOCKS) for pair in pairwise([low, low, middle, top]))
        self.down[0].add_module("downsample", Downsample(low))
        self.mid = Middle(top)
        self.conv_out = UnitConv(top, 2 * config.channels, 3)
        self.learnable_gain = nn.Parameter(torch.zeros(()))

    def forward(self, mel: Tensor) -> Tensor:
        """Map (B, bins, 2L) to (B, 2Z, L)."""
        x = self.down[0](self.conv_in(mel))
        x = self.down[0].get_submodule("downsample")(x)
        x = self.mid(self.down[2](self.down[1](x)))
        return self.conv_out(unit_silu(x)) * (1 + self.learnable_gain)


class Decoder(nn.Module):
    """Latents to normalised mel."""

    BLOCKS = 3

    def __init__(self, config: VAEConfig) -> None:
        super().__init__()
        low, middle, top = config.widths
        self.conv_in = UnitConv(config.channels, top, 3)
        self.mid = Middle(top)
        # Listed from the mel upwards and run from the top down.
        self.up = nn.ModuleList(
            Level(inputs, outputs, self.BLOCKS) for outputs, inputs in pairwise([low, middle, top, top])
        )
        self.up[1].add_module("upsample", Upsample(middle))
        self.conv_out = UnitConv(low, config.bins, 3)
        self.learnable_gain = nn.Parameter(torch.zeros(()))

    def forward(self, latents: Tensor) -> Tensor:
        """Map (B, Z, L) to (B, bins, 2L)."""
        x = self.mid(self.conv_in(latents))
        x = self.up[1](self.up[2](x))
        x = self.up[0](self.up[1].get_submodule("upsample")(x))
        return self.conv_out(unit_silu(x)) * (1 + self.learnable_gain)


class VAE(nn.Module):
    """Encoder and decoder. `fold` stands between loading and use, once, and before a cast to half precision."""

    data_mean: Tensor
    data_std: Tensor

    def __init__(self, config: VAEConfig, encoder: bool = True) -> None:
        super().__init__()
        self.config = config
        self.encoder = Encoder(config) if encoder else None
        self.decoder = Decoder(config)
        self.register_buffer("data_mean", torch.zeros(1, config.bins, 1))
        self.register_buffer("data_std", torch.ones(1, config.bins, 1))
        self.folded = False
        self.register_load_state_dict_post_hook(_not_folded)

    def fold(self) -> None:
        """Fold the weights of a public checkpoint. Raises RuntimeError if they are already, or are not float32.

        Folding twice would change the sound a little, which nobody would notice in time; so folded weights that come
        from a file are refused as well, by their unit rows.
        """
        convs = [module for module in self.modules() if isinstance(module, UnitConv)]
        if self.folded or all(bool(((conv.row_norms() - 1).abs() < 0.02).all()) for conv in convs):
            raise RuntimeError("the weights of this VAE are folded already")
        if any(conv.weight.dtype != torch.float32 for conv in convs):
            raise RuntimeError("a VAE is folded in float32, before a cast")
        for conv in convs:
            conv.fold()
        self.folded = True

    def encode(self, mel: Tensor) -> tuple[Tensor, Tensor]:
        """Map (B, bins, 2L) to mean and standard deviation of the posterior, (B, Z, L) each."""
        if self.encoder is None:
            raise RuntimeError("this VAE is built without its encoder")
        self._check()
        mean, log_variance = self.encoder((mel - self.data_mean) / self.data_std).chunk(2, dim=1)
        return mean, torch.exp(log_variance.clamp(*LOG_VARIANCE_RANGE) / 2)

    def decode(self, latents: Tensor) -> Tensor:
        """Map (B, Z, L) to log-mel (B, bins, 2L)."""
        self._check()
        return self.decoder(latents) * self.data_std + self.data_mean

    def _check(self) -> None:
        if not self.folded:
            raise RuntimeError("the weights of this VAE are not folded: call fold() after loading them")


def normalised(x: Tensor) -> Tensor:
    """Divide x (B, channels, ...) by its root mean square across channels, which is taken in no less than float32."""
    exact = torch.promote_types(x.dtype, torch.float32)
    norm = torch.linalg.vector_norm(x, dim=1, keepdim=True, dtype=exact)
    return x / (EPSILON + norm / math.sqrt(x.shape[1])).to(x.dtype)


def unit_silu(x: Tensor) -> Tensor:
    """Return SiLU of x, scaled so that it keeps the magnitude of a normal distribution."""
    return F.silu(x) / SILU_GAIN


def unit_sum(old: Tensor, new: Tensor) -> Tensor:
    """Return a weighted sum that keeps the magnitude of independent parts."""
    return torch.lerp(old, new, RESIDUAL_SHARE) / math.hypot(RESIDUAL_SHARE, 1 - RESIDUAL_SHARE)


def bounded(x: Tensor) -> Tensor:
    """Hold x within +-BOUND."""
    return x.clamp(-BOUND, BOUND)


def _not_folded(vae: Any, _: object) -> None:
    vae.folded = False
