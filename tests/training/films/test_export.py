"""From films to a model that makes sound, by the commands a user gives; and what cannot be exported."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import soundfile
import torch

from mmhnet_cli.cli.app import main
from mmhnet_cli.errors import OutputExists, TrainingInvalid
from mmhnet_cli.model.variants import VARIANTS
from mmhnet_cli.models.checkpoint import read_tensors
from mmhnet_cli.models.registry import find_model
from mmhnet_cli.training.films.card import card
from mmhnet_cli.training.films.export import export
from mmhnet_cli.training.films.run_folder import CHECKPOINT_FILE, START_FILE, read_run
from tests.conftest import MakeFilm
from tests.tiny_model import tiny_model_dir

__all__ = ["tiny_model_dir"]


def recipe_of(model: Path, path: Path) -> Path:
    """A training of two steps whose network has the sizes of a model."""
    sizes, variant = json.loads((model / "config.json").read_text())["network"], VARIANTS["mini"].to_dict()
    lines = ['sizes = "mini"', "steps = 2", "batch = 1", "learning_rate = 1e-3", "log_every = 1", "[network]"]
    lines += [f"{name} = {json.dumps(value)}" for name, value in sizes.items() if value != variant[name]]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.processes
def test_films_become_a_model(
    make_film: MakeFilm, tiny_model_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    film = make_film("own.mp4", count=40, rate="5", audio="sine=440:d=8")
    (tmp_path / "films.csv").write_text(f"film,prompt,licence\n{film},a | bell,CC-BY-4.0\n")
    recipe_of(tiny_model_dir, tmp_path / "recipe.toml")
    asked = ["--device", "cpu", "--quiet"]
    given = ["train", "prepare", "films.csv", "--out", "data", "-m", str(tiny_model_dir), "--allow-outside"]
    given += ["--jobs", "1"]
    assert main([*given, *asked]) == 0
    given = ["train", "run", "recipe.toml", "--data", "data", "--out", "run", "--init-from", str(tiny_model_dir)]
    assert main([*given, *asked]) == 0
    assert main(["train", "export", "run", "--out", "bells"]) == 0
    tensors, start = (read_tensors(path)[0] for path in (Path("bells/network.safetensors"), Path("run") / START_FILE))
    before = read_tensors(tiny_model_dir / "network.safetensors")[0]
    averages = read_tensors(Path("run") / CHECKPOINT_FILE)[0]
    assert tensors.keys() == before.keys()
    assert all(torch.equal(start[name], before[name]) for name in before)
    assert all(torch.equal(tensors[name], averages.get(f"average.{name}", before[name])) for name in tensors)
    assert not torch.equal(tensors["output.conv.weight"], before["output.conv.weight"])
    for name in ("codec.safetensors", "words.safetensors"):
        assert Path("bells", name).read_bytes() == (tiny_model_dir / name).read_bytes()
    text = Path("bells/README.md").read_text()
    assert "| CC-BY-4.0 | 1 |" in text
    assert "begun with the weights of tiny (licence: not stated)" in text
    assert "2 of 2 steps" in text
    short = make_film("short.mp4", count=5, rate="5")
    assert main(["generate", str(short), "-m", "bells", "-o", "out.wav", "--steps", "2", "-p", "a bell", *asked]) == 0
    assert soundfile.info("out.wav").frames == 48000
    # The same steps are not asked for a sound twice.
    (tmp_path / "films").mkdir()
    shutil.copy(make_film("heard.mp4", count=5, rate="5", audio="sine=440:d=1"), tmp_path / "films")
    sound = Path("run", "evaluated", "2", "sounds", "heard_mmhnet.wav")
    # What an interrupted one has left of the model.
    Path("run", "evaluated", "2", "model").mkdir(parents=True)
    Path("run", "evaluated", "2", "model", "network.safetensors").write_bytes(b"half")
    written = []
    for _ in range(2):
        assert main(["evaluate", "run", "--reference", "films", "--no-picture", "--jobs", "1", *asked]) == 0
        written.append(sound.stat().st_mtime_ns)
    assert written[0] == written[1]
    assert (
        Path("run", "evaluated", "2", "model", "network.safetensors").read_bytes()
        == Path("bells", "network.safetensors").read_bytes()
    )
    # What stands in the way of an export.
    run, files = read_run(Path("run")), find_model(str(tiny_model_dir))
    with pytest.raises(OutputExists):
        export(Path("run"), run, files, Path("bells"))
    with pytest.raises(TrainingInvalid, match="the codec of"):
        export(Path("run"), replace(run, parts={**run.parts, "codec": "0"}), files, Path("new"))
    Path("run", CHECKPOINT_FILE).unlink()
    with pytest.raises(TrainingInvalid, match="no step has been kept yet"):
        export(Path("run"), run, files, Path("new"))
    with pytest.raises(TrainingInvalid, match="that of a training"):
        read_run(Path("data"))
    assert not Path("new").exists()
    told = card("a|b\n# c", replace(run, licences={"x | y\n": 3}), 1, 2, {})
    assert "# a\\|b # c\n" in told
    assert "| x \\| y  | 3 |" in told
