"""A small network that names the kinds of sound in noisy latents, whose gradient guides sampling.

Classifier guidance (Dhariwal and Nichol 2021, "Diffusion Models Beat GANs on Image Synthesis"). The paper does not have
it: a network as small and as briefly trained as mini blurs what tells one kind from the next, which is far easier to
learn to name than to make.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call

from mmhnet_cli.model.config import CLASSIFIER_KERNEL as KERNEL
from mmhnet_cli.model.config import NetworkConfig
from mmhnet_cli.model.layers import masked
from mmhnet_cli.model.preconditioning import Preconditioning
from mmhnet_cli.products import Linear

DILATIONS = (1, 2, 4, 8)
"""Of the convolutions over time, block after block."""
TIME_WAVES, TIME_WIDTH, FASTEST = 8, 48, 50.0
"""t enters as so many sines and cosines, the fastest with so many quarters of a turn."""
LEAST_SHARE = 1e-6
STRETCH = 1024
"""The gradient of a long film is taken in stretches of so many latents: memory does not grow with the film."""


class ClassifierBlock(nn.Module):
    """x + down(SiLU(up(LN(depthwise convolution(x)) modulated by t)))."""

    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.dilation = dilation
        self.convolution = nn.Conv1d(
            width, width, KERNEL, padding=KERNEL // 2 * dilation, dilation=dilation, groups=width
        )
        self.modulation = Linear(TIME_WIDTH, 2 * width)
        self.up = Linear(width, 2 * width)
        self.down = Linear(2 * width, width)
        for zero in (self.modulation.weight, self.modulation.bias, self.down.weight, self.down.bias):
            nn.init.zeros_(zero)

    def forward(self, tokens: Tensor, time: Tensor, mask: Tensor | None) -> Tensor:
        """Map tokens (B, L, D), time (B, 1, E), mask (B, L) or None to (B, L, D)."""
        seen = self.convolution(masked(tokens, mask).transpose(1, 2)).transpose(1, 2)
        shift, scale = self.modulation(time).chunk(2, -1)
        inner = F.layer_norm(seen, seen.shape[-1:]) * (1 + scale) + shift
        return tokens + self.down(F.silu(self.up(inner)))


class NoisyClassifier(nn.Module):
    """It gives a logit for each kind and latent step. Its start names nothing, and its gradient is zero."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        width = config.classifier_width
        self.preconditioning = Preconditioning(config.latent_channels)
        self.enter = Linear(config.latent_channels, width)
        self.time = Linear(2 * TIME_WAVES, TIME_WIDTH)
        self.blocks = nn.ModuleList(
            ClassifierBlock(width, DILATIONS[index % len(DILATIONS)]) for index in range(config.classifier_blocks)
        )
        self.leave = Linear(width, config.classifier_kinds)
        nn.init.zeros_(self.leave.weight)
        # It has a training of its own: that of the flow leaves it as it is.
        self.requires_grad_(False)

    @property
    def reach(self) -> int:
        """Return how many latent steps away, on each side, a name may depend on."""
        return sum(KERNEL // 2 * block.dilation for block in self.blocks if isinstance(block, ClassifierBlock))

    def forward(self, latents: Tensor, t: Tensor, mask: Tensor | None = None) -> Tensor:
        """Map latents (B, L, C) at times t (B,), mask (B, L) or None to logits (B, L, K)."""
        speeds = torch.linspace(0, math.log(FASTEST), TIME_WAVES, device=t.device).exp()
        turns = t.unsqueeze(1) * speeds * math.pi / 2
        time = F.silu(self.time(torch.cat((turns.sin(), turns.cos()), 1))).unsqueeze(1)
        tokens = self.enter(self.preconditioning.enter(latents, t))
        for block in self.blocks:
            tokens = block(tokens, time, mask)
        return self.leave(F.layer_norm(tokens, tokens.shape[-1:]))

    def gradient(self, latents: Tensor, t: Tensor, shares: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the gradient (B, L, C) float32 by the latents of the logarithm of the probability that one of the
        kinds that shall be heard is heard, summed over all steps.

        latents (B, L, C) at times t (B,). shares (B, L, K): of the kinds that shall be heard; what they sum up to, at
        most 1, is how much that step counts.
        """
        length, reach, shares = latents.shape[1], self.reach, masked(shares, mask)
        found = [
            self._of_stretch(latents, t, shares, mask, first, min(first + STRETCH, length), reach)
            for first in range(0, length, STRETCH)
        ]
        return torch.cat(found, 1)

    def _of_stretch(
        self, latents: Tensor, t: Tensor, shares: Tensor, mask: Tensor | None, first: int, end: int, reach: int
    ) -> Tensor:
        """Return the gradient by the latents from `first` to `end`: of all names that depend on them, from all that
        these depend on."""
        begin, close = max(first - 2 * reach, 0), min(end + 2 * reach, latents.shape[1])
        counted = slice(max(first - reach, 0) - begin, min(end + reach, latents.shape[1]) - begin)
        part = None if mask is None else mask[:, begin:close].clone()
        wanted = shares[:, begin:close].float().clone()
        with torch.inference_mode(False), torch.enable_grad(), torch.autocast(latents.device.type, enabled=False):
            # What inference made cannot take part in a gradient; a copy can.
            own = {name: value.clone().float() for name, value in self.state_dict().items()}
            given = latents[:, begin:close].clone().float().requires_grad_()
            names = torch.log_softmax(functional_call(self, own, (given, t.clone().float(), part)), -1)
            total = wanted.sum(-1, keepdim=True)
            heard = torch.logsumexp(names + (wanted / total.clamp_min(LEAST_SHARE) + LEAST_SHARE).log(), -1)
            score = (heard * total.squeeze(-1).clamp_max(1))[:, counted].sum()
            (gradient,) = torch.autograd.grad(score, given)
        return gradient[:, first - begin : end - begin]
