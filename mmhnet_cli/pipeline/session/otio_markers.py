"""OpenTimelineIO: markers of a timeline, of its tracks and its clips, are cues."""

import json
import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from mmhnet_cli.errors import ExtraMissing
from mmhnet_cli.media.probe import VideoInfo
from mmhnet_cli.pipeline.session.drafts import Draft, Flaw
from mmhnet_cli.timecode import Timecode, meant_rate

if TYPE_CHECKING:
    from opentimelineio.core import Item
    from opentimelineio.opentime import RationalTime

OURS = "mmhnet"
"""Metadata of a marker have under this key what else a cue says, as in our own table."""
HITS, HIT = "hits", "hit"
"""A marker with the second in there shows a hit of a cue, which says so itself."""
SECONDS = re.compile(r"\d{1,12}(/\d{1,12}|\.\d{1,12})?")
COLUMNS = ("prompt", "track", "gain", "pan", "seed", "negative", "name", "picture")


def library() -> Any:
    """Return the library. Raises ExtraMissing."""
    try:
        import opentimelineio
    except ImportError as error:
        raise ExtraMissing("OpenTimelineIO", "OpenTimelineIO", "otio") from error
    return opentimelineio


def read(text: str, film: VideoInfo, clock: Timecode | None) -> Iterator[Draft | Flaw]:
    """Yield a cue for each marker that lasts, and a mark for each that does not."""
    otio = library()
    try:
        # Before the library sees it, whose reader calls itself for every bracket.
        json.loads(text)
        timeline = otio.adapters.read_from_string(text, adapter_name="otio_json")
    except (ValueError, RecursionError, otio.exceptions.OTIOError) as error:
        yield Flaw("", "", f"it is not OpenTimelineIO ({_first_line(error)})")
        return
    if not isinstance(timeline, otio.schema.Timeline):
        yield Flaw("", "", f"it holds no timeline, but {type(timeline).__name__:.40}")
        return
    try:
        offset = _offset(timeline.global_start_time, clock)
    except (ValueError, OverflowError, ZeroDivisionError) as error:
        yield Flaw("", "global_start_time", str(error))
        return
    stack = timeline.tracks
    items = [stack, *stack.find_children(descended_from_type=otio.core.Item)]
    markers = [(marker, item) for item in items for marker in item.markers]
    for number, (marker, item) in enumerate(markers, 1):
        said = marker.metadata.get(OURS, {})
        # It may be anything; a list of theirs knows neither.
        said = {key: str(said[key]) for key in (*COLUMNS, HITS, HIT) if key in said} if hasattr(said, "keys") else {}
        if HIT not in said:
            yield _cue(otio, f"marker {number}", marker, said, item, stack, offset)


def _offset(begin: "RationalTime | None", clock: Timecode | None) -> Fraction:
    """Return when the timeline begins, in seconds from the first picture. Raises ValueError and others."""
    if begin is None or clock is None:
        return Fraction(0)
    if _rate(begin) != clock.rate:
        found = f"{begin.rate:.3f} is not that of the film's timecode, {float(clock.rate):.3f}"
        raise ValueError(f"its rate {found}")
    return seconds_of(begin) - clock.seconds


def _cue(
    otio: Any, row: str, marker: Any, said: Mapping[str, str], item: "Item", stack: "Item", offset: Fraction
) -> Draft | Flaw:
    try:
        place = marker.marked_range
        start = offset + seconds_of(item.transformed_time(place.start_time, stack))
        length = seconds_of(place.duration)
        if length < 0:
            raise ValueError("it ends before it starts")
    except (ValueError, OverflowError, ZeroDivisionError, otio.exceptions.OTIOError) as error:
        return Flaw(row, "", f"its place cannot be told ({_first_line(error)})")
    try:
        hits = tuple(_hit(text) for text in said.get(HITS, "").split())
    except (ValueError, ZeroDivisionError):
        return Flaw(row, HITS, "they must be seconds, each as 25/2@0.5")
    own = {column: said[column] for column in COLUMNS if column in said}
    return Draft(row, start, start + length if length else None, {"prompt": marker.name, **own}, hits)


def _hit(text: str) -> tuple[Fraction, str]:
    time, _, strength = text.partition("@")
    if not SECONDS.fullmatch(time):
        raise ValueError(time)
    return Fraction(time), strength


def seconds_of(time: "RationalTime") -> Fraction:
    """Return exact seconds. Raises ValueError or OverflowError for what is no number, ZeroDivisionError for no rate."""
    # Going from rate to rate leaves dust behind the point.
    return Fraction(time.value).limit_denominator(1_000_000) / _rate(time)


def _rate(time: "RationalTime") -> Fraction:
    return meant_rate(Fraction(time.rate))


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0][:100]
