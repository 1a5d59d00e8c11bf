"""Bring a model to this machine: what is missing or damaged is downloaded, checked, converted and kept."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import constants

from mmhnet_cli.errors import LicenceNotAccepted, WeightsMissing, WeightsOffline, WeightsUnpublished
from mmhnet_cli.models.licences import Offer, not_accepted
from mmhnet_cli.models.model_files import CONFIG_FILE, UNSAFE_SUFFIXES, ModelFiles
from mmhnet_cli.models.network import Network
from mmhnet_cli.models.own_format import public_parts
from mmhnet_cli.models.part_download import pull_part
from mmhnet_cli.models.progress import Progress, no_progress
from mmhnet_cli.models.reading import read_config
from mmhnet_cli.models.registry import default_store, find_model
from mmhnet_cli.models.repository import (
    RepositoryInfo,
    is_kept,
    parse_repository,
    pull_repository,
    repository_info,
)
from mmhnet_cli.models.store import Store
from mmhnet_cli.models.table import EmbeddedFile, ModelEntry, Part


def offers(name: str, network: Network, store: Store | None = None) -> list[Offer]:
    """Return what a pull of `name` would bring under which licences; nothing for what is here without one.

    Asks the hub where `name` is a repository. Raises what `pull` raises for the same reasons.
    """
    store = default_store() if store is None else store
    return _offers(_plan(name, network, store), store)


def pull(
    name: str, network: Network | None = None, progress: Progress = no_progress, store: Store | None = None
) -> ModelFiles:
    """Return the files of the model `name`, all of them checked; what is missing or damaged is fetched first.

    name: of the table, `owner/name[@revision]` of the hub, or a folder; a folder may use parts of the table.

    Raises LicenceNotAccepted where `licences.accept` has not been called for all `offers`; WeightsUnpublished,
    WeightsOffline, DownloadFailed, DownloadMissing, DownloadDenied, DigestMismatch, WeightsInvalid, CacheUnwritable or
    UnknownModel.
    """
    store = default_store() if store is None else store
    network = Network() if network is None else network
    plan = _plan(name, network, store)
    if missing := not_accepted(_offers(plan, store), store):
        raise LicenceNotAccepted(name, tuple(dict.fromkeys(offer.licence for offer in missing)))
    if plan.repository is not None:
        pull_repository(plan.repository, store, network.token, progress)
    _pull_parts(name, plan.parts, network, progress, store)
    try:
        return find_model(name, store)
    except WeightsMissing as error:
        # The repository, about which nobody could be asked.
        raise WeightsOffline(name, (name,)) from error


@dataclass(frozen=True)
class _Plan:
    """What a model is made of that does not come with the package or lie in a folder of the user."""

    parts: tuple[Part, ...] = ()
    repository: RepositoryInfo | None = None


def _plan(name: str, network: Network, store: Store) -> _Plan:
    if name in store.table.models:
        return _Plan(_downloadable(store.table.models[name], store))
    path = Path(name)
    if path.is_dir():
        return _Plan(tuple(public_parts(path, read_config(path / CONFIG_FILE), store.table).values()))
    repository = parse_repository(name)
    if repository is None or path.suffix in UNSAFE_SUFFIXES:
        # The error says what a name may be.
        find_model(name, store)
    if repository is None or network.off:
        return _Plan()
    info = repository_info(repository, store, network.token)
    return _Plan(info.shared, info)


def _downloadable(entry: ModelEntry, store: Store) -> tuple[Part, ...]:
    if entry.unpublished:
        raise WeightsUnpublished(entry.name, store.parts_folder, entry.unpublished)
    return tuple(part for part in entry.parts.values() if not isinstance(part.source, EmbeddedFile))


def _pull_parts(name: str, parts: Iterable[Part], network: Network, progress: Progress, store: Store) -> None:
    lacking = []
    for part in parts:
        try:
            pull_part(part, network, progress, store)
        except WeightsOffline:
            lacking.append(part.name)
    if lacking:
        raise WeightsOffline(name, tuple(lacking))


def _offers(plan: _Plan, store: Store) -> list[Offer]:
    repository = [] if plan.repository is None else [_repository_offer(plan.repository, store)]
    return [*repository, *(_part_offer(part, store) for part in plan.parts)]


def _part_offer(part: Part, store: Store) -> Offer:
    licence = part.licence
    return Offer(
        name=part.name,
        licence=licence.name,
        title=licence.title,
        url=licence.url,
        commercial=licence.commercial,
        source=str(part.source),
        size=part.listed_bytes,
        here=store.find(part) is not None,
    )


def _repository_offer(info: RepositoryInfo, store: Store) -> Offer:
    repository = info.repository
    page = f"{constants.ENDPOINT}/{repository.name}"
    return Offer(
        name=str(repository),
        licence=info.licence,
        title="as its publisher says",
        url=page,
        commercial=info.commercial,
        source=page,
        size=sum(file.size for file in info.files.values()),
        here=is_kept(info, store),
    )
