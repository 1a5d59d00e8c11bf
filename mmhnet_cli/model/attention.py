"""Joint attention over the tokens of all streams, with rotary positions or with none."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmhnet_cli.products import Linear

# The public networks were trained with torch's default, which is this number for float32 inside.
RMS_EPS = torch.finfo(torch.float32).eps


@dataclass(frozen=True)
class AttentionParts:
    """Queries, keys, values (B, H, L, P) and the mask (B, L) of one stream."""

    q: Tensor
    k: Tensor
    v: Tensor
    mask: Tensor | None


class AttentionProjection(nn.Module):
    """It gives queries, keys and values, the first two RMS-normalised by head. It knows no positions."""

    def __init__(self, width: int, heads: int, head_width: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = Linear(width, 3 * heads * head_width)
        self.q_norm = nn.RMSNorm(head_width, eps=RMS_EPS)
        self.k_norm = nn.RMSNorm(head_width, eps=RMS_EPS)

    def forward(self, tokens: Tensor, mask: Tensor | None, rotation: Tensor | None) -> AttentionParts:
        """Map tokens (B, L, D) to parts with heads first."""
        # Channels lie as (head, dim, q|k|v): the order of the public checkpoints.
        q, k, v = self.qkv(tokens).unflatten(2, (self.heads, -1, 3)).transpose(1, 2).unbind(-1)
        return AttentionParts(self.q_norm(q), self.k_norm(k), v, mask)


class RotaryProjection(AttentionProjection):
    """It does the same with rotary positions on queries and keys; a stream without rotation (text) stays unturned."""

    def forward(self, tokens: Tensor, mask: Tensor | None, rotation: Tensor | None) -> AttentionParts:
        """Map tokens (B, L, D), rotation (2, B or 1, L, P / 2) to parts with heads first."""
        parts = super().forward(tokens, mask, rotation)
        if rotation is None:
            return parts
        return AttentionParts(rotate(parts.q, rotation), rotate(parts.k, rotation), parts.v, mask)


def rotary_table(positions: Tensor, head_width: int) -> Tensor:
    """Return cosines and sines of the angles, base 10000. positions (B or 1, L) -> (2, B or 1, L, P / 2) float32."""
    step = torch.arange(0, head_width, 2, dtype=torch.float32, device=positions.device) / head_width
    angle = positions.float().unsqueeze(-1) * (1.0 / 10000**step)
    return torch.stack((angle.cos(), angle.sin()))


def rotate(heads: Tensor, rotation: Tensor) -> Tensor:
    """Turn adjacent channel pairs. heads (B, H, L, P), rotation (2, B or 1, L, P / 2) -> (B, H, L, P)."""
    cos, sin = rotation.unsqueeze(2)
    even, odd = heads.float().unflatten(-1, (-1, 2)).unbind(-1)
    turned = torch.stack((cos * even - sin * odd, sin * even + cos * odd), -1)
    return turned.flatten(-2).to(heads.dtype)


def mix_attention(parts: Sequence[AttentionParts], training_tokens: int | None) -> list[Tensor]:
    """Let the tokens of all streams attend to one another. -> one (B, L, H P) per stream.

    training_tokens: with a number, logits grow as ln(tokens) / ln(training_tokens), so that the softmax over a long
    film is as sharp as it was in training.
    """
    return read_tokens(parts, parts, training_tokens)


def read_tokens(
    readers: Sequence[AttentionParts], parts: Sequence[AttentionParts], training_tokens: int | None
) -> list[Tensor]:
    """Let the tokens of `readers` attend to those of all `parts`. -> one (B, L, H P) per reader."""
    q = torch.cat([part.q for part in readers], 2)
    k, v = (torch.cat([getattr(part, name) for part in parts], 2) for name in ("k", "v"))
    mixed = attend(q, k, v, _joint_mask(parts), training_tokens)
    return list(mixed.split([part.q.shape[2] for part in readers], 1))


def attend(q: Tensor, k: Tensor, v: Tensor, keys: Tensor | None, training_tokens: int | None) -> Tensor:
    """Let q (B, H, M, P) read k and v (B, H, L, P), of which `keys` (B, L) says what may be seen. -> (B, M, H P)."""
    if training_tokens is not None:
        q = q * (_valid_count(keys, k).log() / math.log(training_tokens)).to(q.dtype)
    mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=None if keys is None else keys[:, None, None])
    return mixed.transpose(1, 2).flatten(2)


def _joint_mask(parts: Sequence[AttentionParts]) -> Tensor | None:
    if all(part.mask is None for part in parts):
        return None
    masks = [
        torch.ones_like(part.q[:, 0, :, 0], dtype=torch.bool) if part.mask is None else part.mask for part in parts
    ]
    return torch.cat(masks, 1)


def _valid_count(keys: Tensor | None, k: Tensor) -> Tensor:
    """Return how many keys may be seen, (B or 1, 1, 1, 1) float32."""
    if keys is None:
        return torch.full((1, 1, 1, 1), float(k.shape[2]), device=k.device)
    return keys.sum(1).float().view(-1, 1, 1, 1)


class AttentionOutput(nn.Module):
    """The map that follows every mixer in its block serves as output; only a narrower stream needs one of its own."""

    def __init__(self, inner: int, width: int) -> None:
        super().__init__()
        self.out = nn.Identity() if inner == width else Linear(inner, width)

    def forward(self, mixed: Tensor, parts: AttentionParts) -> Tensor:
        """Map mixed (B, L, H P) to (B, L, D)."""
        return self.out(mixed)
