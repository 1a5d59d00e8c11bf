"""The run loop with an executor in this process, and the worker that it gives films to."""

import dataclasses
import hashlib
import json
import os
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mmhnet_cli.errors import (
    FilmFailed,
    FilmNotFound,
    FilmUnreadable,
    MMHNetError,
    OutputBusy,
    OutputExists,
    WorkerLost,
)
from mmhnet_cli.options import OutputOptions, SamplerOptions
from mmhnet_cli.pipeline.asking.prepare import prepare
from mmhnet_cli.pipeline.batch.journal import Event, Journal
from mmhnet_cli.pipeline.batch.run import Policy, run
from mmhnet_cli.pipeline.batch.task import Outcome, Step, Task, alive_bytes
from mmhnet_cli.pipeline.batch.worker import Worker
from mmhnet_cli.pipeline.delivery.lock import output_lock
from mmhnet_cli.pipeline.delivery.report import Report
from mmhnet_cli.pipeline.making.load import load_model
from mmhnet_cli.pipeline.request import GenerateRequest, Job
from tests.conftest import MakeFilm
from tests.tiny_model import tiny_model_dir

__all__ = ["tiny_model_dir"]

FILM = Path("a.mp4")
LOST = WorkerLost(FILM, "signal 9")


@pytest.fixture
def job(make_film: MakeFilm, tiny_model_dir: Path, tmp_path: Path) -> Job:
    return prepare(
        GenerateRequest(
            make_film("12.mp4", count=12),
            model=str(tiny_model_dir),
            device="cpu",
            sampler=SamplerOptions(steps=1),
            output=OutputOptions(on_exists="overwrite"),
            output_dir=tmp_path,
        )
    )


class InOrder:
    """Does one film at a time, the oldest first. answer: what comes of a film the how-manieth time, from 1.

    All films share one memory.
    """

    def __init__(self, slots: int, answer: Callable[[Task, int], Outcome]) -> None:
        self.slots, self.answer = slots, answer
        self.given: list[Task] = []
        self.times: Counter[str] = Counter()
        self.together: list[tuple[str, ...]] = []
        self.place: dict[str, int] = {}

    @property
    def beside(self) -> list[list[Task]]:
        return [self.given]

    def submit(self, task: Task) -> None:
        assert len(self.given) < self.slots
        self.given.append(task)
        self.together.append(tuple(one.name for one in self.given))

    def events(self, timeout_s: float) -> Iterator[Outcome | Step]:
        task = self.given.pop(0)
        self.times[task.name] += 1
        yield Step(task.name, "here", "sample", 1, 1)
        yield self.answer(task, self.times[task.name])

    def close(self) -> None:
        assert not self.given


def tasks(job: Job, names: str, **changes: int) -> list[Task]:
    """Tasks of one letter each; changes: memory of some of them."""
    return [Task(name, job, name, memory_bytes=changes.get(name, 1)) for name in names]


def failing(**errors: list[MMHNetError]) -> Callable[[Task, int], Outcome]:
    """The errors of films, one a time; afterwards and for all others: done."""

    def answer(task: Task, time: int) -> Outcome:
        own = errors.get(task.name, [])
        error = own[time - 1] if time <= len(own) else None
        return Outcome(task.name, "done") if error is None else Outcome(task.name, "failed", error)

    return answer


def kinds(outcomes: dict[str, Outcome]) -> dict[str, str]:
    return {name: outcome.kind for name, outcome in outcomes.items()}


def test_every_film_is_told_once_and_each_step(job: Job) -> None:
    executor = InOrder(3, failing())
    told: list[Outcome | Step] = []
    outcomes = run(tasks(job, "abcde"), executor, Policy(), told.append)
    assert kinds(outcomes) == dict.fromkeys("abcde", "done")
    assert [event.name for event in told if isinstance(event, Outcome)] == list("abcde")
    assert [event.name for event in told if isinstance(event, Step)] == list("abcde")
    assert max(map(len, executor.together)) == 3


@pytest.mark.parametrize("retry", [0, 1, 2])
def test_lost_workers_and_faults_are_tried_again_bad_films_are_not(job: Job, retry: int) -> None:
    fault, bad = FilmFailed(FILM, "ValueError: x"), FilmUnreadable(FILM, "it is no film")
    executor = InOrder(2, failing(a=[LOST, LOST], b=[bad], c=[fault]))
    outcomes = run(tasks(job, "abcd"), executor, Policy(retry), lambda event: None)
    assert executor.times == {"a": min(retry, 2) + 1, "b": 1, "c": min(retry, 1) + 1, "d": 1}
    assert kinds(outcomes) == {
        "a": "done" if retry == 2 else "failed",
        "b": "failed",
        "c": "done" if retry else "failed",
        "d": "done",
    }


