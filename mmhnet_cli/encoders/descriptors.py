"""The mini model's picture features: motion at 25 frames per second, appearance at 8, from frames of 128 x 72.

Hand-made descriptors in place of a pretrained network: they need no training data of their own and work on any film.
What they show is read off by `recogniser`. Each row depends on its own frame and the one before it,
so features can be taken in pieces of any size.
"""

import numpy as np
import torch
from torch import Tensor

from mmhnet_cli.media.frames import FrameBatch, FrameStream

WIDTH, HEIGHT = 128, 72
COLUMNS, ROWS = 8, 4
CELLS = COLUMNS * ROWS
HUES, LEVELS = 12, 16

STREAMS = (FrameStream(fps=25, width=WIDTH, height=HEIGHT), FrameStream(fps=8, width=WIDTH, height=HEIGHT))
"""What the reader must deliver: stream 0 for motion (sync), stream 1 for appearance (clip)."""

SYNC_DIM = 3 * CELLS + 8
CLIP_DIM = 7 * CELLS + HUES + LEVELS + 4

GRAIN = 0.005
"""Change of brightness, in units of white, below which motion counts as film grain."""

LUMA = np.array([0.299, 0.587, 0.114], np.float32)


class DescriptorExtractor:
    """Collects frame batches of both streams and gives features; memory grows by 1.4 kB per frame."""

    def __init__(self) -> None:
        self._previous: list[np.ndarray | None] = [None, None]
        self._rows: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])

    def push(self, batch: FrameBatch) -> None:
        """Take the next frames of one stream, in order; frames (N, 72, 128, 3) uint8 RGB."""
        rgb = batch.frames.astype(np.float32) / 255
        luma = (rgb.reshape(-1, 3) @ LUMA).reshape(rgb.shape[:3])
        previous = self._previous[batch.stream]
        before = np.concatenate([luma[:1] if previous is None else previous[None], luma[:-1]])
        self._previous[batch.stream] = luma[-1]
        describe = motion if batch.stream == 0 else appearance
        self._rows[batch.stream].append(describe(rgb, luma, luma - before))

    def finish(self) -> tuple[np.ndarray, np.ndarray]:
        """Features (V, CLIP_DIM) and (S, SYNC_DIM), float32, of all frames pushed."""
        sync, clip = self._rows
        return np.concatenate(clip), np.concatenate(sync)


def mirrored(clip: Tensor, sync: Tensor) -> tuple[Tensor, Tensor]:
    """Descriptors of the film's mirror image, left and right exchanged: cells change places, histograms stay.

    clip (..., CLIP_DIM), sync (..., SYNC_DIM). The horizontal texture is that of the pixels one step to the side.
    """
    turned = torch.arange(CELLS).view(ROWS, COLUMNS).flip(1).flatten()

    def order(maps: int, width: int) -> Tensor:
        places = [turned + CELLS * place for place in range(maps)]
        return torch.cat([*places, torch.arange(CELLS * maps, width)])

    return clip[..., order(7, CLIP_DIM)], sync[..., order(3, SYNC_DIM)]


