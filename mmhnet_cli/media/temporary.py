"""Temporary files: names that nobody else has, known as ours, and as left behind when their maker is dead.

Each is locked by its maker as long as it lives. What bears our mark and can be locked has nobody any more.
"""

import os
import re
import secrets
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO

from mmhnet_cli.regular_file import open_regular

if sys.platform != "win32":
    import fcntl

MARK = ".mmhnet-"
"""Every file that is not for the user begins with it: it is hidden, so that nothing takes it for a film or a sound."""
OURS = re.compile(r"\.mmhnet-[0-9a-f]{16}\.(lock|part(\.[^/]*)?)")
LONGEST_SUFFIX = 16


@contextmanager
def temporary_file(folder: Path, suffix: str) -> Iterator[Path]:
    """Give an empty file of this run's own in `folder`, removed at the end if it is still there. Raises OSError.

    The name is short, so that it fits where the name of the result does.
    """
    if len(os.fsencode(suffix)) > LONGEST_SUFFIX:
        suffix = ""
    while True:
        path = folder / f"{MARK}{secrets.token_hex(8)}.part{suffix}"
        held = ExitStack()
        # Before the file is there: an interruption may come between its making and any next line.
        try:
            file = held.enter_context(path.open("xb"))
            if sys.platform == "win32":
                # There, others could neither write nor rename what is open and locked here.
                file.close()
            if _is_ours(path, file):
                yield path
                return
        finally:
            try:
                _remove(path, held)
            except BaseException:
                _remove(path, held)
                raise


def remove_left(folder: Path) -> None:
    """Remove what runs that were killed have left in `folder`. Files of living ones stay, on every machine that sees
    the locks of this one; so does everything that does not bear our mark."""
    if sys.platform == "win32":
        return
    left: list[Path] = []
    with suppress(OSError), os.scandir(folder) as entries:
        left = [folder / entry.name for entry in entries if OURS.fullmatch(entry.name)]
    for path in left:
        with suppress(OSError):
            _remove_if_free(path)


def lies_at(path: Path, descriptor: int) -> bool:
    """Tell whether an open file is the one at `path`, and not one that was removed after it had been opened.

    The path is opened, not looked up: a network file system answers a look-up from its memory, an opening never.
    """
    try:
        found = open_regular(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        return os.path.sameopenfile(descriptor, found)
    finally:
        os.close(found)


def _remove(path: Path, held: ExitStack) -> None:
    """Remove a file of ours, by a name that nobody can have guessed, and let go of its lock."""
    with suppress(OSError):
        path.unlink()
    held.close()


def _is_ours(path: Path, file: IO[bytes]) -> bool:
    """Lock a new file; return False where another run took it for a leftover in the moment before."""
    if file.closed:
        return True
    try:
        return _lock(file.fileno()) and lies_at(path, file.fileno())
    except OSError:
        # A file system without locks: nobody can take it for a leftover either.
        return True


def _remove_if_free(path: Path) -> None:
    descriptor = open_regular(path, os.O_RDWR)
    try:
        if _lock(descriptor) and lies_at(path, descriptor):
            path.unlink()
    finally:
        os.close(descriptor)


if sys.platform != "win32":

    def _lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
