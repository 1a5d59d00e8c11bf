"""One file over HTTP: continued where it stopped, checked while it arrives, in place only when it is right."""

import re
import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

from mmhnet_cli.errors import CacheUnwritable, DigestMismatch, DownloadDenied, DownloadFailed, DownloadMissing
from mmhnet_cli.models.digests import Digests
from mmhnet_cli.models.growing import GrowingFile
from mmhnet_cli.models.http import Answer, Broken, Pace, ask, refuse_packed
from mmhnet_cli.models.store import writing

TRIES_WITHOUT_PROGRESS = 3
LEAST_PROGRESS_BYTES = 1 << 16
"""A try that brings less counts as one without progress: a server that gives a byte a try would never be given up."""
PAUSE_S = 1.0

# Answers that may be other ones a second later.
_PASSING = frozenset({408, 429, 500, 502, 503, 504})
_DENIED = frozenset({401, 403})
_GONE = frozenset({404, 410})

_CONTENT_RANGE = re.compile(r"bytes (?:(\d{1,18})-\d{1,18}|\*)/(\d{1,18})")
_CONTENT_LENGTH = re.compile(r"\d{1,18}")

# bytes done, bytes in all
Watch = Callable[[int, int], None]


@dataclass(frozen=True)
class Remote:
    """A file on a server."""

    name: str
    """An error calls it so."""
    url: str
    limit_bytes: int
    """A longer answer is refused."""
    size: int | None = None
    """The file must have it, as `sha256` and `md5`; None where nobody knows."""
    sha256: str | None = None
    md5: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def fetch(remote: Remote, target: Path, watch: Watch, pause_s: float = PAUSE_S, pace: Pace = Pace()) -> Digests:
    """Download to `target`; what arrives waits in `target.part` until it is whole and has the right digests.

    The caller holds the lock of `target`. A connection that breaks is taken up again where it broke, as long as each
    try brings something; what has arrived when it fails in the end is the beginning of the next call. A server that
    does not go on where it stopped, but begins anew, does so in `target.anew`: what it sends may be another thing, and
    the part that is here is only let go of for a whole file that is the right one.

    Raises DownloadFailed, DownloadMissing, DownloadDenied, DigestMismatch or CacheUnwritable.
    """
    partial, anew = (target.with_name(target.name + suffix) for suffix in (".part", ".anew"))
    with writing(partial):
        partial.parent.mkdir(parents=True, exist_ok=True)
        anew.unlink(missing_ok=True)
    try:
        with closing(_Transfer(remote, GrowingFile(partial), anew, watch, pace)) as transfer:
            _run_to_the_end(transfer, pause_s)
            arrived, digests = transfer.file.path, transfer.finish()
        if (differs := digests.mismatch(remote.sha256, remote.md5)) is not None:
            arrived.unlink(missing_ok=True)
            raise DigestMismatch(remote.name, *differs)
        with writing(target):
            arrived.replace(target)
            partial.unlink(missing_ok=True)
    finally:
        anew.unlink(missing_ok=True)
        if partial.exists() and partial.stat().st_size == 0:
            partial.unlink()
    return digests


def _run_to_the_end(transfer: "_Transfer", pause_s: float) -> None:
    tries = 0
    while not transfer.whole:
        before = transfer.file.size
        try:
            transfer.run()
        except Broken as error:
            tries = 1 if transfer.file.size - before >= LEAST_PROGRESS_BYTES else tries + 1
            if tries >= TRIES_WITHOUT_PROGRESS:
                raise DownloadFailed(transfer.remote.name, str(error)) from error
            time.sleep(pause_s * tries)


