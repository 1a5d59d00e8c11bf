"""What the Hugging Face Hub says: where a file is pinned, its size and its digest, and what a repository holds.

None of it is believed before its form and its size are known: a hub may be another's, or stand behind someone who
changes what it says.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import huggingface_hub
from huggingface_hub import constants

from mmhnet_cli.errors import DownloadDenied, DownloadFailed, DownloadMissing
from mmhnet_cli.models.digests import BLOCK_BYTES
from mmhnet_cli.models.http import Answer, Broken, ask, refuse_packed

COMMIT = re.compile(r"[0-9a-f]{40}")
GIT_SHA1 = COMMIT
SHA256_HEX = re.compile(r"[0-9a-f]{64}")
_ETAG = re.compile(r'(?:W/)?"?([0-9a-f]{40}|[0-9a-f]{64})"?')
_LENGTH = re.compile(r"\d{1,18}")

LARGEST_LISTING_BYTES = 8 << 20
"""A longer listing is refused: a model has some ten files, each of which takes some 300 bytes."""


@dataclass(frozen=True)
class Located:
    """A file of the hub at one commit."""

    url: str
    headers: Mapping[str, str]
    commit: str
    size: int | None
    object_id: str
    """It is the SHA-256 of a large file, and git's name of a small one."""

    @property
    def sha256(self) -> str | None:
        """Return the digest of the file; None where the hub does not give it."""
        return self.object_id if SHA256_HEX.fullmatch(self.object_id) else None


@dataclass(frozen=True)
class Listing:
    """A repository at one commit."""

    commit: str
    files: Mapping[str, Mapping[str, Any]]
    """The hub says this of each file, by name."""
    card: Mapping[str, Any]
    """It is the head of the model card."""


def locate(repository: str, path: str, revision: str, token: str | None) -> Located:
    """Ask the hub about a file. Raises DownloadFailed, DownloadMissing or DownloadDenied, without trying again."""
    source = f"{repository}/{path}"
    url = pinned_url(repository, path, revision)
    # What the hub says of a file stands on its own answer, also where that leads to the server which has the file.
    with _ask(source, repository, "HEAD", url, token, elsewhere=False) as answer:
        commit = answer.headers.get("X-Repo-Commit", "")
        etag = _ETAG.fullmatch(answer.headers.get("X-Linked-Etag") or answer.headers.get("ETag") or "")
        own_length = None if answer.redirects else answer.headers.get("Content-Length")
        size = _LENGTH.fullmatch(answer.headers.get("X-Linked-Size") or own_length or "")
    if not COMMIT.fullmatch(commit) or etag is None:
        raise _no_hub(source)
    length = None if size is None else int(size[0])
    return Located(pinned_url(repository, path, commit), request_headers(token), commit, length, etag[1])


def listing(repository: str, revision: str, token: str | None) -> Listing:
    """Ask the hub what a repository holds. Raises what `locate` raises."""
    source = f"{repository}@{revision}"
    url = f"{constants.ENDPOINT}/api/models/{repository}/revision/{quote(revision, safe='')}?blobs=true"
    with _ask(source, repository, "GET", url, token, elsewhere=False) as answer:
        refuse_packed(source, answer)
        text = bytearray()
        for block in answer.blocks():
            text += block
            if len(text) > LARGEST_LISTING_BYTES:
                raise DownloadFailed(source, f"the list of its files is longer than {LARGEST_LISTING_BYTES} bytes")
    try:
        values = json.loads(text)
    # What is nested without end ends the reader's patience first.
    except (ValueError, RecursionError) as error:
        raise _no_hub(source) from error
    return _listing(source, values)


def pinned_url(repository: str, path: str, revision: str) -> str:
    """Return the address of a file at a commit, or another revision."""
    return huggingface_hub.hf_hub_url(repository, path, revision=revision)


def request_headers(token: str | None) -> Mapping[str, str]:
    """Return the headers that say who asks; they are for the hub's own server alone."""
    return huggingface_hub.utils.build_hf_headers(token=token)


def cached(cache: Path, repository: str, path: str, revision: str) -> Path | None:
    """Return the file where somebody has put it into the cache of the hub; None also where a link leads out of that."""
    found = huggingface_hub.try_to_load_from_cache(repository, path, cache_dir=cache, revision=revision)
    if not isinstance(found, str) or not Path(found).resolve().is_relative_to(cache.resolve()):
        return None
    return Path(found)


def git_blob_id(path: Path) -> str:
    """Return the name git gives a file: the SHA-1 of its length and its bytes."""
    with path.open("rb") as file:
        digest = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def _listing(source: str, values: Any) -> Listing:
    if not isinstance(values, dict) or not isinstance(siblings := values.get("siblings"), list):
        raise _no_hub(source)
    commit, card = values.get("sha"), values.get("cardData")
    if not isinstance(commit, str) or not COMMIT.fullmatch(commit):
        raise _no_hub(source)
    named = [entry for entry in siblings if isinstance(entry, dict) and isinstance(entry.get("rfilename"), str)]
    return Listing(commit, {entry["rfilename"]: entry for entry in named}, card if isinstance(card, dict) else {})


@contextmanager
def _ask(source: str, repository: str, method: str, url: str, token: str | None, elsewhere: bool) -> Iterator[Answer]:
    try:
        with ask(source, method, url, request_headers(token), elsewhere=elsewhere) as answer:
            _check(source, repository, answer)
            yield answer
    except Broken as error:
        raise DownloadFailed(source, f"no connection to {constants.ENDPOINT} ({error})") from error


def _check(source: str, repository: str, answer: Answer) -> None:
    code = answer.headers.get("X-Error-Code", "")
    if code == "RevisionNotFound":
        raise DownloadMissing(source, "no such revision")
    if code == "EntryNotFound":
        raise DownloadMissing(source, "the repository has no such file")
    if code == "RepoNotFound" or answer.status in (401, 403):
        # The hub says the same of a repository that is closed and of one that is not there.
        raise DownloadDenied(source, f"{constants.ENDPOINT}/{repository}")
    if answer.status >= 400:
        raise DownloadFailed(source, f"the server answers {answer.status}")


def _no_hub(source: str) -> DownloadFailed:
    return DownloadFailed(source, f"{constants.ENDPOINT} does not answer as a hub does")
