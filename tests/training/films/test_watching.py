"""What a training tells as it goes: scores on films it does not learn from, sounds of them, and TensorBoard."""

import csv
import io
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from mmhnet_cli.errors import BadOption, ExtraMissing, OutputUnwritable, TrainingInvalid
from mmhnet_cli.media.audio_file import read_audio
from mmhnet_cli.model.network import Network
from mmhnet_cli.models.checkpoint import read_tensors
from mmhnet_cli.models.registry import find_model
from mmhnet_cli.training.films.batches import FilmBatches
from mmhnet_cli.training.films.config import read_run_config
from mmhnet_cli.training.films.example import origin_of
from mmhnet_cli.training.films.held import kept_out
from mmhnet_cli.training.films.index import read_index
from mmhnet_cli.training.films.parts import part_digests
from mmhnet_cli.training.films.run_folder import CHECKPOINT_FILE, read_run
from mmhnet_cli.training.films.samples import picture
from mmhnet_cli.training.films.scoring import Scores
from mmhnet_cli.training.films.train import Training, train
from mmhnet_cli.training.trainer import Trainer, TrainerConfig
from tests.full_disk import files_of_at_most
from tests.model.small import SMALL
from tests.tiny_model import tiny_model_dir
from tests.training.films.drawn import drawn_data, small_recipe
from tests.training.films.test_export import recipe_of

__all__ = ["tiny_model_dir"]
CPU = torch.device("cpu")


def table(out: Path) -> list[dict[str, str]]:
    with (out / "log.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_films_are_kept_out_whole_and_stretches_have_no_gap(tmp_path: Path) -> None:
    index = read_index(drawn_data(tmp_path, clips=27, films=3))
    trained, held = kept_out(index, 2, seed=0)
    [film] = {clip.film for clip in held.clips}
    assert [clip for clip in index.clips if clip.film != film] == list(trained.clips)
    assert [clip.start_s for clip in held.clips] == [8 * number for number in range(9)]
    assert [[clip.start_s for clip in stretch] for stretch in held.stretches] == [[0, 8, 16, 24], [32, 40, 48, 56]]
    assert trained.licences() == {f"CC{other}": 9 for other in range(3) if other != film}
    gap = replace(index, clips=tuple(clip for clip in index.clips if clip.start_s != 16))
    starts = [[clip.start_s for clip in stretch] for stretch in kept_out(gap, 2, seed=0)[1].stretches]
    assert starts == [[24, 32, 40, 48]]
    assert {kept_out(index, 1, seed)[1].clips[0].film for seed in range(9)} == {0, 1, 2}
    assert kept_out(index, 0, 0) == (index, kept_out(index, 0, 1)[1])
    assert len(kept_out(index, 10, 0)[1].clips) == 18
    with pytest.raises(BadOption, match="held_out"):
        kept_out(index, 19, 0)


@pytest.mark.slow
def test_a_training_is_scored_sampled_and_shown(tiny_model_dir: Path, tmp_path: Path) -> None:
    files = find_model(str(tiny_model_dir))
    origin = origin_of(files, str(tiny_model_dir))
    data = drawn_data(tmp_path / "data", clips=8, films=2, origin=origin, parts=part_digests(files))
    recipe = recipe_of(tiny_model_dir, tmp_path / "recipe.toml")
    lines = "steps = 4\nheld_out = 3\nsample_every = 2\nsample_clips = 1\nema_decay = 0.5\nworkers = 0"
    recipe.write_text(recipe.read_text().replace("steps = 2", lines))
    asked = Training(*read_run_config(str(recipe)), data, tmp_path / "run", CPU, tensorboard=True)
    values = train(asked, str).values
    rows = table(asked.out)
    assert [row["held"] != "" for row in rows] == [row["long"] != "" for row in rows] == [False, True, False, True]
    assert values["held"] == pytest.approx(float(rows[3]["held"]), rel=1e-4)
    samples = asked.out / "samples"
    assert sorted(path.relative_to(samples).as_posix() for path in samples.rglob("*.*")) == [
        f"{step}/01.{kind}" for step in ("000002", "000004", "true") for kind in ("png", "wav")
    ]
    sounds = [read_audio(samples / step / "01.wav") for step in ("000002", "000004", "true")]
    samples_each = origin.shapes.latents[0] * origin.sequence.samples_per_latent
    assert {(sound.shape, rate) for sound, rate in sounds} == {((1, samples_each), origin.sequence.sample_rate_hz)}
    assert np.abs(sounds[0][0] - sounds[1][0]).max() > 0
    with Image.open(samples / "true" / "01.png") as image:
        assert image.size == (800, 128)
    run = read_run(asked.out)
    assert (run.clips, run.films, len(run.licences)) == (4, 1, 1)
    events = EventAccumulator(str(asked.out / "tensorboard")).Reload()
    flow = [(event.step, event.value) for event in events.Scalars("flow")]
    assert flow == [(n + 1, pytest.approx(float(row["flow"]), rel=1e-4)) for n, row in enumerate(rows)]
    assert len(events.Scalars("long")) == 2
    # What has to be done again counts once.
    (asked.out / CHECKPOINT_FILE).unlink()
    train(asked, str)
    events = EventAccumulator(str(asked.out / "tensorboard")).Reload()
    assert [event.step for event in events.Scalars("flow")] == [1, 2, 3, 4]
    # Nothing of this changes what is learnt, and nothing is made of a model that is another by now.
    unseen = replace(asked, out=tmp_path / "unseen", config=replace(asked.config, sample_every=0), tensorboard=False)
    train(unseen, str)
    ours, theirs = (read_tensors(out / CHECKPOINT_FILE)[0] for out in (asked.out, unseen.out))
    assert all(torch.equal(value, theirs[name]) for name, value in ours.items())
    other = drawn_data(tmp_path / "other", clips=8, films=2, origin=origin)
    with pytest.raises(TrainingInvalid, match="the codec of"):
        train(replace(asked, data=other, out=tmp_path / "changed"), str)


@pytest.mark.slow
def test_scores_are_of_the_average_and_stay_the_same(tmp_path: Path) -> None:
    data = drawn_data(tmp_path / "data", clips=10, films=2)
    recipe = small_recipe(tmp_path / "recipe.toml", accumulate=1, held_out=5, sample_every=4, sample_clips=0)
    asked = Training(*read_run_config(str(recipe)), data, tmp_path / "run", CPU)
    found = train(asked, str).values
    again = train(replace(asked, out=tmp_path / "again"), str).values
    assert (found["held"], found["long"]) == (again["held"], again["long"])
    network = Network(SMALL)
    tensors = read_tensors(asked.out / CHECKPOINT_FILE)[0]
    start = read_tensors(asked.out / "start.safetensors")[0]
    averages = {name.removeprefix("average."): value for name, value in tensors.items() if name.startswith("average.")}
    network.load_state_dict(start | averages)
    index, held = kept_out(read_index(data), 5, 0)
    batches = FilmBatches(data, index, asked.config, 1)
    scores = Scores(held, batches.example, torch.ones(5), (0.0, 1.0))(network)
    assert scores["held"] == pytest.approx(found["held"], rel=1e-5)
    assert scores["long"] == pytest.approx(found["long"], rel=1e-5)


def test_the_average_is_lent_and_taken_back(tmp_path: Path) -> None:
    torch.manual_seed(0)
    module = torch.nn.Linear(2, 2)

    def loss(module: torch.nn.Module, batch: torch.Tensor, generator: torch.Generator):
        error = module(batch).square().mean()
        return error, {"error": float(error.detach())}

    trainer = Trainer(module, loss, lambda step: torch.ones(1, 2), TrainerConfig(steps=3), tmp_path)
    trainer.run(str)
    learnt, average = module.weight.detach().clone(), trainer.average["weight"].clone()
    with pytest.raises(KeyError), trainer.averaged():
        assert torch.equal(module.weight, average)
        raise KeyError
    assert torch.equal(module.weight, learnt) and torch.equal(trainer.average["weight"], average)
    assert not torch.equal(learnt, average)


def test_a_tone_is_a_line_of_its_pitch() -> None:
    tone = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(48000) / 48000).astype(np.float32)
    with Image.open(io.BytesIO(picture(tone, 48000))) as image:
        shades = np.asarray(image.convert("L"), float)
    band = 128 - 1 - int(128 * np.log(1000 / 40) / np.log(20000 / 40))
    assert abs(int(shades[:, 400].argmax()) - band) <= 1
    assert not shades.std(1)[band] > 20


