"""From what trainings leave to a model folder."""

import json
from pathlib import Path

import torch

from mmhnet_cli.models.checkpoint import read_tensors
from mmhnet_cli.models.registry import find_model
from mmhnet_cli.pipeline.making.load import load_model
from mmhnet_cli.training.export import export
from tests.tiny_model import tiny_model_dir

__all__ = ["tiny_model_dir"]


def test_a_network_is_exchanged(tiny_model_dir: Path, tmp_path: Path) -> None:
    """Codec and words of a model, and a network fresh from training, make a model."""
    run, out = tmp_path / "run", tmp_path / "new"
    run.mkdir()
    section = json.loads((tiny_model_dir / "config.json").read_text())["network"]
    (run / "network.json").write_text(json.dumps({"network": section}))
    (run / "network.safetensors").write_bytes((tiny_model_dir / "network.safetensors").read_bytes())
    export(tiny_model_dir, run, tiny_model_dir / "words.safetensors", out)
    assert {path.name for path in out.iterdir()} == {path.name for path in tiny_model_dir.iterdir()}
    config, before = (json.loads((folder / "config.json").read_text()) for folder in (out, tiny_model_dir))
    assert config == {**before, "name": "new"}
    for name in ("network", "codec", "words"):
        new, old = (read_tensors(folder / f"{name}.safetensors")[0] for folder in (out, tiny_model_dir))
        assert new.keys() == old.keys()
        assert all(torch.equal(new[key], old[key]) for key in new)
    assert load_model(find_model(str(out)), "cpu").name == "new"


def test_a_model_is_put_together_where_its_parts_lie(tiny_model_dir: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mini"
    folder.mkdir()
    for path in tiny_model_dir.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "network.json").write_text(
        json.dumps({"network": json.loads((folder / "config.json").read_text())["network"]})
    )
    before = {path.name: read_tensors(path)[0] for path in folder.glob("*.safetensors")}
    export(folder, folder, folder / "words.safetensors", folder)
    for name, tensors in before.items():
        assert all(torch.equal(value, tensors[key]) for key, value in read_tensors(folder / name)[0].items())
