"""What is given cannot be used as a film, a sound or a report: exit code 4."""

from dataclasses import dataclass
from pathlib import Path

from mmhnet_cli.errors.base import MMHNetError


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
class SoundMissing(MMHNetError):
    """There is no file in `folder` that was made for `film`, such as one called `expected`."""

    film: Path
    folder: Path
    expected: str


@dataclass
class FolderUnreadable(MMHNetError):
    """A folder cannot be searched for films."""

    path: Path
    reason: str


@dataclass
class NothingFound(MMHNetError):
    """There is no film in any of the inputs."""

    inputs: tuple[str, ...]


@dataclass
class TrainingInvalid(MMHNetError):
    """What was prepared for a training, or a training that was begun, is not as it should be; `key` is the first entry
    of `path` that differs."""

    path: Path
    key: str
    expected: str
    found: str


@dataclass
class NothingPrepared(MMHNetError):
    """None of the films has a clip to train on; `report` says why, film by film."""

    report: Path
