"""What a training left is a model that the pipeline takes."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.abstract_film import film_of, sounds_for, unseen
from benchmarks.common import one_shot_scene
from benchmarks.second_edition import _averages, read_second_edition
from mmhnet_cli.encoders.meaning import TEXT_DIM
from mmhnet_cli.errors import UnknownModel
from mmhnet_cli.model.network import Network
from mmhnet_cli.models.checkpoint import read_tensors, save_tensors
from mmhnet_cli.options import SamplerOptions
from mmhnet_cli.pipeline.making.load import LoadedModel
from mmhnet_cli.training.train_mini import network_config


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as `train_mini` leaves it, of a network that has learnt nothing."""
    folder = tmp_path_factory.mktemp("left")
    torch.manual_seed(0)
    network = Network(network_config(192))
    # It begins with an output of nothing, and moved by nothing.
    with torch.no_grad():
        for parameter in network.parameters():
            parameter += 0.02 * torch.randn_like(parameter)
    save_tensors(folder / "network.safetensors", network.state_dict())
    (folder / "network.json").write_text(json.dumps({"network": asdict(network.config)}))
    return folder


@pytest.fixture(scope="module")
def model(left: Path) -> LoadedModel:
    return read_second_edition(str(left))


def test_it_has_the_network_of_the_folder(left: Path, model: LoadedModel) -> None:
    expected, found = read_tensors(left / "network.safetensors")[0], model.network.state_dict()
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[name], expected[name]) for name in found)
    assert not model.network.training and model.codec.samples_per_latent == model.sequence.samples_per_latent


@pytest.mark.slow
def test_words_and_film_become_sound(model: LoadedModel) -> None:
    encoders = model.load_encoders()
    tokens, _ = encoders.words("dog and rain")
    assert tokens.shape == (1, 3, TEXT_DIM)
    film = film_of(one_shot_scene(1, "dog", 1.0))
    brief = SamplerOptions(steps=2)
    first, other = sounds_for(film, "dog", model, encoders, (1, 2), brief)
    assert first.shape == (44100,) and first.dtype == np.float32
    assert not np.array_equal(first, other), "another seed is another sound"
    (again,) = sounds_for(film, "dog", model, encoders, (1,), brief)
    assert np.array_equal(first, again)
    (dark,) = sounds_for(unseen(film), "", model, encoders, (1,), brief)
    assert not np.array_equal(first, dark)


def test_other_names_are_those_of_models() -> None:
    with pytest.raises(UnknownModel):
        read_second_edition("no-such-model")


def test_of_a_checkpoint_the_averages_of_the_network_are_taken(tmp_path: Path) -> None:
    names = ("average.network.output.bias", "average.kinds.heard.bias", "module.network.output.bias")
    path = tmp_path / "checkpoint.safetensors"
    save_tensors(path, {name: torch.full((2,), float(number)) for number, name in enumerate(names)})
    found = _averages(path)
    assert list(found) == ["output.bias"] and found["output.bias"].tolist() == [0.0, 0.0]
