import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from mmhnet_cli.errors import DeviceMissing, WeightsInvalid
from mmhnet_cli.models.digests import file_sha256
from mmhnet_cli.models.registry import find_model
from mmhnet_cli.models.store import PartRecord
from mmhnet_cli.pipeline.making.load import LoadedModel, choose_device, load_model
from tests.tiny_model import write_tiny_model


def test_model_is_ready(tiny_model: LoadedModel, tiny_model_dir: Path) -> None:
    assert tiny_model.name == "tiny"
    assert tiny_model.sequence.sample_rate_hz == 44100
    for part in (tiny_model.network, tiny_model.load_encoders().things, tiny_model.codec):
        assert not part.training
        assert not any(parameter.requires_grad for parameter in part.parameters())
    assert tiny_model.sha256 == {path.name: file_sha256(path) for path in tiny_model_dir.iterdir()}


def test_a_recorded_digest_is_believed(tiny_model: LoadedModel, tiny_model_dir: Path) -> None:
    files = find_model(str(tiny_model_dir))
    path = files.parts["codec"]
    found = path.stat()
    record = PartRecord("codec", path.name, "recorded", found.st_size, found.st_mtime_ns, "a hub", None, "", "")
    model = load_model(replace(files, records={path: record}), "cpu")
    assert model.sha256 == {**tiny_model.sha256, path.name: "recorded"}


def test_loading_is_exact(tiny_model: LoadedModel, tmp_path: Path) -> None:
    again = load_model(find_model(str(write_tiny_model(tmp_path))), "cpu")
    mine, theirs = (model.network.state_dict() for model in (tiny_model, again))
    assert mine.keys() == theirs.keys()
    assert all(torch.equal(mine[key], theirs[key]) for key in mine)


@pytest.mark.parametrize(
    ("section", "change", "key"),
    [
        ("network", None, "network"),
        ("eyes", None, "eyes"),
        ("codec", None, "codec"),
        ("network", {"widht": 3}, "network.widht"),
        ("network", {"multimodal_mixer": "other"}, "network.multimodal_mixer"),
        ("eyes", {"happening": "efficientnet-lite7"}, "eyes.happening"),
        ("eyes", {"more": 1}, "eyes.more"),
        ("codec", {}, "network.latent_channels"),
    ],
)
def test_configuration_that_does_not_fit(
    tiny_model_dir: Path, tmp_path: Path, section: str, change: dict | None, key: str
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(tiny_model_dir, folder)
    config = json.loads((folder / "config.json").read_text())
    if change is None:
        del config[section]
    else:
        config[section] = change
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(WeightsInvalid) as caught:
        load_model(find_model(str(folder)), "cpu")
    assert caught.value.key == key


def test_weights_of_another_size(tiny_model_dir: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(tiny_model_dir, folder)
    config = json.loads((folder / "config.json").read_text())
    config["network"]["time_features"] = 32
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(WeightsInvalid) as caught:
        load_model(find_model(str(folder)), "cpu")
    assert (caught.value.path.name, "16" in caught.value.found, "32" in caught.value.expected) == (
        "network.safetensors",
        True,
        True,
    )


def test_devices() -> None:
    assert choose_device("cpu") == torch.device("cpu")
    assert choose_device("auto").type in {"cpu", "cuda", "mps"}
    with pytest.raises(DeviceMissing) as caught:
        choose_device("cuda:99")
    assert "cpu" in caught.value.available


@pytest.mark.gpu
def test_the_gpu_makes_the_sound_of_the_cpu(tiny_model: LoadedModel, tiny_model_dir: Path) -> None:
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    from tests.pipeline.making.test_sampling import make_sound

    gpu = load_model(find_model(str(tiny_model_dir)), "cuda", "fp32")
    for ours, theirs in zip(make_sound(tiny_model), make_sound(gpu), strict=True):
        assert abs(ours - theirs).max() < 1e-3
