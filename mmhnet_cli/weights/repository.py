"""Repositories of the hub that hold a model of our own format; the hub's cache keeps their files."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import huggingface_hub

from mmhnet_cli.errors import DigestMismatch, DownloadMissing, WeightsMissing
from mmhnet_cli.weights import hub
from mmhnet_cli.weights.digests import file_sha256
from mmhnet_cli.weights.model_files import CONFIG_FILE, NOT_STATED, ModelFiles
from mmhnet_cli.weights.own_format import check_complete, files_in_folder, own_files, public_parts
from mmhnet_cli.weights.progress import Progress, no_progress, tqdm_class
from mmhnet_cli.weights.store import FORMAT, Store, read_json, write_json
from mmhnet_cli.weights.table import Part

_NAME = r"[A-Za-z0-9][\w.-]*"
_REPOSITORY = re.compile(rf"({_NAME}/{_NAME})(?:@([\w./-]+))?")


@dataclass(frozen=True)
class Repository:
    """revision: branch, tag or commit."""

    name: str
    revision: str

    def __str__(self) -> str:
        return self.name if self.revision == "main" else f"{self.name}@{self.revision}"


@dataclass(frozen=True)
class RepositoryFile:
    """size in bytes; object_id: SHA-256 of a large file, git's name of a small one."""

    size: int
    object_id: str


@dataclass(frozen=True)
class RepositoryInfo:
    """What the hub says about a repository at one commit.

    commercial: None where nobody says. files: of the model, by name. shared: parts of the table that it uses as well.
    """

    repository: Repository
    commit: str
    licence: str
    commercial: bool | None
    files: Mapping[str, RepositoryFile]
    shared: tuple[Part, ...]


@dataclass(frozen=True)
class RepositoryRecord:
    """What was pulled and checked. sha256: of each file, by name. shared: names of parts of the table that it uses."""

    repository: str
    revision: str
    commit: str
    licence: str
    commercial: bool | None
    sha256: Mapping[str, str]
    shared: Sequence[str]
    format: int = FORMAT


def parse_repository(name: str) -> Repository | None:
    """`owner/name[@revision]`; None for a text of another form."""
    match = _REPOSITORY.fullmatch(name)
    return None if match is None else Repository(match[1], match[2] or "main")


def find_repository(repository: Repository, store: Store) -> ModelFiles:
    """The files of a repository in the hub's cache. Raises WeightsMissing where they have to be downloaded."""
    record = read_record(repository, store)
    revision = repository.revision if record is None else record.commit
    config = hub.cached(store.hub_cache, repository.name, CONFIG_FILE, revision)
    if config is None:
        raise WeightsMissing(str(repository), store.hub_cache)
    wanted = own_files(read_json(config))
    if any(hub.cached(store.hub_cache, repository.name, file, revision) is None for file in wanted):
        raise WeightsMissing(str(repository), store.hub_cache)
    if record is None:
        # Fetched by another program: complete, but nothing is known about it.
        return files_in_folder(str(repository), config.parent, store)
    return files_in_folder(str(repository), config.parent, store, record.licence, record.commercial)


def repository_info(repository: Repository, store: Store, token: str | None) -> RepositoryInfo:
    """Ask the hub about the files of a repository, and read its configuration.

    Raises WeightsInvalid where it does not hold our format, or what the hub says.
    """
    with hub.hub_errors(repository.name, str(repository)):
        info = huggingface_hub.HfApi(token=token).model_info(
            repository.name, revision=repository.revision, files_metadata=True
        )
    where = Path(str(repository))
    if info.sha is None:
        raise DownloadMissing(str(repository), "the hub names no commit of it")
    files = {sibling.rfilename: _file(repository, sibling) for sibling in info.siblings or ()}
    licence = _licence(info.card_data)
    known = {entry.name.lower(): entry.commercial for entry in store.table.licences.values()}
    listed = RepositoryInfo(repository, info.sha, licence, known.get(licence.lower()), files, ())
    check_complete(where, (CONFIG_FILE,), files)
    # What else belongs to the model stands in its configuration.
    config = read_json(_obtain(listed, CONFIG_FILE, store, token, no_progress))
    check_complete(where, own_files(config), files)
    shared = tuple(public_parts(where, config, store.table).values())
    return replace(listed, files={name: files[name] for name in own_files(config)}, shared=shared)


