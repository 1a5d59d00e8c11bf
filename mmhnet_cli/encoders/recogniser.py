"""What a picture shows that can sound: the mini's counterpart of what CLIP knows, learned from procedural films.

Descriptors say how a picture looks; one frame of them is little to tell a hammer on wood from one on steel. This small
network reads a few seconds of them at a time and gives the share of each kind it knows in what is seen. Not in the
paper, whose CLIP was trained on millions of pictures.
"""

from dataclasses import dataclass
from typing import Annotated

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmhnet_cli.encoders.descriptors import CLIP_DIM, STREAMS, SYNC_DIM
from mmhnet_cli.fields import ODD, Within, check_fields

SYNC_FPS, CLIP_FPS = (stream.fps for stream in STREAMS)
SYNC_PER_CLIP = -(-SYNC_FPS // CLIP_FPS)
"""Frames of the faster stream that are shown, wholly or in part, while one of the slower is."""


@dataclass(frozen=True)
class RecogniserConfig:
    """kinds: K, how many it tells apart; width of its tokens; blocks: convolutions, each reaching twice as far as the
    one before; kernel: frames that each takes in, odd."""

    kinds: Annotated[int, Within(1, 4096)]
    width: Annotated[int, Within(1, 4096)] = 96
    blocks: Annotated[int, Within(0, 12)] = 3
    kernel: Annotated[int, Within(1, 31, **ODD)] = 5

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def clip_dim(self) -> int:
        """Features per frame with the shares: what the network takes."""
        return CLIP_DIM + self.kinds


class Recogniser(nn.Module):
    """Convolutions over the descriptors of 8 frames per second; with the sizes above, 1.75 s to either side.

    dropout: of descriptors and tokens, in training only.
    """

    def __init__(self, config: RecogniserConfig, dropout: float = 0.0) -> None:
        super().__init__()
        self.config = config
        inputs = CLIP_DIM + 2 * SYNC_DIM
        self.mean = nn.Buffer(torch.zeros(inputs))
        self.std = nn.Buffer(torch.ones(inputs))
        self.enter = nn.Linear(inputs, config.width)
        self.norms = nn.ModuleList(nn.LayerNorm(config.width) for _ in range(config.blocks))
        self.convs = nn.ModuleList(
            nn.Conv1d(config.width, config.width, config.kernel, dilation=2**block, padding="same")
            for block in range(config.blocks)
        )
        self.leave = nn.Linear(config.width, config.kinds)
        self.dropout = nn.Dropout(dropout)

    def forward(self, clip: Tensor, sync: Tensor) -> Tensor:
        """Descriptors clip (B, V, CLIP_DIM) and sync (B, S, SYNC_DIM) -> logits of the kinds (B, V, K)."""
        tokens = self.enter(self.dropout((frames_together(clip, sync) - self.mean) / self.std))
        for norm, conv in zip(self.norms, self.convs, strict=True):
            tokens = tokens + conv(self.dropout(F.gelu(norm(tokens))).mT).mT
        return self.leave(self.dropout(tokens))

    def extend(self, clip: Tensor, sync: Tensor) -> Tensor:
        """Descriptors with the shares of the kinds after them: (B, V, CLIP_DIM + K), the CLIP features of the mini."""
        return torch.cat((clip, self(clip, sync).softmax(-1)), -1)


def frames_together(clip: Tensor, sync: Tensor) -> Tensor:
    """Each row of clip with mean and maximum of the rows of sync at its time: (B, V, CLIP_DIM + 2 SYNC_DIM)."""
    first = torch.arange(clip.shape[1], device=clip.device) * SYNC_FPS // CLIP_FPS
    index = first.unsqueeze(1) + torch.arange(SYNC_PER_CLIP, device=clip.device)
    beside = sync[:, index.clamp_max(sync.shape[1] - 1)]
    return torch.cat((clip, beside.mean(2), beside.amax(2)), -1)
