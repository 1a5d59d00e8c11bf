"""Where a film lies in the day, and which part of it was chosen, in seconds or in its timecode."""

from fractions import Fraction

from mmhnet_cli.errors import BadOption, BadRange, RangeTooShort
from mmhnet_cli.media.probe import VideoInfo
from mmhnet_cli.timecode import Timecode, says_drop
from mmhnet_cli.timeline import round_half_up

NTSC = Fraction(1000, 1001)
AUTO, NONE = "auto", "none"


def clock_of(asked: str, film: VideoInfo) -> Timecode | None:
    """Return the timecode of the first picture; None where there is none.

    asked: `auto` takes what the film says, `none` takes none, and anything else is the label itself. Raises BadOption
    for a label that the film cannot have.
    """
    if asked == AUTO:
        return film.timecode.start
    if asked == NONE:
        return None
    try:
        return Timecode.parse(asked, _label_rate(asked, film))
    except ValueError as error:
        raise BadOption("--timecode", asked, f"auto, none or a timecode at the rate of the film ({error})") from error


def doubts_of(asked: str, film: VideoInfo, clock: Timecode | None, first_sample: Fraction) -> tuple[str, ...]:
    """Return sentences about what may not be as the user thinks. first_sample: that of the job."""
    found = []
    if asked == AUTO and film.timecode.doubt is not None:
        placed = "" if clock is not None else " The sound carries no timecode."
        found.append(f"The film's timecode is in doubt: {film.timecode.doubt}.{placed} --timecode says what it is.")
    if clock is not None and clock.seconds + first_sample < 0:
        label = clock + -_frames_before(-first_sample, clock)
        found.append(
            f"The sound begins before midnight of the film's timecode ({clock}): its place is {label}, at the end of "
            "the day before. Choose a shorter --handles, or a later --timecode."
        )
    return tuple(found)


def chosen_part(
    start: Fraction | str | None, end: Fraction | str | None, film: VideoInfo, clock: Timecode | None
) -> tuple[Fraction, Fraction]:
    """Return begin and end in seconds from the first picture. Raises BadOption, BadRange or RangeTooShort."""
    first = Fraction(0) if start is None else seconds_in_film("--start", start, film, clock)
    last = film.duration if end is None else seconds_in_film("--end", end, film, clock)
    if not 0 <= first < last <= film.duration:
        asked = ""
        if isinstance(start, str) or isinstance(end, str):
            asked = f"{_asked(start, first, film, clock)} to {_asked(end, last, film, clock)}"
        raise BadRange(first, last, film.duration, asked, _whole(film, clock))
    shortest = min(1 / film.label_rate, film.duration)
    if last - first < shortest:
        raise RangeTooShort(first, last, shortest)
    return first, last


def seconds_in_film(name: str, time: Fraction | str, film: VideoInfo, clock: Timecode | None) -> Fraction:
    """Return the seconds from the first picture that the option `name` says, which may lie outside the film.

    A timecode counts as the film does, from 0 where that has none. Raises BadOption.
    """
    if isinstance(time, Fraction):
        return time
    try:
        if clock is None:
            return Timecode.parse(time, _label_rate(time, film)).seconds
        if says_drop(time) and not clock.drop:
            raise ValueError(f"{clock} of the film's first picture is not drop-frame")
        # Written with a colon as well, a label of this film is one of its own count.
        label = Timecode.parse(time, clock.rate, clock.drop)
    except ValueError as error:
        runs = f"; the film runs from {whole}" if (whole := _whole(film, clock)) else ""
        raise BadOption(name, time, f"seconds, or a timecode at the rate of the film ({error}{runs})") from error
    after_midnight = label.frames_per_day / label.rate if label.frames < clock.frames else 0
    offset = label.seconds - clock.seconds
    return offset + after_midnight if offset + after_midnight <= film.duration else offset


def _label_rate(label: str, film: VideoInfo) -> Fraction:
    """Return how many labels a timecode that the user gives a film counts per second.

    The rate of a film of variable rate is a guess, and drop-frame labels tell 29.97 from 30.
    """
    rate = film.label_rate
    return rate * NTSC if film.variable_rate and says_drop(label) and rate.denominator == 1 else rate


def _whole(film: VideoInfo, clock: Timecode | None) -> str:
    """Say from where to where the film runs, in its timecode; return an empty text where it has none."""
    return "" if clock is None else f"{clock} to {clock + round_half_up(film.duration * clock.rate)}"


def _asked(given: Fraction | str | None, seconds: Fraction, film: VideoInfo, clock: Timecode | None) -> str:
    """Return one end of a range as the user wrote it, or in the timecode that the other end is written in."""
    if isinstance(given, str):
        return given
    counted = clock or Timecode(0, film.label_rate)
    return str(counted + round_half_up(seconds * counted.rate))


def _frames_before(seconds: Fraction, clock: Timecode) -> int:
    """Return how many whole frames hold `seconds`."""
    return -int(-seconds * clock.rate // 1)
