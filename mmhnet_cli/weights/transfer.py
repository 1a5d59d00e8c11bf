"""One file over HTTP: continued where it stopped, checked while it arrives, in place only when it is right."""

import os
import re
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from io import FileIO
from pathlib import Path
from typing import Any

from huggingface_hub import utils

from mmhnet_cli.errors import CacheUnwritable, DigestMismatch, DownloadDenied, DownloadFailed, DownloadMissing
from mmhnet_cli.weights.digests import BLOCK_BYTES, Digests, Hasher
from mmhnet_cli.weights.hub import reason
from mmhnet_cli.weights.store import writing

TIMEOUT_S = 30.0
TRIES_WITHOUT_PROGRESS = 3
PAUSE_S = 1.0

# Answers that may be other ones a second later.
_PASSING = frozenset({408, 429, 500, 502, 503, 504})
_DENIED = frozenset({401, 403})
_GONE = frozenset({404, 410})

_CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-\d+|\*)/(\d+)")

# bytes done, bytes in all
Watch = Callable[[int, int], None]


@dataclass(frozen=True)
class Remote:
    """A file on a server.

    name: what to call it in an error. limit_bytes: a longer answer is refused.
    size, sha256, md5: what it must be; None where nobody knows.
    """

    name: str
    url: str
    limit_bytes: int
    size: int | None = None
    sha256: str | None = None
    md5: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def fetch(remote: Remote, target: Path, watch: Watch, pause_s: float = PAUSE_S) -> Digests:
    """Download to `target`; what arrives waits in `target.part` until it is whole and has the right digests.

    The caller holds the lock of `target`. A connection that breaks is taken up again where it broke, as long as each
    try brings something; what has arrived when it fails in the end is the beginning of the next call.

    Raises DownloadFailed, DownloadMissing, DownloadDenied, DigestMismatch or CacheUnwritable.
    """
    partial = target.with_name(target.name + ".part")
    with writing(partial):
        partial.parent.mkdir(parents=True, exist_ok=True)
        # Without a buffer: what the disk refuses is refused here, and not when the file is closed.
        file = partial.open("r+b" if partial.exists() else "w+b", buffering=0)
    try:
        with file:
            transfer = _Transfer(remote, partial, file, watch)
            _run_to_the_end(transfer, pause_s)
            digests = transfer.finish()
    finally:
        if partial.exists() and partial.stat().st_size == 0:
            partial.unlink()
    if (differs := digests.mismatch(remote.sha256, remote.md5)) is not None:
        partial.unlink(missing_ok=True)
        raise DigestMismatch(remote.name, *differs)
    with writing(target):
        partial.replace(target)
    return digests


def leaves_https(addresses: Sequence[str]) -> bool:
    """Whether a chain of redirects that begins with https ends, or passes, without it."""
    return addresses[0].startswith("https:") and not all(address.startswith("https:") for address in addresses)


class _Broken(Exception):
    """What a second try may mend."""


def _run_to_the_end(transfer: "_Transfer", pause_s: float) -> None:
    tries = 0
    while not transfer.whole:
        before = transfer.done
        try:
            transfer.run()
        except _Broken as error:
            tries = 1 if transfer.done > before else tries + 1
            if tries >= TRIES_WITHOUT_PROGRESS:
                raise DownloadFailed(transfer.remote.name, str(error)) from error
            time.sleep(pause_s * tries)


