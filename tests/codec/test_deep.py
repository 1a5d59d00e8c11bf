"""Deep partials: the front end of the bins, peaks in it, and tones that keep their pitch."""

import numpy as np
import pytest
import torch

from mmhnet_cli.codec.bands import first_band_above
from mmhnet_cli.codec.deep import DeepConfig, deep_tones
from mmhnet_cli.codec.mel import LogMel, MelConfig
from mmhnet_cli.codec.mini import MiniCodec
from tests.codec.small import SECOND, small_codec

BIN_HZ = 44100 / 4096
SECONDS = np.arange(86 * 2048) / 44100
CENTS = 10
"""What the parabola is wrong by at the most, at 30 Hz, where a bin is 6 semitones; at 110 Hz it is 3."""


@pytest.fixture(scope="module")
def codec() -> MiniCodec:
    return small_codec(SECOND).eval()


def test_a_bin_lets_one_bin_of_the_spectrum_through() -> None:
    filters = LogMel(DeepConfig().front_end(MelConfig())).filters
    assert filters.shape == (45, 2049)
    assert torch.allclose(filters[:, 1:46], torch.eye(45) / BIN_HZ, atol=1e-6)
    assert not filters[:, 46:].abs().max() > 1e-6


@pytest.mark.parametrize("hertz", [30.0, 55.3, 110.7, 233.0, 470.0])
def test_a_tone_is_one_oscillator_at_its_frequency(codec: MiniCodec, hertz: float) -> None:
    assert codec.log_deep is not None
    level = codec.log_deep(torch.from_numpy(0.3 * np.sin(2 * np.pi * hertz * SECONDS)).float()[None])[:, :, 20:-20]
    tones = deep_tones(level.transpose(1, 2), BIN_HZ)
    loudest = tones.log_magnitude.argmax(-1, keepdim=True)
    cents = 1200 * (tones.hertz.gather(2, loudest) / hertz).log2()
    assert cents.abs().max() < CENTS
    # A sine of amplitude a has a peak of a * 4096 / 4 under the Hann window.
    height = tones.log_magnitude.gather(2, loudest).exp() * BIN_HZ
    assert torch.allclose(height, torch.full_like(height, 0.3 * 1024), rtol=0.03)
    rest = tones.log_magnitude.scatter(2, loudest, float("-inf")).amax()
    assert rest < tones.log_magnitude.max() - 3


def test_the_bands_begin_where_the_deep_bins_end() -> None:
    first = first_band_above(MelConfig(), DeepConfig())
    assert first == 15
    vocoder = small_codec(SECOND).vocoder
    lowest = float(vocoder.centre_hz[0] - vocoder.half_spacing_hz[0])
    assert lowest == pytest.approx(44.5 * BIN_HZ, abs=2)


def vocoded(codec: MiniCodec, sound: np.ndarray) -> np.ndarray:
    """What the untrained vocoder makes of the true levels of (samples,), without its ends."""
    with torch.no_grad():
        made = codec.vocoder(codec.levels(torch.from_numpy(sound).float()[None]))[0]
    return made[11025:-11025].double().numpy()


def partials(sound: np.ndarray, count: int) -> np.ndarray:
    """Frequencies (count,) of the strongest peaks of a spectrum, ascending."""
    level = np.log(np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) + 1e-9)
    place = np.flatnonzero((level[1:-1] > level[:-2]) & (level[1:-1] > level[2:])) + 1
    place = place[np.argsort(level[place])[-count:]]
    left, centre, right = level[place - 1], level[place], level[place + 1]
    return np.sort(place + 0.5 * (left - right) / (left - 2 * centre + right)) * 44100 / len(sound)


@pytest.mark.parametrize("hertz", [30.0, 55.3, 110.7, 233.0, 470.0])
def test_a_low_tone_keeps_its_pitch(codec: MiniCodec, hertz: float) -> None:
    found = partials(vocoded(codec, 0.3 * np.sin(2 * np.pi * hertz * SECONDS)), 1)
    assert abs(1200 * np.log2(found[0] / hertz)) < CENTS


@pytest.mark.parametrize("apart", [30.0, 45.0, 100.0])
def test_two_tones_close_together_stay_two(codec: MiniCodec, apart: float) -> None:
    """A mel band is 31 Hz wide, and its window's main lobe 86."""
    hertz = np.array([150.0, 150.0 + apart])
    found = partials(vocoded(codec, 0.2 * np.sin(2 * np.pi * np.outer(hertz, SECONDS)).sum(0)), 2)
    assert np.abs(1200 * np.log2(found / hertz)).max() < 25


def test_a_gliding_partial_is_one_partial(codec: MiniCodec) -> None:
    """No jump where it passes from bin to bin: its level, which a jump of phase would break, stays even."""
    angle = 2 * np.pi * (100 * SECONDS + 40 * SECONDS**2)
    made = vocoded(codec, 0.3 * np.sin(angle))
    # Down to 0 Hz with the true glide; what is left is amplitude and slow phase.
    turned = made * np.exp(-1j * angle[11025:-11025])
    level = np.abs(np.convolve(turned, np.hanning(2205) / np.hanning(2205).sum(), mode="valid"))
    assert level.min() > 0.8 * np.median(level)
