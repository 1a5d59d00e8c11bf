"""Mel to waveform by up-sampling convolutions: the public BigVGAN vocoders (MMAudio specification, 4.3).

Keys are those of the public checkpoints after `fold_weight_norm`, because sound needs the product of norm and direction
only.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, reduce
from typing import Annotated

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmhnet_cli.errors import BadOption
from mmhnet_cli.fields import Within, check_fields, shown

EDGE_KERNEL = 7
MOST_STAGES = 10
BRANCH_KERNELS = (3, 7, 11)
DILATIONS = (1, 3, 5)

FIR_TAPS = 12
FIR_KAISER_BETA = 4.6638
"""The window has an attenuation of 51 dB with it; the cut-off is half the band."""
ACTIVATION_REACH = 5
"""One activation looks at so many samples on each side: 12 taps at twice the rate on the way up, 12 on the way down."""

WEIGHT_NORM_KEYS = {
    "parametrizations.weight.original0": "parametrizations.weight.original1",
    "weight_g": "weight_v",
}
"""A tensor of norms ends in the one, that of its directions in the other, in both ways that torch has stored them."""


@dataclass(frozen=True)
class BigVGANConfig:
    """Sizes of a vocoder."""

    bins: Annotated[int, Within(1, 512)] = 128
    width: Annotated[int, Within(1, 4096)] = 1536
    """The first transposed convolution takes so many channels; each halves them."""
    rates: Annotated[tuple[int, ...], Within(1, 16)] = (8, 4, 2, 2, 2, 2)
    """The transposed convolutions have these, and `kernels`."""
    kernels: Annotated[tuple[int, ...], Within(1, 64)] = (16, 8, 4, 4, 4, 4)
    final_bias: bool = False
    """The last convolution has one."""
    soft_bound: bool = False
    """Samples pass through tanh; otherwise they are cut at +-1."""

    def __post_init__(self) -> None:
        check_fields(self)
        stages = len(self.rates)
        if not 1 <= stages <= MOST_STAGES or len(self.kernels) != stages:
            raise BadOption("rates", shown(self.rates), f"1 to {MOST_STAGES} stages, with as many kernels")
        if any(kernel < rate or (kernel - rate) % 2 for rate, kernel in zip(self.rates, self.kernels, strict=True)):
            raise BadOption("kernels", str(self.kernels), f"larger than the rates {self.rates} by an even number")
        if not self.width >> stages:
            raise BadOption("width", str(self.width), f"at least {1 << stages}: it is halved by each stage")

    @property
    def hop_samples(self) -> int:
        """Return how many samples one mel frame has."""
        return math.prod(self.rates)

    @property
    def context_frames(self) -> int:
        """Return on how many mel frames on each side the samples of a frame depend: its interval, followed back to the
        mel."""
        branch = sum(
            2 * ACTIVATION_REACH + (dilation + 1) * (max(BRANCH_KERNELS) // 2)  # two activations, two convolutions
            for dilation in DILATIONS
        )
        reach = EDGE_KERNEL // 2 + ACTIVATION_REACH
        low, high = 0, self.hop_samples - 1
        for rate, kernel in zip(reversed(self.rates), reversed(self.kernels), strict=True):
            low, high = low - reach - branch, high + reach + branch
            # Output i of a transposed convolution takes from inputs n with 0 <= i + crop - n * rate < kernel.
            crop = (kernel - rate) // 2
            low, high = -((kernel - 1 - crop - low) // rate), (high + crop) // rate
            reach = 0
        return max(-low, high) + EDGE_KERNEL // 2


BIGVGAN_16K = BigVGANConfig(
    bins=80, rates=(4, 4, 2, 2, 2, 2), kernels=(8, 8, 4, 4, 4, 4), final_bias=True, soft_bound=True
)
BIGVGAN_44K = BigVGANConfig()
"""The second version, `bigvgan_v2_44khz_128band_512x`."""


class Filter(nn.Module):
    """Low pass of a resampler by two, (1, 1, FIR_TAPS)."""

    filter: Tensor

    def __init__(self) -> None:
        super().__init__()
        # In the file as well, so each has its own.
        self.register_buffer("filter", torch.tensor(_low_pass()).view(1, 1, -1))


@cache
def _low_pass() -> tuple[float, ...]:
    """Return the taps, a sinc under a Kaiser window; a vocoder has two hundred such filters."""
    place = np.arange(FIR_TAPS) - (FIR_TAPS - 1) / 2
    taps = np.sinc(place / 2) * np.kaiser(FIR_TAPS, FIR_KAISER_BETA)
    return tuple((taps / taps.sum()).tolist())


class Snake(nn.Module):
    """x + sin(alpha x)^2 / beta, alpha and beta learned per channel as logarithms."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.alpha = nn.Parameter(torch.zeros(width))
        self.beta = nn.Parameter(torch.zeros(width))

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, width, T) to the same."""
        # In float32 also in half precision, where the reciprocal of a small beta has no place for the 1e-9.
        alpha = self.alpha.float().exp().to(x.dtype)[:, None]
        share = (1 / (self.beta.float().exp() + 1e-9)).to(x.dtype)[:, None]
        return torch.addcmul(x, torch.sin(alpha * x).square(), share)


class Activation(nn.Module):
    """The snake at twice the rate, so that the overtones it makes do not fold back."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.act = Snake(width)
        self.upsample = Filter()
        self.downsample = nn.ModuleDict({"lowpass": Filter()})

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, width, T) to the same.

        Zeros stand at every second sample before the filter on the way up, and every second sample is dropped after the
        one on the way down. So even and odd samples are kept apart: each is a convolution at the low rate with every
        second tap, and none of the products with zero or of the samples dropped is formed.
        """
        up, down = 2 * self.upsample.filter.flip(-1), self.downsample.get_buffer("lowpass.filter")
        even = self.act(_depthwise(F.pad(x, (3, 2), mode="replicate"), up[..., 0::2]))
        odd = self.act(_depthwise(F.pad(x, (2, 3), mode="replicate"), up[..., 1::2]))
        # The first sample at the high rate is even and the last is odd: these are the ones repeated beyond the ends.
        first, last = even[..., :1], odd[..., -1:]
        even = torch.cat([first.expand(-1, -1, 2), even, last.expand(-1, -1, 3)], dim=2)
        odd = torch.cat([first.expand(-1, -1, 3), odd, last.expand(-1, -1, 2)], dim=2)
        return _depthwise(even, down[..., 1::2]) + _depthwise(odd, down[..., 0::2])


class Branch(nn.Module):
    """Residual convolutions of one kernel size and three dilations."""

    def __init__(self, width: int, kernel: int) -> None:
        super().__init__()
        self.convs1 = nn.ModuleList(_same(width, kernel, dilation) for dilation in DILATIONS)
        self.convs2 = nn.ModuleList(_same(width, kernel, 1) for _ in DILATIONS)
        self.activations = nn.ModuleList(Activation(width) for _ in range(2 * len(DILATIONS)))

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, width, T) to the same."""
        before, between = self.activations[0::2], self.activations[1::2]
        for enter, first, middle, second in zip(before, self.convs1, between, self.convs2, strict=True):
            x = x + second(middle(first(enter(x))))
        return x