def test_what_is_tried_again_is_alone_so_that_no_other_is_lost_with_it(job: Job) -> None:
    executor = InOrder(3, failing(a=[LOST], b=[LOST, LOST], c=[LOST]))
    outcomes = run(tasks(job, "abcd"), executor, Policy(retry=1), lambda event: None)
    assert executor.together[-3:] == [("a",), ("b",), ("c",)]
    assert kinds(outcomes) == {"a": "done", "b": "failed", "c": "done", "d": "done"}


def test_memory_bounds_what_is_done_at_once(job: Job) -> None:
    memory = {"a": 40, "b": 60, "c": 10, "d": 500, "e": 1}
    executor = InOrder(4, failing())
    run(tasks(job, "abcde", **memory), executor, Policy(memory_bytes=100), lambda event: None)
    assert executor.together == [("a",), ("a", "b"), ("b", "c"), ("d",), ("e",)]
    for names in executor.together:
        assert len(names) == 1 or sum(memory[name] for name in names) <= 100


class InTwoMemories(InOrder):
    """Films go to the one and to the other in turn."""

    @property
    def beside(self) -> list[list[Task]]:
        return [[task for task in self.given if self.place[task.name] == len(self.together) % 2]]

    def submit(self, task: Task) -> None:
        self.place[task.name] = len(self.together) % 2
        super().submit(task)


def test_each_memory_is_bounded_by_itself(job: Job) -> None:
    executor = InTwoMemories(4, failing())
    memory = {"a": 500, "b": 90, "c": 20, "d": 10, "e": 80}
    run(tasks(job, "abcde", **memory), executor, Policy(memory_bytes=100), lambda event: None)
    # c would come beside a; d and e come beside b and c.
    assert executor.together == [("a",), ("a", "b"), ("b", "c"), ("b", "c", "d"), ("b", "c", "d", "e")]


class TwoWorkers(InTwoMemories):
    """Workers in turn, which share a memory."""

    @property
    def beside(self) -> list[list[Task]]:
        workers = [[task for task in self.given if self.place[task.name] == number] for number in (0, 1)]
        return workers if len(self.together) % 2 == 0 else workers[::-1]


def test_memory_is_what_is_alive(job: Job) -> None:
    other = dataclasses.replace(job, request=dataclasses.replace(job.request, precision="bf16"))
    films = [Task(name, job, name, memory_bytes=50, kept_bytes=40) for name in "abc"]
    films += [Task(name, other, name, memory_bytes=70, kept_bytes=60) for name in "de"]
    # One model, and what each film works with: 40 + 3 x 10, then 60 + 2 x 10; a film that waits for its model has none.
    assert [alive_bytes(films[:count]) for count in range(6)] == [0, 50, 60, 70, 70, 80]
    one, two = InOrder(5, failing()), TwoWorkers(5, failing())
    run(films, one, Policy(memory_bytes=79), lambda event: None)
    assert one.together == [("a",), ("a", "b"), ("a", "b", "c"), ("a", "b", "c", "d"), ("e",)]
    run(films[:3], two, Policy(memory_bytes=100), lambda event: None)
    # Each worker has a model of its own; a third film would be 110.
    assert two.together == [("a",), ("a", "b"), ("b", "c")]


def test_films_of_one_model_are_given_out_together(job: Job) -> None:
    other = dataclasses.replace(job, request=dataclasses.replace(job.request, precision="bf16"))
    executor = InOrder(1, failing())
    alternating = [Task(name, (job, other)[number % 2], name) for number, name in enumerate("abcdef")]
    outcomes = run(alternating, executor, Policy(), lambda event: None)
    assert [names[-1] for names in executor.together] == list("acebdf")
    assert kinds(outcomes) == dict.fromkeys("abcdef", "done")
    assert list(outcomes) == list("abcdef")


def test_after_so_many_failures_nothing_new_is_begun(job: Job) -> None:
    bad = FilmUnreadable(FILM, "it is no film")
    executor = InOrder(2, failing(b=[bad], d=[bad]))
    outcomes = run(tasks(job, "abcdefgh"), executor, Policy(max_failures=2), lambda event: None)
    # The film beside the last that failed is brought to its end.
    assert kinds(outcomes) == {"a": "done", "b": "failed", "c": "done", "d": "failed", "e": "done"}
    assert set(executor.times) == set("abcde")


class ByWorker(InOrder):
    """Does the films with a real worker."""

    def __init__(self, worker: Worker) -> None:
        super().__init__(2, lambda task, time: worker.do(task, lambda step: None))