def pull_repository(info: RepositoryInfo, store: Store, token: str | None, progress: Progress = no_progress) -> None:
    """Download what is not in the hub's cache, at the commit of `info`, check all of it and remember what it was.

    The parts of the table that it shares are not its business.

    Raises DigestMismatch after removing a file that is not what the hub says it is, or what the hub says.
    """
    repository = info.repository
    digests = {}
    with store.lock(_file_name(repository)):
        for name in info.files:
            digests[name] = file_sha256(_obtain(info, name, store, token, progress))
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


def _file(repository: Repository, sibling: Any) -> RepositoryFile:
    object_id = sibling.lfs.sha256 if sibling.lfs is not None else sibling.blob_id
    if sibling.size is None or object_id is None:
        raise DownloadMissing(f"{repository}/{sibling.rfilename}", "the hub gives no size or no digest of it")
    return RepositoryFile(sibling.size, object_id)


def _obtain(info: RepositoryInfo, name: str, store: Store, token: str | None, progress: Progress) -> Path:
    return _intact(info, name, store) or _download(info, name, store, token, progress)


def _intact(info: RepositoryInfo, name: str, store: Store) -> Path | None:
    """The file in the hub's cache where it is what the hub says it is; any other is removed."""
    path = hub.cached(store.hub_cache, info.repository.name, name, info.commit)
    if path is None or _object_id(path, info.files[name]) == info.files[name].object_id:
        return path
    _drop(path)
    return None


def _download(info: RepositoryInfo, name: str, store: Store, token: str | None, progress: Progress) -> Path:
    repository, file = info.repository, info.files[name]
    with hub.hub_errors(repository.name, f"{repository}/{name}", store.hub_cache):
        path = Path(
            huggingface_hub.hf_hub_download(
                repository.name,
                name,
                revision=info.commit,
                cache_dir=store.hub_cache,
                token=token,
                tqdm_class=tqdm_class(name, progress),
            )
        )
    found = _object_id(path, file)
    if found != file.object_id:
        _drop(path)
        raise DigestMismatch(f"{repository}/{name}", file.object_id, found)
    return path


def _object_id(path: Path, file: RepositoryFile) -> str:
    return file_sha256(path) if hub.SHA256_HEX.fullmatch(file.object_id) else hub.git_blob_id(path)


def _drop(path: Path) -> None:
    """Remove a file from the hub's cache, which goes by names: what stays is taken for the file from then on."""
    path.resolve().unlink()
    path.unlink(missing_ok=True)


def forget_repository(repository: Repository, store: Store) -> None:
    """Remove the pulled commit from the hub's cache, and its record."""
    record = read_record(repository, store)
    if record is None:
        raise WeightsMissing(str(repository), store.hub_cache)
    # The hub knows which of its files other commits share.
    cache = huggingface_hub.scan_cache_dir(store.hub_cache)
    repositories = [found for found in cache.repos if found.repo_id == repository.name]
    if record.commit in {revision.commit_hash for found in repositories for revision in found.revisions}:
        cache.delete_revisions(record.commit).execute()
    _record_path(repository, store).unlink()


def read_record(repository: Repository, store: Store) -> RepositoryRecord | None:
    """What was pulled of a repository."""
    return _record(read_json(_record_path(repository, store)))


def pulled_repositories(store: Store) -> list[RepositoryRecord]:
    """Every repository that was pulled, in the order of their names."""
    records = (_record(read_json(path)) for path in sorted(store.repositories_folder.glob("*.json")))
    return [record for record in records if record is not None]


def _licence(card: Any) -> str:
    """The licence that the head of a model card names; "other" stands for a name of its publisher's own."""
    licence = getattr(card, "license", None)
    if licence == "other":
        licence = getattr(card, "license_name", None) or licence
    return licence if isinstance(licence, str) else NOT_STATED


def record_files(record: RepositoryRecord, store: Store) -> dict[str, Path | None]:
    """The files of what was pulled, by name, in the hub's cache; None where one is gone."""
    return {file: hub.cached(store.hub_cache, record.repository, file, record.commit) for file in record.sha256}


def _record(values: dict[str, Any]) -> RepositoryRecord | None:
    try:
        record = RepositoryRecord(**values)
    except TypeError:
        return None
    return record if record.format == FORMAT else None


def _record_path(repository: Repository, store: Store) -> Path:
    return store.repositories_folder / f"{_file_name(repository)}.json"


def _file_name(repository: Repository) -> str:
    # Two dashes cannot stand in the name of a repository; a revision may hold anything.
    return f"{repository.name.replace('/', '--')}--{quote(repository.revision, safe='')}"
