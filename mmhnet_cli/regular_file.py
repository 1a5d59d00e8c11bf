"""Names that may lead elsewhere: what is opened here is a regular file, not a link, a pipe or a device."""

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path

# A pipe is not waited for. Windows has neither; it opens text by default.
CAREFULLY = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def open_regular(path: Path, flags: int) -> int:
    """Open the regular file at `path` and return its descriptor; `flags` as for `os.open`. Raises OSError."""
    # Looked at before as well: a device may already do something when it is opened.
    with suppress(FileNotFoundError):
        _check(path, path.lstat().st_mode)
    descriptor = os.open(path, flags | CAREFULLY, 0o666)
    try:
        _check(path, os.fstat(descriptor).st_mode)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def read_regular(path: Path, most_bytes: int) -> bytes:
    """Return the content of a file, which may be a link's. Raises OSError, also where it is larger."""
    # A report may be a link of the user: it is only read.
    with os.fdopen(open_regular(Path(os.path.realpath(path)), os.O_RDONLY), "rb") as file:
        content = file.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise OSError(errno.EFBIG, f"it is larger than {most_bytes} bytes", str(path))
    return content


def _check(path: Path, mode: int) -> None:
    if stat.S_ISLNK(mode):
        raise OSError(errno.ELOOP, "it is a symbolic link", str(path))
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is not a regular file", str(path))
