"""What is asked for cannot be: exit code 2."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from mmhnet_cli.errors.base import MMHNetError


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


@dataclass
class SheetInvalid(MMHNetError):
    """A cue sheet cannot be used; `row` and `column` name the place in it, and are empty where all of it is meant."""

    path: Path
    row: str
    column: str
    reason: str


@dataclass
class ExtraMissing(MMHNetError):
    """What was asked for needs `package`, which `pip install "mmhnet[extra]"` brings."""

    what: str
    package: str
    extra: str
