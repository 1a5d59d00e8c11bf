import errno
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest

from mmhnet_cli.errors import OutputExists, OutputUnwritable
from mmhnet_cli.media.output import atomic_output, resolve_output
from mmhnet_cli.media.temporary import OURS, remove_left
from mmhnet_cli.regular_file import open_regular, read_regular

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions and links")


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_appears_whole_under_its_name(tmp_path: Path) -> None:
    with atomic_output(tmp_path / "a.wav", "error") as temporary:
        assert temporary.parent == tmp_path
        assert OURS.fullmatch(temporary.name)
        assert temporary.suffix == ".wav"
        temporary.write_bytes(b"sound")
        assert not (tmp_path / "a.wav").exists()
    assert (tmp_path / "a.wav").read_bytes() == b"sound"
    assert names(tmp_path) == {"a.wav"}


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt, SystemExit])
def test_nothing_is_left_after_a_failure(tmp_path: Path, failure: type[BaseException]) -> None:
    (tmp_path / "a.wav").write_bytes(b"old")
    with pytest.raises(failure), atomic_output(tmp_path / "a.wav", "overwrite") as temporary:
        temporary.write_bytes(b"half")
        raise failure
    assert names(tmp_path) == {"a.wav"}
    assert (tmp_path / "a.wav").read_bytes() == b"old"


@pytest.mark.parametrize("on_exists", ["error", "skip"])
def test_existing_file_stays(tmp_path: Path, on_exists: str) -> None:
    (tmp_path / "a.wav").write_bytes(b"old")
    with pytest.raises(OutputExists), atomic_output(tmp_path / "a.wav", on_exists):
        pytest.fail("the body must not run")
    assert (tmp_path / "a.wav").read_bytes() == b"old"


def test_file_that_came_meanwhile_stays(tmp_path: Path) -> None:
    with pytest.raises(OutputExists), atomic_output(tmp_path / "a.wav", "error") as temporary:
        temporary.write_bytes(b"new")
        (tmp_path / "a.wav").write_bytes(b"theirs")
    assert (tmp_path / "a.wav").read_bytes() == b"theirs"
    assert names(tmp_path) == {"a.wav"}


def test_overwrite_and_rename(tmp_path: Path) -> None:
    for content, on_exists in [(b"1", "error"), (b"2", "overwrite"), (b"3", "rename"), (b"4", "rename")]:
        with atomic_output(tmp_path / "a.b.wav", on_exists) as temporary:
            temporary.write_bytes(content)
    assert (tmp_path / "a.b.wav").read_bytes() == b"2"
    assert (tmp_path / "a.b_2.wav").read_bytes() == b"3"
    assert (tmp_path / "a.b_3.wav").read_bytes() == b"4"


def test_resolve(tmp_path: Path) -> None:
    new, old = tmp_path / "new.wav", tmp_path / "old.wav"
    old.touch()
    assert {resolve_output(new, choice) for choice in ("error", "skip", "overwrite", "rename")} == {new}
    assert resolve_output(old, "skip") is None
    assert resolve_output(old, "overwrite") == old
    assert resolve_output(old, "rename") == tmp_path / "old_2.wav"
    with pytest.raises(OutputExists):
        resolve_output(old, "error")
    with pytest.raises(OutputUnwritable, match="folder"):
        resolve_output(tmp_path, "overwrite")


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(OutputUnwritable, match=os.strerror(errno.ENOENT)):
        atomic_output(tmp_path / "none" / "a.wav", "error").__enter__()


