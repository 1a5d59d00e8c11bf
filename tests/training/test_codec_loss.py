"""The codec's loss: true frequencies of tones, none in noise, and a vocoder that learns from it."""

import math

import pytest
import torch
from torch import Tensor

from mmhnet_cli.codec.mini import MiniCodec, MiniCodecConfig
from mmhnet_cli.training.codec_loss import CodecLoss, pitch_loss, tone_targets
from tests.codec.small import CONFIG, SECOND, small_codec, white_noise

BANDS = CONFIG.vocoder.tone_bands


@pytest.fixture
def codec() -> MiniCodec:
    return small_codec()


def tone(hertz: float, frames: int = 32, amplitude: float = 0.3) -> Tensor:
    """(1, frames * 512)."""
    time = torch.arange(frames * 512, dtype=torch.float64) / 44100
    return (amplitude * torch.sin(2 * math.pi * hertz * time)).float()[None]


@pytest.mark.parametrize("hertz", [110.0, 440.3, 1234.5, 3000.7])
def test_a_tone_is_found_at_its_frequency(codec: MiniCodec, hertz: float) -> None:
    found, weight = (part[0, 4:-4] for part in tone_targets(codec.log_mel, tone(hertz)))
    assert found.shape == weight.shape == (24, 128)
    assert ((weight >= 0) & (weight <= 1)).all()
    # In every frame one band or two overlapping ones hold it, and no other.
    standing = weight > 0.05
    assert standing.any(1).all()
    assert standing.sum(1).max() <= 2
    assert (found[standing] - hertz).abs().max() < 0.05


def test_two_tones_are_found_apart(codec: MiniCodec) -> None:
    found, weight = (part[0, 4:-4] for part in tone_targets(codec.log_mel, tone(440.0) + tone(2500.0)))
    frequencies = found[weight > 0.3]
    assert (torch.minimum((frequencies - 440).abs(), (frequencies - 2500).abs()) < 1).all()
    assert (frequencies < 500).any()
    assert (frequencies > 2000).any()


def test_noise_and_silence_hold_no_tone(codec: MiniCodec) -> None:
    _, weight = tone_targets(codec.log_mel, white_noise(512 * 100))
    # Sum over 128 bands, mean over frames; a lone tone has about 1.
    assert weight.sum(-1).mean() < 0.5
    _, silent = tone_targets(codec.log_mel, torch.zeros(1, 512 * 20))
    assert not silent.any()
    _, faint = tone_targets(codec.log_mel, tone(440.0, amplitude=1e-5))
    assert not faint.any()


def true_offsets(codec: MiniCodec, waveform: Tensor) -> Tensor:
    """(1, T * frames_per_mel, bands): what the vocoder should predict."""
    hertz = tone_targets(codec.log_mel, waveform)[0][..., :BANDS]
    offsets = (hertz - codec.vocoder.centre_hz) / codec.vocoder.half_spacing_hz
    return offsets.repeat_interleave(CONFIG.vocoder.frames_per_mel, dim=1)


def test_pitch_loss_is_the_distance_in_half_band_spacings(codec: MiniCodec) -> None:
    waveform = tone(440.3) + tone(1234.5)
    offsets = true_offsets(codec, waveform)
    assert pitch_loss(codec, offsets, waveform) == 0
    near, far = (float(pitch_loss(codec, offsets + shift, waveform)) for shift in (0.1, -0.4))
    assert 0.08 < near < 0.1
    assert far == pytest.approx(4 * near, rel=1e-3)


def test_a_partial_beyond_the_reach_of_a_band_is_left_to_its_neighbour(codec: MiniCodec) -> None:
    waveform = tone(440.3) + tone(1234.5)
    offsets, weight = true_offsets(codec, waveform), tone_targets(codec.log_mel, waveform)[1][..., :BANDS]
    beyond = offsets.abs() > 1
    assert (weight.repeat_interleave(CONFIG.vocoder.frames_per_mel, dim=1)[beyond] > 0).any()
    assert pitch_loss(codec, offsets.clamp(-1, 1), waveform) == 0


def test_pitch_loss_asks_nothing_of_silence(codec: MiniCodec) -> None:
    silence = torch.zeros(1, 512 * 20)
    assert pitch_loss(codec, torch.rand(1, 40, BANDS), silence) == 0


@pytest.mark.parametrize("config", [CONFIG, SECOND], ids=["first", "second"])
def test_every_part_is_finite_and_reaches_every_weight(config: MiniCodecConfig) -> None:
    codec = small_codec(config)
    waveform = torch.cat([0.5 * tone(440.3) + white_noise(32 * 512), torch.zeros(1, 32 * 512)])
    total, parts = CodecLoss()(codec, waveform, torch.Generator().manual_seed(0))
    assert set(parts) == {"spectral", "mel", "pitch"}
    assert all(math.isfinite(part) and part > 0 for part in parts.values())
    assert float(total.detach()) == pytest.approx(parts["spectral"] + 2 * parts["mel"] + 0.5 * parts["pitch"], rel=1e-5)
    total.backward()
    for name, parameter in codec.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.any(), name


def test_it_falls_on_one_batch(codec: MiniCodec) -> None:
    waveform = torch.cat([tone(440.3), tone(1234.5) + 0.2 * white_noise(32 * 512)])
    criterion = CodecLoss(latent_noise=0.0)
    optimiser = torch.optim.Adam(codec.parameters(), lr=3e-3)
    losses = []
    for _ in range(6):
        value, _ = criterion(codec, waveform, torch.Generator().manual_seed(1))
        losses.append(float(value.detach()))
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
    assert losses[5] < 0.97 * losses[0]
    assert losses == sorted(losses, reverse=True)


def test_a_generator_decides_the_noise(codec: MiniCodec) -> None:
    waveform, criterion = white_noise(32 * 512), CodecLoss()

    def value(seed: int) -> float:
        with torch.no_grad():
            return float(criterion(codec, waveform, torch.Generator().manual_seed(seed))[0])

    assert value(3) == value(3)
    assert value(3) != value(4)
