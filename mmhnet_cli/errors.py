"""What can go wrong, as facts. `cli/_errors.py` turns each class into a sentence, a next step and an exit code."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path


class MMHNetError(Exception):
    """Base of every error a user can meet. Subclasses are dataclasses whose fields are the facts."""


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


# Choice (exit 2)


@dataclass
class BadOption(MMHNetError):
    """An option, or a value in a configuration file, that cannot be used."""

    name: str
    found: str
    expected: str


@dataclass
class BadRange(MMHNetError):
    """`start` and `end` do not describe a part of the film. Seconds."""

    start: Fraction
    end: Fraction
    duration: Fraction


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
class WeightsInvalid(MMHNetError):
    """A weight file does not hold what the network expects; `key` is the first entry that differs."""

    path: Path
    key: str
    expected: str
    found: str


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
class OutputUnwritable(MMHNetError):
    """The output cannot be written: no folder, no permission, disk full."""

    path: Path
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
