"""What there is to hear: the reports of a folder, their films, takes and sounds, each under a key of its own.

The page names keys. A path leaves this file, and never comes in.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from mmhnet_cli.errors import MMHNetError, ReportUnreadable, leaves
from mmhnet_cli.media.probe import VideoInfo
from mmhnet_cli.options import Stem
from mmhnet_cli.options.request import MIX
from mmhnet_cli.pipeline.asking.found import is_folder, names_in
from mmhnet_cli.pipeline.asking.report_file import read_report, request_of
from mmhnet_cli.pipeline.delivery.latents import latents_path
from mmhnet_cli.pipeline.session.hand_over import HandOver, PlacedSound, hand_over

MOST_REPORTS = 200
"""More of one folder are not shown: a page with as many takes is of no use."""


@dataclass(frozen=True)
class Version:
    """A take of a report: what is heard at once."""

    key: str
    report: Path
    take: int
    label: str
    picked: bool
    redone: tuple[tuple[float, float, str], ...]
    """These stretches, in seconds from the first picture, were made anew, each of a voice."""
    voices: tuple[Stem, ...]
    """They were asked for, each with its words."""
    stems: bool
    latents: bool
    """Whether the take can be redone: its latents are there."""
    lufs: float | None
    session: HandOver
    sounds: tuple[tuple[str, PlacedSound], ...]
    """By key, in the order in which they are shown."""

    @property
    def film(self) -> str:
        """Return the key of its film."""
        return key_of(self.session.film.path)


@dataclass(frozen=True)
class Library:
    """All that a page may ask for, by key."""

    versions: dict[str, Version]
    films: dict[str, VideoInfo]
    sounds: dict[str, Path]
    problems: tuple[MMHNetError, ...]
    """These reports cannot be shown, and why."""


class Shelf:
    """Reports of a folder, or one report with those of the same film beside it; looked at again when asked."""

    def __init__(self, target: Path, film: Path | None) -> None:
        self.target, self.film = target, film
        self._known: dict[tuple[Path, int, int], tuple[Version, ...]] = {}

    def look(self) -> Library:
        """Return what is there now. Raises ReportUnreadable, or an ExceptionGroup where none can be shown."""
        versions: dict[str, Version] = {}
        problems: list[MMHNetError] = []
        for report in self._reports():
            try:
                versions.update((version.key, version) for version in self._versions(report))
            except (MMHNetError, ExceptionGroup) as error:
                problems += [leaf for leaf in leaves(error) if isinstance(leaf, MMHNetError)]
        if not versions:
            if problems:
                raise ExceptionGroup("the reports", problems)
            raise ReportUnreadable(self.target, "there is no report of mmhnet in it, a .json file beside a sound")
        films = {version.film: version.session.film for version in versions.values()}
        sounds = {key: sound.path for version in versions.values() for key, sound in version.sounds}
        return Library(versions, films, sounds, tuple(problems))

    def _reports(self) -> list[Path]:
        if not is_folder(self.target):
            mine = _source(read_report(self.target))
            others = _found_in(self.target.parent)
            return [self.target, *(path for path, source in others if source == mine and path != self.target)]
        return [path for path, _ in _found_in(self.target)]

    def _versions(self, report: Path) -> tuple[Version, ...]:
        known = (report, *_stamp(report))
        if known not in self._known:
            self._known[known] = tuple(versions_of(report, self.film))
        return self._known[known]


def versions_of(report: Path, film: Path | None) -> Iterator[Version]:
    """Yield the takes of a report. film: where it is now; None is where the report says.

    Raises what `hand_over` raises.
    """
    session = hand_over(report, film, None)
    request = request_of(report, film, "error")
    facts = read_report(report)
    takes = sorted({sound.take for sound in session.sounds})
    for take in takes:
        sounds = tuple((key_of(sound.path), sound) for sound in session.sounds if sound.take == take)
        name = report.stem.removeprefix(session.film.path.stem).lstrip("_") or report.stem
        yield Version(
            key=f"{key_of(report, stamped=False)}-{take}",
            report=report,
            take=take,
            label=f"{name} · take {take}" if len(takes) > 1 else name,
            picked=facts.get("picked") == take,
            redone=tuple(_redone(facts)),
            voices=request.voices,
            stems=bool(request.stems),
            latents=latents_path(report).is_file(),
            lufs=_loudness(facts, take),
            session=session,
            sounds=sounds,
        )


def key_of(path: Path, stamped: bool = True) -> str:
    """Return the name that the page has for a file. stamped: one that changes with its content."""
    told = (str(path.absolute()), *(_stamp(path) if stamped else ()))
    return hashlib.sha256(repr(told).encode(errors="surrogateescape")).hexdigest()[:16]


def voice_name(version: Version, track: str) -> str | None:
    """Return the stem that a track of a version is; None where it is all that there is."""
    return track if version.stems and track != MIX else None


def _found_in(folder: Path) -> list[tuple[Path, str]]:
    """Return the reports in a folder, by name, each with the digest of its film."""
    names = sorted((name for name in names_in(folder) if name.lower().endswith(".json")), key=_natural)
    found: list[tuple[Path, str]] = []
    for name in names:
        if len(found) == MOST_REPORTS:
            break
        try:
            found.append((folder / name, _source(read_report(folder / name))))
        except ReportUnreadable:
            continue  # another program's JSON
    return found


def _natural(name: str) -> list[tuple[int, str]]:
    """Return what sorts 2 before 10, and a name before those that go on from it."""
    stem = name.rpartition(".")[0]
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d{1,9})", stem)]


def _source(facts: dict) -> str:
    source = facts.get("source")
    return str(source.get("sha256")) if isinstance(source, dict) else ""


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


def _redone(facts: dict) -> Iterator[tuple[float, float, str]]:
    for one in facts.get("redone") or ():
        try:
            yield float(Fraction(one["from_s"])), float(Fraction(one["to_s"])), str(one["voice"])
        except (KeyError, TypeError, ValueError, ZeroDivisionError, OverflowError):
            continue


def _loudness(facts: dict, take: int) -> float | None:
    try:
        [own] = [one for one in facts["takes"] if one["take"] == take]
        return round(float(own["loudness"]["after"]["integrated_lufs"]), 1)
    except (KeyError, TypeError, ValueError):
        return None
