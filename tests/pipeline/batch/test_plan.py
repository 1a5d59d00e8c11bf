"""The plan of a batch: a task for each film that can be done, and what is wrong with the others."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mmhnet_cli.errors import BadOption, FilmNotFound
from mmhnet_cli.options import OutputOptions
from mmhnet_cli.pipeline.asking.prepare import prepare
from mmhnet_cli.pipeline.batch.inputs import Entry
from mmhnet_cli.pipeline.batch.places import Places
from mmhnet_cli.pipeline.batch.plan import Asked, names_of, plan
from mmhnet_cli.pipeline.estimate.machine import Machine
from mmhnet_cli.pipeline.request import GenerateRequest
from tests.conftest import MakeFilm
from tests.tiny_model import tiny_model_dir

__all__ = ["tiny_model_dir"]

MACHINE = Machine("cpu", None, None)


@pytest.fixture
def request_for(make_film: MakeFilm, tiny_model_dir: Path, tmp_path: Path) -> Callable[..., GenerateRequest]:
    film = make_film("12.mp4", count=12)

    def make(film: Path = film, **changes: Any) -> GenerateRequest:
        given = {"output": OutputOptions(on_exists="overwrite"), "output_dir": tmp_path / "sound", **changes}
        return GenerateRequest(film, model=str(tiny_model_dir), device="cpu", **given)

    return make


def asked(request: GenerateRequest, folder: str = "", *problems: Exception) -> Asked:
    return Asked(Entry(request.film, Path(folder)), request, problems)


def test_names_are_below_their_folder_and_told_apart() -> None:
    places = [("a.mp4", ""), ("a.mp4", "one"), ("a.mp4", "one"), ("b.mp4", "one/two"), ("a.mp4", "one")]
    entries = [Entry(Path("anywhere") / film, Path(folder)) for film, folder in places]
    assert names_of(entries) == ["a.mp4", "one/a.mp4", "one/a.mp4 (2)", "one/two/b.mp4", "one/a.mp4 (3)"]


@pytest.mark.processes
def test_every_film_is_a_task_or_a_problem_in_order(
    request_for: Callable[..., GenerateRequest], tmp_path: Path
) -> None:
    wrong, missing = BadOption("steps", "0", "1 or more"), tmp_path / "gone.mp4"
    films = [
        asked(request_for(name="first"), "season"),
        asked(request_for(missing, name="gone")),
        asked(request_for(name="second"), "season", wrong),
        asked(request_for(name="third"), "season"),
        asked(request_for(name="first"), "other"),
    ]
    told: list[int] = []
    found = plan(films, Places([], tmp_path / "journal.jsonl"), MACHINE, replace=True, tell=told.append)
    assert told == [1, 2, 3, 4, 5]
    assert [task.name for task in found.tasks] == ["season/12.mp4", "season/12.mp4 (3)"]
    assert [task.outputs for task in found.tasks] == [
        (tmp_path / "sound" / "first.wav",),
        (tmp_path / "sound" / "third.wav",),
    ]
    assert all(task.replace and task.memory_bytes > 0 for task in found.tasks)
    assert [problem.name for problem in found.problems] == ["gone.mp4", "season/12.mp4 (2)", "other/12.mp4"]
    gone, second, taken = (problem.errors for problem in found.problems)
    assert gone == (FilmNotFound(missing),)
    assert second == (wrong,)
    assert taken == (BadOption("--name", "first.wav", "another name than that of an output of season/12.mp4"),)


def test_no_output_takes_the_place_of_what_the_run_reads_or_of_its_journal(
    request_for: Callable[..., GenerateRequest], tmp_path: Path
) -> None:
    (tmp_path / "sound").mkdir()
    job = prepare(request_for(name="a"))
    given = tmp_path / "given.wav"
    given.write_bytes(b"")
    (tmp_path / "sound" / "a.wav").hardlink_to(given)
    with pytest.raises(BadOption, match="an input of this run"):
        Places([given], tmp_path / "journal.jsonl").take("a.mp4", job)
    # By another name on systems that do not tell letters by their case.
    with pytest.raises(BadOption, match="another file than an output"):
        Places([], tmp_path / "sound" / "A.WAV").take("a.mp4", job)
    Places([], tmp_path / "journal.jsonl").take("a.mp4", job)
