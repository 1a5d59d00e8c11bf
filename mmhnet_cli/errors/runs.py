"""A run ends before its end, or its result misses a target: exit codes 1, 8, 130 and 143."""

from dataclasses import dataclass
from pathlib import Path

from mmhnet_cli.errors.base import MMHNetError


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


@dataclass
class OutOfTolerance(MMHNetError):
    """A measured file misses its delivery target."""

    path: Path
    found: str
    expected: str


@dataclass
class LossNotFinite(MMHNetError):
    """The loss of a training, or its gradient, has been no number for some steps; what was learnt up to `saved` is in
    `path`."""

    path: Path
    step: int
    saved: int


@dataclass
class ProcessLost(MMHNetError):
    """A process that a training needs is gone, `which` of them; `path` has what was learnt."""

    path: Path
    which: str


@dataclass
class Interrupted(MMHNetError):
    """The user or the system asked to stop; `signal` is its number."""

    signal: int