@posix_only
def test_folder_closed_to_writing(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(OutputUnwritable, match=os.strerror(errno.EACCES)):
            atomic_output(tmp_path / "a.wav", "error").__enter__()
    finally:
        tmp_path.chmod(0o700)


def test_full_disk(tmp_path: Path) -> None:
    with pytest.raises(OutputUnwritable) as failure, atomic_output(tmp_path / "a.wav", "error"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert failure.value.path == tmp_path / "a.wav"
    assert names(tmp_path) == set()


def test_what_cannot_be_written_is_called_by_its_name(tmp_path: Path) -> None:
    films, sounds = tmp_path / "films", tmp_path / "sounds"
    films.mkdir()
    sounds.mkdir()
    with (
        pytest.raises(OutputUnwritable) as failure,
        atomic_output(films / "a.mov", "error") as film,
        atomic_output(sounds / "a.mov", "error"),
    ):
        raise OutputUnwritable(film, "no space")
    assert failure.value == OutputUnwritable(films / "a.mov", "no space")
    with pytest.raises(OutputUnwritable) as failure, atomic_output(films / "a.mov", "error"):
        raise OutputUnwritable(tmp_path / "journal", "no space")
    assert failure.value.path == tmp_path / "journal"


@posix_only
def test_content_and_then_name_are_on_the_disk_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[tuple[bool, bool]] = []
    fsync = os.fsync

    def watched(descriptor: int) -> None:
        synced.append((os.path.samestat(os.fstat(descriptor), tmp_path.stat()), (tmp_path / "a.wav").exists()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    with atomic_output(tmp_path / "a.wav", "error"):
        assert synced == []
    # Is it the folder; does the name exist.
    assert synced == [(False, False), (True, True)]


@pytest.mark.parametrize("name", ["open", "fsync"])
def test_a_folder_that_cannot_be_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    does = getattr(os, name)

    def refuses_folders(what: Path | int, *more: int) -> int | None:
        if stat.S_ISDIR(os.fstat(what).st_mode) if isinstance(what, int) else what.is_dir():
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(what))
        return does(what, *more)

    monkeypatch.setattr(os, name, refuses_folders)
    with atomic_output(tmp_path / "a.wav", "error") as temporary:
        temporary.write_bytes(b"sound")
    assert names(tmp_path) == {"a.wav"}


def test_errors_of_other_files_are_not_renamed(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), atomic_output(tmp_path / "a.wav", "error"):
        (tmp_path / "source.mp4").open("rb")
    assert names(tmp_path) == set()


def test_files_of_the_user_that_look_temporary_stay(tmp_path: Path) -> None:
    theirs = ("a.part.wav", "a.part.wav.wav", "a.wav.part", ".mmhnet-notes.wav", ".mmhnet-0123456789abcdef.wav")
    for name in theirs:
        (tmp_path / name).write_bytes(b"precious")
    with atomic_output(tmp_path / "a.wav", "error") as temporary:
        temporary.write_bytes(b"sound")
    remove_left(tmp_path)
    assert names(tmp_path) == {"a.wav", *theirs}
    assert {(tmp_path / name).read_bytes() for name in theirs} == {b"precious"}


@posix_only
def test_a_link_under_our_mark_is_neither_followed_nor_removed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    link = tmp_path / ".mmhnet-0123456789abcdef.part.wav"
    link.symlink_to(victim)
    remove_left(tmp_path)
    assert link.is_symlink()
    assert victim.read_bytes() == b"precious"


def test_two_at_once_have_files_of_their_own_and_one_gets_the_name(tmp_path: Path) -> None:
    with atomic_output(tmp_path / "a.wav", "error") as first:
        first.write_bytes(b"first")
        with pytest.raises(OutputExists), atomic_output(tmp_path / "a.wav", "error") as second:
            second.write_bytes(b"second")
            assert first != second
            (tmp_path / "a.wav").write_bytes(b"theirs")
        (tmp_path / "a.wav").unlink()
        remove_left(tmp_path)
        assert first.read_bytes() == b"first"
    assert (tmp_path / "a.wav").read_bytes() == b"first"
    assert names(tmp_path) == {"a.wav"}


@pytest.mark.parametrize("errors", [errno.EPERM, errno.EOPNOTSUPP])
def test_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, errors: int) -> None:
    def refuses(*names: Path) -> None:
        raise OSError(errors, os.strerror(errors))

    monkeypatch.setattr(os, "link", refuses)
    for content in (b"1", b"2"):
        with pytest.raises(OutputExists) if content == b"2" else nullcontext():  # noqa: SIM117
            with atomic_output(tmp_path / "a.wav", "error") as temporary:
                temporary.write_bytes(content)
    assert (tmp_path / "a.wav").read_bytes() == b"1"
    assert names(tmp_path) == {"a.wav"}


@pytest.mark.parametrize("length", [240, 251, 255])
def test_the_longest_names(tmp_path: Path, length: int) -> None:
    target = tmp_path / ("\N{SNOWMAN}" * ((length - 4) // 3)).ljust((length - 4) - 2 * ((length - 4) // 3), "x")
    target = target.with_name(f"{target.name}.wav")
    assert len(os.fsencode(target.name)) == length
    with atomic_output(target, "error") as temporary:
        temporary.write_bytes(b"sound")
    assert names(tmp_path) == {target.name}


MAKER = """
import sys, time
from pathlib import Path
from mmhnet_cli.media.output import atomic_output
with atomic_output(Path(sys.argv[1]), "error") as temporary:
    temporary.write_bytes(b"half")
    print(temporary, flush=True)
    sys.stdin.read()
"""


@pytest.mark.processes
@posix_only
def test_what_a_killed_run_leaves_goes_with_the_next_one_and_a_living_one_keeps_its_own(tmp_path: Path) -> None:
    command = [sys.executable, "-c", MAKER, str(tmp_path / "a.mp4")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as maker:
        assert maker.stdout is not None
        left = Path(maker.stdout.readline().strip())
        remove_left(tmp_path)
        assert left.read_bytes() == b"half"
        maker.kill()
    assert left.exists()
    remove_left(tmp_path)
    assert names(tmp_path) == set()


@posix_only
@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero"), Path.mkdir])
def test_what_is_no_file_is_not_opened(tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / "x"
    make(path)
    for flags in (os.O_RDONLY, os.O_RDWR, os.O_RDWR | os.O_CREAT | os.O_APPEND):
        with pytest.raises(OSError, match=r"symbolic link|regular file|directory"):
            open_regular(path, flags)
    if not path.is_symlink():
        with pytest.raises(OutputUnwritable):
            resolve_output(path, "overwrite")
    with pytest.raises(OSError, match=r"regular file|directory"):
        read_regular(path, 10)