def _pooling(size: int, parts: int) -> np.ndarray:
    """(size, parts) matrix that takes means over equal parts of an axis."""
    return np.kron(np.eye(parts, dtype=np.float32), np.full((size // parts, 1), parts / size, np.float32))


_POOL_ROWS, _POOL_COLUMNS = _pooling(HEIGHT, ROWS).T, _pooling(WIDTH, COLUMNS)
_BLOCK_ROWS, _BLOCK_COLUMNS = _pooling(HEIGHT, 6 * ROWS).T, _pooling(WIDTH, 4 * COLUMNS)


def cells(image: np.ndarray) -> np.ndarray:
    """Means over an 8 x 4 grid: (N, HEIGHT, WIDTH) to (N, CELLS). Two matrix products: strided means are slow."""
    return (_POOL_ROWS @ (image @ _POOL_COLUMNS)).reshape(len(image), CELLS)


def cell_peaks(image: np.ndarray) -> np.ndarray:
    """Largest mean of a 3 x 4 pixel block within each cell: small, fast things that a cell's mean would lose."""
    blocks = _BLOCK_ROWS @ (image @ _BLOCK_COLUMNS)
    return blocks.reshape(len(image), ROWS, 6, COLUMNS, 4).max((2, 4)).reshape(len(image), CELLS)


def compress(change: np.ndarray) -> np.ndarray:
    """Logarithmic measure of a change of brightness; 0 for none, about 1 at the level of film grain."""
    return np.log2(1 + change / GRAIN)


def motion(rgb: np.ndarray, luma: np.ndarray, change: np.ndarray) -> np.ndarray:
    """Where and how fast brightness rises and falls: (N, SYNC_DIM).

    rgb (N, HEIGHT, WIDTH, 3) and luma (N, HEIGHT, WIDTH) in [0, 1]; change is luma minus that of the frame before.
    """
    size = np.abs(change)
    local = cells(size)
    brightness, shift = luma.mean((1, 2)), change.mean((1, 2))
    whole = np.stack(
        [
            4 * (brightness - 0.5),
            compress(np.maximum(shift, 0)),
            compress(np.maximum(-shift, 0)),
            compress(local.mean(1)),
            # What most of the picture does is camera motion or a cut; what one cell does is an event.
            compress(np.median(local, 1)),
            compress(local.max(1)),
            4 * luma.std((1, 2)),
            compress(np.abs(np.diff(rgb.mean((1, 2)), axis=1)).max(1)),
        ],
        axis=1,
    )
    # Rise and fall from the mean of the change and the mean of its size.
    mean = cells(change)
    rise, fall = np.maximum(local + mean, 0) / 2, np.maximum(local - mean, 0) / 2
    return np.concatenate([compress(rise), compress(fall), compress(cell_peaks(size)), whole], axis=1) / 2


def appearance(rgb: np.ndarray, luma: np.ndarray, change: np.ndarray) -> np.ndarray:
    """Colour, texture and liveliness of each cell, and histograms: (N, CLIP_DIM). Arguments as `motion`."""
    horizontal, vertical = np.zeros_like(luma), np.zeros_like(luma)
    np.abs(luma[:, :, 1:] - luma[:, :, :-1], out=horizontal[:, :, 1:])
    np.abs(luma[:, 1:] - luma[:, :-1], out=vertical[:, 1:])
    mean = cells(luma)
    deviation = np.sqrt(np.maximum(cells(luma**2) - mean**2, 0))
    colour = [4 * (cells(rgb[..., channel]) - 0.5) for channel in range(3)]
    texture = [compress(part) / 2 for part in (deviation, cells(horizontal), cells(vertical), cells(np.abs(change)))]
    red, green, blue = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    top = np.maximum(np.maximum(red, green), blue)
    bottom = np.minimum(np.minimum(red, green), blue)
    whole = np.stack(
        [
            4 * (luma.mean((1, 2)) - 0.5),
            4 * luma.std((1, 2)),
            4 * (top - bottom).mean((1, 2)),
            compress(np.abs(change).mean((1, 2))) / 2,
        ],
        axis=1,
    )
    # Hue is counted on every second row and column: arctan2 is the dearest step here.
    return np.concatenate(
        [*colour, *texture, _hues(rgb[:, ::2, ::2], (top - bottom)[:, ::2, ::2]), _levels(luma), whole], axis=1
    )


def _hues(rgb: np.ndarray, chroma: np.ndarray) -> np.ndarray:
    """Histogram (N, HUES) of hue, each pixel weighted by its chroma."""
    red, green, blue = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    # Hue as the angle in the plane of opponent colours.
    angle = np.arctan2(np.sqrt(np.float32(3)) * (green - blue), 2 * red - green - blue)
    index = np.floor((angle + np.pi) / (2 * np.pi) * HUES).astype(np.int64) % HUES
    return 8 * _histogram(index, chroma, HUES)


def _levels(luma: np.ndarray) -> np.ndarray:
    """Histogram (N, LEVELS) of brightness."""
    index = np.minimum((luma * LEVELS).astype(np.int64), LEVELS - 1)
    return 4 * _histogram(index, np.ones_like(luma), LEVELS)


def _histogram(index: np.ndarray, weight: np.ndarray, size: int) -> np.ndarray:
    count = len(index)
    flat = (index.reshape(count, -1) + size * np.arange(count)[:, None]).ravel()
    totals = np.bincount(flat, weights=weight.ravel(), minlength=size * count).reshape(count, size)
    return np.sqrt(totals / index[0].size).astype(np.float32)
