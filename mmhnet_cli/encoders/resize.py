"""Pictures at the sizes that the public encoders were trained on (MMAudio specification, 7.2).

Bicubic with antialiasing, on bytes: horizontal pass, rounding to bytes, vertical pass, rounding. The rounding between
the passes cuts overshoots at edges, so resizing in floating point gives other pictures (by up to 26 of 255 on noise),
and so do OpenCV and swscale. torch has the integer form on the CPU only, and gives the bits of torchvision, which calls
the same function.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

CLIP_SIDE = 384
SYNC_SIDE = 224

CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)
"""Red, green and blue in [0, 1] have it, and `CLIP_MEAN`, over the images that CLIP was trained on."""


def resize(frames: Tensor, height: int, width: int) -> Tensor:
    """Resize (N, H, W, 3) uint8 RGB on the CPU to (N, 3, height, width) uint8."""
    if frames.dtype != torch.uint8 or frames.ndim != 4 or frames.shape[3] != 3:
        raise ValueError(f"frames are (N, H, W, 3) uint8, not {tuple(frames.shape)} {frames.dtype}")
    # The permuted view is torch's channels-last layout: nothing is copied.
    return F.interpolate(frames.permute(0, 3, 1, 2), size=(height, width), mode="bicubic", antialias=True)


def resize_for_clip(frames: Tensor) -> Tensor:
    """Resize (N, H, W, 3) uint8 RGB on the CPU to (N, 3, 384, 384) uint8; the aspect ratio is not kept."""
    return resize(frames, CLIP_SIDE, CLIP_SIDE)


def resize_for_sync(frames: Tensor) -> Tensor:
    """Resize (N, H, W, 3) uint8 RGB on the CPU to (N, 3, 224, 224) uint8: the middle square of the upright picture."""
    height, width = sync_size(*frames.shape[1:3])
    top, left = _crop_offset(height), _crop_offset(width)
    return resize(frames, height, width)[:, :, top : top + SYNC_SIDE, left : left + SYNC_SIDE]


def sync_size(height: int, width: int) -> tuple[int, int]:
    """Return height and width before the crop: the short side 224, the long side in proportion and rounded down."""
    long_side = int(SYNC_SIDE * max(height, width) / min(height, width))
    return (SYNC_SIDE, long_side) if height <= width else (long_side, SYNC_SIDE)


def normalise_for_clip(pixels: Tensor) -> Tensor:
    """Turn (N, 3, 384, 384) uint8 into float32, centred and scaled channel by channel."""
    mean, std = (pixels.new_tensor(values, dtype=torch.float32).view(3, 1, 1) for values in (CLIP_MEAN, CLIP_STD))
    return _unit(pixels).sub_(mean).div_(std)


def normalise_for_sync(pixels: Tensor) -> Tensor:
    """Turn (N, 3, 224, 224) uint8 into float32 in [-1, 1]."""
    return _unit(pixels).sub_(0.5).div_(0.5)


def _crop_offset(size: int) -> int:
    # Python rounds halves to even, and so does the original.
    return round((size - SYNC_SIDE) / 2)


def _unit(pixels: Tensor) -> Tensor:
    # A product with the reciprocal, not a division: the two differ in the last bit.
    return pixels.to(torch.float32) * (1 / 255)


def shrink(picture: np.ndarray, width: int, height: int) -> np.ndarray:
    """Shrink RGB (H, W, 3) to (height, width, 3) uint8 by area averaging, as the film reader does."""
    if (height, width) == picture.shape[:2]:
        return picture[..., :3]
    planes = torch.from_numpy(np.ascontiguousarray(picture[..., :3])).permute(2, 0, 1).float()
    small = F.interpolate(planes[None], size=(height, width), mode="area")[0]
    return small.round().clamp(0, 255).byte().permute(1, 2, 0).numpy()