@pytest.mark.slow
def test_a_film_of_another_run_is_asked_for_until_it_is_free(job: Job, tmp_path: Path) -> None:
    other = output_lock(job.report)
    other.__enter__()

    class Leaves(ByWorker):
        """The other run ends after the film was asked for twice."""

        def events(self, timeout_s: float) -> Iterator[Outcome | Step]:
            yield from super().events(timeout_s)
            if self.times["a"] == 2:
                other.__exit__(None, None, None)

    executor = Leaves(Worker("here", tmp_path / "journal.jsonl"))
    told: list[Outcome | Step] = []
    outcomes = run([Task("a", job, "unlike any")], executor, Policy(), told.append)
    assert kinds(outcomes) == {"a": "done"}
    assert executor.times == {"a": 3}
    assert [event.kind for event in Journal(tmp_path / "journal.jsonl").events()] == ["started", "written", "done"]
    # The wait is told once, with who is waited for.
    holder = f"process {os.getpid()} on {socket.gethostname()}"
    assert [event for event in told if isinstance(event, Outcome) and event.kind == "busy"] == [
        Outcome("a", "busy", OutputBusy(job.report, holder), worker="here")
    ]


@pytest.mark.slow
def test_only_what_a_killed_run_had_made_itself_is_replaced(job: Job, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    worker, task = Worker("here", journal.path), Task("a", job, "now")
    [output] = task.outputs
    output.write_bytes(b"somebody's")
    theirs = hashlib.sha256(b"somebody's").hexdigest()
    for event in (
        Event("started", "a", "now"),
        Event("written", "a", "now", sha256=("0" * 64,)),
        Event("written", "a", "before", sha256=(theirs,)),
        Event("written", "b", "now", sha256=(theirs,)),
        Event("interrupted", "a", "now"),
    ):
        journal.append(event)
        assert worker.do(task, lambda step: None).kind == "stale"
        assert output.read_bytes() == b"somebody's"
    # The very bytes that a run said it would put there before it was killed.
    journal.append(Event("written", "a", "now", sha256=(theirs,)))
    assert worker.do(task, lambda step: None).kind == "done"
    assert output.read_bytes() != b"somebody's"
    output.write_bytes(b"another's")
    assert worker.do(task, lambda step: None).kind == "stale"
    assert worker.do(dataclasses.replace(task, replace=True), lambda step: None).kind == "done"
    assert output.read_bytes() != b"another's"


def test_whatever_goes_wrong_is_an_outcome(job: Job, tmp_path: Path) -> None:
    worker = Worker("here", tmp_path / "journal.jsonl")

    def breaks(step: Step) -> None:
        raise ValueError("nobody foresaw this")

    fault = worker.do(Task("a", job, "now"), breaks)
    assert (fault.kind, fault.error) == ("failed", FilmFailed(job.film.path, "ValueError: nobody foresaw this"))
    gone = dataclasses.replace(job, film=dataclasses.replace(job.film, path=tmp_path / "gone.mp4"))
    missing = worker.do(Task("b", gone, "now"), lambda step: None)
    assert (missing.kind, missing.error) == ("failed", FilmNotFound(gone.film.path))
    assert {path.name for path in tmp_path.iterdir()} == {"journal.jsonl"}


def test_what_comes_while_a_film_is_made_is_not_replaced(job: Job, tmp_path: Path) -> None:
    task, [output] = Task("a", job, "now"), [output.path for output in job.outputs]

    def user_writes(step: Step) -> None:
        if step.stage == "sample" and not output.exists():
            output.write_bytes(b"somebody's")

    outcome = Worker("here", tmp_path / "journal.jsonl").do(task, user_writes)
    assert (outcome.kind, outcome.error) == ("failed", OutputExists(output))
    assert {path.name for path in tmp_path.iterdir()} == {"journal.jsonl", output.name}
    assert output.read_bytes() == b"somebody's"


def test_only_what_is_missing_is_made_again(job: Job, tmp_path: Path) -> None:
    two = prepare(dataclasses.replace(job.request, takes=2))
    worker = Worker("here", tmp_path / "journal.jsonl")
    fingerprint = Report(two, load_model(two.model, "cpu")).head["fingerprint"]
    task = Task("a", two, fingerprint)
    assert worker.do(task, lambda step: None).kind == "done"
    whole = json.loads(two.report.read_bytes())
    first, second = task.outputs
    content, times = second.read_bytes(), first.stat().st_mtime_ns
    second.unlink()
    assert worker.do(task, lambda step: None).kind == "done"
    assert (second.read_bytes(), first.stat().st_mtime_ns) == (content, times)
    again = json.loads(two.report.read_bytes())
    assert again["takes"] == whole["takes"]
    assert worker.do(task, lambda step: None).kind == "skipped"
    # One that was edited without a change of its length is the user's, though the report has its name.
    second.unlink()
    first.write_bytes(bytes(first.stat().st_size))
    assert worker.do(task, lambda step: None).kind == "stale"
    assert not any(first.read_bytes())
