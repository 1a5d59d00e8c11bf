"""What was made cannot be written: exit code 7."""

from dataclasses import dataclass
from pathlib import Path

from mmhnet_cli.errors.base import MMHNetError


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
