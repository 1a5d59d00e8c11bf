"""When something happens in a film, as eyes see it: how much what is seen changes from picture to picture.

Two looks at 25 pictures per second, 160 x 160: the late maps of EfficientNet-Lite0, where a step that changes nothing
but light is small, and brightness itself. Measured without training on real films whose sound shows hits, peaks of the
first are at the onsets more often than peaks of optical flow.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from mmhnet_cli.encoders.efficientnet import EfficientNetLite
from mmhnet_cli.media.frames import FrameStream

CHANGES_STREAM = FrameStream(fps=25, width=160, height=160)
"""What the reader must deliver."""
LIVELIEST = 10
"""Cells, of the 25 of 32 x 32 pixels, that are looked at by themselves: what happens may be small."""
CELL, COLUMNS = 32, 5
MEASURES = 4
"""Late maps: mean change of the liveliest cells, and of all; brightness: the same."""
LONG_PICTURES = 25
"""How far apart the pictures are that tell a change that lasts from a flash: a second."""
STEADY_PICTURES = 25
"""Over how many pictures what changes all the time is taken away: a second."""
STRONG = 95
"""Percentile of a film's own changes that counts as 1."""
LEAST = np.array([0.01, 0.01, 1.0, 1.0], np.float32)
"""What counts as 1 in a film that stands still, so that grain stays small."""


class Changes:
    """Takes the frames of CHANGES_STREAM and gives measures of change; memory grows by 24 bytes per frame."""

    def __init__(self, eyes: EfficientNetLite, batch: int = 16) -> None:
        self.eyes, self.batch = eyes, batch
        self.late_past: Tensor | None = None
        self.light_before: Tensor | None = None
        self.rows: list[np.ndarray] = []
        self.long: list[np.ndarray] = []
        self.sides: list[np.ndarray] = []

    @torch.inference_mode()
    def push(self, frames: np.ndarray) -> None:
        """Take the next frames, in order; frames (N, 160, 160, 3) uint8 RGB."""
        for first in range(0, len(frames), self.batch):
            pictures = torch.from_numpy(frames[first : first + self.batch]).permute(0, 3, 1, 2)
            late = F.normalize(self.eyes.late_maps(pictures).flatten(2), dim=1)
            light = F.avg_pool2d(pictures.float().mean(1, keepdim=True), CELL // 4).flatten(1)
            if self.late_past is None or self.light_before is None:
                self.late_past, self.light_before = late[:1].expand(LONG_PICTURES, -1, -1), light[:1]
            seen = torch.cat((self.late_past, late))
            turned = 1 - (late * seen[LONG_PICTURES - 1 : -1]).sum(1)
            self.long.append((1 - (late * seen[: len(late)]).sum(1)).mean(1).float().numpy())
            lit = (light - torch.cat((self.light_before, light[:-1]))).abs()
            self.late_past, self.light_before = seen[-LONG_PICTURES:].clone(), light[-1:].clone()
            self.rows.append(torch.stack((*_liveliest(turned), *_liveliest(_cells(lit))), 1).float().numpy())
            self.sides.append(_side(turned).float().numpy())

    def finish(self) -> np.ndarray:
        """Measures (frames, MEASURES) float32 of all frames pushed; the first frame is no change.

        Raises ValueError where there was no frame.
        """
        if not self.rows:
            raise ValueError("changes need one frame at least")
        return np.concatenate(self.rows)

    def lasting(self) -> np.ndarray:
        """Return how much the late maps of all cells have changed since LONG_PICTURES ago, (frames,) float32."""
        return np.concatenate(self.long)

    def where(self) -> np.ndarray:
        """Return on which side each frame changes, (frames,) float32 from -1, left, to 1, right."""
        return np.concatenate(self.sides)


def _side(turned: Tensor) -> Tensor:
    """Mean place across the picture of the changes of cells, (N, 25) to (N,)."""
    columns = turned.clamp(min=0).unflatten(1, (-1, COLUMNS)).sum(1)
    return columns @ torch.linspace(-1, 1, COLUMNS) / columns.sum(1).clamp(min=1e-6)


def _cells(lit: Tensor) -> Tensor:
    """Changes of blocks of 8 x 8 pixels, (N, 400), to means over the cells, (N, 25)."""
    return F.avg_pool2d(lit.unflatten(1, (1, 20, 20)), 4).flatten(1)


def _liveliest(cells: Tensor) -> tuple[Tensor, Tensor]:
    """Mean of the cells that change most, and of all: (N, 25) to (N,) twice."""
    return cells.topk(LIVELIEST, dim=1).values.mean(1), cells.mean(1)


def _running_median(values: np.ndarray) -> np.ndarray:
    """Median over STEADY_PICTURES around each of (S,); the first and the last value go on beyond the ends."""
    padded = np.pad(values, STEADY_PICTURES // 2, mode="edge")
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, STEADY_PICTURES), axis=1)


def happenings(measures: np.ndarray) -> np.ndarray:
    """Measures (S, MEASURES) less what changes all the time, on the film's own scale: (S, MEASURES) from 0 up.

    A cut is a change like any other: who knows where cuts are sets them to 0.
    """
    steady = np.stack([_running_median(column) for column in measures.T], 1)
    above = np.maximum(measures - steady, 0)
    scale = np.maximum(np.percentile(above, STRONG, axis=0), LEAST)
    return (above / scale).astype(np.float32)