class _Transfer:
    """The state of one download: the file that grows, and where a server that begins anew is to write."""

    def __init__(self, remote: Remote, file: GrowingFile, anew: Path, watch: Watch, pace: Pace) -> None:
        self.remote, self.file, self.anew, self.watch, self.pace = remote, file, anew, watch, pace
        self.whole = False

    def close(self) -> None:
        """Close the files; what has arrived stays."""
        self.file.close()

    def run(self) -> None:
        """Ask for what is missing and write it. Raises Broken, or the error that no second try mends."""
        remote = self.remote
        headers = {**remote.headers, **({"Range": f"bytes={self.file.size}-"} if self.file.size else {})}
        with ask(remote.name, "GET", remote.url, headers, self.pace) as answer:
            if answer.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                self._nothing_behind_the_end(answer)
                return
            self._check_status(answer)
            total = self._total(answer)
            self._check_size(total)
            if answer.status == HTTPStatus.OK:
                self._begin_anew()
            self._check_room(total)
            self._take(answer, total)
        if remote.size not in (None, self.file.size):
            raise Broken(f"it ended after {self.file.size} of {remote.size} bytes")
        self.whole = True

    def finish(self) -> Digests:
        """Bring the file to the disk."""
        self.file.sync()
        return self.file.digests()

    def _check_status(self, answer: Answer) -> None:
        status, name = answer.status, self.remote.name
        if status in _PASSING:
            raise Broken(f"the server answers {status}")
        if status in _DENIED:
            raise DownloadDenied(name, self.remote.url)
        if status in _GONE:
            raise DownloadMissing(name, f"the server answers {status}")
        if status not in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
            raise DownloadFailed(name, f"the server answers {status}")
        refuse_packed(name, answer)

    def _nothing_behind_the_end(self, answer: Answer) -> None:
        """Note that the file is whole where the server's ends here too; begin anew where it is another file by now.
        Raises Broken."""
        match = _CONTENT_RANGE.fullmatch(answer.headers.get("Content-Range", ""))
        if match is not None and int(match[2]) == self.file.size and self.remote.size in (None, self.file.size):
            self.whole = True
        else:
            self._begin_anew()
            raise Broken("the server has a shorter file")

    def _total(self, answer: Answer) -> int | None:
        """Return the length of the whole file; None where the server does not say."""
        if answer.status == HTTPStatus.PARTIAL_CONTENT:
            match = _CONTENT_RANGE.fullmatch(answer.headers.get("Content-Range", ""))
            if match is None or match[1] is None or int(match[1]) != self.file.size:
                self._begin_anew()
                raise Broken("the server sends another part than asked for")
            return int(match[2])
        length = _CONTENT_LENGTH.fullmatch(answer.headers.get("Content-Length", ""))
        return None if length is None else int(length[0])

    def _begin_anew(self) -> None:
        """Write to an empty file from here on."""
        if self.file.path == self.anew:
            self.file.clear()
        elif self.file.size:
            self.file.close()
            self.file = GrowingFile(self.anew)

    def _check_size(self, total: int | None) -> None:
        if total is None:
            return
        if self.remote.size not in (None, total):
            raise DownloadFailed(self.remote.name, f"it has {total} bytes, and should have {self.remote.size}")
        if total > self.remote.limit_bytes:
            raise DownloadFailed(self.remote.name, f"it has {total} bytes, more than {self.remote.limit_bytes}")

    def _check_room(self, total: int | None) -> None:
        free = shutil.disk_usage(self.file.path.parent).free
        if total is not None and total - self.file.size > free:
            raise CacheUnwritable(self.file.path, f"{total - self.file.size} bytes are missing, {free} are free")

    def _take(self, answer: Answer, total: int | None) -> None:
        """Write what comes, and no more of it than was announced."""
        most = min(size for size in (total, self.remote.size, self.remote.limit_bytes) if size is not None)
        before = self.file.mark()
        self.watch(self.file.size, total or self.file.size)
        for block in answer.blocks():
            if self.file.size + len(block) > most:
                # Who sends too much has not sent the file; what was here before it is as good as it was.
                self.file.restore(before)
                raise DownloadFailed(self.remote.name, f"it has more than {most} bytes")
            self.file.write(block)
            self.watch(self.file.size, total or self.file.size)
