"""The whole path with the public architecture: real encoders, network, codec and files, in small sizes."""

import json
import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

from mmhnet_cli.errors import BadOption, WeightsInvalid
from mmhnet_cli.media.audio_file import read_audio
from mmhnet_cli.media.probe import probe
from mmhnet_cli.models.checkpoint import read_tensors, save_tensors
from mmhnet_cli.models.registry import find_model
from mmhnet_cli.options import LongForm, SamplerOptions
from mmhnet_cli.pipeline.asking.prepare import prepare
from mmhnet_cli.pipeline.generate import generate
from mmhnet_cli.pipeline.making.load import LoadedModel, choose_dtype, load_model
from mmhnet_cli.pipeline.request import GenerateRequest
from tests.tiny_public_model import NETWORK, write_tiny_public_model


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_public_model(tmp_path_factory.mktemp("models") / "tiny-public")


@pytest.fixture(scope="module")
def model(folder: Path) -> LoadedModel:
    return load_model(find_model(str(folder)), "cpu")


def request(film: Path, folder: Path, *outputs: Path, **more: object) -> GenerateRequest:
    return GenerateRequest(
        film, model=str(folder), sampler=SamplerOptions(steps=2), outputs=outputs, cache_gb=1, **more
    )


@pytest.mark.slow
def test_a_film_gets_its_sound(
    make_film: Callable[..., Path], folder: Path, model: LoadedModel, tmp_path: Path
) -> None:
    film = make_film("rate2398.mp4", count=48, rate="24000/1001")
    wav, remuxed = tmp_path / "sound.wav", tmp_path / "film.mp4"
    report = generate(prepare(request(film, folder, wav, remuxed, prompt="rain")), model).report
    samples, rate_hz = read_audio(wav)
    assert (rate_hz, samples.shape) == (48000, (1, 96096))
    assert np.isfinite(samples).all()
    assert samples.any()
    assert probe(remuxed).audio[0].codec == "aac"
    assert report["device"]["dtype"] == "float32"
    assert set(report["model"]["sha256"]) == {path.name for path in folder.iterdir()}


@pytest.mark.slow
def test_picture_and_words_are_heard(make_film: Callable[..., Path], folder: Path, tmp_path: Path) -> None:
    def made(name: str, look: str, prompt: str) -> np.ndarray:
        encoder = ("-vf", look, "-c:v", "libx264", "-preset", "ultrafast")
        film = make_film(f"public_{look}.mp4", count=30, rate="25", video=encoder)
        model = load_model(find_model(str(folder)), "cpu")
        generate(prepare(request(film, folder, tmp_path / f"{name}.wav", prompt=prompt)), model)
        return read_audio(tmp_path / f"{name}.wav")[0]

    base = made("base", "null", "rain")
    assert np.array_equal(base, made("again", "null", "rain"))
    assert not np.array_equal(base, made("thunder", "null", "thunder"))
    assert not np.array_equal(base, made("bright", "negate", "rain"))


@pytest.mark.slow
def test_long_film_is_sampled_in_windows(
    make_film: Callable[..., Path], folder: Path, model: LoadedModel, tmp_path: Path
) -> None:
    film = make_film("public_long.mp4", count=90, rate="10")
    sounds = {}
    for mode in ("auto", "windows", "whole"):
        output = tmp_path / f"{mode}.wav"
        generate(prepare(request(film, folder, output, long_form=LongForm(mode))), model)
        sounds[mode] = read_audio(output)[0]
        assert sounds[mode].shape == (1, 9 * 48000)
    assert np.array_equal(sounds["auto"], sounds["windows"])
    assert not np.array_equal(sounds["auto"], sounds["whole"])


@pytest.mark.slow
def test_half_precision_is_close(make_film: Callable[..., Path], folder: Path, tmp_path: Path) -> None:
    film = make_film("public_short.mp4", count=25, rate="25")
    sounds = []
    for precision in ("fp32", "bf16"):
        model = load_model(find_model(str(folder)), "cpu", precision)
        output = tmp_path / f"{precision}.wav"
        report = generate(prepare(request(film, folder, output)), model).report
        assert report["device"]["dtype"] == {"fp32": "float32", "bf16": "bfloat16"}[precision]
        sounds.append(read_audio(output)[0])
    assert 0 < np.linalg.norm(sounds[0] - sounds[1]) < 0.5 * np.linalg.norm(sounds[0])


def test_half_floats_are_not_for_processors() -> None:
    with pytest.raises(BadOption):
        choose_dtype(torch.device("cpu"), "fp16")
    assert choose_dtype(torch.device("cpu"), "auto") == torch.float32


def test_latents_of_the_training_length(model: LoadedModel) -> None:
    assert NETWORK.latents_in(8) == 250
    assert model.sequence.latent_rate_hz == Fraction(125, 4)


@pytest.mark.parametrize(
    ("file", "key"),
    [
        ("network", "audio_input_proj.0.weight"),
        ("clip", "visual.ln_pre.weight"),
        ("synchformer", "vfeat_extractor.norm.weight"),
        ("vae", "decoder.conv_in.weight"),
        ("vocoder", "conv_pre.weight"),
    ],
)
def test_a_wrong_shape_is_named_as_in_the_file(folder: Path, tmp_path: Path, file: str, key: str) -> None:
    copy = tmp_path / "model"
    shutil.copytree(folder, copy)
    path = copy / f"{file}.safetensors"
    tensors, _ = read_tensors(path)
    save_tensors(path, {**tensors, key: torch.zeros(3)})
    with pytest.raises(WeightsInvalid) as caught:
        load_model(find_model(str(copy)), "cpu").load_encoders()
    assert (caught.value.path, caught.value.key, caught.value.found) == (path, key, "shape (3,)")


@pytest.mark.parametrize(
    ("section", "key"), [("encoders", "encoders.clip.patches"), ("codec", "network.latent_channels")]
)
def test_a_section_that_does_not_fit(folder: Path, tmp_path: Path, section: str, key: str) -> None:
    copy = tmp_path / "model"
    shutil.copytree(folder, copy)
    config = json.loads((copy / "config.json").read_text())
    config[section] = {"clip": {"patches": 3}} if section == "encoders" else {"mel": {}}
    (copy / "config.json").write_text(json.dumps(config))
    with pytest.raises(WeightsInvalid) as caught:
        load_model(find_model(str(copy)), "cpu")
    assert caught.value.key == key
