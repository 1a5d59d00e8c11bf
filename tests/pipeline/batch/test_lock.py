"""Locks between real processes: never two holders, nothing held by the dead, nothing left behind."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from mmhnet_cli.errors import OutputBusy, OutputUnwritable
from mmhnet_cli.pipeline.batch.lock import output_lock, remove_left_lock, waiting_lock

HOLDER = """
import sys
from pathlib import Path
from mmhnet_cli.pipeline.batch.lock import output_lock
with output_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""

# The marker is a lock of its own kind: who finds it there has company.
CONTENDER = """
import os, sys, time
from pathlib import Path
from mmhnet_cli.errors import OutputBusy
from mmhnet_cli.pipeline.batch.lock import output_lock, waiting_lock
path, rounds = Path(sys.argv[1]), int(sys.argv[2])
marker = path.with_name("marker")
done = busy = 0
print("ready", flush=True)
sys.stdin.read(1)
while done < rounds:
    try:
        with (waiting_lock if done % 2 else output_lock)(path):
            os.close(os.open(marker, os.O_CREAT | os.O_EXCL))
            time.sleep(0.001)
            os.unlink(marker)
            done += 1
    except OutputBusy:
        busy += 1
print(busy, flush=True)
"""


def start(script: str, *arguments: object) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", script, *map(str, arguments)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline().strip() in ("held", "ready")
    return process


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_another_process_is_kept_out_until_the_holder_ends(tmp_path: Path) -> None:
    report = tmp_path / "street.json"
    holder = start(HOLDER, report)
    with pytest.raises(OutputBusy) as caught, output_lock(report):
        pytest.fail("the body must not run")
    assert caught.value.path == report
    assert names(tmp_path) == {".street.json.lock"}
    with output_lock(tmp_path / "other.json"):
        assert len(names(tmp_path)) == 2
    holder.communicate("")
    assert holder.returncode == 0
    assert names(tmp_path) == set()
    with output_lock(report):
        pass


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    report = tmp_path / "street.json"
    holder = start(HOLDER, report)
    holder.kill()
    holder.communicate()
    assert names(tmp_path) == {".street.json.lock"}
    with output_lock(report), pytest.raises(OutputBusy), output_lock(report):
        pytest.fail("the body must not run")
    assert names(tmp_path) == set()


def test_threads_keep_each_other_out(tmp_path: Path) -> None:
    report = tmp_path / "street.json"
    found: list[type[BaseException] | None] = []

    def attempt() -> None:
        try:
            with output_lock(report):
                found.append(None)
        except OutputBusy as error:
            found.append(type(error))

    def run() -> None:
        thread = threading.Thread(target=attempt)
        thread.start()
        thread.join()

    with output_lock(report):
        run()
    run()
    assert found == [OutputBusy, None]


def test_many_rounds_of_four_processes_never_overlap(tmp_path: Path) -> None:
    report = tmp_path / "street.json"
    contenders = [start(CONTENDER, report, 50) for _ in range(4)]
    for contender in contenders:
        assert contender.stdin is not None
        contender.stdin.write("x")
        contender.stdin.flush()
    busy = [int(contender.communicate(timeout=300)[0]) for contender in contenders]
    assert [contender.returncode for contender in contenders] == [0] * 4
    assert sum(busy) > 0
    assert names(tmp_path) == set()


def test_waiting_ends_when_the_holder_does(tmp_path: Path) -> None:
    report = tmp_path / "street.json"
    holder = start(HOLDER, report)
    threading.Timer(0.1, holder.kill).start()
    with waiting_lock(report):
        assert holder.wait() != 0
    holder.communicate()
    assert names(tmp_path) == set()


def test_a_lock_that_is_left_is_removed_and_one_that_is_held_is_not(tmp_path: Path) -> None:
    report = tmp_path / "street.json"
    assert not remove_left_lock(report)
    holder = start(HOLDER, report)
    assert not remove_left_lock(report)
    holder.kill()
    holder.communicate()
    assert names(tmp_path) == {".street.json.lock"}
    assert remove_left_lock(report)
    assert names(tmp_path) == set()


@pytest.mark.parametrize("failure", [ValueError, OSError, KeyboardInterrupt])
def test_a_failure_inside_frees_and_passes(tmp_path: Path, failure: type[BaseException]) -> None:
    report = tmp_path / "street.json"
    with pytest.raises(failure), output_lock(report):
        raise failure
    assert names(tmp_path) == set()


def test_a_file_that_was_never_a_lock_is_one(tmp_path: Path) -> None:
    (tmp_path / ".street.json.lock").write_text("left")
    with output_lock(tmp_path / "street.json"):
        pass
    assert names(tmp_path) == set()


def test_no_folder_or_none_to_write_in(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "none" / "street.json", tmp_path / "file" / "street.json"):
        with pytest.raises(OutputUnwritable) as caught, output_lock(path):
            pytest.fail("the body must not run")
        assert caught.value.path == path


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_folder_closed_to_writing(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(OutputUnwritable), output_lock(tmp_path / "street.json"):
            pytest.fail("the body must not run")
    finally:
        tmp_path.chmod(0o700)


def test_folder_removed_while_held(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    with output_lock(folder / "street.json"):
        (folder / ".street.json.lock").unlink()
        folder.rmdir()
    assert names(tmp_path) == set()