def test_what_is_missing_for_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = drawn_data(tmp_path / "data", clips=8, films=2)
    asked = Training(*read_run_config(str(small_recipe(tmp_path / "recipe.toml"))), data, tmp_path / "run", CPU)
    monkeypatch.setitem(sys.modules, "tensorboard.compat.proto.event_pb2", None)
    with pytest.raises(ExtraMissing):
        train(replace(asked, tensorboard=True), str)
    for changes, name in (({"sample_every": 3, "log_every": 2}, "sample_every"), ({"sample_every": 1}, "held_out")):
        with pytest.raises(BadOption) as raised:
            read_run_config(str(small_recipe(tmp_path / "recipe.toml", **changes)))
        assert raised.value.name == name


@pytest.mark.slow
@pytest.mark.parametrize(("part", "most_bytes"), [("tensorboard", 450), ("log.csv", 100)])
def test_a_full_disk_beside_the_checkpoint_is_one_error(tmp_path: Path, part: str, most_bytes: int) -> None:
    data, recipe = drawn_data(tmp_path / "data"), small_recipe(tmp_path / "recipe.toml", accumulate=1)
    asked = Training(*read_run_config(str(recipe)), data, tmp_path / "run", CPU, tensorboard=part == "tensorboard")
    with ExitStack() as disk, pytest.raises(OutputUnwritable, match=f"{part}.*File too large"):
        train(asked, str, lambda done, steps: done == 3 and disk.enter_context(files_of_at_most(most_bytes)))
    assert read_tensors(asked.out / CHECKPOINT_FILE)[1]["step"] == "2"
    assert train(asked, str).steps == 4
    assert [row["step"] for row in table(asked.out)] == ["1", "2", "3", "4"]


@pytest.mark.slow
def test_a_log_of_before_goes_on(tmp_path: Path) -> None:
    data, recipe = drawn_data(tmp_path / "data"), small_recipe(tmp_path / "recipe.toml", accumulate=1)
    asked = Training(*read_run_config(str(recipe)), data, tmp_path / "run", CPU)
    train(asked, str)
    text = (asked.out / "log.csv").read_text()
    rows = [line.split(",") for line in text.splitlines()]
    (asked.out / "log.csv").write_text("".join(",".join([*row[:6], row[8]]) + "\n" for row in rows))
    train(asked, str)
    assert (asked.out / "log.csv").read_text() == text
