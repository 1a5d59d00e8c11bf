"""A model, its weights or their download fails: exit code 5."""

from dataclasses import dataclass
from pathlib import Path

from mmhnet_cli.errors.base import MMHNetError


@dataclass
class UnknownModel(MMHNetError):
    """`name` is neither a model of the table nor a folder with weights."""

    name: str
    known: tuple[str, ...]


@dataclass
class WeightsMissing(MMHNetError):
    """The model is known, but its files are not on this machine."""

    name: str
    path: Path


@dataclass
class WeightsUnpublished(WeightsMissing):
    """Nobody has published these `parts` of the model."""

    parts: tuple[str, ...]


@dataclass
class WeightsOffline(MMHNetError):
    """Parts of the model must be downloaded, and the network may not be used."""

    name: str
    parts: tuple[str, ...]


@dataclass
class LicenceNotAccepted(MMHNetError):
    """The model comes under licences that the user has not accepted; `licences` names them."""

    name: str
    licences: tuple[str, ...]


@dataclass
class DownloadFailed(MMHNetError):
    """`source` could not be read to its end: no network, a server that is down, a connection that broke."""

    source: str
    reason: str


@dataclass
class DownloadMissing(MMHNetError):
    """The server answers, but does not have `source`."""

    source: str
    reason: str


@dataclass
class DownloadDenied(MMHNetError):
    """The server wants a login, or accepted terms, before it gives `source`; `page` is where that is done."""

    source: str
    page: str


@dataclass
class UploadDenied(MMHNetError):
    """The hub wants a login, or gives this account no right to write, before it takes a model for `repository`."""

    repository: str
    page: str


@dataclass
class UploadFailed(MMHNetError):
    """A model could not be put into `repository`: no network, or a server that does not take it."""

    repository: str
    reason: str


@dataclass
class DigestMismatch(MMHNetError):
    """What `source` gave is not what was published, or not what was there before; it was not kept."""

    source: str
    expected: str
    found: str


@dataclass
class WeightsDamaged(MMHNetError):
    """A kept file has changed since it was checked; `name` is the part or repository it belongs to."""

    name: str
    path: Path
    reason: str


@dataclass
class CacheUnwritable(MMHNetError):
    """Weights cannot be kept at `path`: disk full, no permission."""

    path: Path
    reason: str


@dataclass
class WeightsInvalid(MMHNetError):
    """A weight file does not hold what the network expects; `key` is the first entry that differs."""

    path: Path
    key: str
    expected: str
    found: str


@dataclass
class EmbeddingInvalid(WeightsInvalid):
    """A file does not hold a network that sounds are compared by."""


@dataclass
class PackageMissing(MMHNetError):
    """Weights that the model needs are the Python package `package`, which is not installed, or not whole."""

    package: str


@dataclass
class SoundNotFinite(MMHNetError):
    """What the model `name` makes are no numbers: its weights, or half precision, lead beyond all bounds."""

    name: str
