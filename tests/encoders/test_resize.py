"""Resizing of bytes, against numbers that torchvision 0.28 gave and against the filter written out."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from mmhnet_cli.encoders.resize import (
    CLIP_MEAN,
    CLIP_STD,
    normalise_for_clip,
    normalise_for_sync,
    resize,
    resize_for_clip,
    resize_for_sync,
    sync_size,
)

# v2.Resize of torchvision 0.28, bicubic: all of 23 x 40 to 4 x 5, green of 6 x 9 to 7 x 11.
SMALLER = [
    [[126, 107, 112, 129, 147], [124, 137, 128, 129, 119], [121, 128, 134, 125, 123], [131, 135, 135, 129, 133]],
    [[129, 118, 128, 128, 114], [136, 133, 139, 125, 113], [125, 136, 129, 123, 129], [120, 122, 118, 127, 124]],
    [[132, 141, 141, 127, 116], [136, 136, 130, 126, 125], [134, 133, 124, 130, 122], [129, 117, 134, 138, 104]],
]
LARGER_GREEN = [
    [0, 52, 189, 255, 209, 32, 151, 139, 118, 164, 238],
    [65, 159, 161, 118, 125, 154, 82, 31, 27, 85, 179],
    [172, 98, 140, 205, 176, 85, 149, 136, 143, 153, 102],
    [101, 74, 115, 164, 156, 118, 144, 127, 159, 152, 19],
    [24, 154, 153, 113, 136, 150, 139, 127, 106, 76, 59],
    [127, 201, 199, 187, 187, 81, 206, 242, 145, 81, 182],
    [206, 115, 54, 51, 103, 203, 137, 117, 172, 191, 96],
]


def picture(height: int, width: int) -> Tensor:
    """(1, height, width, 3) uint8 by formula."""
    y, x, colour = torch.meshgrid(torch.arange(height), torch.arange(width), torch.arange(3), indexing="ij")
    return ((37 * x * x + 91 * y + 53 * colour * x + 11 * x * y) % 256).to(torch.uint8)[None]


def noise(*shape: int) -> Tensor:
    return torch.randint(0, 256, shape, dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def cubic(distance: float) -> float:
    """Keys' kernel with a = -1/2, as PIL and torch's antialiasing have it."""
    d = abs(distance)
    if d < 1:
        return (1.5 * d - 2.5) * d * d + 1
    return ((-0.5 * d + 2.5) * d - 4) * d + 2 if d < 2 else 0.0


def filter_rows(inputs: int, outputs: int) -> np.ndarray:
    """(outputs, inputs) weights: the kernel, widened when there are fewer outputs, around each output's centre."""
    step = inputs / outputs
    widening = max(step, 1.0)
    rows = np.zeros((outputs, inputs))
    for row in range(outputs):
        centre = step * (row + 0.5)
        first = max(0, int(centre - 2 * widening + 0.5))
        last = min(inputs, int(centre + 2 * widening + 0.5))
        for column in range(first, last):
            rows[row, column] = cubic((column + 0.5 - centre) / widening)
    return rows / rows.sum(1, keepdims=True)


def filter_last_axis(pixels: np.ndarray, outputs: int) -> np.ndarray:
    """(..., inputs) bytes to (..., outputs) bytes, with weights in whole numbers of 15 bits and a sign."""
    rows = filter_rows(pixels.shape[-1], outputs)
    unit = 2 ** next(bits for bits in range(22) if int(rows.max() * 2 ** (bits + 1) + 0.5) >= 2**15)
    whole = np.trunc(rows * unit + np.copysign(0.5, rows))
    return np.clip(np.floor((pixels @ whole.T) / unit + 0.5), 0, 255)


def slow_resize(frames: Tensor, height: int, width: int) -> np.ndarray:
    """As `resize`: along rows, to bytes, along columns, to bytes."""
    pixels = frames.permute(0, 3, 1, 2).double().numpy()
    return filter_last_axis(filter_last_axis(pixels, width).swapaxes(2, 3), height).swapaxes(2, 3)


def test_bytes_are_those_of_torchvision() -> None:
    assert resize(picture(23, 40), 4, 5)[0].tolist() == SMALLER
    assert resize(picture(6, 9), 7, 11)[0, 1].tolist() == LARGER_GREEN


@pytest.mark.parametrize(
    ("size", "wish"),
    [((23, 40), (4, 5)), ((6, 9), (7, 11)), ((120, 213), (384, 384)), ((540, 960), (384, 384)), ((97, 61), (352, 224))],
)
def test_the_filter_is_the_one_written_out(size: tuple[int, int], wish: tuple[int, int]) -> None:
    for frames in (picture(*size), noise(2, *size, 3)):
        assert np.array_equal(resize(frames, *wish).numpy(), slow_resize(frames, *wish))


