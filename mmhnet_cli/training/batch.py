"""What a network is trained on at a step, wherever it comes from."""

from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from mmhnet_cli.model.conditions import Features


@dataclass(frozen=True)
class Batch:
    """latents (B, L, C), clip (B, V, clip_dim), sync (B, S, sync_dim), text (B, W, text_dim) with its mask (B, W).

    drop_video, drop_text (B,): these conditions are replaced by the empty ones.
    """

    latents: Tensor
    clip: Tensor
    sync: Tensor
    text: Tensor
    text_mask: Tensor
    drop_video: Tensor
    drop_text: Tensor

    @property
    def features(self) -> Features:
        """Return what the network is told, before anything is dropped."""
        return Features(clip=self.clip, sync=self.sync, text=self.text, text_mask=self.text_mask)

    def to(self, device: torch.device) -> Self:
        """Return the same on a device."""
        return type(self)(**{name: value.to(device, non_blocking=True) for name, value in vars(self).items()})
