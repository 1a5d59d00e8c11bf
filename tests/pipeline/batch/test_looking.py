"""Films are looked at in processes that may die or hang: each costs its own film, and no other."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mmhnet_cli.errors import BadOption, FilmNotFound, FilmUnreadable, MMHNetError, OutputUnwritable
from mmhnet_cli.pipeline.batch import looking
from mmhnet_cli.pipeline.batch.looking import look_at_all
from mmhnet_cli.pipeline.request import GenerateRequest, Job
from tests.conftest import MakeFilm
from tests.tiny_model import tiny_model_dir

__all__ = ["tiny_model_dir"]

pytestmark = pytest.mark.processes

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads the children of a process as Linux has them")


@pytest.fixture
def request_for(make_film: MakeFilm, tiny_model_dir: Path, tmp_path: Path) -> Callable[..., GenerateRequest]:
    def request(name: str = "12.mp4", film: Path | None = None) -> GenerateRequest:
        film = film or make_film(name, count=12)
        return GenerateRequest(film, model=str(tiny_model_dir), device="cpu", output_dir=tmp_path)

    return request


def test_jobs_come_back_in_their_order(request_for: Callable[..., GenerateRequest]) -> None:
    requests = [request_for(name) for name in ("a.mp4", "b.mp4", "c.mp4", "d.mp4", "e.mp4")]
    told: list[int] = []
    found = look_at_all(requests, 2, told.append)
    assert [job.film.path for job in found if isinstance(job, Job)] == [request.film for request in requests]
    assert told == [1, 2, 3, 4, 5]
    assert look_at_all([], 2) == []


def test_what_is_wrong_comes_back_whole(request_for: Callable[..., GenerateRequest], tmp_path: Path) -> None:
    missing = request_for(film=tmp_path / "none.mp4")
    (tmp_path / "text.mp4").write_text("no film")
    os.mkfifo(tmp_path / "pipe.mp4")
    both = GenerateRequest(tmp_path / "none.mp4", outputs=(tmp_path / "a.txt",), model=missing.model)
    long = GenerateRequest(request_for().film, outputs=(tmp_path / ("x" * 300 + ".wav"),), model=missing.model)
    unforeseen = GenerateRequest(request_for().film, model=missing.model, start=3)  # type: ignore[arg-type]
    text, pipe = (request_for(film=tmp_path / name) for name in ("text.mp4", "pipe.mp4"))
    found = look_at_all([missing, text, pipe, both, long, unforeseen, request_for()], 1)
    assert found[0] == (FilmNotFound(missing.film),)
    kinds = [[type(error) for error in errors] for errors in found[1:6] if isinstance(errors, tuple)]
    assert kinds[:4] == [[FilmUnreadable], [FilmUnreadable], [FilmNotFound, BadOption], [OutputUnwritable]]
    assert [issubclass(kind, MMHNetError) for kind in kinds[4]] == [True]
    assert isinstance(found[6], Job)


def lookers() -> list[int]:
    """Processes that look at films, as Linux tells them."""
    children = [
        child for task in Path("/proc/self/task").iterdir() for child in (task / "children").read_text().split()
    ]
    return [int(child) for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


@linux
def test_a_reader_that_dies_costs_one_film(request_for: Callable[..., GenerateRequest]) -> None:
    def kill(done: int) -> None:
        if done == 1:
            os.kill(lookers()[0], signal.SIGSEGV)

    requests = [request_for(name) for name in ("a.mp4", "b.mp4", "c.mp4", "d.mp4")]
    first, second, *others = look_at_all(requests, 1, kill)
    assert second == (FilmUnreadable(requests[1].film, "it crashed its reader (signal 11)"),)
    assert [isinstance(job, Job) for job in (first, *others)] == [True, True, True]


@linux
def test_a_reader_that_hangs_costs_one_film(
    request_for: Callable[..., GenerateRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(done: int) -> None:
        if done == 1:
            # Stopped, a process answers as little as one that is caught in a loop.
            os.kill(lookers()[0], signal.SIGSTOP)

    monkeypatch.setattr(looking, "SLOWEST_BYTES_PER_S", 1e12)
    requests = [request_for(name) for name in ("a.mp4", "b.mp4", "c.mp4")]
    first, second, third = look_at_all(requests, 1, stop, patience_s=20)
    assert second == (FilmUnreadable(requests[1].film, "its reader did not come to an end in 20 s"),)
    assert isinstance(first, Job)
    assert isinstance(third, Job)


@linux
def test_no_reader_outlives_the_run(request_for: Callable[..., GenerateRequest]) -> None:
    look_at_all([request_for()], 2)
    assert lookers() == []


def test_where_no_process_begins_the_films_are_not_blamed(request_for: Callable[..., GenerateRequest]) -> None:
    """A script from standard input has no file that a process could begin with."""
    request = request_for()
    script = f"""
from pathlib import Path
from mmhnet_cli.pipeline.batch.looking import look_at_all
from mmhnet_cli.pipeline.request import GenerateRequest
look_at_all([GenerateRequest(Path({str(request.film)!r}), model={request.model!r})] * 3, 2)
"""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    ran = subprocess.run([sys.executable], input=script, capture_output=True, text=True, check=False, env=environment)
    assert "WorkerLost" in ran.stderr.splitlines()[-1]
