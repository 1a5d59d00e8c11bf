"""What the Hugging Face Hub says about a file: its pinned address, its size and its digest."""

import errno
import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import huggingface_hub
from huggingface_hub import constants

from mmhnet_cli.errors import CacheUnwritable, DownloadDenied, DownloadFailed, DownloadMissing

# What a disk refuses; every other OSError of a download is the network's.
DISK_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM})

SHA256_HEX = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Located:
    """A file of the hub at one commit. object_id: the SHA-256 of large files, git's name of small ones, or None."""

    url: str
    headers: Mapping[str, str]
    commit: str
    size: int | None
    object_id: str | None

    @property
    def sha256(self) -> str | None:
        """Digest of the file, where the hub gives it."""
        return self.object_id if self.object_id and SHA256_HEX.fullmatch(self.object_id) else None


def locate(repository: str, path: str, revision: str, token: str | None) -> Located:
    """Ask the hub about a file. Raises DownloadFailed, DownloadMissing or DownloadDenied, without trying again."""
    source = f"{repository}/{path}"
    with hub_errors(repository, source):
        url = huggingface_hub.hf_hub_url(repository, path, revision=revision)
        metadata = huggingface_hub.get_hf_file_metadata(url, token=token)
        if metadata.commit_hash is None:
            raise DownloadFailed(source, f"{constants.ENDPOINT} does not answer as a hub does")
        pinned = huggingface_hub.hf_hub_url(repository, path, revision=metadata.commit_hash)
        headers = huggingface_hub.utils.build_hf_headers(token=token)
    return Located(pinned, headers, metadata.commit_hash, metadata.size, metadata.etag)


def cached(cache: Path, repository: str, path: str, revision: str) -> Path | None:
    """The file where somebody has put it into the cache of the hub."""
    found = huggingface_hub.try_to_load_from_cache(repository, path, cache_dir=cache, revision=revision)
    return Path(found) if isinstance(found, str) else None


def git_blob_id(path: Path) -> str:
    """The name git gives a file: SHA-1 of its length and its bytes. Small files only."""
    content = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


@contextmanager
def hub_errors(repository: str, source: str, folder: Path | None = None) -> Iterator[None]:
    """Turn what huggingface_hub raises into our errors; folder: where it writes, for a disk that is full."""
    # They load an HTTP client, which `mmhnet --help` has no need of.
    from huggingface_hub import errors, utils

    try:
        yield
    except errors.RevisionNotFoundError as error:
        raise DownloadMissing(source, "no such revision") from error
    except errors.RemoteEntryNotFoundError as error:
        raise DownloadMissing(source, "the repository has no such file") from error
    except errors.RepositoryNotFoundError as error:
        # The hub says the same of a repository that is closed and of one that is not there.
        raise DownloadDenied(source, f"{constants.ENDPOINT}/{repository}") from error
    except errors.HfHubHTTPError as error:
        if error.response.status_code in (401, 403):
            raise DownloadDenied(source, f"{constants.ENDPOINT}/{repository}") from error
        raise DownloadFailed(source, f"the server answers {error.response.status_code}") from error
    except utils.httpx.HTTPError as error:
        raise DownloadFailed(source, f"no connection to {constants.ENDPOINT} ({reason(error)})") from error
    except OSError as error:
        if folder is not None and error.errno in DISK_ERRORS:
            raise CacheUnwritable(folder, error.strerror or str(error)) from error
        raise DownloadFailed(source, reason(error)) from error


def reason(error: Exception) -> str:
    """The first line of what an error says, without a full stop."""
    return (str(error).splitlines() or [""])[0].rstrip(".") or type(error).__name__
