"""What a session in another program gets: the film, the sounds of a report at their place, and cues."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from mmhnet_cli.errors import AudioUnreadable, BadOption, ReportUnreadable
from mmhnet_cli.media.probe import VideoInfo, probe
from mmhnet_cli.options.request import MIX, GenerateRequest
from mmhnet_cli.pipeline.asking.chosen_part import chosen_part, clock_of
from mmhnet_cli.pipeline.asking.found import is_file
from mmhnet_cli.pipeline.asking.names import is_film
from mmhnet_cli.pipeline.asking.placed_hits import placed_hits
from mmhnet_cli.pipeline.asking.report_file import file_of, read_report, request_of
from mmhnet_cli.pipeline.delivery.sound_files import GENERATED, comment_of
from mmhnet_cli.pipeline.session.cues import Cue
from mmhnet_cli.pipeline.session.sheet_file import read_sheet
from mmhnet_cli.pipeline.session.take_file import picked_take
from mmhnet_cli.timecode import Timecode
from mmhnet_cli.timeline import round_half_up

MIX_TRACK = "mix"
MOST_SAMPLES, MOST_TAKES, MOST_FILES = 2**40, 99, 100
LONGEST_NAME = 200


@dataclass(frozen=True)
class PlacedSound:
    """A WAV file, and where it belongs."""

    path: Path
    track: str
    take: int
    """Takes are counted from 1."""
    begin: Fraction
    """Its first sample is then, in seconds from the first picture; with handles that may be before it."""
    samples: int
    sample_rate_hz: int
    channels: int
    bits: int

    @property
    def trimmed(self) -> int:
        """Return how many of its samples lie before the first picture, where most programs have no time."""
        return min(self.samples, max(0, round_half_up(-self.begin * self.sample_rate_hz)))

    @property
    def seconds(self) -> Fraction:
        """Return how long it lasts from the first picture on, or from where it begins."""
        return Fraction(self.samples - self.trimmed, self.sample_rate_hz)


@dataclass(frozen=True)
class HandOver:
    """The film with its sounds and its cues."""

    film: VideoInfo
    clock: Timecode | None
    """The first picture has it; None where it is not known."""
    sounds: tuple[PlacedSound, ...]
    cues: tuple[Cue, ...]
    comment: str = ""
    """Its sounds say so of themselves; empty where they are not marked."""
    project: str = ""

    @property
    def rate(self) -> Fraction:
        """Return how many frames a second its times are counted in."""
        return self.film.label_rate if self.clock is None else self.clock.rate

    @property
    def begins(self) -> Timecode:
        """Return the label of the first picture; it is 0 where there is no timecode."""
        return self.clock or Timecode(0, self.film.label_rate)

    @property
    def frames(self) -> int:
        """Return how many frames the film has at `rate`."""
        return self.frame_at(self.film.duration)

    @property
    def tracks(self) -> dict[str, list[PlacedSound]]:
        """Return the takes of each track, in order; one that was picked is the first."""
        found: dict[str, list[PlacedSound]] = {}
        for sound in self.sounds:
            found.setdefault(sound.track, []).append(sound)
        return found

    @property
    def firsts(self) -> list[PlacedSound]:
        """Return the first take of each track, without the sum of others."""
        return [takes[0] for track, takes in self.tracks.items() if not self.is_sum(track)]

    def of_take(self, take: int) -> "HandOver":
        """Return the same with one take alone. Raises BadOption where there is none of that number."""
        own = tuple(sound for sound in self.sounds if sound.take == take)
        if not own:
            known = ", ".join(map(str, sorted({sound.take for sound in self.sounds})))
            raise BadOption("--take", str(take), f"a take with WAV files: {known or 'there is none'}")
        return replace(self, sounds=own)

    def is_sum(self, track: str) -> bool:
        """Tell whether a track is the sum of others, and would double them if it sounded with them."""
        return track == MIX_TRACK and len(self.tracks) > 1

    def frame_at(self, seconds: Fraction) -> int:
        """Return the frame, from 0, that begins nearest to this moment."""
        return round_half_up(seconds * self.rate)


def hand_over(report: Path, film: Path | None, sheet: Path | None) -> HandOver:
    """Return what the report at `report` made, with the cues of a sheet, else with what was asked for as cues.

    film: as for `request_of`. Raises what `request_of`, `probe` and `read_sheet` raise, and an ExceptionGroup with
    AudioUnreadable for each sound that is not there any more.
    """
    request = request_of(report, film, "error")
    info = probe(request.film)
    clock = clock_of(request.output.timecode, info)
    start, end = chosen_part(request.start, request.end, info, clock)
    sounds = tuple(_sounds(report, request, start))
    missing = [AudioUnreadable(sound.path, "it is not there") for sound in sounds if not is_file(sound.path)]
    if missing:
        raise ExceptionGroup("the sounds", missing)
    cues = _asked(request, info, clock, start, end) if sheet is None else read_sheet(sheet, info, clock).cues
    return HandOver(info, clock, sounds, cues, _comment(report, request), request.output.project or "")


def _comment(report: Path, request: GenerateRequest) -> str:
    model = read_report(report).get("model")
    if not request.output.marked or not isinstance(model, dict):
        return ""
    name, licence = (str(model.get(key))[:LONGEST_NAME] for key in ("name", "licence"))
    return comment_of(name, licence, model.get("commercial_use"), GENERATED)


def _sounds(report: Path, request: GenerateRequest, start: Fraction) -> Iterator[PlacedSound]:
    """Yield the WAV files of all takes, track by track. Raises ReportUnreadable."""
    facts = read_report(report)
    try:
        sound = facts["sound"]
        samples, handle = _whole(sound["samples"]), _whole(sound["handle_samples"])
        rate_hz, channels = request.output.sample_rate_hz, 1 if sound["channels"] == "mono" else 2
        bits = 32 if request.output.bits == "32f" else int(request.output.bits)
        begin = start - Fraction(handle, rate_hz)
        files = list(_files(facts["takes"], report))
    except (KeyError, TypeError, ValueError) as error:
        raise ReportUnreadable(report, f"it is not complete ({error!r:.60})") from error
    first = picked_take(report)
    for path, track, take in sorted(files, key=lambda file: (file[1] != MIX_TRACK, file[2] != first)):
        yield PlacedSound(path, track, take, begin, samples, rate_hz, channels, bits)


def _files(takes: Sequence[Any], report: Path) -> Iterator[tuple[Path, str, int]]:
    """Yield path, track and take."""
    for take in takes[:MOST_TAKES]:
        for file in take["files"][:MOST_FILES]:
            path = file_of(report, str(file["file"]))
            if not is_film(path):
                yield path, str(file["stem"] or MIX_TRACK), _whole(take["take"])


def _whole(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= MOST_SAMPLES:
        raise ValueError(f"{value!r:.40} is no count")
    return value


def _asked(
    request: GenerateRequest, film: VideoInfo, clock: Timecode | None, start: Fraction, end: Fraction
) -> tuple[Cue, ...]:
    if request.cues is not None:
        return tuple(cue for cue in request.cues if cue.start < end and cue.end > start)
    hits = placed_hits(request.hits, film, clock)
    within = None if hits is None else tuple(hit for hit in hits if start <= hit[0] < end)
    return tuple(
        Cue(
            start,
            end,
            voice.prompt,
            MIX_TRACK if voice.name == MIX else voice.name,
            within,
            voice.gain_db,
            seed=voice.seed,
            negative=voice.negative_prompt,
        )
        for voice in request.voices
    )
