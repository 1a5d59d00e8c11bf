"""Films are looked at in processes that may die or hang: each costs its own film, and no other."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mmhnet_cli.errors import BadOption, FilmNotFound, FilmUnreadable, MMHNetError, OutputUnwritable
from mmhnet_cli.pipeline.batch import looking
from mmhnet_cli.pipeline.batch.looking import look_at_all
from mmhnet_cli.pipeline.prepare import GenerateRequest, Job
from tests.conftest import MakeFilm
from tests.tiny_model import tiny_model_dir

__all__ = ["tiny_model_dir"]

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


def looker_of(seen: set[int]) -> int:
    """A process that has begun to look and was not seen before."""
    me = os.getpid()
    while True:
        for task in Path(f"/proc/{me}/task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                if child not in seen and b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                    seen.add(child)
                    return child
        time.sleep(0.005)


@linux
def test_a_reader_that_dies_costs_one_film(request_for: Callable[..., GenerateRequest]) -> None:
    def kill() -> None:
        os.kill(looker_of(set()), signal.SIGSEGV)

    requests = [request_for(name) for name in ("a.mp4", "b.mp4", "c.mp4")]
    killer = threading.Thread(target=kill)
    killer.start()
    first, *others = look_at_all(requests, 1)
    killer.join()
    assert first == (FilmUnreadable(requests[0].film, "it crashed its reader (signal 11)"),)
    assert [isinstance(job, Job) for job in others] == [True, True]


@linux
def test_a_reader_that_hangs_costs_one_film(
    request_for: Callable[..., GenerateRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Stopped, a process answers as little as one that is caught in a loop.
    def stop() -> None:
        os.kill(looker_of(set()), signal.SIGSTOP)

    monkeypatch.setattr(looking, "SLOWEST_BYTES_PER_S", 1e12)
    requests = [request_for(name) for name in ("a.mp4", "b.mp4")]
    stopper = threading.Thread(target=stop)
    stopper.start()
    first, second = look_at_all(requests, 1, patience_s=20)
    stopper.join()
    assert first == (FilmUnreadable(requests[0].film, "its reader did not come to an end in 20 s"),)
    assert isinstance(second, Job)
