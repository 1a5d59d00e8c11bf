"""Real worker processes on this machine: what they see of it, and what becomes of the place of one that dies."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from mmhnet_cli.errors import FilmFailed, WorkerLost
from mmhnet_cli.pipeline.asking.prepare import prepare
from mmhnet_cli.pipeline.batch import local
from mmhnet_cli.pipeline.batch.journal import Journal
from mmhnet_cli.pipeline.batch.local import LocalExecutor
from mmhnet_cli.pipeline.batch.task import Outcome, Task
from mmhnet_cli.pipeline.delivery.lock import lock_of
from mmhnet_cli.pipeline.request import GenerateRequest, Job
from tests.conftest import MakeFilm
from tests.tiny_model import tiny_model_dir

pytestmark = pytest.mark.processes

__all__ = ["tiny_model_dir"]

LIMIT_S = 600
"""After which nothing is waited for any more: a machine with other work takes minutes to start a worker."""


@dataclass(frozen=True)
class Asks(Task):
    """Fails with what its worker sees of the GPUs."""

    @property
    def outputs(self) -> tuple[Path, ...]:
        raise LookupError(os.environ["CUDA_VISIBLE_DEVICES"])


@dataclass(frozen=True)
class Kills(Task):
    """Takes its worker with it."""

    @property
    def outputs(self) -> tuple[Path, ...]:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError


@dataclass(frozen=True)
class Takes(Task):
    """Holds its worker up, in a step that nothing can end."""

    run: int = 0
    seconds: float = LIMIT_S

    @property
    def outputs(self) -> tuple[Path, ...]:
        if os.getpid() != self.run:
            time.sleep(self.seconds)
        return super().outputs


@dataclass(frozen=True)
class Pauses(Takes):
    """Ends its step after two seconds."""

    seconds: float = 2.0


@pytest.fixture
def job(make_film: MakeFilm, tiny_model_dir: Path, tmp_path: Path) -> Job:
    return prepare(GenerateRequest(make_film("12.mp4", count=12), model=str(tiny_model_dir), output_dir=tmp_path))


@contextmanager
def workers(jobs: int, folder: Path, gpus: Sequence[str] = ()) -> Iterator[LocalExecutor]:
    executor = LocalExecutor(jobs, 1, folder / "journal.jsonl", gpus)
    try:
        yield executor
    finally:
        executor.close()


def outcomes(executor: LocalExecutor, count: int) -> dict[str, Outcome]:
    found: dict[str, Outcome] = {}
    while len(found) < count:
        events = list(executor.events(LIMIT_S))
        assert events, "workers say nothing"
        found |= {event.name: event for event in events if isinstance(event, Outcome)}
    return found


@pytest.mark.skipif(sys.platform == "win32", reason="kills as POSIX does")
def test_each_worker_sees_one_gpu_and_leaves_it_to_the_next(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-5f2a,3")
    # Each with a report of its own, or one would find the other at work on it.
    a, b, c, d = (replace(job, report=tmp_path / f"{name}.json") for name in "abcd")
    with workers(2, tmp_path, ("GPU-5f2a", "3")) as executor:
        executor.submit(Asks("a", a, ""))
        executor.submit(Kills("b", b, ""))
        first = outcomes(executor, 2)
        executor.submit(Asks("c", c, ""))
        executor.submit(Asks("d", d, ""))
        found = first | outcomes(executor, 2)
    film = job.film.path
    assert {name: (outcome.worker, outcome.error) for name, outcome in found.items()} == {
        "a": ("worker 1", FilmFailed(film, "LookupError: GPU-5f2a")),
        "b": ("worker 2", WorkerLost(film, "signal 9")),
        "c": ("worker 1", FilmFailed(film, "LookupError: GPU-5f2a")),
        "d": ("worker 3", FilmFailed(film, "LookupError: 3")),
    }


def test_the_patience_ends_before_that_of_those_who_stop_a_run() -> None:
    """Kubernetes and Slurm kill after 30 s what they asked to end, unless they are told otherwise: the rest is for what
    follows the workers' end, and whoever waits for less than a step lets nobody finish one."""
    assert 5.0 < local.STOP_S < 0.8 * 30


def test_a_worker_in_the_middle_of_a_step_is_waited_for(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Of the two seconds that the step takes, a machine with other work makes many; of no patience it makes none.
    monkeypatch.setattr(local, "STOP_S", 5 * local.STOP_S)
    lock = lock_of(job.report)
    with workers(1, tmp_path) as executor:
        [process] = multiprocessing.active_children()
        executor.submit(Pauses("a", job, "", run=os.getpid()))
        end = time.monotonic() + LIMIT_S
        while not lock.exists():
            assert time.monotonic() < end
            time.sleep(0.01)
    assert process.exitcode == 128 + signal.SIGTERM, "not killed"


def test_a_worker_that_cannot_end_in_time_leaves_nothing(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "STOP_S", 0.1)
    lock = lock_of(job.report)
    with workers(1, tmp_path) as executor:
        executor.submit(Takes("a", job, "", run=os.getpid()))
        end = time.monotonic() + LIMIT_S
        while not lock.exists():
            assert time.monotonic() < end
            time.sleep(0.01)
    assert not lock.exists()
    journal = Journal(tmp_path / "journal.jsonl")
    assert [(event.film, event.kind) for event in journal.events()] == [("a", "interrupted")]


def test_workers_that_cannot_end_in_time_share_the_time_they_have(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "STOP_S", 2.0)
    jobs = [replace(job, report=tmp_path / f"{name}.json") for name in "abc"]
    with workers(3, tmp_path) as executor:
        for one in jobs:
            executor.submit(Takes(one.report.stem, one, "", run=os.getpid()))
        end = time.monotonic() + LIMIT_S
        while not all(lock_of(one.report).exists() for one in jobs):
            assert time.monotonic() < end
            time.sleep(0.01)
        began = time.monotonic()
    # One after the other would take 3 times as long.
    assert time.monotonic() - began < 2.5 * 2.0
    assert [path.name for path in tmp_path.iterdir()] == ["journal.jsonl"]
    events = Journal(tmp_path / "journal.jsonl").events()
    assert sorted((event.film, event.kind) for event in events) == [(name, "interrupted") for name in "abc"]


@pytest.mark.parametrize(
    ("gpus", "expected"),
    [((), ["", "a", "ab", "abc"]), (("0",), ["", "a", "ab", "abc"]), (("0", "1"), ["", "", "a", "b"])],
)
def test_films_share_the_memory_of_their_gpu(
    job: Job, tmp_path: Path, gpus: tuple[str, ...], expected: list[str]
) -> None:
    found = []
    with workers(2, tmp_path, gpus) as executor:
        for name in "abcd":
            found.append("".join(sorted(task.name for films in executor.beside for task in films)))
            executor.submit(Task(name, job, ""))
    assert found == expected


def test_torch_comes_after_the_choice_of_the_gpu() -> None:
    # What a worker imports before its first line runs.
    script = "import sys, mmhnet_cli.pipeline.batch.local; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[3], check=False).returncode == 0