def test_rounding_between_the_passes_matters() -> None:
    """Why the pictures are not resized in floating point: the towers have seen these bytes."""
    frames = noise(1, 101, 57, 3)
    pixels = F.interpolate(frames.permute(0, 3, 1, 2).float(), (384, 384), mode="bicubic", antialias=True)
    difference = (pixels.clamp(0, 255).round() - resize_for_clip(frames).float()).abs()
    assert difference.max() > 10


def test_pictures_keep_their_channels_and_sides() -> None:
    frames = torch.zeros(1, 90, 160, 3, dtype=torch.uint8)
    frames[:, :45, :, 0] = 200
    frames[:, :, 80:, 2] = 100
    pixels = resize_for_clip(frames)
    assert pixels.shape == (1, 3, 384, 384)
    assert pixels.dtype == torch.uint8
    assert pixels[0, :, 50, 50].tolist() == [200, 0, 0]
    assert pixels[0, :, 300, 350].tolist() == [0, 0, 100]


def test_a_picture_of_the_right_size_stays() -> None:
    frames = noise(2, 384, 384, 3)
    assert torch.equal(resize_for_clip(frames), frames.permute(0, 3, 1, 2))


@pytest.mark.parametrize(
    ("height", "width", "expected"),
    [
        (360, 640, (224, 398)),
        (640, 360, (398, 224)),
        (1080, 1920, (224, 398)),
        (1080, 1080, (224, 224)),
        (100, 101, (224, 226)),
        (3, 4, (224, 298)),
    ],
)
def test_the_short_side_becomes_224(height: int, width: int, expected: tuple[int, int]) -> None:
    assert sync_size(height, width) == expected
    assert resize_for_sync(noise(1, height, width, 3)).shape == (1, 3, 224, 224)


def test_resized_then_cut() -> None:
    """The same numbers as the whole picture at 398 x 224, from column 87 on."""
    frames = noise(1, 90, 160, 3)
    assert torch.equal(resize_for_sync(frames), resize(frames, 224, 398)[..., 87:311])


@pytest.mark.parametrize(("side", "offset"), [(224, 0), (225, 0), (226, 1), (227, 2), (229, 2), (231, 4), (481, 128)])
def test_the_square_is_cut_from_the_middle(side: int, offset: int) -> None:
    """Half a pixel goes to the even side. The short side is right already, so nothing is resized."""
    wide = noise(1, 224, side, 3)
    square = wide[:, :, offset : offset + 224]
    assert torch.equal(resize_for_sync(wide), square.permute(0, 3, 1, 2))
    assert torch.equal(resize_for_sync(wide.transpose(1, 2)), square.permute(0, 3, 2, 1))


@pytest.mark.parametrize("fit", [resize_for_clip, resize_for_sync])
def test_a_film_can_be_taken_in_pieces(fit: Callable[[Tensor], Tensor]) -> None:
    frames = noise(5, 72, 128, 3)
    assert torch.equal(torch.cat([fit(frames[:1]), fit(frames[1:4]), fit(frames[4:])]), fit(frames))


def test_normalised_levels() -> None:
    levels = torch.tensor([0, 51, 255], dtype=torch.uint8).expand(1, 3, 1, 3)
    mean, deviation = torch.tensor(CLIP_MEAN)[:, None], torch.tensor(CLIP_STD)[:, None]
    expected = (torch.tensor([0.0, 0.2, 1.0]) - mean) / deviation
    assert torch.allclose(normalise_for_clip(levels)[0, :, 0], expected, rtol=1e-6, atol=1e-6)
    assert torch.allclose(
        normalise_for_sync(levels)[0, :, 0], torch.tensor([[-1.0, -0.6, 1.0]]).expand(3, 3), atol=1e-6
    )
    assert normalise_for_clip(levels).dtype == normalise_for_sync(levels).dtype == torch.float32


def test_colours_are_normalised_each_by_its_own_number() -> None:
    """White and black as in the published table of CLIP's numbers."""
    white = normalise_for_clip(torch.full((1, 3, 1, 1), 255, dtype=torch.uint8)).flatten().tolist()
    black = normalise_for_clip(torch.zeros(1, 3, 1, 1, dtype=torch.uint8)).flatten().tolist()
    assert white == pytest.approx([1.93034, 2.07488, 2.14590], abs=1e-4)
    assert black == pytest.approx([-1.79226, -1.75210, -1.48022], abs=1e-4)


def test_what_is_given_is_not_changed() -> None:
    pixels = torch.rand(1, 3, 4, 4)
    before = pixels.clone()
    normalise_for_clip(pixels), normalise_for_sync(pixels)
    assert torch.equal(pixels, before)


@pytest.mark.parametrize(
    "frames",
    [torch.zeros(1, 8, 8, 3), torch.zeros(8, 8, 3, dtype=torch.uint8), torch.zeros(1, 3, 8, 8, dtype=torch.uint8)],
)
def test_other_shapes_and_types_are_refused(frames: Tensor) -> None:
    with pytest.raises(ValueError, match=r"frames are \(N, H, W, 3\) uint8, not \(.*torch\.(uint8|float32)"):
        resize(frames, 4, 4)
