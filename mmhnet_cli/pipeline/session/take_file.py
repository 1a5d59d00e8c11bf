"""A take that was made earlier: its report, its files and its latents, as they lie on disk."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from mmhnet_cli.errors import AudioUnreadable, BadOption, LatentsMissing, ReportMismatch, ReportUnreadable
from mmhnet_cli.media.audio_file import read_audio
from mmhnet_cli.models.digests import file_sha256
from mmhnet_cli.pipeline.asking.cue_entries import CueFile, cue_files_of
from mmhnet_cli.pipeline.asking.names import is_film
from mmhnet_cli.pipeline.asking.report_file import file_of, read_report
from mmhnet_cli.pipeline.delivery.latents import latents_path, read_latents

MOST_GAIN_DB = 100.0


@dataclass(frozen=True)
class EarlierTake:
    """One take of a report."""

    report: Path
    number: int
    """Takes are counted from 1."""
    gain_db: float
    """All its files were given it."""
    sounds: Mapping[str | None, Path]
    """Its WAV files lie here, by stem; None stands for the mix."""
    redone: tuple[Mapping[str, Any], ...]
    """These stretches of it were made anew before."""
    cues: Mapping[int, CueFile] = field(default_factory=dict)
    """These files of single cues, by the number of the cue from 0."""

    def latents(self, voice: str) -> Tensor:
        """Return the latents (L, C) of a voice. Raises LatentsMissing."""
        found = self.kept().get(voice)
        if found is None:
            raise LatentsMissing(latents_path(self.report), self.report)
        return found

    def kept(self) -> dict[str, Tensor]:
        """Return all latents (L, C) of the take, by the name of the voice or of the cue."""
        found = read_latents(latents_path(self.report))
        return {voice: latents for (take, voice), latents in found.items() if take == self.number}

    def sound(self, stem: str | None) -> np.ndarray:
        """Return the samples (channels, n) of a WAV file. Raises AudioUnreadable."""
        return read_audio(self.sounds[stem])[0]

    def cue_sound(self, number: int, channels: int) -> np.ndarray:
        """Return the samples (channels, n) of the file of a cue. Raises AudioUnreadable where it is not as told."""
        file = self.cues[number]
        samples = read_audio(file.path)[0]
        if samples.shape != (channels, file.samples):
            found = f"{samples.shape[0]} channels of {samples.shape[1]} samples"
            raise AudioUnreadable(file.path, f"it has {found}, its report says {channels} of {file.samples}")
        return samples


def read_take(report: Path, number: int) -> EarlierTake:
    """Return take `number` of a report, whose files are as they were written.

    Raises ReportUnreadable, BadOption for a take that there is not, or that has no WAV file, and ReportMismatch for a
    file that has changed since.
    """
    content = read_report(report)
    take = _take_of(content, report, number)
    gain_db = _gain_of(take, report)
    try:
        files = [(str(file["file"]), file["stem"], str(file["sha256"])) for file in take["files"]]
    except (KeyError, TypeError, ValueError) as error:
        raise ReportUnreadable(report, f"take {number} is not complete ({error})") from error
    sounds: dict[str | None, Path] = {}
    for name, stem, digest in files:
        path = file_of(report, name)
        if is_film(path):
            continue
        found = file_sha256(path) if path.is_file() else "no such file"
        if found != digest:
            raise ReportMismatch(report, name, digest, found)
        sounds[stem] = path
    if None not in sounds:
        raise BadOption("--take", str(number), "a take with a WAV file of the mix, made with -o NAME.wav")
    redone = tuple(one for one in _list(content.get("redone")) if isinstance(one, dict))
    return EarlierTake(report, number, gain_db, sounds, redone, cue_files_of(report, take))


def gain_of(report: Path, number: int) -> float:
    """Return the gain of take `number` of a report in dB. Raises ReportUnreadable, or BadOption as `read_take`."""
    return _gain_of(_take_of(read_report(report), report, number), report)


def picked_take(report: Path) -> int:
    """Return the number of the take of a report that was picked, else 1. Raises ReportUnreadable."""
    content = read_report(report)
    numbers = [take.get("take") for take in _list(content.get("takes")) if isinstance(take, dict)]
    picked = content.get("picked")
    return picked if type(picked) is int and picked in numbers else 1


def chosen_take(report: Path, option: str) -> int:
    """Return the number of the one take of a report: the only one, or that which was picked.

    option: what asks for it. Raises ReportUnreadable, or BadOption where there are several.
    """
    content = read_report(report)
    numbers = [take.get("take") for take in _list(content.get("takes")) if isinstance(take, dict)]
    chosen = content.get("picked") if content.get("picked") in numbers else numbers[0] if len(numbers) == 1 else None
    if type(chosen) is not int:
        raise BadOption(option, report.name, f"the report of one take: `mmhnet pick {report.name} N` makes one the one")
    return chosen


def _take_of(content: Mapping[str, Any], report: Path, number: int) -> dict[str, Any]:
    takes = [take for take in _list(content.get("takes")) if isinstance(take, dict)]
    numbers = [take.get("take") for take in takes]
    if number not in numbers:
        known = ", ".join(str(known) for known in numbers if isinstance(known, int))
        raise BadOption("--take", str(number), f"a take of {report.name}: {known or 'it has none'}")
    return takes[numbers.index(number)]


def _gain_of(take: Mapping[str, Any], report: Path) -> float:
    try:
        gain_db = float(take["loudness"]["gain"]["db"])
    except (KeyError, TypeError, ValueError) as error:
        raise ReportUnreadable(report, f"take {take.get('take')} is not complete ({error})") from error
    if not math.isfinite(gain_db) or abs(gain_db) > MOST_GAIN_DB:
        raise ReportUnreadable(report, f"the gain of take {take.get('take')} is {gain_db} dB")
    return gain_db


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
