"""The log-mel against the definition of its scale and filters, against tones, and against the public front end."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch

from mmhnet_cli.codec.mel import MEL_16K, MEL_44K, LogMel, MelConfig, band_edges_hz, hz_to_mel, mel_filters, mel_to_hz
from tests.parity import parity, relative_error, wave

SMALL = MelConfig(16000, 512, 128, 40, 60.0, 7600.0)


def test_slaney_scale_at_its_fixed_points() -> None:
    assert hz_to_mel(np.array([0.0, 500.0, 1000.0, 6400.0])) == pytest.approx([0.0, 7.5, 15.0, 42.0])


def test_slaney_scale_and_its_inverse() -> None:
    hertz = np.concatenate([np.linspace(0, 2000, 401), np.geomspace(999, 22050, 200)])
    assert mel_to_hz(hz_to_mel(hertz)) == pytest.approx(hertz, rel=1e-12, abs=1e-9)
    assert np.all(np.diff(hz_to_mel(np.sort(hertz))) >= 0)


@pytest.mark.parametrize("config", [MEL_16K, MEL_44K, SMALL])
def test_edges_are_even_steps_of_mel_within_the_range(config: MelConfig) -> None:
    edges = band_edges_hz(config)
    assert edges.shape == (config.bins + 2,)
    assert edges[[0, -1]] == pytest.approx([config.low_hz, config.high_hz])
    steps = np.diff(hz_to_mel(edges))
    assert steps == pytest.approx(np.full(config.bins + 1, steps[0]))


def test_filters_have_unit_area() -> None:
    # A fine grid, since an area summed over a few bins per triangle says more about the bins than about the triangle.
    config = MelConfig(fft_samples=1 << 16)
    area = mel_filters(config).sum(1) * config.sample_rate_hz / config.fft_samples
    assert area == pytest.approx(np.ones(config.bins), rel=2e-3)


def test_filters_overlap_at_the_corners_of_their_neighbours() -> None:
    config = MelConfig(fft_samples=1 << 16)
    edges, filters = band_edges_hz(config), mel_filters(config)
    hertz = np.linspace(0, config.sample_rate_hz / 2, config.fft_samples // 2 + 1)
    for band in (0, 50, 127):
        inside = (hertz > edges[band]) & (hertz < edges[band + 2])
        assert np.array_equal(filters[band] > 0, inside)
        assert hertz[filters[band].argmax()] == pytest.approx(edges[band + 1], abs=1.0)


@pytest.mark.parametrize("band", [3, 20, 64, 100, 127])
def test_a_tone_peaks_in_its_band(band: int) -> None:
    hertz = band_edges_hz(MelConfig())[band + 1]
    time = torch.arange(22050, dtype=torch.float64) / 44100
    mel = LogMel(MelConfig())(0.5 * torch.sin(2 * torch.pi * hertz * time).float()[None])[0]
    assert (mel[:, 3:-3].argmax(0) == band).all()


def test_the_level_of_a_tone_is_its_magnitude_under_the_window() -> None:
    # A Hann window sums to half its length, and a sine of amplitude a has a / 2 on each side: a * 512 at its bin.
    log_mel = LogMel(MelConfig())
    time = torch.arange(8192, dtype=torch.float64)
    magnitudes = log_mel.magnitudes(0.25 * torch.sin(2 * torch.pi * 100 / 2048 * time).float()[None])
    assert magnitudes[0, 100, 6] == pytest.approx(0.25 * 512, rel=1e-4)


@pytest.mark.parametrize("samples", [2048, 44100, 512 * 20, 512 * 20 + 511])
def test_one_frame_per_whole_hop(samples: int) -> None:
    assert LogMel(MelConfig())(torch.zeros(2, samples)).shape == (2, 128, samples // 512)


def test_silence_lies_on_the_floor_and_overload_is_clipped() -> None:
    log_mel = LogMel(MelConfig())
    assert torch.allclose(log_mel(torch.zeros(1, 4096)), torch.tensor(np.log(1e-5), dtype=torch.float32))
    loud = 3 * torch.sin(torch.arange(4096) / 5)[None]
    assert torch.equal(log_mel(loud), log_mel(loud.clamp(-1, 1)))


def test_a_frame_is_centred_on_half_a_hop() -> None:
    click = torch.zeros(1, 512 * 16)
    click[0, 512 * 8 + 256] = 1
    frames = LogMel(MelConfig())(click)[0].mean(0)
    assert frames.argmax() == 8
    assert frames[7] == pytest.approx(float(frames[9]), abs=1e-3)


def test_the_base_of_the_logarithm_is_a_field_that_older_configurations_lack() -> None:
    fields = asdict(MEL_44K)
    assert fields.pop("log_base") == np.e
    assert MelConfig(**json.loads(json.dumps(fields))) == MEL_44K
    noise = 0.1 * torch.randn(1, 8000, generator=torch.Generator().manual_seed(0))
    decimal, natural = LogMel(MEL_16K), LogMel(replace(MEL_16K, log_base=np.e))
    assert torch.allclose(10 ** decimal(noise), torch.exp(natural(noise)), rtol=1e-5)
    assert decimal(torch.zeros(1, 4096)).unique().tolist() == pytest.approx([-5])


# Every eighth band of the first, a middle and the last frame. The edges hold the kink of the reflected wave: all bands.
PUBLIC = {
    MEL_16K: {
        0: "-1.93521 -1.93315 -1.92779 -1.91906 -1.89138 -1.86765 -1.8166 -1.71723 -1.49658 -0.76768",
        15: "-5 " * 9 + "-4.25926",
        30: "-2.02547 -2.02341 -2.01804 -2.00932 -1.98164 -1.9579 -1.90685 -1.80749 -1.58684 -0.85793",
    },
    MEL_44K: {
        0: "-4.84853 -4.65596 -4.84697 -4.63689 -4.81911 -4.74006 -4.75086 -4.72997 "
        "-4.70638 -4.66855 -4.62138 -4.5278 -4.36835 -4.07344 -3.45999 -0.66782",
        20: "-11.51293 " * 15 + "-2.9457",
        42: "-4.92106 -4.7285 -4.9195 -4.70942 -4.89164 -4.81258 -4.82341 -4.80249 "
        "-4.77891 -4.74107 -4.69391 -4.60033 -4.44088 -4.14596 -3.53252 -0.73018",
    },
}


@pytest.mark.parametrize("config", PUBLIC, ids=["16k", "44k"])
def test_values_of_the_public_front_ends(config: MelConfig) -> None:
    """What MMAudio's own front ends give for half a second of a wave made by formula."""
    mel = LogMel(config)(0.7 * wave("wav", (1, config.sample_rate_hz // 2), 5))[0, ::8]
    for frame, values in PUBLIC[config].items():
        assert mel[:, frame].tolist() == pytest.approx([float(value) for value in values.split()], abs=1e-4)


@pytest.mark.parametrize(("name", "config"), [("mel_16k", MEL_16K), ("mel_44k", MEL_44K)])
def test_all_of_the_public_front_ends(name: str, config: MelConfig) -> None:
    mel = LogMel(config)(0.7 * wave("wav", (1, config.sample_rate_hz // 2), 5))
    assert relative_error(mel, parity("mmaudio_vae_mel")[name]) < 2e-5
