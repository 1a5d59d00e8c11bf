"""Finished files only: work under a name that nobody else has, then one step to the final name."""

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Literal

from mmhnet_cli.errors import OutputExists, OutputUnwritable
from mmhnet_cli.media.temporary import temporary_file
from mmhnet_cli.options import OnExists

UNWRITABLE = {
    errno.EACCES,
    errno.EDQUOT,
    errno.EFBIG,
    errno.EISDIR,
    errno.ENAMETOOLONG,
    errno.ENOENT,
    errno.ENOSPC,
    errno.ENOTDIR,
    errno.EPERM,
    errno.EROFS,
}


def resolve_output(path: Path, on_exists: OnExists) -> Path | None:
    """Return the name to write: `path`, or `name_2.ext` and so on for `rename`; None where that is to be skipped.

    Raises OutputExists for `error`, and OutputUnwritable where a folder, a pipe or a device is in the way.
    """
    there = os.path.lexists(path)
    if there and not stat.S_ISREG(mode := path.lstat().st_mode) and not stat.S_ISLNK(mode):
        raise OutputUnwritable(path, "it is a folder" if stat.S_ISDIR(mode) else "it is not a regular file")
    if path.is_dir():
        raise OutputUnwritable(path, "it is a folder")
    if on_exists == "overwrite" or not there:
        return path
    if on_exists == "error":
        raise OutputExists(path)
    if on_exists == "skip":
        return None
    number = 2
    while os.path.lexists(renamed := path.with_name(f"{path.stem}_{number}{path.suffix}")):
        number += 1
    return renamed


def same_file(path: Path, other: Path) -> bool:
    """Tell whether two names are of one file: also by a link, in another case, or where a folder is mounted twice."""
    try:
        return path.samefile(other)
    except OSError:
        return path.resolve() == other.resolve()


@contextmanager
def atomic_output(path: Path, on_exists: OnExists) -> Iterator[Path]:
    """Give a temporary name in the folder of `path`; at the end publish it, after any exception remove it.

    Callers that skip or rename ask `resolve_output` first and pass its answer with `error`. Raises OutputExists, or
    OutputUnwritable when the folder is missing, closed to writing, or full.
    """
    target = resolve_output(path, on_exists)
    if target is None:
        raise OutputExists(path)
    with unfinished(target) as temporary, errors_of(target, temporary):
        yield temporary
        publish(temporary, target, "overwrite" if on_exists == "overwrite" else "error")


@contextmanager
def unfinished(target: Path) -> Iterator[Path]:
    """Give an empty file beside `target` to write to, removed at the end unless it was published.

    It is made now, so that a folder that cannot be written is known before the work. Raises OutputUnwritable.
    """
    with ExitStack() as held:
        try:
            temporary = held.enter_context(temporary_file(target.parent, target.suffix))
        except OSError as error:
            raise _unwritable(target, error) from error
        yield temporary


@contextmanager
def errors_of(target: Path, *temporaries: Path) -> Iterator[None]:
    """Turn errors about the temporary files into OutputUnwritable of `target`, the name that the user knows."""
    try:
        yield
    except OutputUnwritable as error:
        if error.path in temporaries:
            raise OutputUnwritable(target, error.reason) from error
        raise
    except OSError as error:
        # Only errors about these files: the body may also read others.
        ours = error.filename is None or Path(os.fsdecode(error.filename)) in temporaries
        if ours and error.errno in UNWRITABLE:
            raise _unwritable(target, error) from error
        raise


def publish(
    temporary: Path, target: Path, on_exists: Literal["error", "overwrite"], replaceable: str | None = None
) -> None:
    """Give a file that is complete its name, which it has after a power cut as well.

    replaceable: SHA-256 of the one file that `error` lets be replaced. Raises OutputExists, or OSError.
    """
    _sync(temporary)
    if on_exists == "overwrite" or (replaceable is not None and is_content(target, replaceable)):
        temporary.replace(target)
    else:
        _give_free_name(temporary, target)
    _sync_folder(target.parent)


def is_content(path: Path, sha256: str) -> bool:
    """Tell whether a regular file is at `path` whose content has this SHA-256."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except OSError:
        return False


def _unwritable(target: Path, error: OSError) -> OutputUnwritable:
    return OutputUnwritable(target, error.strerror or type(error).__name__)


def _give_free_name(temporary: Path, target: Path) -> None:
    """Rename in one step, so that a file that comes under this name at the same moment is never replaced."""
    try:
        os.link(temporary, target)
    except FileExistsError as error:
        # A network file system may have done it, and lost its answer.
        if not temporary.samefile(target):
            raise OutputExists(target) from error
    except OSError:
        # No hard links here, as on exFAT: nearly as good.
        if os.path.lexists(target):
            raise OutputExists(target) from None
        temporary.replace(target)
        return
    with suppress(OSError):
        temporary.unlink()


def _sync(path: Path) -> None:
    # Without this a power cut after the rename can leave an empty file under the final name.
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    # Without this a power cut can take the new name back, after the caller has said that the file is there. Windows
    # opens no folders, and some network file systems cannot do this: there it is left to them.
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