class BigVGAN(nn.Module):
    """Alternating transposed convolutions and means of three branches, down to one channel at the sample rate."""

    def __init__(self, config: BigVGANConfig) -> None:
        super().__init__()
        self.config = config
        widths = [config.width >> stage for stage in range(len(config.rates) + 1)]
        self.conv_pre = nn.Conv1d(config.bins, config.width, EDGE_KERNEL, padding=EDGE_KERNEL // 2)
        steps = zip(widths, widths[1:], config.rates, config.kernels, strict=False)
        # Lists of one, because the public checkpoints number them so.
        self.ups = nn.ModuleList(
            nn.ModuleList([nn.ConvTranspose1d(wide, narrow, kernel, rate, padding=(kernel - rate) // 2)])
            for wide, narrow, rate, kernel in steps
        )
        self.resblocks = nn.ModuleList(Branch(width, kernel) for width in widths[1:] for kernel in BRANCH_KERNELS)
        self.activation_post = Activation(widths[-1])
        self.conv_post = nn.Conv1d(widths[-1], 1, EDGE_KERNEL, padding=EDGE_KERNEL // 2, bias=config.final_bias)
        self.bound: Callable[[Tensor], Tensor] = torch.tanh if config.soft_bound else _cut

    def forward(self, mel: Tensor) -> Tensor:
        """Map (B, bins, T) to (B, T * hop_samples) in [-1, 1]."""
        x = self.conv_pre(mel)
        per_stage = len(BRANCH_KERNELS)
        for stage, rise in enumerate(self.ups.children()):
            for conv in rise.children():
                x = conv(x)
            branches = self.resblocks[stage * per_stage : (stage + 1) * per_stage]
            x = reduce(torch.add, (branch(x) for branch in branches)) / per_stage
        return self.bound(self.conv_post(self.activation_post(x)))[:, 0]


def fold_weight_norm(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return a checkpoint with weight norm as one without: w = g v / |v|, the norm over all but the first axis.

    Entries without weight norm pass through, so that it may be applied to any of the public files.
    """
    folded = dict(tensors)
    for key in tensors:
        for norms, directions in WEIGHT_NORM_KEYS.items():
            if key.endswith("." + norms):
                place = key.removesuffix(norms)
                g, v = folded.pop(key).float(), folded.pop(place + directions).float()
                length = torch.linalg.vector_norm(v, dim=tuple(range(1, v.ndim)), keepdim=True)
                folded[place + "weight"] = (g * v / length).to(tensors[key].dtype)
    return folded


def _same(width: int, kernel: int, dilation: int) -> nn.Conv1d:
    return nn.Conv1d(width, width, kernel, dilation=dilation, padding=dilation * (kernel // 2))


def _depthwise(x: Tensor, taps: Tensor) -> Tensor:
    """Convolve (B, width, T + k - 1) with the same (1, 1, k) for all channels, to (B, width, T)."""
    return F.conv1d(x, taps.expand(x.shape[1], -1, -1), groups=x.shape[1])


def _cut(waveform: Tensor) -> Tensor:
    return waveform.clamp(-1, 1)