class _Transfer:
    """The state of one download: an open file, and the digests of what is in it."""

    def __init__(self, remote: Remote, partial: Path, file: FileIO, watch: Watch) -> None:
        self.remote, self.partial, self.file, self.watch = remote, partial, file, watch
        self.hasher = Hasher()
        self.whole = False
        while block := file.read(BLOCK_BYTES):
            self.hasher.update(block)

    @property
    def done(self) -> int:
        """Bytes in the file."""
        return self.hasher.size

    def run(self) -> None:
        """Ask for what is missing and write it. Raises _Broken, or the error that no second try mends."""
        headers = {**self.remote.headers, "Accept-Encoding": "identity"}
        if self.done:
            headers["Range"] = f"bytes={self.done}-"
        try:
            with utils.get_session().stream(
                "GET", self.remote.url, headers=headers, timeout=TIMEOUT_S, follow_redirects=True
            ) as response:
                self._check_redirects(response)
                if response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                    self._nothing_behind_the_end(response)
                    return
                self._check_status(response)
                total = self._total(response)
                self._check_size(total)
                self.watch(self.done, total or self.done)
                # As the blocks come: what waits to fill a larger one is lost when the connection breaks.
                for block in response.iter_raw():
                    self._write(block, total)
                if self.remote.size not in (None, self.done):
                    raise _Broken(f"it ended after {self.done} of {self.remote.size} bytes")
                self.whole = True
        except utils.httpx.HTTPError as error:
            raise _Broken(reason(error)) from error

    def finish(self) -> Digests:
        """Bring the file to the disk."""
        with writing(self.partial):
            # Renamed before its bytes are on the disk, a file can be empty after a power cut.
            os.fsync(self.file.fileno())
        return self.hasher.digests()

    def _check_redirects(self, response: Any) -> None:
        if leaves_https([str(hop.url) for hop in (*response.history, response)]):
            raise DownloadFailed(self.remote.name, "the server leads from https to an open connection")

    def _check_status(self, response: Any) -> None:
        status, name = response.status_code, self.remote.name
        if status in _PASSING:
            raise _Broken(f"the server answers {status}")
        if status in _DENIED:
            raise DownloadDenied(name, self.remote.url)
        if status in _GONE:
            raise DownloadMissing(name, f"the server answers {status}")
        if status not in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
            raise DownloadFailed(name, f"the server answers {status}")
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise DownloadFailed(name, "the server sends it packed")

    def _nothing_behind_the_end(self, response: Any) -> None:
        """The server has no byte after those that are here: all of it has arrived, or it is another file by now."""
        match = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if match is not None and int(match[2]) == self.done and self.remote.size in (None, self.done):
            self.whole = True
        else:
            self._start_over()
            raise _Broken("the server has a shorter file")

    def _total(self, response: Any) -> int | None:
        """Length of the whole file. A server that sends it from the start, asked or not, is taken at its word."""
        if response.status_code == HTTPStatus.PARTIAL_CONTENT:
            match = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
            if match is None or match[1] is None or int(match[1]) != self.done:
                self._start_over()
                raise _Broken("the server sends another part than asked for")
            return int(match[2])
        self._start_over()
        length = response.headers.get("Content-Length")
        return int(length) if length is not None else None

    def _start_over(self) -> None:
        with writing(self.partial):
            self.file.seek(0)
            self.file.truncate()
        self.hasher = Hasher()

    def _check_size(self, total: int | None) -> None:
        if total is None:
            return
        if self.remote.size not in (None, total):
            raise DownloadFailed(self.remote.name, f"it has {total} bytes, and should have {self.remote.size}")
        if total > self.remote.limit_bytes:
            raise DownloadFailed(self.remote.name, f"it has {total} bytes, more than {self.remote.limit_bytes}")
        free = shutil.disk_usage(self.partial.parent).free
        if total - self.done > free:
            raise CacheUnwritable(self.partial, f"{total - self.done} bytes are missing, {free} are free")

    def _write(self, block: bytes, total: int | None) -> None:
        if self.done + len(block) > self.remote.limit_bytes:
            self._start_over()
            raise DownloadFailed(self.remote.name, f"it has more than {self.remote.limit_bytes} bytes")
        with writing(self.partial):
            rest = memoryview(block)
            while rest:
                rest = rest[self.file.write(rest) :]
        self.hasher.update(block)
        self.watch(self.done, total or self.done)
