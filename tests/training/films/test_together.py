"""Several processes that train together take the steps that one takes; one that is gone ends all, and loses nothing."""

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from mmhnet_cli.errors import BadOption
from mmhnet_cli.models.checkpoint import read_tensors
from mmhnet_cli.training.ahead import Ahead
from mmhnet_cli.training.films.run_folder import CHECKPOINT_FILE
from mmhnet_cli.training.team import Share, Team
from tests.training.films.drawn import drawn_data, small_recipe

LAUNCH = ["-m", "accelerate.commands.launch", "--cpu", "--num_machines", "1", "--mixed_precision", "no"]
LAUNCH += ["--dynamo_backend", "no", "--num_processes", "2"]


class Member(Team):
    """One of several, as a launcher would make it."""

    def __init__(self, index: int, count: int) -> None:
        self.index, self.count = index, count


@pytest.mark.parametrize(("count", "batch", "accumulate"), [(1, 3, 2), (2, 4, 1), (2, 4, 6), (4, 6, 2), (3, 6, 4)])
def test_every_clip_of_a_step_is_taken_once(count: int, batch: int, accumulate: int) -> None:
    for step in (0, 3):
        taken = []
        for index in range(count):
            member = Member(index, count)
            member.check(batch, accumulate)
            for number in member.numbers(step, accumulate):
                taken += [(number, clip) for clip in member.share(accumulate).of(torch.arange(batch)).tolist()]
        first, end = step * accumulate, (step + 1) * accumulate
        assert sorted(taken) == [(number, clip) for number in range(first, end) for clip in range(batch)]
        assert member.numbers(step, accumulate).step == member.stride(accumulate)


@pytest.mark.processes
def test_batches_are_read_ahead_by_their_stride() -> None:
    ahead = Ahead(str, workers=1, stride=3)
    assert [ahead(number) for number in (1, 4, 7, 2, 5)] == ["1", "4", "7", "2", "5"]
    assert [number for number, _ in ahead.waiting] == [8]


def test_what_cannot_be_dealt_out_is_told() -> None:
    with pytest.raises(BadOption, match="multiple of 2"):
        Member(0, 4).check(5, 2)
    with pytest.raises(ValueError, match="5 is not a multiple of 2"):
        Share(0, 2).of(torch.zeros(5))


def command(recipe: Path, data: Path, out: Path) -> list[str]:
    return ["-m", "mmhnet_cli", "train", "run", str(recipe), "--data", str(data), "--out", str(out), "--device", "cpu"]


def ran(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, timeout=300, check=False)


def rows(out: Path) -> list[list[float]]:
    with (out / "log.csv").open(newline="") as file:
        return [[float(cell) for cell in row[:-1] if cell] for row in list(csv.reader(file))[1:]]


@pytest.mark.slow
@pytest.mark.processes
@pytest.mark.parametrize(("accumulate", "launched"), [(2, False), (1, True)])
def test_two_processes_learn_as_one(tmp_path: Path, accumulate: int, launched: bool) -> None:
    """With batches dealt out, and with batches cut in two; begun by ourselves, and by the launcher of accelerate."""
    data = drawn_data(tmp_path / "data")
    recipe = small_recipe(tmp_path / "recipe.toml", steps=6, batch=4 // accumulate, accumulate=accumulate)
    one = ran(command(recipe, data, tmp_path / "one"))
    assert one.returncode == 0, one.stderr
    asked = command(recipe, data, tmp_path / "two")
    two = ran(LAUNCH + asked if launched else [*asked, "--processes", "2"])
    assert two.returncode == 0, two.stderr
    assert two.stdout.count("6 steps") == 1
    found, expected = rows(tmp_path / "two"), rows(tmp_path / "one")
    assert [row[0] for row in found] == [1, 2, 3, 4, 5, 6]
    assert all(row == pytest.approx(other, rel=1e-3) for row, other in zip(found, expected, strict=True))
    ours, theirs = (read_tensors(tmp_path / name / CHECKPOINT_FILE)[0] for name in ("two", "one"))
    assert ours.keys() == theirs.keys()
    assert all(torch.allclose(value, theirs[name], atol=1e-3) for name, value in ours.items())


@pytest.mark.slow
@pytest.mark.processes
@pytest.mark.parametrize("killed", [0, 1])
def test_a_process_that_is_killed_is_one_error(tmp_path: Path, killed: int) -> None:
    data = drawn_data(tmp_path / "data")
    recipe, out = small_recipe(tmp_path / "recipe.toml", steps=100_000, save_every=50_000), tmp_path / "run"
    arguments = [sys.executable, *command(recipe, data, out), "--processes", "2", "--progress", "off"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        while process.poll() is None and not ((out / "log.csv").exists() and len(rows(out)) > 2):
            time.sleep(0.1)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        os.kill(int(children[killed]), signal.SIGKILL)
        said, told = process.communicate(timeout=120)
    assert (process.returncode, said) == (1, "")
    assert told.count("error: ") == 1, told
    assert f"A process of the training in {out} is gone: " in told
    assert ("one of those that train together" in told) is (killed == 1)
    if killed:
        assert int(read_tensors(out / CHECKPOINT_FILE)[1]["step"]) >= rows(out)[-1][0] > 2


@pytest.mark.processes
def test_more_processes_than_a_step_has_clips(tmp_path: Path) -> None:
    data, recipe = drawn_data(tmp_path / "data"), small_recipe(tmp_path / "recipe.toml", batch=3, accumulate=1)
    two = ran([*command(recipe, data, tmp_path / "run"), "--processes", "2"])
    assert (two.returncode, two.stderr.count("error: ")) == (2, 1)
    assert "batch cannot be '3'; it must be a multiple of 2" in two.stderr
