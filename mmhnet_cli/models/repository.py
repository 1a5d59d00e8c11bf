"""Repositories of the hub that hold a model of our own format: what was pulled is kept at its commit, checked."""

import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from mmhnet_cli.errors import DigestMismatch, DownloadFailed, WeightsMissing
from mmhnet_cli.models import hub
from mmhnet_cli.models.digests import file_sha256
from mmhnet_cli.models.model_files import CONFIG_FILE, NOT_STATED, ModelFiles
from mmhnet_cli.models.own_format import check_complete, files_in_folder, own_files, public_parts
from mmhnet_cli.models.progress import Progress, no_progress, tell
from mmhnet_cli.models.reading import LARGEST_CONFIG_BYTES, LARGEST_FILE_BYTES, read_config
from mmhnet_cli.models.store import FORMAT, Store, read_json, replacing, write_json, writing
from mmhnet_cli.models.table import Part
from mmhnet_cli.models.transfer import Remote, fetch

_NAME = r"[A-Za-z0-9][\w.-]*"
_REPOSITORY = re.compile(rf"({_NAME}/{_NAME})(?:@([\w./-]+))?")
_FILE = re.compile(r"[a-z]+\.[a-z]+")
"""This program gives such names to the files of a model."""
_LICENCE = re.compile(r"[\w.+() -]{1,64}")
"""It is shown on a terminal, and goes into reports."""


@dataclass(frozen=True)
class Repository:
    """A repository of the hub at a branch, a tag or a commit."""

    name: str
    revision: str

    def __str__(self) -> str:
        return self.name if self.revision == "main" else f"{self.name}@{self.revision}"


@dataclass(frozen=True)
class RepositoryFile:
    """Its size is in bytes; its `object_id` is the SHA-256 of a large file, and git's name of a small one."""

    size: int
    object_id: str


@dataclass(frozen=True)
class RepositoryInfo:
    """What the hub says about a repository at one commit."""

    repository: Repository
    commit: str
    licence: str
    commercial: bool | None
    """It is None where nobody says."""
    files: Mapping[str, RepositoryFile]
    """The model has these, by name."""
    shared: tuple[Part, ...]
    """It uses these parts of the table as well."""


@dataclass(frozen=True)
class RepositoryRecord:
    """What was pulled and checked."""

    repository: str
    revision: str
    commit: str
    licence: str
    commercial: bool | None
    sha256: Mapping[str, str]
    """Every file has its digest here, by name."""
    shared: Sequence[str]
    """It uses the parts of the table with these names."""
    format: int = FORMAT


def parse_repository(name: str) -> Repository | None:
    """Read `owner/name[@revision]`; return None for a text of another form."""
    match = _REPOSITORY.fullmatch(name)
    return None if match is None else Repository(match[1], match[2] or "main")


def find_repository(repository: Repository, store: Store) -> ModelFiles:
    """Return the files of a repository that was pulled, or that another program has put into the hub's cache.

    Raises WeightsMissing where they have to be downloaded.
    """
    record = read_record(repository, store)
    if record is None:
        return _fetched_by_others(repository, store)
    folder = _folder(repository, record.commit, store)
    if any(path is None for path in record_files(record, store).values()):
        raise WeightsMissing(str(repository), folder)
    return files_in_folder(str(repository), folder, store, record.licence, record.commercial)


def repository_info(repository: Repository, store: Store, token: str | None) -> RepositoryInfo:
    """Ask the hub about the files of a repository, and read its configuration.

    Raises WeightsInvalid where it does not hold our format, or what the hub says.
    """
    where = Path(str(repository))
    listing = hub.listing(repository.name, repository.revision, token)
    licence = _licence(listing.card)
    known = {entry.name.lower(): entry.commercial for entry in store.table.licences.values()}
    listed = RepositoryInfo(repository, listing.commit, licence, known.get(licence.lower()), {}, ())
    listed = replace(listed, files=_files(where, listing, (CONFIG_FILE,)))
    with store.lock(_folder_name(repository)):
        # What else belongs to the model stands in its configuration.
        config = read_config(_obtain(listed, CONFIG_FILE, store, token, no_progress))
    shared = tuple(public_parts(where, config, store.table).values())
    return replace(listed, files=_files(where, listing, own_files(config)), shared=shared)


