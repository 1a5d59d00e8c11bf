"""What is drawn is what sounds."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmhnet_cli.audio.spectrogram import FRAME, band_shades
from mmhnet_cli.audition.waves import BANDS, BASE, TILE_COLUMNS, Peaks, tile
from mmhnet_cli.media.audio_file import write_wav
from mmhnet_cli.media.png import palette, png

RATE_HZ = 48000


@pytest.fixture
def noise(tmp_path: Path) -> tuple[Path, np.ndarray]:
    samples = np.random.default_rng(1).uniform(-0.9, 0.9, (2, 30 * RATE_HZ + 77)).astype(np.float32)
    write_wav(tmp_path / "a.wav", samples, RATE_HZ, 32)
    return tmp_path / "a.wav", samples


def reference(samples: np.ndarray, first: int, last: int, bins: int, step: int) -> np.ndarray:
    """Bin by bin, on blocks of `step` samples."""
    out = np.zeros((len(samples), bins), np.uint16)
    edges = np.linspace(first, last, bins + 1) / step
    for k in range(bins):
        begin, end = int(np.floor(edges[k])) * step, max(int(np.ceil(edges[k + 1])), int(np.floor(edges[k])) + 1) * step
        part = samples[:, max(0, begin) : max(0, end)]
        if part.shape[1]:
            out[:, k] = np.rint(np.abs(part).max(1) * 65535)
    return out


@pytest.mark.parametrize(
    ("first", "last", "bins"),
    [
        (0, 1000, 1000),
        (0, 30 * RATE_HZ, 700),
        (-5000, 50_000, 333),
        (1_400_000, 1_500_000, 100),
        (7, 8, 1),
        (0, 10, 50),
    ],
)
def test_peaks(noise: tuple[Path, np.ndarray], first: int, last: int, bins: int) -> None:
    path, samples = noise
    found = Peaks().between(path, first, last, bins)
    step = 1 if last - first < bins * BASE else BASE
    assert np.array_equal(found, reference(samples, first, last, bins, step))


def test_a_tone_stands_in_its_band() -> None:
    time = np.arange(FRAME) / RATE_HZ
    for hz in (60.0, 440.0, 5000.0, 15000.0):
        [shades] = band_shades(np.sin(2 * np.pi * hz * time)[None], RATE_HZ, BANDS)
        edges = np.geomspace(40, 20000, BANDS + 1)
        # A line of the transform is wider than a band at the low end.
        slack = 1.5 * RATE_HZ / FRAME
        loudest = int(shades.argmax())
        assert edges[loudest] - slack <= hz <= edges[loudest + 1] + slack
    assert not band_shades(np.zeros((1, FRAME)), RATE_HZ, BANDS).any()


@pytest.mark.slow
@pytest.mark.parametrize("level", [0, 3, 8])
def test_a_tile_shows_when(tmp_path: Path, level: int) -> None:
    samples = np.zeros((1, RATE_HZ << level), np.float32)
    half = samples.shape[1] // 2
    samples[0, half:] = np.random.default_rng(1).uniform(-0.5, 0.5, samples.shape[1] - half)
    write_wav(tmp_path / "a.wav", samples, RATE_HZ)
    image = Image.open(io.BytesIO(tile(tmp_path / "a.wav", level, 0)))
    assert image.size == (TILE_COLUMNS, BANDS)
    shades = np.asarray(image).astype(int)
    assert shades[:, : TILE_COLUMNS // 2 - 20].max() == 0
    assert shades[:, TILE_COLUMNS // 2 + 20 : -20].mean() > 100


def test_a_png_is_what_was_put_in() -> None:
    shades = np.random.default_rng(1).integers(0, 256, (5, 7), np.uint8)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(png(shades, palette()))).convert("RGB")), palette()[shades])
