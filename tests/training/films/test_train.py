"""Training on prepared films: the same whether it was broken off or not, and clear where it cannot go on."""

import csv
import json
import multiprocessing
import re
from contextlib import ExitStack
from dataclasses import MISSING, fields, replace
from pathlib import Path

import pytest
import torch

from mmhnet_cli.cli.app import main
from mmhnet_cli.errors import (
    BadOption,
    LossNotFinite,
    OutputExists,
    OutputUnwritable,
    ProcessLost,
    TrainingInvalid,
)
from mmhnet_cli.model.network import Network
from mmhnet_cli.model.variants import VARIANTS
from mmhnet_cli.models.checkpoint import read_tensors, save_tensors
from mmhnet_cli.training.films.batches import FilmBatches
from mmhnet_cli.training.films.config import SHIPPED, LoraConfig, RunConfig, read_run_config
from mmhnet_cli.training.films.first_weights import Teacher, fresh_network, take_weights
from mmhnet_cli.training.films.index import INDEX_FILE, read_index
from mmhnet_cli.training.films.run_folder import CHECKPOINT_FILE, START_FILE
from mmhnet_cli.training.films.train import Training, train
from tests.full_disk import files_of_at_most
from tests.model.small import SMALL
from tests.training.films.drawn import drawn_data, example, small_recipe

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return drawn_data(tmp_path_factory.mktemp("drawn"))


def training(data: Path, out: Path, **changes: object) -> Training:
    config, network = read_run_config(str(small_recipe(out.parent / "recipe.toml", **changes)))
    assert network == SMALL
    return Training(config, network, data, out, CPU)


def silent(line: str) -> None:
    assert line


def state(out: Path) -> dict[str, torch.Tensor]:
    return read_tensors(out / CHECKPOINT_FILE)[0]


def log(out: Path) -> list[list[str]]:
    with (out / "log.csv").open(newline="") as file:
        return [row[:-1] for row in csv.reader(file)]


@pytest.mark.slow
@pytest.mark.parametrize("workers", [0, pytest.param(1, marks=pytest.mark.processes)])
def test_an_interrupted_training_ends_as_one_that_was_not(data: Path, tmp_path: Path, workers: int) -> None:
    whole = training(data, tmp_path / "whole", workers=workers)
    trained = train(whole, silent)
    assert trained.steps == 4
    cut = replace(whole, out=tmp_path / "cut")

    def stop(done: int, steps: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(cut, silent, stop)
    assert read_tensors(cut.out / CHECKPOINT_FILE)[1]["step"] == "2"
    assert [row[0] for row in log(cut.out)] == ["step", "1", "2", "3"]
    assert train(cut, silent).steps == 4
    ours, theirs = state(cut.out), state(whole.out)
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(value, theirs[name]) for name, value in ours.items())
    assert log(cut.out) == log(whole.out)
    assert train(cut, silent).steps == 4
    start = read_tensors(cut.out / START_FILE)[0]
    assert all(not torch.equal(value, start[name.removeprefix("module.")]) for name, value in ours.items()
               if name.startswith("module.trunk") and value.ndim == 2)  # fmt: skip


@pytest.mark.slow
def test_the_loss_falls(tmp_path: Path) -> None:
    """Clips that all sound the same are soon known."""
    data = drawn_data(tmp_path / "data", latents=torch.linspace(-2, 2, 5).expand(20, 5))
    fast = {"steps": 25, "batch": 4, "accumulate": 1, "log_every": 5, "learning_rate": 2e-2}
    train(training(data, tmp_path / "run", **fast), silent)
    flow = [float(row[1]) for row in log(tmp_path / "run")[1:]]
    assert flow[-1] < 0.8 * flow[0]


def test_every_clip_has_its_turn(data: Path) -> None:
    config = read_run_config("mini")[0]
    batches = FilmBatches(data, read_index(data), replace(config, batch=3, drop_video=0.3), 1)
    rounds = [batches(number) for number in range(4)]
    firsts = [[float(one) for one in batch.latents[:, 0, 0]] for batch in rounds]
    every = sorted(float(example(number).latents[0, 0]) for number in range(6))
    assert sorted(firsts[0] + firsts[1]) == sorted(firsts[2] + firsts[3]) == every
    assert firsts[0] + firsts[1] != firsts[2] + firsts[3]
    again = FilmBatches(data, read_index(data), batches.config, 1)(2)
    assert all(torch.equal(value, getattr(again, name)) for name, value in vars(rounds[2]).items())
    for batch in rounds:
        unsaid = batch.text_mask.sum(1) == 0
        assert bool(batch.drop_text[unsaid].all())
    assert {int(count) for batch in rounds for count in batch.text_mask.sum(1)} == {0, 2, 3}
    assert 0 < sum(int(batches(number).drop_video.sum()) for number in range(20)) < 60


