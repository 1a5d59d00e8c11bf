"""EfficientNet-Lite: what a picture shows, as one of the 1000 classes of ImageNet (Tan and Le, arXiv 1905.11946).

The Lite variants have ReLU6 for swish, no squeeze-and-excitation, and leave the stem, the first and the last stage and
the head unscaled. Batch norms are folded into the convolutions as the weights are read: the network is for use only.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmhnet_cli.encoders.sounding import CLASSES
from mmhnet_cli.fields import Within, check_fields

STEM, HEAD = 32, 1280
BATCH_NORM_EPS = 1e-3
MEAN, SCALE = 127.0, 128.0
"""How the Lite variants take pictures: (value - MEAN) / SCALE of each byte."""
EARLY_BLOCKS, EARLY_PICTURES = 3, 2
"""The maps of so many blocks are large: so many pictures at once keep them in the processor's cache, which saves a
quarter of the time. Later ones are small, and quicker the more come together."""


@dataclass(frozen=True)
class Stage:
    """Blocks with kernels of `kernel`, that widen their channels `expand` times inside; the first has the stride."""

    repeats: int
    kernel: int
    stride: int
    expand: int
    channels: int


STAGES = (
    Stage(1, 3, 1, 1, 16),
    Stage(2, 3, 2, 6, 24),
    Stage(2, 5, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112),
    Stage(4, 5, 2, 6, 192),
    Stage(1, 3, 1, 6, 320),
)
"""Of EfficientNet-B0 (table 1 of the paper)."""


@dataclass(frozen=True)
class LiteConfig:
    """width, depth: by what channels and repeats are multiplied; size: pixels of the side of the pictures seen in
    training."""

    width: Annotated[float, Within(0.1, 10)] = 1.0
    depth: Annotated[float, Within(0.1, 10)] = 1.0
    size: Annotated[int, Within(32, 1024)] = 224

    def __post_init__(self) -> None:
        check_fields(self)

    def stages(self) -> tuple[Stage, ...]:
        """The stages at this size of the network."""
        last = len(STAGES) - 1
        return tuple(
            Stage(
                stage.repeats if number in (0, last) else math.ceil(self.depth * stage.repeats),
                stage.kernel,
                stage.stride,
                stage.expand,
                _to_multiple_of_8(self.width * stage.channels),
            )
            for number, stage in enumerate(STAGES)
        )


def _to_multiple_of_8(channels: float) -> int:
    """The nearest multiple of 8 that loses at most a tenth."""
    nearest = max(8, int(channels + 4) // 8 * 8)
    return nearest if nearest >= 0.9 * channels else nearest + 8


class SameConv(nn.Conv2d):
    """A convolution with as many zeros around as give ceil(size / stride) pixels; an odd one stands right and below."""

    def __init__(self, before: int, after: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        # With stride 1 the padding is the same on all sides, and the convolution does it faster. A kernel of one pixel
        # has nothing to dilate, but torch takes its slower way for one of no dilation where there is one thread.
        padding, dilation = kernel // 2 if stride == 1 else 0, 2 if kernel == 1 else 1
        super().__init__(before, after, kernel, stride, padding=padding, dilation=dilation, groups=groups)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C', ceil(H / stride), ceil(W / stride))."""
        if self.stride[0] > 1:
            x = F.pad(x, (*self._missing(x.shape[3]), *self._missing(x.shape[2])))
        return super().forward(x)

    def _missing(self, size: int) -> tuple[int, int]:
        kernel, stride = self.kernel_size[0], self.stride[0]
        total = max((math.ceil(size / stride) - 1) * stride + kernel - size, 0)
        return total // 2, total - total // 2


