"""What is seen: bars, the middle of the picture, and shares that do not depend on how frames come."""

import numpy as np
import pytest
import torch

from mmhnet_cli.encoders.efficientnet import EfficientNetLite, LiteConfig
from mmhnet_cli.encoders.published_eyes import LITE0, load_eyes
from mmhnet_cli.encoders.seeing import SEEING_STREAM, Bars, Seeing, middle_square, sure_classes
from mmhnet_cli.encoders.sounding import sounding


def noise(count: int, height: int = 90, width: int = 160, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(40, 256, (count, height, width, 3), np.uint8)


def test_bars_are_what_is_dark_all_the_time() -> None:
    frames = np.zeros((4, 90, 160, 3), np.uint8)
    frames[1, 20:70, 10:150] = noise(1, 50, 140)
    bars = Bars()
    assert bars.see(frames[:1]) == (slice(0, 90), slice(0, 160)), "a dark picture has none"
    assert bars.see(frames[1:2]) == (slice(20, 70), slice(10, 150))
    assert bars.see(frames[2:]) == (slice(20, 70), slice(10, 150)), "remembered when it is dark again"


def test_noise_in_a_bar_is_no_picture() -> None:
    frames = np.zeros((1, 90, 160, 3), np.uint8)
    frames[0, 20:70] = noise(1, 50)
    frames[0, 80, 17] = 255
    assert Bars().see(frames)[0] == slice(20, 70)


def test_the_middle_square() -> None:
    frames = np.zeros((2, 40, 80, 3), np.uint8)
    frames[:, :, 20:60] = (10, 200, 30)
    square = middle_square(frames, 16)
    assert square.shape == (2, 3, 16, 16)
    assert (square == torch.tensor([10, 200, 30], dtype=torch.uint8)[:, None, None]).all()


def test_pictures_are_read_little_larger_than_they_are_seen() -> None:
    assert SEEING_STREAM.size(1920, 1080) == (617, 347)
    assert SEEING_STREAM.size(1080, 1920) == (347, 617)
    assert SEEING_STREAM.size(320, 180) == (320, 180), "never scaled up by the reader"
    assert SEEING_STREAM.size(100_000, 2) == (100_000, 2)


def test_shares_do_not_depend_on_how_frames_come() -> None:
    torch.manual_seed(0)
    eyes = EfficientNetLite(LiteConfig(width=0.25, depth=0.2, size=64)).eval()
    frames = noise(5)

    def shares(*parts: np.ndarray) -> np.ndarray:
        seeing = Seeing(eyes, batch=2)
        for part in parts:
            seeing.push(part)
        return seeing.finish()

    whole = shares(frames)
    assert whole.shape == (5, len(sounding().kinds))
    np.testing.assert_allclose(shares(frames[:1], frames[1:4], frames[4:]), whole, atol=1e-6)


def test_no_frame_is_refused() -> None:
    with pytest.raises(ValueError, match="one frame"):
        Seeing(EfficientNetLite(LiteConfig(width=0.25, depth=0.2))).finish()


def test_sharper_probabilities_add_up_and_keep_their_order() -> None:
    sure = sure_classes(torch.tensor([[1.0, 2.0, 0.0]]))
    assert sure.sum().item() == pytest.approx(1)
    assert (sure[0, 1] / sure[0, 0]).item() == pytest.approx(np.exp(1.5), rel=1e-5)


def test_a_drawn_clock_is_seen_as_one() -> None:
    y, x = np.mgrid[:240, :240] / 120 - 1
    face = np.full((240, 240, 3), 90, np.uint8)
    face[np.hypot(x, y) < 0.85] = 30
    face[np.hypot(x, y) < 0.78] = 245
    for hour in range(12):
        angle = hour * np.pi / 6
        face[(abs(x - 0.68 * np.sin(angle)) < 0.03) & (abs(y + 0.68 * np.cos(angle)) < 0.05)] = 20
    face[(abs(x) < 0.02) & (y > -0.6) & (y < 0.05)] = 10
    face[(abs(y) < 0.03) & (x > -0.05) & (x < 0.4)] = 10
    seeing = Seeing(load_eyes(LITE0))
    seeing.push(face[None])
    shares = seeing.finish()[0]
    assert sounding().kinds[int(shares.argmax())] == "clock"
