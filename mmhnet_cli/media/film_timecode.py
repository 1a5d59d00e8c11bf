"""The timecode of a film's first picture: what the film says, and the moment of the day that this names."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from av.container import InputContainer
from av.video.stream import VideoStream

from mmhnet_cli.media.mxf_timecode import read_mxf_timecode
from mmhnet_cli.media.timecode_track import TimecodeTrackError, read_timecode_track
from mmhnet_cli.timecode import Timecode
from mmhnet_cli.timeline import round_half_up

# Below this many labels a second no camera counts in pairs or fours of pictures.
SLOWEST_LABELS = 24


@dataclass(frozen=True)
class FilmTimecode:
    """What a film says of its timecode."""

    text: str | None = None
    """The film has it so; None where it has none."""
    start: Timecode | None = None
    """The text names this frame; None where that cannot be told."""
    doubt: str | None = None
    """It says why that cannot be told, or what else it may mean; None for nearly every film."""


def film_timecode(path: Path, container: InputContainer, picture: VideoStream, rate: Fraction) -> FilmTimecode:
    """Return the timecode of the first picture. rate: labels per second where the film does not say.

    A timecode track counts at its own rate; MXF says its own too; a tag, as in Matroska and AVI, is text alone.
    """
    text = _tag(container, picture)
    try:
        if "mov" in container.format.name.split(","):
            start = read_timecode_track(path, picture.id)
        elif container.format.name == "mxf" and text is not None:
            start = read_mxf_timecode(path, text, rate)
        else:
            start = None
    except (TimecodeTrackError, OSError) as error:
        return FilmTimecode(text or "", None, f"its timecode track cannot be placed: {error}")
    if start is not None:
        return FilmTimecode(str(start), start, _drift(start, rate))
    return FilmTimecode() if text is None else tagged_timecode(text, rate)


def tagged_timecode(text: str, rate: Fraction) -> FilmTimecode:
    """Return the timecode that is written as `text` in a film of `rate` pictures per second.

    Above 30 pictures per second a label may stand for one picture, for two or for four; where these are different
    moments, and only then, there is a doubt.
    """
    readings: list[Timecode] = []
    reason = ""
    for divisor in (1, 2, 4):
        if divisor > 1 and (round_half_up(rate) % divisor or round_half_up(rate) // divisor < SLOWEST_LABELS):
            break
        try:
            readings.append(Timecode.parse(text, rate / divisor))
        except ValueError as error:
            reason = reason or f"{text} cannot be placed ({error})"
    if not readings:
        return FilmTimecode(text, None, reason)
    first = readings[0]
    others = [other for other in readings if other.seconds != first.seconds]
    doubt = None
    if others:
        late_ms = float(others[0].seconds - first.seconds) * 1000
        doubt = (
            f"{text} is taken as one of {first.labels_per_second} frames per second, which the film does not say: "
            f"were it one of {others[0].labels_per_second}, the sound would belong {late_ms:.0f} ms later"
        )
    return FilmTimecode(text, first, doubt)


def _drift(start: Timecode, rate: Fraction) -> str | None:
    """Say where the labels run at 30 and the pictures at 29.97, or the other way round; None where they do not."""
    ratio = max(rate / start.rate, start.rate / rate)
    if ratio.denominator == 1 or abs(ratio / round_half_up(ratio) - 1) > Fraction(1, 500):
        return None
    return (
        f"its timecode runs at {float(start.rate):.3f} frames per second and its pictures at {float(rate):.3f}: they "
        "drift apart, and the sound is placed by the timecode"
    )


def _tag(container: InputContainer, picture: VideoStream) -> str | None:
    tags = [picture.metadata, container.metadata, *(other.metadata for other in container.streams)]
    found = (value for tag in tags for key, value in tag.items() if key.lower() == "timecode")
    return next(found, None)
