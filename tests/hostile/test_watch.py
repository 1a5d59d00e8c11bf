"""The watcher tells every end that a task can come to."""

import ctypes
import mmap
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("processes are watched as Linux lets them be", allow_module_level=True)

from benchmarks.hostile.commands import call, command
from benchmarks.hostile.watch import Bounds, Finding, Task, Verdict, watch
from mmhnet_cli.errors import FilmNotFound, WeightsMissing

SMALL = Bounds(seconds=10, memory_bytes=100 << 20)
SHORT = Bounds(seconds=1)


def verdict_of(do: Callable[[], Finding], folder: Path, bounds: Bounds = SMALL) -> Verdict:
    ((_, verdict),) = watch([Task("1", folder / "log.txt", do)], bounds)
    return verdict


def raising(error: BaseException) -> Callable[[], Finding]:
    def do() -> Finding:
        raise error

    return do


def test_what_a_task_finds_is_passed_on(tmp_path: Path) -> None:
    found = Finding("refused", "FilmUnreadable")
    assert verdict_of(lambda: found, tmp_path).finding == found


def test_an_abort_is_told_with_its_signal(tmp_path: Path) -> None:
    def abort() -> Finding:
        os.abort()

    finding = verdict_of(abort, tmp_path).finding
    assert finding.grade == "abort"
    assert finding.words.startswith("SIGABRT")


def test_reading_where_nothing_is_kills_the_task_alone(tmp_path: Path) -> None:
    finding = verdict_of(lambda: Finding("fine", ctypes.string_at(0).decode()), tmp_path).finding
    assert (finding.grade, finding.words.split()[0]) == ("abort", "SIGSEGV")


def test_a_process_that_leaves_without_a_word_is_an_abort(tmp_path: Path) -> None:
    assert verdict_of(lambda: os._exit(3), tmp_path).finding.grade == "abort"


def ended(status: Path) -> bool:
    """Whether a process that was killed ends: its parent is gone, so nobody may have buried it yet."""
    for _ in range(100):
        try:
            if "State:\tZ" in status.read_text():
                return True
        except OSError:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.slow
def test_a_hang_ends_in_time_and_takes_its_programs_along(tmp_path: Path) -> None:
    number = tmp_path / "pid"

    def hang() -> Finding:
        child = subprocess.Popen(["sleep", "100"], start_new_session=True)
        number.write_text(str(child.pid))
        child.wait()
        return Finding("fine")

    began = time.monotonic()
    assert verdict_of(hang, tmp_path, SHORT).finding.grade == "hang"
    assert time.monotonic() - began < 50
    assert ended(Path(f"/proc/{number.read_text()}/status"))


@pytest.mark.slow
def test_the_place_of_a_hang_is_not_one_that_was_printed_before(tmp_path: Path) -> None:
    def hang() -> Finding:
        os.write(1, b'File "x/mmhnet_cli/cli/app.py", line 7\n')
        time.sleep(100)
        return Finding("fine")

    assert verdict_of(hang, tmp_path, SHORT).finding == Finding("hang", "outside of mmhnet")


@pytest.mark.slow
def test_memory_is_counted_from_where_the_task_began(tmp_path: Path) -> None:
    def take() -> Finding:
        with mmap.mmap(-1, 200 << 20) as room:
            for page in range(0, len(room), mmap.PAGESIZE):
                room[page] = 1
        return Finding("fine")

    assert verdict_of(lambda: Finding("fine"), tmp_path).memory_bytes < 100 << 20
    verdict = verdict_of(take, tmp_path)
    assert verdict.finding.grade == "memory"
    assert 200 << 20 <= verdict.memory_bytes < 300 << 20


def test_more_than_the_system_gives_is_memory_too(tmp_path: Path) -> None:
    bounds = Bounds(address_bytes=8 << 30)
    assert verdict_of(lambda: Finding("fine", str(len(bytes(64 << 30)))), tmp_path, bounds).finding.grade == "memory"


def test_an_error_that_nobody_caught_is_unforeseen(tmp_path: Path) -> None:
    assert verdict_of(raising(KeyError("width")), tmp_path).finding == Finding("unforeseen", "KeyError: 'width'")


@pytest.mark.slow
def test_tasks_side_by_side_are_told_apart(tmp_path: Path) -> None:
    tasks = [Task(str(n), tmp_path / f"{n}.txt", lambda n=n: Finding("fine", str(n))) for n in range(20)]
    found = {task.name: verdict.finding.words for task, verdict in watch(tasks, SMALL, jobs=4)}
    assert found == {str(n): str(n) for n in range(20)}


@pytest.mark.parametrize(
    ("error", "finding"),
    [
        (FilmNotFound(Path("x.mp4")), Finding("refused", "FilmNotFound")),
        (
            ExceptionGroup("both", [WeightsMissing("x", Path("y")), FilmNotFound(Path("x.mp4"))]),
            Finding("refused", "FilmNotFound, WeightsMissing"),
        ),
        (ZeroDivisionError("by nought"), Finding("unforeseen", "Unforeseen ZeroDivisionError: by nought")),
        (
            ExceptionGroup("both", [FilmNotFound(Path("x.mp4")), ZeroDivisionError("by nought")]),
            Finding("unforeseen", "Unforeseen ZeroDivisionError: by nought"),
        ),
    ],
)
def test_errors_count_as_a_user_meets_them(error: Exception, finding: Finding) -> None:
    def fail() -> None:
        raise error

    assert call(fail).finding == finding


def test_commands_count_as_a_user_meets_them(tmp_path: Path) -> None:
    assert command("probe", tmp_path / "missing.mp4").finding == Finding("refused", "FilmNotFound")
    assert command("config", "show").finding == Finding("fine")
