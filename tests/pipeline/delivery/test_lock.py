"""Locks between real processes: never two holders, nothing held by the dead, nothing left behind."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from mmhnet_cli.errors import OutputBusy, OutputUnwritable
from mmhnet_cli.pipeline.delivery import lock as module
from mmhnet_cli.pipeline.delivery.lock import lock_of, output_lock, remove_left_lock, waiting_lock

HOLDER = """
import sys
from pathlib import Path
from mmhnet_cli.pipeline.delivery.lock import output_lock
with output_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""

# The marker is a lock of its own kind: who finds it there has company.
CONTENDER = """
import os, sys, time
from pathlib import Path
from mmhnet_cli.errors import OutputBusy
from mmhnet_cli.pipeline.delivery.lock import output_lock, waiting_lock
path, rounds = Path(sys.argv[1]), int(sys.argv[2])
marker = path.with_name("marker")
done = busy = 0
print("ready", flush=True)
sys.stdin.read(1)
while done < rounds:
    try:
        with (waiting_lock if done % 2 else output_lock)(path):
            os.close(os.open(marker, os.O_CREAT | os.O_EXCL))
            time.sleep(0.02)
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


@pytest.mark.processes
def test_another_process_is_kept_out_until_the_holder_ends(tmp_path: Path) -> None:
    report = tmp_path / "street.json"
    holder = start(HOLDER, report)
    with pytest.raises(OutputBusy) as caught, output_lock(report):
        pytest.fail("the body must not run")
    assert caught.value == OutputBusy(report, f"process {holder.pid} on {socket.gethostname()}")
    assert names(tmp_path) == {lock_of(report).name}
    with output_lock(tmp_path / "other.json"):
        assert len(names(tmp_path)) == 2
    holder.communicate("")
    assert holder.returncode == 0
    assert names(tmp_path) == set()
    with output_lock(report):
        pass


@pytest.mark.processes
def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    report = tmp_path / "street.json"
    holder = start(HOLDER, report)
    holder.kill()
    holder.communicate()
    assert names(tmp_path) == {lock_of(report).name}
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


@pytest.mark.processes
def test_many_rounds_of_four_processes_never_overlap(tmp_path: Path) -> None:
    report = tmp_path / "street.json"
    contenders = [start(CONTENDER, report, 20) for _ in range(4)]
    for contender in contenders:
        assert contender.stdin is not None
        contender.stdin.write("x")
        contender.stdin.flush()
    busy = [int(contender.communicate(timeout=300)[0]) for contender in contenders]
    assert [contender.returncode for contender in contenders] == [0] * 4
    assert sum(busy) > 0
    assert names(tmp_path) == set()


@pytest.mark.processes
def test_waiting_ends_when_the_holder_does(tmp_path: Path) -> None:
    report = tmp_path / "street.json"
    holder = start(HOLDER, report)
    threading.Timer(0.1, holder.kill).start()
    with waiting_lock(report):
        assert holder.wait() != 0
    holder.communicate()
    assert names(tmp_path) == set()


@pytest.mark.processes
def test_a_lock_that_is_left_is_removed_and_one_that_is_held_is_not(tmp_path: Path) -> None:
    report = tmp_path / "street.json"
    assert not remove_left_lock(report)
    holder = start(HOLDER, report)
    assert not remove_left_lock(report)
    holder.kill()
    holder.communicate()
    assert names(tmp_path) == {lock_of(report).name}
    assert remove_left_lock(report)
    assert names(tmp_path) == set()


@pytest.mark.parametrize("failure", [ValueError, OSError, KeyboardInterrupt])
def test_a_failure_inside_frees_and_passes(tmp_path: Path, failure: type[BaseException]) -> None:
    report = tmp_path / "street.json"
    with pytest.raises(failure), output_lock(report):
        raise failure
    assert names(tmp_path) == set()


@pytest.mark.parametrize("left", [b"", b"mmh", b"mmhnet: process 1 on here\n", b"\0" * 40])
def test_what_a_kill_or_a_power_cut_left_of_a_lock_is_one(tmp_path: Path, left: bytes) -> None:
    lock_of(tmp_path / "street.json").write_bytes(left)
    with output_lock(tmp_path / "street.json"):
        pass
    assert names(tmp_path) == set()


posix_only = pytest.mark.skipif(sys.platform == "win32", reason="POSIX links and pipes")


@posix_only
@pytest.mark.parametrize(
    "make",
    [
        lambda lock: lock.write_bytes(b"precious"),
        lambda lock: lock.symlink_to("victim"),
        lambda lock: os.link(lock.with_name("victim"), lock),
        os.mkfifo,
        Path.mkdir,
    ],
)
def test_what_mmhnet_did_not_make_is_no_lock(tmp_path: Path, make: Callable[[Path], object]) -> None:
    (tmp_path / "victim").write_bytes(b"precious")
    lock = lock_of(tmp_path / "street.json")
    make(lock)
    for kind in (output_lock, waiting_lock):
        with pytest.raises(OutputUnwritable, match=lock.name), kind(tmp_path / "street.json"):
            pytest.fail("the body must not run")
    assert (tmp_path / "victim").read_bytes() == b"precious"
    assert os.path.lexists(lock)


@pytest.mark.processes
@posix_only
def test_a_holder_that_was_stopped_is_named_after_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE_S", 0.2)
    holder = start(HOLDER, tmp_path / "j.jsonl")
    with pytest.raises(OutputUnwritable, match=f"process {holder.pid} on"), waiting_lock(tmp_path / "j.jsonl"):
        pytest.fail("the body must not run")
    holder.communicate("")


def test_one_lock_for_all_that_a_name_may_mean_and_a_short_one(tmp_path: Path) -> None:
    names = ("\N{LATIN SMALL LETTER E WITH ACUTE}.json", "E\N{COMBINING ACUTE ACCENT}.JSON")
    assert len({lock_of(tmp_path / name) for name in names}) == 1
    with output_lock(tmp_path / ("x" * 255)):
        pass


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
        lock_of(folder / "street.json").unlink()
        folder.rmdir()
    assert names(tmp_path) == set()
