"""Edit decision lists (CMX 3600): locators with words are cues; without any, events are."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from mmhnet_cli.media.probe import VideoInfo
from mmhnet_cli.pipeline.session.drafts import Draft, Flaw
from mmhnet_cli.timecode import Timecode

LABEL = r"\d\d[:;]\d\d[:;]\d\d[:;,]\d\d\d?"
EVENT = re.compile(rf"(\d+)\s+(\S+)\s+(\S+)\s+(\S.*?)\s+({LABEL})\s+({LABEL})\s+({LABEL})\s+({LABEL})\s*")
LOCATOR = re.compile(rf"\*\s*LOC:\s*({LABEL})\s*(\S*)\s*(.*)")
CLIP = re.compile(r"\*\s*FROM CLIP NAME:\s*(.*)")
NOTED = ("track", "gain", "pan", "seed", "negative", "name", "picture")
"""What a cue says beside its words and hits stands in comments, one for each column of our own table."""
NOTE = re.compile(rf"\*\s*MMHNET ({'|'.join(NOTED).upper()}):\s*(.*)")
HIT = re.compile(r"HIT\s*([\d.]*)")
"""In place of words, a locator so called is a hit of the event it stands in, with its strength."""
LONGEST_LINE = 1000
CUE_REEL = "CUE"
"""Where a list has events of this reel, these alone are cues: ours say so, beside the film and its sounds."""
COUNTS = {"DROP FRAME": True, "NON-DROP FRAME": False, "NON DROP FRAME": False}


@dataclass
class _Event:
    row: str
    reel: str
    start: str
    end: str
    cells: dict[str, str] = field(default_factory=dict)
    hits: list[tuple[str, str]] = field(default_factory=list)


def read(text: str, film: VideoInfo, clock: Timecode | None) -> Iterator[Draft | Flaw]:
    """Yield the cues. Times are those of the record side, which is the film."""
    events: list[_Event] = []
    marks: list[Draft] = []
    for number, line in enumerate(text.splitlines(), 1):
        row, said = f"line {number}", line.strip()
        if len(line) > LONGEST_LINE:
            yield Flaw(row, "", f"it is longer than {LONGEST_LINE} characters")
        elif said.startswith("FCM:"):
            yield from _flaw_of_count(row, said.removeprefix("FCM:").strip().upper(), clock)
        elif event := EVENT.fullmatch(said):
            events.append(_Event(row, event[2], event[7], event[8]))
        elif locator := LOCATOR.fullmatch(said):
            hit = HIT.fullmatch(locator[3])
            if locator[3] and not hit:
                marks.append(Draft(row, locator[1], None, {"prompt": locator[3]}))
            elif events:
                events[-1].hits.append((locator[1], hit[1] if hit else ""))
        elif events and (clip := CLIP.fullmatch(said)):
            events[-1].cells["prompt"] = clip[1]
        elif events and (note := NOTE.fullmatch(said)):
            events[-1].cells[note[1].lower()] = note[2]
        elif said[:1].isdigit():
            yield Flaw(row, "", "it is no event: number, reel, track, kind and four timecodes")
    ours = [event for event in events if event.reel == CUE_REEL]
    chosen = ours or ([] if marks else events)
    yield from (Draft(event.row, event.start, event.end, event.cells, tuple(event.hits)) for event in chosen)
    yield from [] if ours else marks


def _flaw_of_count(row: str, said: str, clock: Timecode | None) -> Iterator[Flaw]:
    counted = COUNTS.get(said)
    # What is not drop-frame at 30 labels a second, or whose film has no timecode, contradicts nothing.
    if counted is not None and clock is not None and counted != clock.drop:
        film = "drop-frame" if clock.drop else "not drop-frame"
        yield Flaw(row, "FCM", f"it counts {said}, and the film's timecode ({clock}) is {film}")
