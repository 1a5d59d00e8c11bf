"""Bring one part to this machine: found or downloaded, checked, put into the form in which it is used, and recorded."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open

from mmhnet_cli.errors import WeightsInvalid, WeightsOffline
from mmhnet_cli.models import hub
from mmhnet_cli.models.digests import Digests, file_sha256, read_digests
from mmhnet_cli.models.network import Network
from mmhnet_cli.models.progress import Progress, tell
from mmhnet_cli.models.reading import LARGEST_FILE_BYTES
from mmhnet_cli.models.store import DIGITS, PartRecord, Store, replacing, writing
from mmhnet_cli.models.table import HubFile, Part, ReleaseFile
from mmhnet_cli.models.transfer import Remote, fetch

SUFFIXES = {"safetensors": ".safetensors", "torch": ".safetensors", "text": ".txt"}

# Beyond the listed size, which is rounded, nothing of that name can be the file.
LIMIT_FACTOR = 1.5


@dataclass(frozen=True)
class _Arrived:
    """A published file on this machine. mine: it was downloaded for this, and may be moved away."""

    path: Path
    digests: Digests
    commit: str | None
    mine: bool


def is_intact(part: Part, progress: Progress, store: Store) -> bool:
    """Tell whether the kept file of a part is, to the last bit, what was recorded."""
    path, record = store.find(part), store.record(part)
    if path is None or record is None:
        return False
    tell(progress, f"check {part.name}", 0, record.size)
    try:
        intact = file_sha256(path) == record.sha256
    except FileNotFoundError:
        # Another process has put a new file in its place.
        return False
    tell(progress, f"check {part.name}", record.size, record.size)
    return intact


def pull_part(part: Part, network: Network, progress: Progress, store: Store) -> None:
    """Make sure that a part with a source is kept and intact.

    Raises WeightsOffline, DownloadFailed, DownloadMissing, DownloadDenied, DigestMismatch, WeightsInvalid or
    CacheUnwritable; what was kept before is then still kept.
    """
    if is_intact(part, progress, store):
        return
    with store.lock(part.name):
        # Another process may have brought it while this one waited.
        if is_intact(part, progress, store):
            return
        arrived = _obtain(part, network, progress, store)
        target = store.parts_folder / f"{part.name}-{arrived.digests.sha256[:DIGITS]}{SUFFIXES[part.format]}"
        try:
            _keep(part, arrived, target)
        except WeightsInvalid:
            if arrived.mine:
                arrived.path.unlink(missing_ok=True)
            raise
        # Before it is read: what is written to it meanwhile shows.
        written = target.stat()
        store.write_record(
            PartRecord(
                part=part.name,
                file=target.name,
                sha256=file_sha256(target),
                size=written.st_size,
                modified_ns=written.st_mtime_ns,
                source=str(part.source),
                commit=arrived.commit,
                source_sha256=arrived.digests.sha256,
                source_md5=arrived.digests.md5,
            )
        )
        if arrived.mine:
            arrived.path.unlink(missing_ok=True)


def _obtain(part: Part, network: Network, progress: Progress, store: Store) -> _Arrived:
    before = store.record(part)
    # Where its publisher gives no digest, what came first is what must come again.
    sha256 = part.sha256 if part.has_digest or before is None else before.source_sha256
    target = store.downloads_folder / f"{part.name}.{part.format}"
    if isinstance(part.source, HubFile):
        revision = before.commit if before is not None and before.commit is not None else part.source.revision
        found = _in_hub_cache(part, part.source, revision, sha256, store)
        return found or _from_hub(part, part.source, revision, sha256, target, network, progress)
    assert isinstance(part.source, ReleaseFile)
    if network.off:
        raise WeightsOffline(part.name, (part.name,))
    url = network.release(part.source.url)
    remote = Remote(url, url, limit_bytes=_limit(part), sha256=sha256, md5=part.md5)
    return _Arrived(target, _fetch(part, remote, target, progress), None, mine=True)


def _in_hub_cache(part: Part, source: HubFile, revision: str, sha256: str | None, store: Store) -> _Arrived | None:
    """Return the file that another program has put into the cache of the hub; None where it is not the right one."""
    path = hub.cached(store.hub_cache, source.repository, source.path, revision)
    if path is None or (digests := read_digests(path)).mismatch(sha256, part.md5) is not None:
        return None
    # That cache keeps the files of a commit in a folder of its name.
    commit = path.parents[len(Path(source.path).parts) - 1].name
    return _Arrived(path, digests, commit if hub.COMMIT.fullmatch(commit) else None, mine=False)


def _from_hub(
    part: Part,
    source: HubFile,
    revision: str,
    sha256: str | None,
    target: Path,
    network: Network,
    progress: Progress,
) -> _Arrived:
    # Its own downloader throws away what has arrived when it is interrupted; these files are too large for that.
    if network.off:
        raise WeightsOffline(part.name, (part.name,))
    located = hub.locate(source.repository, source.path, revision, network.token)
    remote = Remote(
        name=str(source),
        url=located.url,
        limit_bytes=_limit(part),
        size=located.size,
        sha256=sha256 or located.sha256,
        md5=part.md5,
        headers=located.headers,
    )
    return _Arrived(target, _fetch(part, remote, target, progress), located.commit, mine=True)


def _fetch(part: Part, remote: Remote, target: Path, progress: Progress) -> Digests:
    # An earlier run may have ended between the download and the conversion.
    if target.is_file():
        digests = read_digests(target)
        known = remote.sha256 is not None or remote.md5 is not None
        if known and digests.mismatch(remote.sha256, remote.md5) is None:
            return digests
        target.unlink()
    return fetch(remote, target, lambda done, total: tell(progress, f"download {part.name}", done, total))


def _limit(part: Part) -> int:
    return LARGEST_FILE_BYTES if part.listed_bytes is None else round(LIMIT_FACTOR * part.listed_bytes)


def _keep(part: Part, arrived: _Arrived, target: Path) -> None:
    """Put the published file into `target` in the form in which it is used."""
    if part.format == "torch":
        # PyTorch takes seconds to load, and parts of the other formats do not need it.
        from mmhnet_cli.models.convert import convert

        convert(arrived.path, target, part.inside, part.prefix)
        return
    if part.format == "safetensors":
        _check_safetensors(arrived.path)
    with writing(target), replacing(target) as partial:
        if arrived.mine:
            arrived.path.replace(partial)
        else:
            shutil.copyfile(arrived.path, partial)


def _check_safetensors(path: Path) -> None:
    try:
        with safe_open(path, framework="np"):
            pass
    except SafetensorError as error:
        raise WeightsInvalid(path, "the file", "readable safetensors", str(error)) from error
