"""The model in the package: what ships is what the table says, and it does what it is for."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from mmhnet_cli.encoders.descriptors import SYNC_DIM
from mmhnet_cli.encoders.recogniser import RecogniserConfig
from mmhnet_cli.encoders.vocabulary import Vocabulary

from benchmarks.common import CODEC_RATE_HZ, FIRST_SEED, generate_for, one_shot_scene, write_scene
from benchmarks.evaluation.ears import level_in_silence_dbfs, pitch_error_cents, stripes
from benchmarks.evaluation.griffin_lim import griffin_lim
from benchmarks.evaluation.onsets import Matches, detect_onsets, match_onsets
from benchmarks.sync import events_of
from mmhnet_cli.fields import build
from mmhnet_cli.model.config import VARIANTS
from mmhnet_cli.models.registry import find_model
from mmhnet_cli.pipeline.making.load import LoadedModel, load_named_model
from mmhnet_cli.training.world.captions import vocabulary
from mmhnet_cli.training.world.kinds import DRAWN
from mmhnet_cli.training.world.sound import render_sound

FOLDER = find_model("mini").path


@pytest.fixture(scope="module")
def mini() -> LoadedModel:
    return load_named_model("mini", "cpu")


def coded(model: LoadedModel, sound: np.ndarray) -> np.ndarray:
    with torch.inference_mode():
        return model.codec.decode(model.codec.encode(torch.from_numpy(sound)[None]))[0].numpy()[: len(sound)]


def test_it_is_small_and_carries_its_card_and_configuration(mini: LoadedModel) -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 40e6
    assert sum(parameter.numel() for parameter in mini.network.parameters()) <= 10e6
    assert "CC0" in (FOLDER / "README.md").read_text(encoding="utf-8")
    assert mini.network.config == VARIANTS["mini"]
    config = json.loads((FOLDER / "config.json").read_text(encoding="utf-8"))
    assert config["vocabulary"] == vocabulary()  # as `training.export` writes it
    assert len(config["vocabulary"]["kinds"]) == len(DRAWN)
    every = ", ".join(text for kind in DRAWN.values() for text in kind.wording.phrases)
    assert build(Vocabulary, config["vocabulary"]).unknown(every) == ()
    config = json.loads((FOLDER / "config.json").read_text(encoding="utf-8"))
    assert config["recogniser"]["kinds"] == len(DRAWN)
    clip_dim = RecogniserConfig(**config["recogniser"]).clip_dim
    assert (mini.network.config.clip_dim, mini.network.config.sync_dim) == (clip_dim, SYNC_DIM)
    assert config["codec"]["channels"] == mini.network.config.latent_channels


@pytest.mark.slow
def test_impacts_sound_when_they_are_seen(mini: LoadedModel, tmp_path: Path) -> None:
    matches = Matches()
    for index, kind in enumerate(("hammer_wood", "drum", "knock")):
        scene = one_shot_scene(5000 + index, kind)
        assert scene.seed > FIRST_SEED
        sound = generate_for(write_scene(scene, tmp_path, kind), kind.replace("_", " "), mini).sound
        matches += match_onsets(detect_onsets(sound, CODEC_RATE_HZ), events_of(scene))
    assert matches.f1 >= 0.85, matches


def test_the_codec_keeps_pitch_noise_and_silence(mini: LoadedModel) -> None:
    seconds = np.arange(4 * CODEC_RATE_HZ) / CODEC_RATE_HZ
    # An exponential sweep from 300 Hz to 2400 Hz.
    sweep = (0.2 * np.sin(2 * np.pi * 300 * 4 / np.log(8) * 8 ** (seconds / 4))).astype(np.float32)
    assert np.percentile(pitch_error_cents(coded(mini, sweep), sweep), 95) < 50
    rain = render_sound(one_shot_scene(5010, "rain"))
    assert stripes(coded(mini, rain)) < 1.5 * stripes(rain)
    knocks = render_sound(one_shot_scene(5011, "knock"))
    assert level_in_silence_dbfs(coded(mini, knocks), knocks) < -60


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


def test_the_ceiling_leaves_true_sounds_as_they_are(mini: LoadedModel) -> None:
    held = []
    for index, kind in enumerate(DRAWN):
        with torch.inference_mode():
            mel = mini.codec.log_mel(torch.from_numpy(render_sound(one_shot_scene(5030 + index, kind)))[None])
        held.append(float((mel > mini.codec.ceiling[:, None]).float().mean()))
    assert np.mean(held) < 0.001, dict(zip(DRAWN, held, strict=True))
