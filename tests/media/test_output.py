import errno
import os
import stat
import sys
from pathlib import Path

import pytest

from mmhnet_cli.errors import OutputExists, OutputUnwritable
from mmhnet_cli.media.output import atomic_output, resolve_output

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions and links")


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_appears_whole_under_its_name(tmp_path: Path) -> None:
    with atomic_output(tmp_path / "a.wav", "error") as temporary:
        assert temporary == tmp_path / "a.part.wav"
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
        raise OutputUnwritable(film.with_name(f"{film.name}.wav"), "no space")
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
        found = os.fstat(what) if isinstance(what, int) else what.stat()
        if stat.S_ISDIR(found.st_mode):
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


@posix_only
def test_leftover_link_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    (tmp_path / "a.part.wav").symlink_to(victim)
    with atomic_output(tmp_path / "a.wav", "error") as temporary:
        temporary.write_bytes(b"sound")
    assert victim.read_bytes() == b"precious"
    assert (tmp_path / "a.wav").read_bytes() == b"sound"
