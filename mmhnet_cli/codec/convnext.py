"""The block of which the backbone of the vocoder is built."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmhnet_cli.products import Linear


class ConvNeXtBlock(nn.Module):
    """Depth-wise convolution over time, then a pointwise MLP; residual, with a learned layer scale."""

    def __init__(self, width: int, expansion: int, kernel: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv1d(width, width, kernel, padding=kernel // 2, groups=width)
        self.norm = nn.LayerNorm(width)
        self.rise = Linear(width, expansion * width)
        self.fall = Linear(expansion * width, width)
        self.layer_scale = nn.Parameter(torch.full((width,), 0.1))

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, width) to the same."""
        y = self.depthwise(x.transpose(1, 2)).transpose(1, 2)
        return x + self.layer_scale * self.fall(F.silu(self.rise(self.norm(y))))
