"""Synchformer's visual branch: eight tokens of motion for each segment of 16 frames (MMAudio specification, 3.2).

A vision transformer whose attention is divided: within the places of the picture over time, then within the picture
of one moment. The keys of the state dict are those of the public checkpoint without `vfeat_extractor.`.
"""

from dataclasses import dataclass
from typing import Annotated

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmhnet_cli.errors import BadOption
from mmhnet_cli.fields import Within, check_fields
from mmhnet_cli.products import Linear, linear
from mmhnet_cli.timeline import exact_ratio

PUBLIC_PREFIX = "vfeat_extractor."
"""The public file, which holds the audible branch as well, writes it before the keys of this one."""

NORM_EPS = 1e-6
MLP_RATIO = 4
COLOURS = 3

STEP_AXIS, PLACE_AXIS = 2, 3
"""Heads (N, H, T, P, d) have these axes; the one that is named numbers the groups of an attention."""


@dataclass(frozen=True)
class SynchformerConfig:
    """Sizes of the network."""

    width: Annotated[int, Within(1, 8192)] = 768
    """D is the width of a token."""
    heads: Annotated[int, Within(1, 256)] = 12
    """H is how many heads an attention has."""
    depth: Annotated[int, Within(0, 64)] = 12
    """The network has so many blocks."""
    frames: Annotated[int, Within(1, 64)] = 16
    """A segment has so many, of `picture_px` squared."""
    picture_px: Annotated[int, Within(8, 512)] = 224
    patch_frames: Annotated[int, Within(1, 64)] = 2
    """A token covers so many frames of `patch_px` squared."""
    patch_px: Annotated[int, Within(4, 512)] = 16

    def __post_init__(self) -> None:
        check_fields(self)
        for whole, part in (("width", "heads"), ("frames", "patch_frames"), ("picture_px", "patch_px")):
            if getattr(self, whole) % getattr(self, part):
                raise BadOption(whole, str(getattr(self, whole)), f"a multiple of {getattr(self, part)} ({part})")

    @property
    def steps(self) -> int:
        """Return T, how many tokens lie along time, which is how many a segment gives."""
        return exact_ratio(self.frames, self.patch_frames)

    @property
    def side(self) -> int:
        """Return how many tokens lie along one edge of the picture."""
        return exact_ratio(self.picture_px, self.patch_px)

    @property
    def places(self) -> int:
        """Return P, how many tokens one step has."""
        return self.side**2


class PatchEmbedding(nn.Module):
    """It maps cuboids of pixels to tokens. The convolution holds the weights: where kernel is stride, it is a linear
    map."""

    def __init__(self, config: SynchformerConfig) -> None:
        super().__init__()
        self.config = config
        cuboid = (config.patch_frames, config.patch_px, config.patch_px)
        self.proj = nn.Conv3d(COLOURS, config.width, cuboid, stride=cuboid)

    def forward(self, segments: Tensor) -> Tensor:
        """Map (N, frames, 3, px, px) to (N, T, P, D)."""
        config = self.config
        axes = (config.steps, config.patch_frames, COLOURS, config.side, config.patch_px, config.side, config.patch_px)
        # (N, step, frame, colour, row, y, column, x) to (N, step, row, column, colour, frame, y, x), as in the kernel.
        cuboids = segments.reshape(len(segments), *axes).permute(0, 1, 4, 6, 3, 2, 5, 7).flatten(4).flatten(2, 3)
        return linear(cuboids, self.proj.weight.flatten(1), self.proj.bias)


class UnusedPatchEmbedding(nn.Module):
    """Weights for single pictures, which the public checkpoint holds and nothing uses."""

    def __init__(self, config: SynchformerConfig) -> None:
        super().__init__()
        self.proj = nn.Conv2d(COLOURS, config.width, config.patch_px, stride=config.patch_px)


