from fractions import Fraction

import numpy as np
import pytest

from mmhnet_cli.audio.resample import BLOCK_SAMPLES, resample, resample_blocks
from mmhnet_cli.timeline import round_half_up


@pytest.mark.parametrize(("rate_in", "rate_out"), [(44100, 48000), (16000, 48000), (48000, 44100), (44100, 96000)])
@pytest.mark.parametrize("samples", [1, 1000, 44100, BLOCK_SAMPLES + 1, 2 * BLOCK_SAMPLES])
def test_length_is_exact(rate_in: int, rate_out: int, samples: int) -> None:
    out = resample(np.zeros((2, samples), dtype=np.float32), rate_in, rate_out)
    assert out.shape == (2, round_half_up(Fraction(samples * rate_out, rate_in)))
    assert out.dtype == np.float32


def test_blocks_are_the_whole() -> None:
    sound = np.random.default_rng(0).normal(0, 0.2, 30_011).astype(np.float32)
    blocks = [sound[:1], sound[1:20_000], sound[20_000:]]
    for rate_in, rate_out in ((48000, 44100), (22050, 44100), (44100, 44100)):
        joined = np.concatenate(list(resample_blocks(blocks, rate_in, rate_out)))
        whole = resample(sound[None], rate_in, rate_out)[0]
        assert abs(len(joined) - len(whole)) <= 1
        count = min(len(joined), len(whole))
        assert np.abs(joined[:count] - whole[:count]).max() < 1e-6


@pytest.mark.parametrize("frequency", [100.0, 1000.0, 15000.0])
def test_tone_keeps_place_and_level(frequency: float) -> None:
    seconds = 4  # several blocks
    before = np.sin(2 * np.pi * frequency * np.arange(44100 * seconds) / 44100)
    after = resample(before[None], 44100, 48000)[0]
    ideal = np.sin(2 * np.pi * frequency * np.arange(48000 * seconds) / 48000)
    inner = slice(4800, -4800)
    np.testing.assert_allclose(after[inner], ideal[inner], atol=1e-5)


def test_click_stays_in_place() -> None:
    click = np.zeros((1, 44100 * 3))
    click[0, 44100 * 2] = 1
    assert int(np.abs(resample(click, 44100, 48000)).argmax()) == 48000 * 2


@pytest.mark.parametrize("difference", [-8, -1, 1, 8])
@pytest.mark.parametrize("rate", [44100, 48000])
def test_length_may_be_a_little_off(difference: int, rate: int) -> None:
    samples = np.random.default_rng(0).normal(size=(2, rate)).astype(np.float32)
    whole = resample(samples, rate, 48000)
    other = resample(samples, rate, 48000, 48000 + difference)
    shared = min(48000, 48000 + difference)
    np.testing.assert_array_equal(other[:, :shared], whole[:, :shared])
    assert not other[:, shared:].any()


def test_length_may_not_be_far_off() -> None:
    with pytest.raises(ValueError, match="48000 samples at 48000 Hz"):
        resample(np.zeros((1, 48000)), 48000, 48000, 47000)


def test_equal_rates_copy() -> None:
    samples = np.ones((1, 10), dtype=np.float32)
    out = resample(samples, 48000, 48000)
    out[:] = 0
    assert samples.all()


def test_channels_do_not_mix() -> None:
    samples = np.zeros((2, 44100))
    samples[1] = np.random.default_rng(0).normal(size=44100)
    out = resample(samples, 44100, 48000)
    assert not out[0].any()
    np.testing.assert_array_equal(out[1], resample(samples[1:], 44100, 48000)[0])
