from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch

from mmhnet_cli.audio.loudness import measure
from mmhnet_cli.audio.true_peak import true_peak
from mmhnet_cli.encoders.efficientnet import EfficientNetLite
from mmhnet_cli.encoders.extract import frame_count, picture_features
from mmhnet_cli.encoders.meaning import CLIP_DIM, KINDS, SYNC_DIM
from mmhnet_cli.encoders.mini import STREAMS, MiniEncoders, MiniExtractor
from mmhnet_cli.encoders.protocol import Picture
from mmhnet_cli.errors import OutOfMemory
from mmhnet_cli.flow.times import uniform_times
from mmhnet_cli.media.frames import FrameBatch
from mmhnet_cli.models.registry import find_model
from mmhnet_cli.options import LOUDNESS_TARGETS, LoudnessTarget, SamplerOptions
from mmhnet_cli.pipeline.delivery.level import level_for
from mmhnet_cli.pipeline.making.decoding import decode
from mmhnet_cli.pipeline.making.features import film_features
from mmhnet_cli.pipeline.making.load import LoadedModel, load_model
from mmhnet_cli.pipeline.making.sampling import Part, sample
from mmhnet_cli.pipeline.making.stages import Stages
from mmhnet_cli.pipeline.making.velocity import guided_velocity
from mmhnet_cli.timeline import Timeline

DURATION = Fraction(3, 2)


def ignore(done: int) -> None:
    pass


