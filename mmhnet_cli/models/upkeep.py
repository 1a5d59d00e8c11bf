"""Look after the weights that are kept: check them again, and remove what no model needs any more."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from mmhnet_cli.errors import BadOption, UnknownModel, WeightsDamaged, WeightsMissing
from mmhnet_cli.models.digests import file_sha256
from mmhnet_cli.models.progress import Progress, no_progress, tell
from mmhnet_cli.models.registry import default_store
from mmhnet_cli.models.repository import (
    Repository,
    RepositoryRecord,
    forget_repository,
    parse_repository,
    pulled_repositories,
    read_record,
    record_files,
)
from mmhnet_cli.models.store import Store
from mmhnet_cli.models.table import EmbeddedFile, ModelEntry, Part


@dataclass(frozen=True)
class Check:
    """One file that was looked at."""

    name: str
    """It names its part, or its repository."""
    path: Path
    published: bool
    """Its publisher says what it must be; otherwise it is compared with what came first."""
    problem: WeightsDamaged | None
    """It is None where the file is what it was."""


@dataclass(frozen=True)
class Removal:
    """What `remove` takes away, and what it leaves."""

    name: str
    parts: tuple[str, ...]
    kept: Mapping[str, tuple[str, ...]]
    """These parts are left, each for the models that need it."""
    size: int
    """So many bytes become free."""


def verify(name: str | None = None, progress: Progress = no_progress, store: Store | None = None) -> Iterator[Check]:
    """Compare the files of a model, or all that are kept, with their recorded digests, one by one.

    Raises UnknownModel, or WeightsMissing where nothing of the model is kept.
    """
    store = default_store() if store is None else store
    for part in _kept_parts(name, store):
        yield _check_part(part, progress, store)
    for record in _kept_repositories(name, store):
        yield from _check_repository(record, progress, store)


def plan_removal(name: str, store: Store | None = None) -> Removal:
    """Return what removing the model `name` would take away. Raises BadOption, UnknownModel or WeightsMissing."""
    store = default_store() if store is None else store
    repository = None if name in store.table.models else parse_repository(name)
    if repository is not None:
        if (record := read_record(repository, store)) is None:
            raise WeightsMissing(name, store.hub_cache)
        return Removal(
            name, (), {}, sum(path.stat().st_size for path in record_files(record, store).values() if path is not None)
        )
    entry = _entry(name, store)
    if entry.embedded:
        raise BadOption("NAME", name, "a model that was pulled: this one is part of the package")
    kept = {part.name: _others(part, entry, store) for part in entry.parts.values() if _has(part, store)}
    if not kept:
        raise WeightsMissing(name, store.parts_folder)
    parts = tuple(part for part, models in kept.items() if not models)
    sizes = (path.stat().st_size for part in parts for path in store.files_of(part))
    return Removal(name, parts, {part: models for part, models in kept.items() if models}, sum(sizes))


def remove(removal: Removal, store: Store | None = None) -> None:
    """Carry out what `plan_removal` has planned."""
    store = default_store() if store is None else store
    if (repository := parse_repository(removal.name)) is not None:
        forget_repository(repository, store)
    for part in removal.parts:
        with store.lock(part):
            store.forget(part)


def _entry(name: str, store: Store) -> ModelEntry:
    if name not in store.table.models:
        raise UnknownModel(name, tuple(store.table.models))
    return store.table.models[name]


def _has(part: Part, store: Store) -> bool:
    return not isinstance(part.source, EmbeddedFile) and bool(store.files_of(part.name))


def _others(part: Part, entry: ModelEntry, store: Store) -> tuple[str, ...]:
    """Return the other models that are here as a whole, or were pulled as a repository, and have this part."""
    models = [
        other.name
        for other in store.table.models.values()
        if other is not entry
        and part in other.parts.values()
        and all(store.find(needed) is not None for needed in other.parts.values())
    ]
    repositories = [record for record in pulled_repositories(store) if part.name in record.shared]
    return (*models, *(str(Repository(record.repository, record.revision)) for record in repositories))


def _kept_parts(name: str | None, store: Store) -> list[Part]:
    if name is None:
        parts = {part.name: part for entry in store.table.models.values() for part in entry.parts.values()}
        return [part for part in parts.values() if store.record(part) is not None]
    if name not in store.table.models:
        return []
    parts = {part.name: part for part in store.table.models[name].parts.values()}
    kept = [part for part in parts.values() if not isinstance(part.source, EmbeddedFile)]
    if kept and not any(_has(part, store) for part in kept):
        raise WeightsMissing(name, store.parts_folder)
    return [part for part in kept if part.source is not None]


def _kept_repositories(name: str | None, store: Store) -> list[RepositoryRecord]:
    if name is None:
        return pulled_repositories(store)
    if name in store.table.models:
        return []
    repository = parse_repository(name)
    if repository is None:
        raise UnknownModel(name, tuple(store.table.models))
    if (record := read_record(repository, store)) is None:
        raise WeightsMissing(name, store.hub_cache)
    return [record]


def _check_part(part: Part, progress: Progress, store: Store) -> Check:
    record = store.record(part)
    if record is None:
        path = store.parts_folder / part.name
        return Check(part.name, path, part.has_digest, WeightsDamaged(part.name, path, "it is not here"))
    path = store.kept_path(record)
    problem = _compare(part.name, path, record.sha256, progress)
    return Check(part.name, path, part.has_digest, problem)


def _check_repository(record: RepositoryRecord, progress: Progress, store: Store) -> Iterator[Check]:
    name = str(Repository(record.repository, record.revision))
    for file, path in record_files(record, store).items():
        if path is None:
            missing = Path(name) / file
            yield Check(name, missing, True, WeightsDamaged(name, missing, "it is not here"))
        else:
            yield Check(name, path, True, _compare(name, path, record.sha256[file], progress))


def _compare(name: str, path: Path, sha256: str, progress: Progress) -> WeightsDamaged | None:
    if not path.is_file():
        return WeightsDamaged(name, path, "it is not here")
    size = path.stat().st_size
    tell(progress, f"check {name}", 0, size)
    found = file_sha256(path)
    tell(progress, f"check {name}", size, size)
    if found == sha256:
        return None
    return WeightsDamaged(name, path, f"its SHA-256 was {sha256}, now it is {found}")
