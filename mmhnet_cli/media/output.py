"""Finished files only: work under a temporary name, then one rename."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mmhnet_cli.errors import OutputExists, OutputUnwritable
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
    """The name to write: `path`, or `name_2.ext` and so on for `rename`. None: there already, to be skipped.

    Raises OutputExists for `error`, and OutputUnwritable where a folder is in the way.
    """
    if path.is_dir():
        raise OutputUnwritable(path, "it is a folder")
    if on_exists == "overwrite" or not os.path.lexists(path):
        return path
    if on_exists == "error":
        raise OutputExists(path)
    if on_exists == "skip":
        return None
    number = 2
    while os.path.lexists(renamed := path.with_name(f"{path.stem}_{number}{path.suffix}")):
        number += 1
    return renamed


@contextmanager
def atomic_output(path: Path, on_exists: OnExists) -> Iterator[Path]:
    """Give a temporary name in the folder of `path`; at the end rename it, after any exception remove it.

    Callers that skip or rename ask `resolve_output` first and pass its answer with `error`. Raises OutputExists, or
    OutputUnwritable when the folder is missing, closed to writing, or full.
    """
    target = resolve_output(path, on_exists)
    if target is None:
        raise OutputExists(path)
    temporary = target.with_name(f"{target.stem}.part{target.suffix}")
    try:
        # A leftover of a killed run may be a link to elsewhere: never write through it. Created now, so that a folder
        # that cannot be written is known before the work, not after.
        temporary.unlink(missing_ok=True)
        temporary.open("xb").close()
        yield temporary
        _sync(temporary)
        if on_exists != "overwrite" and os.path.lexists(target):
            raise OutputExists(target)
        temporary.replace(target)
        _sync_folder(target.parent)
    except OutputUnwritable as error:
        # The user knows the file by its name; also a sound that is written on the way to a film is called after it.
        if str(error.path).startswith(str(temporary)):
            raise OutputUnwritable(target, error.reason) from error
        raise
    except OSError as error:
        # Only errors about this file: the body may also read others.
        ours = error.filename is None or Path(os.fsdecode(error.filename)) == temporary
        if ours and error.errno in UNWRITABLE:
            raise OutputUnwritable(target, error.strerror or str(error)) from error
        raise
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


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