def pull_repository(info: RepositoryInfo, store: Store, token: str | None, progress: Progress = no_progress) -> None:
    """Download what is not kept, at the commit of `info`, check all of it and remember what it was.

    The parts of the table that it shares are not its business.

    Raises DigestMismatch for a file that is not what the hub says it is, which is not kept, or what the hub says.
    """
    repository = info.repository
    with store.lock(_folder_name(repository)):
        digests = {name: file_sha256(_obtain(info, name, store, token, progress)) for name in info.files}
        before = read_record(repository, store)
        record = RepositoryRecord(
            repository=repository.name,
            revision=repository.revision,
            commit=info.commit,
            licence=info.licence,
            commercial=info.commercial,
            sha256=digests,
            shared=[part.name for part in info.shared],
        )
        write_json(_record_path(repository, store), asdict(record))
        if before is not None:
            _forget_commit(repository, before.commit, store)


def is_kept(info: RepositoryInfo, store: Store) -> bool:
    """Tell whether every file is here in full length; none is read."""
    return all(_kept(info, name, store) is not None for name in info.files)


def forget_repository(repository: Repository, store: Store) -> None:
    """Remove the record of what was pulled, and its files where no other record speaks of them."""
    with store.lock(_folder_name(repository)):
        record = read_record(repository, store)
        if record is None:
            raise WeightsMissing(str(repository), store.repositories_folder)
        _record_path(repository, store).unlink()
        _forget_commit(repository, record.commit, store)


def _fetched_by_others(repository: Repository, store: Store) -> ModelFiles:
    """Return the files that another program has fetched: all of them, with nothing known about them."""
    config = hub.cached(store.hub_cache, repository.name, CONFIG_FILE, repository.revision)
    if config is None:
        raise WeightsMissing(str(repository), store.hub_cache)
    wanted = own_files(read_config(config))
    if any(hub.cached(store.hub_cache, repository.name, file, repository.revision) is None for file in wanted):
        raise WeightsMissing(str(repository), store.hub_cache)
    return files_in_folder(str(repository), config.parent, store)


def _files(where: Path, listing: hub.Listing, wanted: Sequence[str]) -> dict[str, RepositoryFile]:
    """Return the wanted ones of those that the hub lists: no other name of its is ever made a path."""
    check_complete(where, wanted, listing.files)
    return {name: _file(where, name, listing.files[name]) for name in wanted}


def _file(where: Path, name: str, entry: Mapping[str, Any]) -> RepositoryFile:
    large, size = entry.get("lfs"), entry.get("size")
    object_id = large.get("sha256") if isinstance(large, dict) else entry.get("blobId")
    form = hub.SHA256_HEX if isinstance(large, dict) else hub.GIT_SHA1
    if not isinstance(object_id, str) or not form.fullmatch(object_id):
        raise DownloadFailed(f"{where}/{name}", "the hub gives no digest of it")
    most = LARGEST_CONFIG_BYTES if name == CONFIG_FILE else LARGEST_FILE_BYTES
    if not isinstance(size, int) or not 0 <= size <= most:
        raise DownloadFailed(f"{where}/{name}", f"the hub gives no size of it up to {most} bytes")
    return RepositoryFile(size, object_id)


def _obtain(info: RepositoryInfo, name: str, store: Store, token: str | None, progress: Progress) -> Path:
    """Return a file of the repository, intact: kept, copied from the hub's cache, or downloaded. The lock is held."""
    file, path = info.files[name], _folder(info.repository, info.commit, store) / name
    if _kept(info, name, store) is not None and _object_id(path, file) == file.object_id:
        return path
    if not _copied(info, name, path, store):
        _download(info, name, path, token, progress)
    if (found := _object_id(path, file)) != file.object_id:
        path.unlink()
        raise DigestMismatch(f"{info.repository}/{name}", file.object_id, found)
    return path