def batches(duration: Fraction = DURATION) -> list[FrameBatch]:
    """Frames of noise for both streams."""
    made = []
    for number, stream in enumerate(STREAMS):
        count = -(-duration * stream.fps // 1)
        rng = np.random.default_rng(number)
        width, height = stream.size(160, 90)
        frames = rng.integers(0, 256, (int(count), height, width, 3), dtype=np.uint8)
        made.append(FrameBatch(number, 0, frames))
    return made


@cache
def picture_of_noise(eyes: EfficientNetLite, things: EfficientNetLite) -> Picture:
    """What these eyes see in `batches`; they are slow, and see the same each time."""
    extractor = MiniExtractor(eyes, things)
    for batch in batches():
        extractor.push(batch)
    return extractor.finish()


@torch.inference_mode()
def make_latents(model: LoadedModel, prompt: str = "rain", negative: str = "", **sampler: object) -> torch.Tensor:
    encoders = model.load_encoders()
    assert isinstance(encoders, MiniEncoders)
    picture = picture_of_noise(encoders.happening, encoders.things)
    latents = Timeline(DURATION, model.sequence).latents
    features = film_features(model, encoders, picture, prompt, negative)
    options = SamplerOptions(**{"steps": 2, **sampler})
    (made,) = sample(model, [Part(features, latents, options.seed)], options, ignore)
    return made


@torch.inference_mode()
def make_sound(model: LoadedModel) -> tuple[np.ndarray, np.ndarray]:
    latents = make_latents(model)
    decoded = decode(model, latents, Timeline(DURATION, model.sequence), 48000, 72000, ignore)
    return latents.cpu().numpy(), decoded


@pytest.mark.slow
def test_features_have_one_row_per_frame(tiny_model: LoadedModel) -> None:
    seen: list[int] = []
    picture = picture_features(tiny_model.load_encoders(), batches(), seen.append)
    assert (picture.clip.shape, picture.sync.shape) == ((13, CLIP_DIM), (38, SYNC_DIM))
    assert picture.clip.dtype == picture.sync.dtype == np.float32
    # The last column is the root of the sum of the others' squares: the shares of what is seen.
    assert np.square(picture.clip[:, :-1]).sum(1) == pytest.approx(np.square(picture.clip[:, -1]), abs=1e-5)
    assert seen[-1] == frame_count(STREAMS, DURATION) == 41


@pytest.mark.slow
@torch.inference_mode()
def test_a_steady_sound_ends_as_loud_as_it_is() -> None:
    # Without neighbours behind them the last 25 ms came out 19 and 14 dB louder than the rest.
    mini = load_model(find_model("mini"), "cpu")
    timeline = Timeline(Fraction(8), mini.sequence)
    dark = Picture(np.zeros((64, CLIP_DIM), np.float32), np.zeros((200, SYNC_DIM), np.float32))
    features = film_features(mini, mini.load_encoders(), dark, "rain", "", blind=True)
    parts = [Part(features, timeline.latents, seed) for seed in (42, 4)]
    for latents in sample(mini, parts, SamplerOptions(), ignore):
        assert len(latents) == timeline.latents
        (sound,) = decode(mini, latents, timeline, 44100, timeline.output_samples(44100), ignore)
        end, middle = (10 * np.log10(np.mean(part**2)) for part in (sound[-1102:], sound[44100:-44100]))
        assert end - middle < 8


@pytest.mark.parametrize(
    ("prompt", "negative", "turns"), [("rain", "", 2), ("rain", "speech", 2), ("", "speech", 2), (" ", "", 1)]
)
def test_guidance_leads_away_from_the_picture_without_its_words(
    tiny_model: LoadedModel, prompt: str, negative: str, turns: int
) -> None:
    encoders = tiny_model.load_encoders()
    assert isinstance(encoders, MiniEncoders)
    picture = picture_of_noise(encoders.happening, encoders.things)
    network = tiny_model.network
    assert network.config.word_guidance
    features = film_features(tiny_model, encoders, picture, prompt, negative)
    network.config = replace(network.config, word_guidance=False)
    try:
        plain = film_features(tiny_model, encoders, picture, prompt, negative)
    finally:
        network.config = replace(network.config, word_guidance=True)
    assert plain.apart is None
    assert len(features.nulls) == turns
    assert torch.equal(features.null.clip, plain.null.clip)
    assert torch.equal(features.null.text, plain.null.text)
    if turns == 1:
        assert features.apart is None
    else:
        assert features.apart is not None
        assert features.nulls == (features.apart, features.null)
        assert torch.equal(features.apart.clip, torch.from_numpy(picture.clip)[None])
        told = encoders.as_asked(picture, prompt) if prompt else picture
        assert torch.equal(features.real.clip, torch.from_numpy(told.clip)[None])
        assert torch.equal(features.apart.sync, features.real.sync)
        assert torch.equal(features.apart.text, features.null.text)


@torch.inference_mode()
def test_guidance_leads_away_from_the_opposite_degrees(tiny_model: LoadedModel) -> None:
    encoders = tiny_model.load_encoders()
    assert isinstance(encoders, MiniEncoders)
    picture = picture_of_noise(encoders.happening, encoders.things)
    features = film_features(tiny_model, encoders, picture, "heavy rain", "")
    apart, light = features.apart, film_features(tiny_model, encoders, picture, "light rain", "")
    assert apart is not None
    assert torch.equal(apart.text[..., KINDS:], light.real.text[..., KINDS:])
    assert torch.equal(apart.text[..., :KINDS], features.real.text[..., :KINDS])
    assert torch.equal(apart.clip, features.real.clip)
    assert features.push == light.push == tiny_model.network.config.degree_push == 3
    assert film_features(tiny_model, encoders, picture, "rain", "").push == 1
    network, latents = tiny_model.network, 5
    velocity = guided_velocity(network, features, latents, SamplerOptions(guidance=3), uniform_times(2), None)
    x, t = torch.ones(1, latents, network.config.latent_channels), torch.zeros(1)
    real, opposed = (network.velocity(x, t, network.condition(one, latents)) for one in (features.real, apart))
    expected = opposed + (1 + 3 * 2) * (real - opposed)
    torch.testing.assert_close(velocity(x, t), expected, rtol=1e-4, atol=1e-4)


def test_words_seed_and_guidance_all_count(tiny_model: LoadedModel) -> None:
    base = make_latents(tiny_model)
    assert torch.equal(base, make_latents(tiny_model))
    others = [
        make_latents(tiny_model, prompt="thunder"),
        make_latents(tiny_model, prompt=""),
        make_latents(tiny_model, negative="speech"),
        make_latents(tiny_model, seed=43),
        make_latents(tiny_model, guidance=1.0),
        make_latents(tiny_model, solver="heun"),
        make_latents(tiny_model, solver="midpoint"),
    ]
    assert all(not torch.equal(base, other) for other in others)


def test_half_precision_hears_the_words(tiny_model_dir: Path) -> None:
    model = load_model(find_model(str(tiny_model_dir)), "cpu", "bf16")
    rain = make_latents(model)
    assert rain.dtype == torch.float32
    assert rain.isfinite().all()
    assert not torch.equal(rain, make_latents(model, prompt="thunder"))


def test_the_empty_prompt_is_the_learned_one(tiny_model: LoadedModel) -> None:
    # Real and null then differ by the picture alone; blanks are no words either.
    assert torch.equal(make_latents(tiny_model, prompt=""), make_latents(tiny_model, prompt="  \n"))


@pytest.mark.parametrize("rate_hz", [16000, 44100, 48000])
@pytest.mark.parametrize("duration", [Fraction(1, 24), Fraction(1001, 24000) * 37, Fraction(3)])
def test_length_is_exact(tiny_model: LoadedModel, rate_hz: int, duration: Fraction) -> None:
    timeline = Timeline(duration, tiny_model.sequence)
    latents = torch.zeros(timeline.latents, tiny_model.network.config.latent_channels)
    length = int(duration * rate_hz + Fraction(1, 2))
    decoded = decode(tiny_model, latents, timeline, rate_hz, length, ignore)
    assert decoded.shape == (1, length)
    assert decoded.dtype == np.float32
    assert np.isfinite(decoded).all()


def test_one_gain_brings_a_tone_to_its_target() -> None:
    time = np.arange(48000 * 4) / 48000
    tone = (0.05 * np.cos(2 * np.pi * 997 * time)).astype(np.float32)[None]
    level = level_for(tone, 48000, LoudnessTarget(-23.0, -1.0))
    assert level.before.integrated_lufs is not None
    assert level.gain.gain_db == pytest.approx(-23 - level.before.integrated_lufs)
    assert level.after.integrated_lufs == pytest.approx(-23, abs=0.001)
    assert np.allclose(level.applied(tone), tone * 10 ** (level.gain.gain_db / 20), rtol=1e-6)


def test_what_is_measured_is_the_part_and_what_is_limited_is_all() -> None:
    rng = np.random.default_rng(0)
    noise = (0.05 * rng.standard_normal((1, 48000 * 6))).astype(np.float32)
    # A click in the handle: not in the measure, but under the ceiling.
    noise[0, 24000] = 1.0
    part = slice(48000, 48000 * 5)
    level = level_for(noise, 48000, LoudnessTarget(-16.0, -1.0), part)
    levelled = level.applied(noise)
    assert measure(levelled[:, part], 48000).integrated_lufs == pytest.approx(-16, abs=0.06)
    assert 20 * np.log10(true_peak(levelled, 48000)) <= -1
    assert level.gain.max_reduction_db > 3


def test_silence_stays_silence() -> None:
    silence = np.zeros((1, 48000), np.float32)
    level = level_for(silence, 48000, LOUDNESS_TARGETS["ebu"])
    assert not level.applied(silence).any()
    gain = level.gain
    assert (level.before.integrated_lufs, gain.gain_db, gain.limited_by) == (None, 0.0, "silence")


@pytest.mark.parametrize(
    "error", [torch.OutOfMemoryError("no"), MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory")]
)
def test_lack_of_memory_names_the_stage(error: Exception) -> None:
    stages = Stages(torch.device("cpu"), lambda stage, done, total: None)
    with pytest.raises(OutOfMemory) as caught, stages.stage("sample"):
        raise error
    assert (caught.value.device, caught.value.stage) == ("cpu", "sample")


def test_other_errors_pass_through() -> None:
    stages = Stages(torch.device("cpu"), lambda stage, done, total: None)
    with pytest.raises(RuntimeError, match="shapes"), stages.stage("sample"):
        raise RuntimeError("shapes differ")
    assert stages.seconds == {}