def test_fresh_weights_know_the_scale(data: Path) -> None:
    config = read_run_config("mini")[0]
    batches = FilmBatches(data, read_index(data), config, 1)
    latents = torch.cat([example(number).latents for number in range(6)])
    plain = fresh_network(replace(SMALL, preconditioned=False), 0, batches, False)
    assert torch.allclose(plain.latent_mean, latents.mean(0), atol=1e-5)
    assert torch.allclose(plain.latent_std, latents.std(0), atol=1e-5)
    ahead = fresh_network(SMALL, 0, batches, False)
    assert ahead.preconditioning is not None
    assert torch.allclose(ahead.preconditioning.spread, latents.square().mean(0).sqrt(), atol=1e-5)
    other = fresh_network(SMALL, 1, batches, False)
    assert torch.equal(
        ahead.builder.clip_global.weight, fresh_network(SMALL, 0, batches, False).builder.clip_global.weight
    )
    assert not torch.equal(ahead.builder.clip_global.weight, other.builder.clip_global.weight)


def test_a_teacher_gives_every_tensor_that_fits(data: Path, tmp_path: Path) -> None:
    torch.manual_seed(5)
    teacher = Network(replace(SMALL, text_dim=7))
    save_tensors(tmp_path / "network.safetensors", teacher.state_dict())
    network = Network(SMALL)
    anew = take_weights(network, Teacher("it", tmp_path / "network.safetensors", "CC0-1.0"))
    assert set(anew) == {"stacks.text.enter.weight", "empty_text"}
    ours, theirs = network.state_dict(), teacher.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours.keys() - set(anew))
    save_tensors(tmp_path / "network.safetensors", {"nothing": torch.zeros(1)})
    with pytest.raises(BadOption, match="--init-from"):
        take_weights(network, Teacher("it", tmp_path / "network.safetensors", "CC0-1.0"))


def test_configurations_of_the_package() -> None:
    found = {name: read_run_config(name) for name in SHIPPED}
    assert {name: network for name, (_, network) in found.items()} == {name: VARIANTS[name] for name in SHIPPED}
    paper = [found[name][0] for name in SHIPPED if name != "mini"]
    assert {(one.batch * one.accumulate, one.steps, one.learning_rate, one.optimiser) for one in paper} == {
        (512, 200_000, 1e-4, "adamw")
    }


@pytest.mark.parametrize(
    ("line", "name"),
    [("steps = 0", "steps"), ("stepz = 3", "stepz"), ('sizes = "xl"', "sizes"), ("network = 3", "network"),
     ("[network]\nwidth = -1", "network.width"), ("betas = [0.9]", "betas"), ("steps = ", "CONFIG")],
)  # fmt: skip
def test_a_wrong_line_of_a_configuration_is_named(tmp_path: Path, line: str, name: str) -> None:
    values = {"sizes": '"mini"', "steps": "2", "batch": "2", "learning_rate": "0.1"}
    values.pop(line.split(" = ")[0], None)
    recipe = tmp_path / "recipe.toml"
    recipe.write_text("\n".join([*(f"{key} = {value}" for key, value in values.items()), line]))
    with pytest.raises(BadOption) as raised:
        read_run_config(str(recipe))
    assert raised.value.name == name