class DividedAttention(nn.Module):
    """A patch attends to CLS and to the patches of its group; CLS attends to all tokens.

    group_axis: STEP_AXIS for the groups of one moment (space), PLACE_AXIS for those of one place (time).
    """

    def __init__(self, config: SynchformerConfig, group_axis: int) -> None:
        super().__init__()
        self.heads, self.steps, self.group_axis = config.heads, config.steps, group_axis
        self.qkv = Linear(config.width, 3 * config.width)
        self.proj = Linear(config.width, config.width)

    def forward(self, tokens: Tensor) -> Tensor:
        """Map (N, 1 + T P, D), CLS first, to the same."""
        # Queries, keys and values lie in three blocks, unlike those of the flow network.
        q, k, v = self.qkv(tokens).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        cls = F.scaled_dot_product_attention(q[:, :, :1], k, v)
        grouped = F.scaled_dot_product_attention(self._groups(q), self._groups_and_cls(k), self._groups_and_cls(v))
        patches = grouped.unflatten(0, (len(tokens), -1)).movedim(1, self.group_axis).flatten(2, 3)
        return self.proj(torch.cat([cls, patches], 2).transpose(1, 2).flatten(2))

    def _groups(self, heads: Tensor) -> Tensor:
        """Map (N, H, 1 + T P, d) to (N G, H, M, d): the M patches of each of the G groups."""
        return heads[:, :, 1:].unflatten(2, (self.steps, -1)).movedim(self.group_axis, 1).flatten(0, 1)

    def _groups_and_cls(self, heads: Tensor) -> Tensor:
        """Map (N, H, 1 + T P, d) to (N G, H, 1 + M, d)."""
        groups = self._groups(heads)
        return torch.cat([heads[:, :, :1].repeat_interleave(len(groups) // len(heads), 0), groups], 2)


class Mlp(nn.Module):
    """Two linear maps around an exact GELU."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.fc1 = Linear(width, MLP_RATIO * width)
        self.fc2 = Linear(MLP_RATIO * width, width)

    def forward(self, tokens: Tensor) -> Tensor:
        """Map (..., D) to the same."""
        return self.fc2(F.gelu(self.fc1(tokens)))


class Block(nn.Module):
    """Attention over time, attention over space, MLP; each behind a norm of its own and added."""

    def __init__(self, config: SynchformerConfig) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(config.width, eps=NORM_EPS)
        self.attn = DividedAttention(config, STEP_AXIS)
        self.timeattn = DividedAttention(config, PLACE_AXIS)
        self.norm2 = nn.LayerNorm(config.width, eps=NORM_EPS)
        self.mlp = Mlp(config.width)
        self.norm3 = nn.LayerNorm(config.width, eps=NORM_EPS)

    def forward(self, tokens: Tensor) -> Tensor:
        """Map (N, 1 + T P, D) to the same."""
        tokens = tokens + self.timeattn(self.norm3(tokens))
        tokens = tokens + self.attn(self.norm1(tokens))
        return tokens + self.mlp(self.norm2(tokens))


class SpatialSummary(nn.Module):
    """One pre-norm encoder layer over the patches of a step and a CLS token, whose row is the result."""

    def __init__(self, config: SynchformerConfig) -> None:
        super().__init__()
        width = config.width
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.self_attn = nn.MultiheadAttention(width, config.heads, batch_first=True)
        self.linear1 = Linear(width, MLP_RATIO * width)
        self.linear2 = Linear(MLP_RATIO * width, width)
        self.norm1 = nn.LayerNorm(width, eps=NORM_EPS)
        self.norm2 = nn.LayerNorm(width, eps=NORM_EPS)

    def forward(self, patches: Tensor) -> Tensor:
        """Map (B, P, D) to (B, D). Only the row of CLS of the layer is worked out."""
        cls = self.cls_token.expand(len(patches), -1, -1)
        tokens = self.norm1(torch.cat([cls, patches], 1))
        mixed, _ = self.self_attn(tokens[:, :1], tokens, tokens, need_weights=False)
        cls = cls + mixed
        return (cls + self.linear2(F.gelu(self.linear1(self.norm2(cls)))))[:, 0]


class Synchformer(nn.Module):
    """Segments of frames in [-1, 1] to T tokens each. The parameters' names are those of the public checkpoint."""

    def __init__(self, config: SynchformerConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + config.places, width))
        self.temp_embed = nn.Parameter(torch.zeros(1, config.steps, width))
        self.patch_embed = UnusedPatchEmbedding(config)
        self.patch_embed_3d = PatchEmbedding(config)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.depth))
        self.norm = nn.LayerNorm(width, eps=NORM_EPS)
        self.spatial_attn_agg = SpatialSummary(config)

    def forward(self, segments: Tensor) -> Tensor:
        """Map (N, 16, 3, 224, 224) to (N, 8, 768), at the public size."""
        count = len(segments)
        patches = self.patch_embed_3d(segments) + self.pos_embed[:, None, 1:] + self.temp_embed[:, :, None]
        cls = (self.cls_token + self.pos_embed[:, :1]).expand(count, -1, -1)
        tokens = torch.cat([cls, patches.flatten(1, 2)], 1)
        for block in self.blocks:
            tokens = block(tokens)
        # Norm and summary work on each token, and each step, by itself; CLS has done its part.
        steps = self.norm(tokens[:, 1:]).unflatten(1, (self.config.steps, -1)).flatten(0, 1)
        return self.spatial_attn_agg(steps).unflatten(0, (count, -1))
