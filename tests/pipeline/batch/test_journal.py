"""A journal survives whatever stops its writer: every line that is whole stays, a torn one costs nothing else."""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mmhnet_cli.errors import OutputUnwritable
from mmhnet_cli.pipeline.batch.journal import Event, Journal

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="POSIX limits and devices")

WRITER = """
import sys
from pathlib import Path
from mmhnet_cli.pipeline.batch.journal import Event, Journal
journal, worker, count = Journal(Path(sys.argv[1])), sys.argv[2], int(sys.argv[3])
for number in range(count):
    journal.append(Event("done", f"{worker}/{number}.mp4", "f" * 64, ("x" * 500,), worker=worker))
"""

FULL = """
import resource, sys
from pathlib import Path
from mmhnet_cli.errors import OutputUnwritable
from mmhnet_cli.pipeline.batch.journal import Event, Journal
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
journal = Journal(Path(sys.argv[1]))
for number in range(100):
    try:
        journal.append(Event("done", f"{number}.mp4"))
    except OutputUnwritable:
        print(number)
        break
"""


def start(script: str, *arguments: object) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, "-c", script, *map(str, arguments)], stdout=subprocess.PIPE, text=True)


def films(journal: Journal) -> list[str | None]:
    return [event.film for event in journal.events()]


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "mmhnet-batch.jsonl")
    assert list(journal.events()) == []
    events = [
        Event("run", worker="host"),
        Event("started", "s01/räin\n.mp4", "f" * 64, ("s01/räin.wav", "s01/räin.json"), worker="0"),
        Event("written", "s01/räin\n.mp4", "f" * 64, ("s01/räin.wav",), ("a" * 64, "b" * 64), worker="0"),
        Event(
            "failed", "broken\udcff.mp4", error="FilmUnreadable", message="It is no film.", exit_code=4, seconds=0.25
        ),
    ]
    for event in events:
        journal.append(event)
    assert list(journal.events()) == events
    lines = journal.path.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["kind"] for line in lines] == ["run", "started", "written", "failed"]
    assert names(tmp_path) == {"mmhnet-batch.jsonl"}


