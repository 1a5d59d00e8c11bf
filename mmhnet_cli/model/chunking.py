"""Into the compressed space and back (network.md section 3, H-Net)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmhnet_cli.model.routing import StreamRouting


def gather_tokens(tokens: Tensor, index: Tensor) -> Tensor:
    """tokens (B, L, D), index (B, K) -> (B, K, D)."""
    return tokens.gather(1, index.unsqueeze(-1).expand(-1, -1, tokens.shape[2]))


def chunk(tokens: Tensor, routing: StreamRouting) -> Tensor:
    """The kept tokens, in order; nothing is pooled. (B, L, D) -> (B, K, D), padding is undefined."""
    return gather_tokens(tokens, routing.positions)


def dechunk(compressed: Tensor, routing: StreamRouting) -> Tensor:
    """Each place takes the last kept token at or before it, times STE(c). (B, K, D) -> (B, L, D)."""
    full = gather_tokens(compressed, routing.source)
    return full * routing.confidence().unsqueeze(-1).to(full.dtype)


def smooth_reference(compressed: Tensor, probability: Tensor) -> Tensor:
    """H-Net's moving average as a loop: z_k <- P_k z_k + (1 - P_k) z_{k-1}. (B, K, D), (B, K) -> (B, K, D)."""
    out = [compressed[:, 0]]
    for k in range(1, compressed.shape[1]):
        share = probability[:, k].unsqueeze(-1)
        out.append(share * compressed[:, k] + (1 - share) * out[-1])
    return torch.stack(out, 1)


def smooth(compressed: Tensor, probability: Tensor) -> Tensor:
    """The recurrence of `smooth_reference` in log2(K) steps, float32 inside.

    Step s joins each token's affine map of the past with that of the token s before it: sums of products of numbers in
    [0, 1], so nothing grows.
    """
    share = probability.float().unsqueeze(-1)
    carry = F.pad(1 - share[:, 1:], (0, 0, 1, 0))  # the first token has no past
    value = compressed.float() * torch.cat((torch.ones_like(share[:, :1]), share[:, 1:]), 1)
    reach = 1
    while reach < compressed.shape[1]:
        value = value + carry * F.pad(value, (0, 0, reach, 0))[:, : value.shape[1]]
        carry = carry * F.pad(carry, (0, 0, reach, 0))[:, : carry.shape[1]]
        reach *= 2
    return value.to(compressed.dtype)


class Dechunker(nn.Module):
    """Back to full rate, plus a projection of the token before chunking, which starts at zero."""

    def __init__(self, width: int, smoothing: bool) -> None:
        super().__init__()
        self.residual = nn.Linear(width, width)
        self.smoothing = smoothing
        nn.init.zeros_(self.residual.weight)
        nn.init.zeros_(self.residual.bias)

    def forward(self, compressed: Tensor, before: Tensor, routing: StreamRouting) -> Tensor:
        """compressed (B, K, D), before (B, L, D) -> (B, L, D)."""
        if self.smoothing:
            compressed = smooth(compressed, routing.probability.gather(1, routing.positions))
        return dechunk(compressed, routing) + self.residual(before)
