"""The model in the package: what ships is what the table says, and it does what it is for."""

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.common import CODEC_RATE_HZ, UNTOUCHED, one_shot_scene
from benchmarks.evaluation.ears import level_in_silence_dbfs, pitch_error_cents, stripes
from benchmarks.evaluation.griffin_lim import griffin_lim
from mmhnet_cli.audio.resample import resample
from mmhnet_cli.codec.mini import SHIPPED, MiniCodecConfig
from mmhnet_cli.encoders.meaning import CLIP_DIM, NO_WORDS, SYNC_DIM, TEXT_DIM
from mmhnet_cli.evaluation.onsets import detect_onsets, match_onsets
from mmhnet_cli.fields import build
from mmhnet_cli.media.audio_file import read_audio
from mmhnet_cli.model.variants import VARIANTS
from mmhnet_cli.models.registry import find_model
from mmhnet_cli.options import Hit, SamplerOptions
from mmhnet_cli.pipeline.asking.prepare import prepare
from mmhnet_cli.pipeline.generate import generate
from mmhnet_cli.pipeline.making.load import LoadedModel, load_named_model
from mmhnet_cli.pipeline.request import GenerateRequest
from mmhnet_cli.training.world.kinds import DRAWN
from mmhnet_cli.training.world.sound import render_sound
from tests.conftest import MakeFilm

FOLDER = find_model("mini").path


@pytest.fixture(scope="module")
def mini() -> LoadedModel:
    return load_named_model("mini", "cpu")


@pytest.fixture
def grey_film(make_film: MakeFilm) -> Path:
    """Six seconds in which nothing is to be seen."""
    return make_film("grey.mp4", count=150, rate="25", video=("-vf", "drawbox=t=fill:c=gray", "-c:v", "libx264"))


def coded(model: LoadedModel, sound: np.ndarray) -> np.ndarray:
    with torch.inference_mode():
        return model.codec.decode(model.codec.encode(torch.from_numpy(sound)[None]))[0].numpy()[: len(sound)]


def made(
    model: LoadedModel, film: Path, folder: Path, prompt: str, hits: tuple[float, ...] | None = None, seed: int = 42
) -> np.ndarray:
    """The sound of a film by the whole pipeline, (n,) at 44.1 kHz, at the level that the file has."""
    given = None if hits is None else tuple(Hit(Fraction(str(time))) for time in hits)
    output = folder / f"{len(list(folder.iterdir()))}.wav"
    sampler = SamplerOptions(seed=seed)
    generate(
        prepare(GenerateRequest(film, prompt, hits=given, sampler=sampler, outputs=(output,), output=UNTOUCHED)), model
    )
    samples, rate_hz = read_audio(output)
    return resample(samples, rate_hz, CODEC_RATE_HZ)[0]


def test_it_is_small_and_carries_its_card_and_configuration(mini: LoadedModel) -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 40e6
    assert sum(parameter.numel() for parameter in mini.network.parameters()) <= 10e6
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert "CC0" in card and "Apache-2.0" in card
    network = mini.network.config
    assert network == VARIANTS["mini"]
    assert (network.clip_dim, network.sync_dim, network.text_dim) == (CLIP_DIM, SYNC_DIM, TEXT_DIM)
    config = json.loads((FOLDER / "config.json").read_text(encoding="utf-8"))
    assert config["name"] == "mini"
    assert build(MiniCodecConfig, config["codec"]) == SHIPPED
    assert SHIPPED.channels == network.latent_channels


def test_no_prompt_is_what_training_had_for_it(mini: LoadedModel) -> None:
    assert torch.equal(mini.network.empty_text, torch.from_numpy(NO_WORDS))


@pytest.mark.slow
def test_hits_that_are_given_are_met(mini: LoadedModel, grey_film: Path, tmp_path: Path) -> None:
    hits = (0.6, 1.4, 2.1, 3.2, 3.9, 5.0)
    sound = made(mini, grey_film, tmp_path, "hammering on wood", hits)
    matches = match_onsets(detect_onsets(sound, CODEC_RATE_HZ), np.array(hits))
    assert matches.f1 >= 0.7, matches


@pytest.mark.slow
def test_a_prompt_decides_what_is_heard(mini: LoadedModel, grey_film: Path, tmp_path: Path) -> None:
    """Rain is bright, an engine is deep."""
    rain, engine = (made(mini, grey_film, tmp_path, prompt) for prompt in ("rain", "engine"))

    def centroid_hz(sound: np.ndarray) -> float:
        power = np.square(np.abs(np.fft.rfft(sound)))
        return float(np.fft.rfftfreq(len(sound), 1 / CODEC_RATE_HZ) @ power / power.sum())

    assert centroid_hz(rain) > 2 * centroid_hz(engine), (centroid_hz(rain), centroid_hz(engine))


@pytest.mark.slow
def test_the_same_seed_gives_the_same_sound(mini: LoadedModel, grey_film: Path, tmp_path: Path) -> None:
    one, again, other = (made(mini, grey_film, tmp_path, "waves", seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


@pytest.mark.slow
def test_the_codec_keeps_pitch_noise_and_silence(mini: LoadedModel) -> None:
    seconds = np.arange(4 * CODEC_RATE_HZ) / CODEC_RATE_HZ
    # An exponential sweep from 300 Hz to 2400 Hz.
    sweep = (0.2 * np.sin(2 * np.pi * 300 * 4 / np.log(8) * 8 ** (seconds / 4))).astype(np.float32)
    assert np.percentile(pitch_error_cents(coded(mini, sweep), sweep), 95) < 50
    rain = render_sound(one_shot_scene(5010, "rain"))
    assert stripes(coded(mini, rain)) < 1.5 * stripes(rain)
    knocks = render_sound(one_shot_scene(5011, "knock"))
    assert level_in_silence_dbfs(coded(mini, knocks), knocks) < -60


@pytest.mark.slow
def test_the_codec_is_nearer_than_griffin_lim_from_the_same_mel(mini: LoadedModel) -> None:
    ours, classic = [], []
    for index, kind in enumerate(("hammer_metal", "rain", "engine", "bell")):
        wave = torch.from_numpy(render_sound(one_shot_scene(5020 + index, kind))[: 172 * 1024])[None]
        with torch.inference_mode():
            mel = mini.codec.log_mel(wave)
            latents = mini.codec.encode(wave)
            for sound, distances in (
                (mini.codec.decode(latents), ours),
                (griffin_lim(mini.codec.log_mel, mini.codec.clamped_mel(latents)), classic),
            ):
                distances.append(float((mini.codec.log_mel(sound) - mel).abs().mean()))
    assert np.mean(ours) <= np.mean(classic)


@pytest.mark.slow
def test_the_ceiling_leaves_true_sounds_as_they_are(mini: LoadedModel) -> None:
    held = []
    for index, kind in enumerate(DRAWN):
        with torch.inference_mode():
            levels = mini.codec.levels(torch.from_numpy(render_sound(one_shot_scene(5030 + index, kind)))[None])
        held.append(float((levels > mini.codec.ceiling[:, None]).float().mean()))
    assert np.mean(held) < 0.001, dict(zip(DRAWN, held, strict=True))
