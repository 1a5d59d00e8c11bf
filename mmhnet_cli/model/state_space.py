"""Mamba-2 in its two forms (network.md section 5).

Non-causal, with one state for the whole film or one for each window of it, and causal.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmhnet_cli.model.config import NetworkConfig
from mmhnet_cli.model.layers import convolve, masked
from mmhnet_cli.model.ssd import causal_scan, local_states, read_local_states, read_state, sequence_state
from mmhnet_cli.model.stretches import Stretches
from mmhnet_cli.products import Linear, linear


@dataclass(frozen=True)
class StateParts:
    """Parts of one stream: gate (B, L, E), x (B, L, H, P), b and c (B, L, R), rate m and weight w (B, L, H), 0 at
    padding."""

    gate: Tensor
    x: Tensor
    b: Tensor
    c: Tensor
    rate: Tensor
    weight: Tensor


class StateProjection(nn.Module):
    """(z, x, B, C, u) = W_in token; (x, B, C) = SiLU(depthwise convolution); step = softplus(u + bias); m = -step a."""

    def __init__(self, config: NetworkConfig, width: int, causal: bool, has_rate: bool) -> None:
        super().__init__()
        self.heads, self.inner, self.state, self.causal = config.heads, config.inner_width, config.state_size, causal
        self.convolved = self.inner + 2 * self.state
        self.kernel = config.conv_kernel
        self.in_proj = Linear(width, self.inner + self.convolved + self.heads, bias=False)
        bound = 1 / math.sqrt(self.kernel)
        self.conv_weight = nn.Parameter(torch.empty(self.convolved, 1, self.kernel).uniform_(-bound, bound))
        self.conv_bias = nn.Parameter(torch.zeros(self.convolved))
        # Mamba-2 starts with steps of 0.001 to 0.1 and decays of 1 to 16; spread evenly over the heads here.
        step = torch.logspace(-3, -1, self.heads)
        self.step_bias = nn.Parameter(step + torch.log(-torch.expm1(-step)))  # inverse of softplus
        self.log_rate = nn.Parameter(torch.linspace(1, 16, self.heads).log()) if has_rate else None

    def forward(self, tokens: Tensor, mask: Tensor | None, rotation: Tensor | None) -> StateParts:
        """Map tokens (B, L, D), mask (B, L) to parts. Rows of one matrix, used in three products to spare copies."""
        z_rows, x_rows, u_rows = self.in_proj.weight.split([self.inner, self.convolved, self.heads])
        mixed = masked(linear(tokens, x_rows), mask)
        if self.causal:
            # Shifted by half of itself, a centred kernel sees the past only.
            mixed = F.pad(mixed, (0, 0, self.kernel // 2, 0))
        mixed = convolve(mixed, self.conv_weight, self.conv_bias, self.convolved)
        mixed = F.silu(mixed[:, : tokens.shape[1]])
        x, b, c = mixed.split([self.inner, self.state, self.state], 2)
        step = masked(F.softplus(linear(tokens, u_rows).float() + self.step_bias.float()), mask)
        rate = step if self.log_rate is None else step * self.log_rate.float().exp()
        return StateParts(linear(tokens, z_rows), x.unflatten(2, (self.heads, -1)), b, c, rate, step)


class StateOutput(nn.Module):
    """out = W_out(RMSNorm(y + d x) * SiLU(z))."""

    def __init__(self, config: NetworkConfig, width: int) -> None:
        super().__init__()
        self.skip = nn.Parameter(torch.ones(config.heads))
        self.norm = nn.RMSNorm(config.inner_width, eps=1e-5)
        self.out_proj = Linear(config.inner_width, width, bias=False)

    def forward(self, mixed: Tensor, parts: StateParts) -> Tensor:
        """Map mixed (B, L, H, P) to (B, L, D)."""
        y = torch.addcmul(mixed, parts.x, self.skip.to(mixed.dtype).unsqueeze(-1)).flatten(2)
        return self.out_proj(self.norm(y) * F.silu(parts.gate))


def mix_noncausal(parts: Sequence[StateParts], stretches: Sequence[Stretches | None], normalise: bool) -> list[Tensor]:
    """Let every stream write a state, and all streams read their sum. -> one (B, L, H, P) per stream.

    Each state is normalised by itself before the sum, all with the same weight. Audio and CLIP tokens grow with the
    film and text tokens do not: divided by one common sum, the words would fade as the film gets longer.
    stretches: where the tokens of each stream lie. Streams that have them write and read the state of the window
    around each token. Words lie nowhere: they are read everywhere, and read the state of the whole film.
    """
    whole: list[Tensor] = []
    near: list[Tensor] = []
    for part, places in zip(parts, stretches, strict=True):
        if places is None:
            whole.append(sequence_state(part.x, part.rate, part.b, normalise))
            near.append(whole[-1].unsqueeze(1))
        else:
            around, everywhere = local_states(part.x, part.rate, part.b, places, normalise)
            whole.append(everywhere)
            near.append(around)
    film, windows = sum(whole[1:], whole[0]), sum(near[1:], near[0])
    return [
        read_state(film, part.c) if places is None else read_local_states(windows, part.c, places)
        for part, places in zip(parts, stretches, strict=True)
    ]


def mix_causal(parts: Sequence[StateParts]) -> list[Tensor]:
    """Scan once over text, CLIP, audio in this order, so that sound can read its conditions. -> as `mix_noncausal`."""
    order = parts[::-1]
    joint = [torch.cat([getattr(part, name) for part in order], 1) for name in ("x", "rate", "weight", "b", "c")]
    mixed = causal_scan(*joint)
    return list(mixed.split([part.x.shape[1] for part in order], 1))[::-1]
