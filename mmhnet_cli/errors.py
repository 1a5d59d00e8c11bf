"""What can go wrong, as facts. `cli/_errors.py` turns each class into a sentence, a next step and an exit code."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path


class MMHNetError(Exception):
    """Base of every error a user can meet. Subclasses are dataclasses whose fields are the facts."""


def leaves(error: BaseException) -> Iterator[BaseException]:
    """The single errors inside a group, in order; an error alone is its own leaf."""
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from leaves(inner)
    else:
        yield error


# Input (exit 4)


@dataclass
class FilmNotFound(MMHNetError):
    """There is no file at `path`."""

    path: Path


@dataclass
class FilmUnreadable(MMHNetError):
    """The file cannot be opened or decoded as film; `reason` is the decoder's word."""

    path: Path
    reason: str


@dataclass
class NoPicture(MMHNetError):
    """The file has no moving picture; `found` names the streams it has."""

    path: Path
    found: str


@dataclass
class NoFrames(MMHNetError):
    """The picture stream, or the chosen range of it, holds no frame that can be decoded."""

    path: Path


@dataclass
class FilmTooLarge(MMHNetError):
    """A limit for untrusted files is passed, for example 67 Mpx per frame; `what` names it."""

    path: Path
    what: str
    found: str
    limit: str


@dataclass
class AudioUnreadable(MMHNetError):
    """The file holds no sound that can be decoded."""

    path: Path
    reason: str


@dataclass
class ReportUnreadable(MMHNetError):
    """The file is no report from which a generation can be repeated."""

    path: Path
    reason: str


@dataclass
class ReportMismatch(MMHNetError):
    """The generation cannot be repeated: `what`, which the report names, is another one now."""

    path: Path
    what: str
    expected: str
    found: str


@dataclass
class LatentsMissing(MMHNetError):
    """The latents of a take, which should lie at `path`, are not there, or not those of `report`."""

    path: Path
    report: Path


@dataclass
class SourceNotFound(MMHNetError):
    """The film that `report` is of, called `name`, is in none of the folders `looked`."""

    report: Path
    name: str
    looked: tuple[Path, ...]


@dataclass
class FolderUnreadable(MMHNetError):
    """A folder cannot be searched for films."""

    path: Path
    reason: str


@dataclass
class NothingFound(MMHNetError):
    """There is no film in any of the inputs."""

    inputs: tuple[str, ...]


# Choice (exit 2)


@dataclass
class BadOption(MMHNetError):
    """An option, or a value in a configuration file, that cannot be used."""

    name: str
    found: str
    expected: str


@dataclass
class ManifestInvalid(MMHNetError):
    """A list of films cannot be used; `origin` is the file and, for a row of it, the line."""

    origin: str
    reason: str


@dataclass
class BadRange(MMHNetError):
    """`start` and `end` do not describe a part of the film, which lasts `duration`. Seconds.

    asked: both in the words of the user, and whole: what the film runs from and to, as `01:00:00:00 to 01:00:04:00`;
    empty where there is no timecode.
    """

    start: Fraction
    end: Fraction
    duration: Fraction
    asked: str = ""
    whole: str = ""


@dataclass
class RangeTooShort(MMHNetError):
    """From `start` to `end` is less than one picture, which lasts `shortest`. Seconds."""

    start: Fraction
    end: Fraction
    shortest: Fraction


# Model (exit 5)


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
class PackageMissing(MMHNetError):
    """Weights that the model needs are the Python package `package`, which is not installed, or not whole."""

    package: str


@dataclass
class SoundNotFinite(MMHNetError):
    """What the model `name` makes are no numbers: its weights, or half precision, lead beyond all bounds."""

    name: str


# Device (exit 6)


@dataclass
class DeviceMissing(MMHNetError):
    """The named device is not on this machine."""

    name: str
    available: tuple[str, ...]


@dataclass
class OutOfMemory(MMHNetError):
    """The device has too little memory for the film."""

    device: str
    stage: str


# Output (exit 7)


@dataclass
class OutputExists(MMHNetError):
    """A file is already there and may not be replaced."""

    path: Path


@dataclass
class OutputBusy(MMHNetError):
    """Another run, or another part of this one, is writing the output; `holder` is who, where that is known."""

    path: Path
    holder: str = ""


@dataclass
class OutputUnwritable(MMHNetError):
    """The output cannot be written: no folder, no permission, disk full."""

    path: Path
    reason: str


@dataclass
class OutputsFailed(MMHNetError):
    """Some outputs could not be made, each with what went wrong; the others, `kept`, are there."""

    problems: tuple[tuple[Path, MMHNetError], ...]
    kept: tuple[Path, ...]


@dataclass
class StdoutUnwritable(MMHNetError):
    """The results could not be printed: standard output is full or broken."""

    reason: str


@dataclass
class ContainerCannotHold(MMHNetError):
    """The container of the output cannot hold a stream of the film."""

    path: Path
    what: str
    suggestion: str


@dataclass
class FfmpegFailed(MMHNetError):
    """The ffmpeg program ended with an error; `tail` is the end of what it said."""

    action: str
    status: int
    tail: str


@dataclass
class FfmpegMissing(MMHNetError):
    """No usable ffmpeg program was found; `looked` names the places."""

    looked: str


# Batch (exit 1)


@dataclass
class FilmFailed(MMHNetError):
    """A fault of ours with one film of many; `reason` is the error that nobody foresaw."""

    path: Path
    reason: str


@dataclass
class WorkerLost(MMHNetError):
    """The process that did the film is gone: killed, or out of memory."""

    path: Path
    reason: str


# Tolerance (exit 8)


@dataclass
class OutOfTolerance(MMHNetError):
    """A measured file misses its delivery target."""

    path: Path
    found: str
    expected: str


# Interruption (exit 130 or 143)


@dataclass
class Interrupted(MMHNetError):
    """The user or the system asked to stop; `signal` is its number."""

    signal: int
