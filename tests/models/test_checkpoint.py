import json
import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from mmhnet_cli.errors import UnknownModel, WeightsInvalid, WeightsMissing
from mmhnet_cli.models.checkpoint import load_tensors, save_model
from mmhnet_cli.models.reading import read_config
from mmhnet_cli.models.registry import MODELS, find_model


def test_tensors_come_back_bit_for_bit(tmp_path: Path) -> None:
    generator = torch.Generator().manual_seed(0)
    saved = {"a": torch.randn(3, 4, generator=generator), "b.c": torch.arange(5), "empty": torch.zeros(0, 2)}
    save_model(tmp_path / "new" / "folder", {"name": "x"}, saved, {"d": saved["a"].T})
    targets = {key: torch.full_like(value, 9) for key, value in saved.items()}
    load_tensors(tmp_path / "new" / "folder" / "network.safetensors", targets)
    assert all(torch.equal(targets[key], saved[key]) for key in saved)
    transposed = {"d": torch.zeros(4, 3)}
    load_tensors(tmp_path / "new" / "folder" / "codec.safetensors", transposed)
    assert torch.equal(transposed["d"], saved["a"].T)


@pytest.mark.parametrize(
    ("found", "key", "expected_word", "found_word"),
    [
        ({"a": (2,)}, "b", "shape (3,)", "no such entry"),
        ({"a": (2,), "b": (3,), "c": (1,)}, "c", "no such entry", "shape (1,)"),
        ({"a": (2,), "b": (4,)}, "b", "shape (3,)", "shape (4,)"),
        ({"a": (1, 2), "b": (4,)}, "a", "shape (2,)", "shape (1, 2)"),
    ],
)
def test_the_first_entry_that_differs_is_named(
    tmp_path: Path, found: dict[str, tuple[int, ...]], key: str, expected_word: str, found_word: str
) -> None:
    path = tmp_path / "x.safetensors"
    save_file({name: torch.ones(shape) for name, shape in found.items()}, path)
    targets = {"a": torch.zeros(2), "b": torch.zeros(3)}
    with pytest.raises(WeightsInvalid) as caught:
        load_tensors(path, targets)
    assert (caught.value.key, caught.value.expected, caught.value.found) == (key, expected_word, found_word)
    # Nothing was filled before everything was compared.
    assert not targets["a"].any()


class Bomb:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (open, ("boom", "w"))


@pytest.mark.parametrize("suffix", [".pth", ".pt", ".ckpt", ".bin", ".pkl"])
def test_other_formats_are_never_opened(tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / f"network{suffix}"
    path.write_bytes(pickle.dumps(Bomb()))
    for attempt in (lambda: load_tensors(path, {}), lambda: find_model(str(path)), lambda: find_model(str(tmp_path))):
        with pytest.raises(WeightsInvalid) as caught:
            attempt()
    assert caught.value.key == "config.json" or caught.value.key == "file type"
    assert path.name in caught.value.found
    assert not (tmp_path / "boom").exists()


def test_pickle_under_a_safe_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.safetensors").write_bytes(pickle.dumps(Bomb()) + b" " * 100)
    with pytest.raises(WeightsInvalid, match="safetensors"):
        load_tensors(tmp_path / "x.safetensors", {})
    assert not (tmp_path / "boom").exists()


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"format": 2}'])
def test_configurations_of_another_kind(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(WeightsInvalid):
        read_config(tmp_path / "config.json")


def test_config_comes_back(tmp_path: Path) -> None:
    save_model(tmp_path, {"network": {"width": 3}}, {"a": torch.zeros(1)}, {"a": torch.zeros(1)})
    assert read_config(tmp_path / "config.json") == {"format": 1, "network": {"width": 3}}
    assert json.loads((tmp_path / "config.json").read_text())["format"] == 1


def test_names_of_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(MODELS) == [
        *("mini", "s-16k", "s-44k", "l-44k", "mmaudio-small-16k", "mmaudio-small-44k", "mmaudio-medium-44k"),
        *("mmaudio-large-44k", "mmaudio-large-44k-v2"),
    ]
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    for name in MODELS:
        if name != "mini":
            with pytest.raises(WeightsMissing):
                find_model(name)
    assert find_model("mini").parts.keys() == {"network", "codec", "words"}
    # A folder of that name in the working folder does not stand in for a model of the table.
    monkeypatch.chdir(tmp_path)
    Path("s-16k").mkdir()
    with pytest.raises(WeightsMissing):
        find_model("s-16k")
    with pytest.raises(UnknownModel) as caught:
        find_model("none")
    assert caught.value.known == tuple(MODELS)
    # What may be a repository of the hub is looked for in its cache, unless it is a folder.
    with pytest.raises(WeightsMissing):
        find_model("owner/name@v1")
    for name in ("owner/name/more", "../name", "owner/", "owner/name@"):
        with pytest.raises(UnknownModel):
            find_model(name)
    Path("owner", "name").mkdir(parents=True)
    with pytest.raises(WeightsInvalid):
        find_model("owner/name")


FILES = ("config.json", "network.safetensors", "codec.safetensors", "words.safetensors")


@pytest.mark.parametrize("missing", FILES)
def test_a_folder_must_be_complete(tmp_path: Path, missing: str) -> None:
    for file in FILES:
        if file != missing:
            (tmp_path / file).write_text('{"format": 1}')
    with pytest.raises(WeightsInvalid) as caught:
        find_model(str(tmp_path))
    assert caught.value.key == missing
    (tmp_path / missing).write_text('{"format": 1}')
    assert find_model(str(tmp_path)).path == tmp_path