def test_what_was_written_is_known_by_film_and_fingerprint(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.jsonl")
    for film, fingerprint, sha256 in [("a", "1", "x"), ("a", "1", "y"), ("a", "2", "z"), ("b", "1", "w")]:
        journal.append(Event("written", film, fingerprint, sha256=(sha256,)))
    journal.append(Event("interrupted", "a", "1"))
    assert journal.written("a", "1") == {"x", "y"}
    assert journal.written("c", "1") == set()


@posix_only
@pytest.mark.parametrize(
    "make",
    [
        lambda path: path.write_bytes(b"\0\0\0\x20ftypisom\0\0\2\0"),
        lambda path: path.write_text("export PATH\n"),
        lambda path: path.write_text('{"name": "somebody", "lines": "of others"}\n'),
        lambda path: path.symlink_to(path.with_name("victim")),
        lambda path: path.symlink_to("/dev/full"),
        lambda path: os.link(path.with_name("victim"), path),
        os.mkfifo,
    ],
)
def test_what_is_no_journal_is_left_as_it_is(tmp_path: Path, make: Callable[[Path], object]) -> None:
    victim = tmp_path / "victim"
    victim.write_text("alias ls='ls -l'\n")
    path = tmp_path / "x.mp4"
    make(path)
    before = path.lstat()
    with pytest.raises(OutputUnwritable, match=r"no journal of mmhnet|symbolic link|not a regular file") as caught:
        Journal(path).append(Event("run"))
    assert caught.value.path == path
    assert (path.lstat().st_size, path.lstat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert victim.read_text() == "alias ls='ls -l'\n"


def test_times_are_utc() -> None:
    before = datetime.now(UTC)
    assert abs((datetime.fromisoformat(Event("run").time) - before).total_seconds()) < 60


@pytest.mark.slow
def test_every_torn_line_costs_only_itself(tmp_path: Path) -> None:
    whole = Journal(tmp_path / "whole.jsonl")
    whole.append(Event("started", "räin.mp4"))
    whole.append(Event("done", "räin.mp4"))
    content = whole.path.read_bytes()
    first = content.index(b"\n") + 1
    for length in range(len(content) + 1):
        journal = Journal(tmp_path / "torn.jsonl")
        journal.path.write_bytes(content[:length])
        # A line that lacks only its end is whole.
        before = (length >= first - 1) + (length >= len(content) - 1)
        assert len(list(journal.events())) == before
        journal.append(Event("done", "b.mp4"))
        assert len(films(journal)) == before + 1
        assert films(journal)[-1] == "b.mp4"


@pytest.mark.parametrize(
    "line",
    [b"", b"\0" * 40, b"\xff\xfe", b"[]", b"1", b'"x"', b"{}", b"[" * 100_000, b'{"kind": "done", "outputs": []}x']
    + [
        json.dumps({"kind": kind, "film": film, "outputs": outputs}).encode()
        for kind, film, outputs in [("new", "a", []), ([], "a", []), ("done", [], []), ("done", "a", 1)]
    ]
    + [b'{"kind": "done", "outputs": [], "other": 1}'],
)
def test_lines_of_others_are_passed_over(tmp_path: Path, line: bytes) -> None:
    journal = Journal(tmp_path / "j.jsonl")
    journal.append(Event("done", "a.mp4"))
    with journal.path.open("ab") as file:
        file.write(line)
    assert films(journal) == ["a.mp4"]
    journal.append(Event("done", "b.mp4"))
    assert films(journal) == ["a.mp4", "b.mp4"]


@pytest.mark.processes
def test_four_writers_at_once_and_a_reader(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.jsonl")
    writers = [start(WRITER, journal.path, worker, 25) for worker in range(4)]
    seen = [0]
    while any(writer.poll() is None for writer in writers):
        seen.append(len(films(journal)))
        time.sleep(0.01)
    for writer in writers:
        writer.communicate()
        assert writer.returncode == 0
    assert seen == sorted(seen)
    lines = journal.path.read_bytes().split(b"\n")
    assert lines.pop() == b""
    found = [json.loads(line)["film"] for line in lines]
    assert len(found) == 100
    for worker in range(4):
        assert [film for film in found if film.startswith(f"{worker}/")] == [f"{worker}/{n}.mp4" for n in range(25)]
    assert names(tmp_path) == {"j.jsonl"}


@pytest.mark.processes
def test_killed_at_random_moments(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.jsonl")
    moments = random.Random(5)
    for run in range(8):
        before = journal.path.stat().st_size if run else 0
        writer = start(WRITER, journal.path, run, 100_000)
        while not journal.path.exists() or journal.path.stat().st_size == before:
            time.sleep(0.002)
        time.sleep(moments.uniform(0, 0.05))
        writer.kill()
        writer.communicate()
        found = [event.film for event in journal.events() if event.worker == str(run)]
        assert found == [f"{run}/{number}.mp4" for number in range(len(found))]
    journal.append(Event("run"))
    assert [event.kind for event in journal.events()][-1] == "run"
    assert {event.worker for event in journal.events()} == {None, *map(str, range(8))}
    assert names(tmp_path) == {"j.jsonl"}


@pytest.mark.processes
@posix_only
def test_a_disk_that_gets_full_in_the_middle_of_a_line(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.jsonl")
    full = start(FULL, journal.path)
    count = int(full.communicate()[0])
    assert journal.path.stat().st_size == 1000
    assert films(journal) == [f"{number}.mp4" for number in range(count)]
    journal.append(Event("done", "later.mp4"))
    assert films(journal) == [*(f"{number}.mp4" for number in range(count)), "later.mp4"]
    assert names(tmp_path) == {"j.jsonl"}


def test_folder_removed_while_running(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "out" / "j.jsonl")
    journal.path.parent.mkdir()
    journal.append(Event("run"))
    journal.path.unlink()
    journal.path.parent.rmdir()
    with pytest.raises(OutputUnwritable) as caught:
        journal.append(Event("run"))
    assert caught.value.path == journal.path
    assert list(journal.events()) == []


def test_a_folder_in_the_way(tmp_path: Path) -> None:
    with pytest.raises(OutputUnwritable):
        Journal(tmp_path).append(Event("run"))
    with pytest.raises(OutputUnwritable, match="read back"):
        list(Journal(tmp_path).events())