class Block(nn.Module):
    """An inverted residual: widen, filter each channel by itself, narrow."""

    def __init__(self, before: int, after: int, kernel: int, stride: int, expand: int) -> None:
        super().__init__()
        inside = before * expand
        self.expand = SameConv(before, inside, 1) if expand > 1 else None
        self.depthwise = SameConv(inside, inside, kernel, stride, groups=inside)
        self.project = SameConv(inside, after, 1)
        self.skip = stride == 1 and before == after

    def forward(self, x: Tensor) -> Tensor:
        """(N, before, H, W) to (N, after, ceil(H / stride), ceil(W / stride))."""
        wide = x if self.expand is None else F.relu6(self.expand(x), inplace=True)
        narrow = self.project(F.relu6(self.depthwise(wide), inplace=True))
        return x + narrow if self.skip else narrow


class EfficientNetLite(nn.Module):
    """Pictures to classes, and to the maps on which the classes rest."""

    def __init__(self, config: LiteConfig) -> None:
        super().__init__()
        self.config = config
        self.stem = SameConv(3, STEM, 3, 2)
        self.blocks = nn.ModuleList()
        before = STEM
        for stage in config.stages():
            for number in range(stage.repeats):
                stride = stage.stride if number == 0 else 1
                self.blocks.append(Block(before, stage.channels, stage.kernel, stride, stage.expand))
                before = stage.channels
        self.head = SameConv(before, HEAD, 1)
        self.outlet = nn.Linear(HEAD, CLASSES)

    def late_maps(self, pictures: Tensor) -> Tensor:
        """(N, 3, H, W) uint8 RGB to the maps of the last stage but one, (N, 192 width, ceil(H / 32), ceil(W / 32))."""
        x = torch.cat([self._early_maps(some) for some in pictures.split(EARLY_PICTURES)])
        for block in self.blocks[EARLY_BLOCKS:-1]:
            x = block(x)
        return x

    def _early_maps(self, pictures: Tensor) -> Tensor:
        x = (pictures.to(self.stem.weight.dtype) - MEAN) / SCALE
        x = F.relu6(self.stem(x.contiguous(memory_format=torch.channels_last)), inplace=True)
        for block in self.blocks[:EARLY_BLOCKS]:
            x = block(x)
        return x

    def forward(self, pictures: Tensor) -> Tensor:
        """(N, 3, H, W) uint8 RGB to logits of the classes, (N, CLASSES)."""
        maps = self.blocks[-1](self.late_maps(pictures))
        return self.outlet(F.relu6(self.head(maps), inplace=True).mean((2, 3)))


def folded(stored: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The entries of `EfficientNetLite` from those of the published files, which keep their batch norms.

    conv(x) w, then (y - mean) / sqrt(var + eps) gamma + beta, is a convolution with w gamma / sqrt(var + eps) and the
    bias beta - mean gamma / sqrt(var + eps). Raises KeyError where an entry is missing.
    """
    pairs = {"stem": ("_conv_stem", "_bn0"), "head": ("_conv_head", "_bn1")}
    for number in sorted({int(key.split(".")[1]) for key in stored if key.startswith("_blocks.")}):
        theirs, ours = f"_blocks.{number}.", f"blocks.{number}."
        if f"{theirs}_expand_conv.weight" in stored:
            pairs[f"{ours}expand"] = (f"{theirs}_expand_conv", f"{theirs}_bn0")
        pairs[f"{ours}depthwise"] = (f"{theirs}_depthwise_conv", f"{theirs}_bn1")
        pairs[f"{ours}project"] = (f"{theirs}_project_conv", f"{theirs}_bn2")
    entries = {f"outlet.{part}": stored[f"_fc.{part}"] for part in ("weight", "bias")}
    for name, (convolution, norm) in pairs.items():
        gain = stored[f"{norm}.weight"] * torch.rsqrt(stored[f"{norm}.running_var"] + BATCH_NORM_EPS)
        entries[f"{name}.weight"] = stored[f"{convolution}.weight"] * gain[:, None, None, None]
        entries[f"{name}.bias"] = stored[f"{norm}.bias"] - stored[f"{norm}.running_mean"] * gain
    return entries
