"""Maps along channels and neighbours of a token sequence, safe for padded batches."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmhnet_cli.products import Linear, is_quick, linear

MOST_SHORT_TOKENS = 256
"""Up to so many tokens of a batch are convolved sooner as one linear map: half of the time at 36 tokens, as much at
300."""


def masked(tokens: Tensor, mask: Tensor | None) -> Tensor:
    """Set tokens to zero at padding. tokens (B, L, D), mask (B, L) bool or None -> (B, L, D)."""
    return tokens if mask is None else tokens * mask.unsqueeze(-1).to(tokens.dtype)


def convolve(tokens: Tensor, weight: Tensor, bias: Tensor | None, groups: int = 1) -> Tensor:
    """Convolve over time, zero-padded. tokens (B, L, D), weight (E, D / groups, kernel) -> (B, L, E).

    It is written as a two-dimensional convolution of height 1 because (B, L, D) is then its channels-last layout as it
    lies in memory: no copy, the same cost per token at any length, and on a processor faster than the one-dimensional
    call.
    """
    if tokens.is_cuda and groups == tokens.shape[2] == len(weight):
        return _convolve_by_channel(tokens, weight, bias)
    if groups == 1 and tokens.shape[0] * tokens.shape[1] <= MOST_SHORT_TOKENS and is_quick(tokens):
        return _convolve_as_product(tokens, weight, bias)
    image = tokens.transpose(1, 2).unsqueeze(2)
    out = F.conv2d(image, weight.unsqueeze(2), bias, padding=(0, weight.shape[2] // 2), groups=groups)
    return out.squeeze(2).transpose(1, 2)


def _convolve_as_product(tokens: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """Map each token and its neighbours as one: tokens (B, L, D), weight (E, D, kernel) -> (B, L, E), as `convolve`."""
    kernel = weight.shape[2]
    near = F.pad(tokens, (0, 0, kernel // 2, kernel // 2)).unfold(1, kernel, 1)  # (B, L, D, kernel)
    return linear(near.transpose(2, 3).flatten(2), weight.transpose(1, 2).flatten(1), bias)


def _convolve_by_channel(tokens: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """Convolve each channel by itself, as a sum over the taps: tokens (B, L, D), weight (D, 1, kernel) -> (B, L, D).

    cuDNN plans a convolution anew for every length, which takes milliseconds, and routing gives another length at every
    evaluation: a step of the mini's training took four times as long.
    """
    kernel, length = weight.shape[2], tokens.shape[1]
    padded = F.pad(tokens, (0, 0, kernel // 2, kernel // 2))
    taps = weight.to(tokens.dtype)[:, 0].unbind(1)
    out = torch.zeros_like(tokens) if bias is None else bias.to(tokens.dtype).expand_as(tokens)
    for tap, scale in enumerate(taps):
        out = torch.addcmul(out, padded[:, tap : tap + length], scale)
    return out


class TokenConv(nn.Module):
    """Convolution over time on (B, L, D), stride 1, same length. Padding is zeroed first, as beyond the edges."""

    def __init__(self, inputs: int, outputs: int, kernel: int, bias: bool = True) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs, kernel))
        self.bias = nn.Parameter(torch.empty(outputs)) if bias else None
        bound = 1 / math.sqrt(inputs * kernel)
        nn.init.uniform_(self.weight, -bound, bound)
        if self.bias is not None:
            nn.init.uniform_(self.bias, -bound, bound)

    def forward(self, tokens: Tensor, mask: Tensor | None = None) -> Tensor:
        """Map tokens (B, L, D), mask (B, L) to (B, L, E)."""
        return convolve(masked(tokens, mask), self.weight, self.bias)


def lay_out(network: nn.Module) -> None:
    """Lay the weights of all convolutions in memory as `convolve` reads them, which else copies them at every call.

    Values and shapes stay as they are. The copies took a tenth of an evaluation of 8 s.
    """
    for module in network.modules():
        if isinstance(module, TokenConv):
            module.weight.data = module.weight.data.transpose(1, 2).contiguous().transpose(1, 2)


class TokenLinear(Linear):
    """Linear map of each token. It takes a mask, as TokenConv does, and has no need of it."""

    def forward(self, tokens: Tensor, mask: Tensor | None = None) -> Tensor:
        """Map tokens (B, L, D) to (B, L, E)."""
        return linear(tokens, self.weight, self.bias)


def token_map(inputs: int, outputs: int, kernel: int, bias: bool = True) -> TokenConv | TokenLinear:
    """Return the map with this kernel; kernel 1 is a linear map, whose weight has two axes."""
    if kernel == 1:
        return TokenLinear(inputs, outputs, bias)
    return TokenConv(inputs, outputs, kernel, bias)


class GatedUnit(nn.Module):
    """y = w2(SiLU(w1 x) * w3 x), maps over time with `kernel`, no bias."""

    def __init__(self, width: int, inner: int, kernel: int) -> None:
        super().__init__()
        self.kernel = kernel
        self.w1 = token_map(width, inner, kernel, bias=False)
        self.w2 = token_map(inner, width, kernel, bias=False)
        self.w3 = token_map(width, inner, kernel, bias=False)

    def forward(self, tokens: Tensor, mask: Tensor | None = None) -> Tensor:
        """Map tokens (B, L, D), mask (B, L) to (B, L, D)."""
        if self.kernel > 1:
            tokens = masked(tokens, mask)
        return self.w2(F.silu(self.w1(tokens)) * self.w3(tokens), mask)


def modulate(tokens: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    """Apply adaptive LayerNorm, LN(x) (1 + scale) + shift. tokens (B, L, D), shift and scale (B, L or 1, D) -> (B, L,
    D)."""
    return torch.addcmul(shift, F.layer_norm(tokens, tokens.shape[-1:]), 1 + scale)


def sliding_mean(tokens: Tensor, window: int, mask: Tensor | None = None) -> Tensor:
    """Take the mean over the `window` // 2 neighbours on each side, fewer at the edges and at padding.

    tokens (B, L, D), mask (B, L) -> (B, L, D), float32 inside. Differences of one cumulative sum make the cost free of
    the window; taking the mean of the whole off first keeps the sum small, so that float32 carries hours of film.
    """
    length, half = tokens.shape[1], window // 2
    values = masked(tokens.float(), mask)
    counts = torch.ones_like(values[..., :1]) if mask is None else mask.unsqueeze(-1).float()
    offset = values.sum(1, keepdim=True) / counts.sum(1, keepdim=True).clamp_min(1)
    sums = F.pad((values - offset * counts).cumsum(1), (0, 0, 1, 0))
    weights = F.pad(counts.cumsum(1), (0, 0, 1, 0))
    step = torch.arange(length, device=tokens.device)
    first, end = (step - half).clamp_min(0), (step + half + 1).clamp_max(length)
    mean = (sums[:, end] - sums[:, first]) / (weights[:, end] - weights[:, first]).clamp_min(1)
    return (mean + offset).to(tokens.dtype)


def masked_mean(tokens: Tensor, mask: Tensor | None) -> Tensor:
    """Take the mean over the valid tokens. tokens (B, L, D), mask (B, L) -> (B, 1, D)."""
    if mask is None:
        return tokens.mean(1, keepdim=True)
    count = mask.sum(1).clamp_min(1).view(-1, 1, 1)
    return (masked(tokens, mask).float().sum(1, keepdim=True) / count).to(tokens.dtype)