def _kept(info: RepositoryInfo, name: str, store: Store) -> Path | None:
    path = _folder(info.repository, info.commit, store) / name
    whole = path.is_file() and not path.is_symlink() and path.stat().st_size == info.files[name].size
    return path if whole else None


def _copied(info: RepositoryInfo, name: str, path: Path, store: Store) -> bool:
    """Copy the file from the hub's cache if another program has brought it there, and tell whether it has."""
    file, found = info.files[name], hub.cached(store.hub_cache, info.repository.name, name, info.commit)
    if found is None or found.stat().st_size != file.size or _object_id(found, file) != file.object_id:
        return False
    with writing(path), replacing(path) as partial:
        shutil.copyfile(found, partial)
    return True


def _download(info: RepositoryInfo, name: str, path: Path, token: str | None, progress: Progress) -> None:
    file, repository = info.files[name], info.repository
    remote = Remote(
        name=f"{repository}/{name}",
        url=hub.pinned_url(repository.name, name, info.commit),
        limit_bytes=file.size,
        size=file.size,
        sha256=file.object_id if hub.SHA256_HEX.fullmatch(file.object_id) else None,
        headers=hub.request_headers(token),
    )
    fetch(remote, path, lambda done, total: tell(progress, f"download {name}", done, total))


def _object_id(path: Path, file: RepositoryFile) -> str:
    return file_sha256(path) if hub.SHA256_HEX.fullmatch(file.object_id) else hub.git_blob_id(path)


def _forget_commit(repository: Repository, commit: str, store: Store) -> None:
    """Remove the files of a commit of which no record speaks any more. Links are removed, not followed."""
    records = pulled_repositories(store)
    if not any((record.repository, record.commit) == (repository.name, commit) for record in records):
        shutil.rmtree(_folder(repository, commit, store), ignore_errors=True)


def _folder(repository: Repository, commit: str, store: Store) -> Path:
    return store.repositories_folder / _folder_name(repository) / commit


def read_record(repository: Repository, store: Store) -> RepositoryRecord | None:
    """Return what was pulled of a repository; None where nothing was."""
    return _record(read_json(_record_path(repository, store)))


def pulled_repositories(store: Store) -> list[RepositoryRecord]:
    """Return every repository that was pulled, in the order of their names."""
    records = (_record(read_json(path)) for path in sorted(store.repositories_folder.glob("*.json")))
    return [record for record in records if record is not None]


def _licence(card: Mapping[str, Any]) -> str:
    """Return the licence that the head of a model card names; "other" stands for a name of its publisher's own."""
    licence = card.get("license")
    if licence == "other":
        licence = card.get("license_name") or licence
    return licence if isinstance(licence, str) and _LICENCE.fullmatch(licence) else NOT_STATED


def record_files(record: RepositoryRecord, store: Store) -> dict[str, Path | None]:
    """Return the files of what was pulled, by name; None where one is gone."""
    folder = _folder(Repository(record.repository, record.revision), record.commit, store)
    return {file: folder / file if (folder / file).is_file() else None for file in record.sha256}


def _record(values: dict[str, Any]) -> RepositoryRecord | None:
    """Return None for anything but a record as `pull_repository` writes it: its names become paths."""
    try:
        record = RepositoryRecord(**values)
        named = parse_repository(f"{record.repository}@{record.revision}") is not None
        plain = named and hub.COMMIT.fullmatch(record.commit) and all(map(_FILE.fullmatch, record.sha256))
    except (TypeError, AttributeError):
        return None
    return record if plain and record.format == FORMAT else None


def _record_path(repository: Repository, store: Store) -> Path:
    return store.repositories_folder / f"{_file_name(repository)}.json"


def _file_name(repository: Repository) -> str:
    # A revision may hold anything.
    return f"{_folder_name(repository)}--{quote(repository.revision, safe='')}"


def _folder_name(repository: Repository) -> str:
    # Two dashes cannot stand in the name of a repository.
    return repository.name.replace("/", "--")
