"""What is seen in a film that may sound: shares of the kinds of sound, twice a second.

EfficientNet-Lite2 names what is in the middle of the picture, without black bars; `sounding` tells what that may sound
like. On real films the middle square served better than the whole picture squashed into a square.
"""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from mmhnet_cli.encoders.efficientnet import EfficientNetLite
from mmhnet_cli.encoders.sounding import Sounding, sounding
from mmhnet_cli.media.frames import FrameStream

SEEING_FPS = 2
SHARPER = 1.5
"""Power of the probabilities: 118 of the classes are dogs, whose small probabilities would else add up."""
LIT = 32
"""Of 255; what stays below it all the time, at the borders, is a bar."""
LIT_SHARE = 0.02
"""Of a row or column that must be lit: bars hold noise and subtitles."""
SEEING_STREAM = FrameStream(SEEING_FPS, shorter_side=347)
"""What the reader must deliver: a third more than the 260 pixels that are seen, since without its bars a film is
smaller."""


@dataclass
class Bars:
    """The part of the picture that has ever been lit, as far as the film has been seen."""

    brightest: np.ndarray | None = None

    def see(self, frames: np.ndarray) -> tuple[slice, slice]:
        """Rows and columns without the black bars; frames (N, H, W, 3) uint8, the next of the film."""
        here = frames.max((0, 3))
        self.brightest = here if self.brightest is None else np.maximum(self.brightest, here)
        lit = self.brightest > LIT
        return _lit_part(lit.mean(1)), _lit_part(lit.mean(0))


def _lit_part(share: np.ndarray) -> slice:
    found = np.flatnonzero(share > LIT_SHARE)
    # A picture that is dark all over has no bars.
    return slice(int(found[0]), int(found[-1]) + 1) if len(found) else slice(0, len(share))


def middle_square(frames: np.ndarray, size: int) -> Tensor:
    """(N, H, W, 3) uint8 to the middle square at (N, 3, size, size) uint8."""
    height, width = frames.shape[1:3]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = torch.from_numpy(np.ascontiguousarray(frames[:, top : top + side, left : left + side]))
    scaled = F.interpolate(square.permute(0, 3, 1, 2).float(), (size, size), mode="bilinear", antialias=True)
    return scaled.round().clamp(0, 255).to(torch.uint8)


class Seeing:
    """Takes the frames of SEEING_STREAM and gives shares of kinds; memory grows by 450 bytes per frame."""

    def __init__(self, eyes: EfficientNetLite, table: Sounding | None = None, batch: int = 8) -> None:
        self.eyes, self.batch = eyes, batch
        self.shares = torch.from_numpy((table or sounding()).shares)
        self.bars = Bars()
        self.rows: list[np.ndarray] = []

    @torch.inference_mode()
    def push(self, frames: np.ndarray) -> None:
        """Take the next frames, in order; frames (N, H, W, 3) uint8 RGB."""
        for first in range(0, len(frames), self.batch):
            some = frames[first : first + self.batch]
            rows, columns = self.bars.see(some)
            pictures = middle_square(some[:, rows, columns], self.eyes.config.size)
            self.rows.append((sure_classes(self.eyes(pictures)) @ self.shares).numpy())

    def finish(self) -> np.ndarray:
        """Shares (frames, K) float32 of all frames pushed: what each kind has of what is seen.

        A row adds up to about 1 where the eyes are sure of something that sounds, and to little where they see nothing
        that does. Raises ValueError where there was no frame.
        """
        if not self.rows:
            raise ValueError("seeing needs one frame at least")
        return np.concatenate(self.rows)


def sure_classes(logits: Tensor) -> Tensor:
    """Logits (N, CLASSES) to probabilities, sharpened."""
    return (SHARPER * logits.float()).softmax(-1)
