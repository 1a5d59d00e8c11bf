"""The codec as a whole: lengths, ranges, and windows that equal the whole."""

import json
from dataclasses import asdict

import numpy as np
import pytest
import torch
from torch import Tensor

from mmhnet_cli.codec.mini import LOUDEST, MiniCodec, MiniCodecConfig
from mmhnet_cli.fields import build
from tests.codec.small import CONFIG, SECOND, small_codec, white_noise


@pytest.fixture(scope="module")
def first() -> MiniCodec:
    return small_codec().eval()


@pytest.fixture(scope="module")
def second() -> MiniCodec:
    return small_codec(SECOND).eval()


@pytest.fixture(params=["first", "second"])
def codec(request: pytest.FixtureRequest) -> MiniCodec:
    """Each edition in turn."""
    made: MiniCodec = request.getfixturevalue(request.param)
    return made


def moving_latents(length: int) -> Tensor:
    """(length, C), smooth in time, so that oscillators glide."""
    generator = torch.Generator().manual_seed(4)
    return torch.randn(length + 4, CONFIG.channels, generator=generator).unfold(0, 5, 1).mean(2)


@pytest.mark.parametrize(("samples", "latents"), [(2048, 2), (2049, 3), (44100, 44), (44 * 1024, 44)])
def test_latents_cover_every_sample(codec: MiniCodec, samples: int, latents: int) -> None:
    assert codec.samples_per_latent == 1024
    assert codec.encode(white_noise(samples, batch=2)).shape == (2, latents, CONFIG.channels)


def test_decode_gives_one_patch_of_sound_per_latent(codec: MiniCodec) -> None:
    with torch.no_grad():
        assert codec.decode(moving_latents(7)[None].expand(3, -1, -1)).shape == (3, 7 * 1024)


def test_sound_survives_the_round_trip_as_mel(codec: MiniCodec) -> None:
    sound = white_noise(60 * 1024, seed=1)
    with torch.no_grad():
        again = codec.decode(codec.encode(sound))
        assert again.shape == sound.shape
        assert (codec.log_mel(again) - codec.log_mel(sound)).abs().mean() < 0.45


def test_decoded_levels_stay_between_floor_and_ceiling(codec: MiniCodec) -> None:
    loud = 100 * moving_latents(20)[None]
    levels = codec.clamped_levels(loud)
    assert levels.shape == (1, codec.projection.bins, 40)
    assert levels.min() == pytest.approx(np.log(1e-5), abs=1e-5)
    assert levels.max() == LOUDEST
    assert torch.equal(codec.clamped_mel(loud), levels[:, :128])
    calm = 0.1 * moving_latents(20)[None]
    assert torch.equal(codec.clamped_levels(calm), codec.projection.decode(calm))


def test_the_ceiling_is_what_a_band_seldom_passes() -> None:
    codec = small_codec()
    # Each value once in each band, in an order of its own: two of 10,000 frames may pass the ceiling.
    generator = torch.Generator().manual_seed(8)
    ranks = torch.stack([torch.randperm(10_000, generator=generator) for _ in range(128)]).view(128, 2, 5000)
    bands = torch.linspace(-1, 1, 128)
    codec.fit_ceiling((ranks / 10_000 + bands[:, None, None]).transpose(0, 1))
    assert torch.allclose(codec.ceiling, 0.9997 + bands, atol=1e-6)
    mel = codec.clamped_mel(100 * moving_latents(20)[None])
    assert (mel <= codec.ceiling[:, None]).all()
    assert (mel == codec.ceiling[:, None]).any()


def test_no_waveform_at_full_scale_is_turned_down() -> None:
    time = torch.arange(44100) / 44100
    tones = [torch.sin(2 * np.pi * hz * time) for hz in (60, 1000, 9000)]
    waves = torch.stack([*tones, *map(torch.sign, tones), 2 * torch.rand(44100) - 1])
    mel = small_codec().log_mel(waves)
    assert float((2 * mel).exp().sum(1).sqrt().log().max()) < LOUDEST