@pytest.mark.slow
def test_a_loss_that_is_no_number_ends_it_and_loses_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Here from the sixth step on, when the clip comes whose latents are beyond all bounds."""
    data = drawn_data(tmp_path / "data", latents=torch.full((20, SMALL.latent_channels), 3e38))
    asked = training(data, tmp_path / "run", steps=30)
    with pytest.raises(LossNotFinite) as raised:
        train(asked, silent)
    assert (raised.value.step, raised.value.saved) == (10, 8)
    assert all(bool(value.isfinite().all()) for value in state(asked.out).values())
    recipe, out = str(tmp_path / "recipe.toml"), str(tmp_path / "run")
    assert main(["train", "run", recipe, "--data", str(data), "--out", out, "--device", "cpu"]) == 5
    assert "The loss is no number any more at step 18" in capsys.readouterr().err


@pytest.mark.processes
def test_a_worker_that_is_killed_is_one_error_and_no_step_is_lost(data: Path, tmp_path: Path) -> None:
    asked = training(data, tmp_path / "run", steps=30, workers=1, save_every=20)
    before = set(multiprocessing.active_children())

    def kill(done: int, steps: int) -> None:
        if done == 3:
            for worker in set(multiprocessing.active_children()) - before:
                worker.kill()

    with pytest.raises(ProcessLost, match="one that reads clips"):
        train(asked, silent, kill)
    step = int(read_tensors(asked.out / CHECKPOINT_FILE)[1]["step"])
    # What was read ahead may still be learnt.
    assert step == int(log(asked.out)[-1][0]) >= 3
    assert train(asked, silent).steps == 30


@pytest.mark.slow
def test_a_full_disk_is_one_error_and_the_checkpoint_stands(data: Path, tmp_path: Path) -> None:
    asked = training(data, tmp_path / "run", accumulate=1)
    with ExitStack() as disk, pytest.raises(OutputUnwritable, match=r"checkpoint.safetensors.*File too large"):
        train(asked, silent, lambda done, steps: done == 3 and disk.enter_context(files_of_at_most(20_000)))
    assert read_tensors(asked.out / CHECKPOINT_FILE)[1]["step"] == "2"
    assert not list(asked.out.glob("*.part"))
    assert train(asked, silent).steps == 4


@pytest.mark.slow
def test_what_does_not_fit_is_told(data: Path, tmp_path: Path) -> None:
    asked = training(data, tmp_path / "run", steps=1)
    train(asked, silent)
    with pytest.raises(TrainingInvalid) as raised:
        train(replace(asked, config=replace(asked.config, batch=3)), silent)
    assert (raised.value.key, raised.value.expected, raised.value.found) == ("config.batch", "3", "2")
    others = drawn_data(tmp_path / "others", clips=4)
    with pytest.raises(TrainingInvalid, match="the data"):
        train(replace(asked, data=others), silent)
    with pytest.raises(TrainingInvalid, match="latent_channels"):
        train(replace(asked, network=replace(SMALL, latent_channels=6), out=tmp_path / "new"), silent)
    with pytest.raises(OutputExists):
        train(replace(asked, out=others), silent)
    with pytest.raises(TrainingInvalid, match="preparing has not come to its end"):
        train(replace(asked, data=tmp_path), silent)
    shard = others / "clips-00001.safetensors"
    shard.write_bytes(shard.read_bytes()[:-4] + b"\0\0\0\1")
    with pytest.raises(TrainingInvalid, match="its SHA-256"):
        train(replace(asked, data=others, out=tmp_path / "new"), silent)


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"clips": []}, "clips"),
        ({"weights": [1.0]}, "weights"),
        ({"shards": [{"file": "../away", "sha256": "", "clips": 1}]}, "shards[0].file"),
        ({"films": [{"path": 3}]}, "films[0].prompt"),
        ({"format": 7}, "format"),
        ({"origin": None}, "origin"),
    ],
)
def test_an_index_of_a_stranger_is_not_believed(
    data: Path, tmp_path: Path, change: dict[str, object], key: str
) -> None:
    values = json.loads((data / INDEX_FILE).read_text())
    (tmp_path / INDEX_FILE).write_text(json.dumps({**values, **change}))
    with pytest.raises(TrainingInvalid) as raised:
        read_index(tmp_path)
    assert raised.value.key == key


def test_fields_of_a_configuration_are_documented() -> None:
    text = (Path(__file__).parents[3] / "docs" / "training.md").read_text("utf-8").partition("### A configuration")[2]
    rows = re.findall(r"^\| `(\w+)` \| (?:`(.*?)`)? ?\|", text, re.M)
    defaults = {
        field.name: "" if field.default is MISSING else list(field.default) if field.name == "betas" else field.default
        for field in fields(RunConfig)
    }
    assert {name: default if default in ("", "adamw") else json.loads(default) for name, default in rows} == defaults
    rows = re.findall(r"^\| `lora\.(\w+)` \| (?:`(.*?)`)? ?\|", text, re.M)
    assert {name: json.loads(default) for name, default in rows if default} == {
        field.name: list(field.default) if isinstance(field.default, tuple) else field.default
        for field in fields(LoraConfig)
        if field.default is not MISSING
    }
    assert [name for name, _ in rows] == [field.name for field in fields(LoraConfig)]