@pytest.mark.parametrize("window_frames", [1, 7, 16, 22, 44, 45, 512])
def test_windows_equal_the_whole(codec: MiniCodec, window_frames: int) -> None:
    """20 latents are 44 frames with their edges: 22 and 44 divide that, the others do not."""
    latents = moving_latents(20)
    with torch.no_grad():
        whole = codec.decode(latents[None])[0].numpy()
    blocks = list(codec.decode_stream(latents, window_frames=window_frames))
    joined = np.concatenate(blocks)
    assert len(blocks) == -(-44 // window_frames)
    assert all(block.dtype == np.float32 for block in blocks)
    assert joined.shape == whole.shape == (20 * 1024,)
    assert np.abs(joined - whole).max() < 1e-3 * np.abs(whole).max()


@pytest.mark.parametrize("config", [CONFIG, SECOND], ids=["first", "second"])
def test_windows_equal_the_whole_for_a_network_that_uses_all_its_context(config: MiniCodecConfig) -> None:
    """An untrained network hardly looks at its neighbours; this one does, up to the rim of its context."""
    codec = small_codec(config).eval()
    with torch.no_grad():
        for block in codec.vocoder.blocks:
            block.get_parameter("layer_scale").fill_(1.0)
        codec.vocoder.outlet.weight.mul_(5)
        latents = moving_latents(30)
        whole = codec.decode(latents[None])[0].numpy()
    joined = np.concatenate(list(codec.decode_stream(latents, window_frames=13)))
    assert np.abs(joined - whole).max() < 1e-4 * np.abs(whole).max()


@pytest.mark.parametrize("window_frames", [7, 22, 512])
def test_the_mean_of_both_channels_is_the_mono_sound(codec: MiniCodec, window_frames: int) -> None:
    """Wherever the sound is, and to rounding: noise in the sum is as loud as noise in mono."""
    latents = moving_latents(20)
    with torch.no_grad():
        mono = codec.decode(latents[None])[0].numpy()
    for pan in (None, torch.linspace(-1, 1, 20), torch.full((20,), 0.3)):
        stereo = np.concatenate(list(codec.decode_stereo_stream(latents, pan, window_frames=window_frames)))
        assert stereo.dtype == np.float32
        assert stereo.shape == (20 * 1024, 2)
        assert np.abs(stereo.mean(1) - mono).max() < 1e-3 * np.abs(mono).max()
        assert np.abs(stereo[:, 0] - stereo[:, 1]).max() > 0.1 * np.abs(mono).max()


def test_noise_is_another_on_each_side(codec: MiniCodec) -> None:
    """The untrained vocoder gives noise: nothing in common at full width, everything without."""
    latents = codec.encode(white_noise(200 * 1024))[0].detach()
    for width, expected in ((1.0, 0.0), (0.0, 1.0), (0.5, 0.6)):
        stereo = np.concatenate(list(codec.decode_stereo_stream(latents, width=width)))
        assert np.corrcoef(stereo.T)[0, 1] == pytest.approx(expected, abs=0.08)


def test_a_pan_of_another_length_is_refused(codec: MiniCodec) -> None:
    with pytest.raises(ValueError, match=r"\(19,\) values of pan for 20 latents"):
        next(codec.decode_stereo_stream(moving_latents(20), torch.zeros(19)))


@pytest.mark.parametrize("level", [0.0, 1e-6, 1.0, 100.0])
def test_silence_and_overload_stay_finite(codec: MiniCodec, level: float) -> None:
    with torch.no_grad():
        sound = codec.decode(codec.encode(level * white_noise(40 * 1024)))
    assert sound.isfinite().all()
    assert level or sound.abs().max() < 1e-2


def test_windows_report_how_far_they_are(codec: MiniCodec) -> None:
    heard: list[float] = []
    for _ in codec.decode_stream(moving_latents(20), heard.append, window_frames=10):
        pass
    assert heard == pytest.approx([10 / 44, 20 / 44, 30 / 44, 40 / 44, 1.0])


def test_windows_keep_the_noise_of_long_films_in_step(codec: MiniCodec) -> None:
    """Past the period of the even noise, 64 latents here, the windows still draw the same noise as the whole."""
    latents = moving_latents(90)
    with torch.no_grad():
        whole = codec.decode(latents[None])[0].numpy()
    joined = np.concatenate(list(codec.decode_stream(latents, window_frames=50)))
    assert np.abs(joined - whole).max() < 1e-3 * np.abs(whole).max()


def test_config_survives_json() -> None:
    assert build(MiniCodecConfig, json.loads(json.dumps(asdict(CONFIG)))) == CONFIG
    assert build(MiniCodecConfig, asdict(MiniCodecConfig())) == MiniCodecConfig()
    assert build(MiniCodecConfig, json.loads(json.dumps(asdict(SECOND)))) == SECOND


def test_only_learned_or_fitted_entries_are_stored(codec: MiniCodec) -> None:
    """Constants that follow from the config are not part of the weight file."""
    names = set(codec.state_dict())
    assert not [name for name in names if name.startswith("correction.") or name == "projection.weight"]
    assert {"projection.mean", "projection.basis", "projection.scale", "vocoder.noise"} <= names
    assert not names & {"log_mel.window", "log_mel.filters", "vocoder.window", "vocoder.band_gain"}
    other = MiniCodec(codec.config).eval()
    other.load_state_dict(codec.state_dict())
    with torch.no_grad():
        latents = moving_latents(4)[None]
        assert torch.equal(other.decode(latents), codec.decode(latents))
