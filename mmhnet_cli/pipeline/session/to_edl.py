"""An edit decision list (CMX 3600): the film, the first take of each track, and cues as events with locators."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import count
from pathlib import Path

from mmhnet_cli.pipeline.session.cues import FX, Cue
from mmhnet_cli.pipeline.session.edl import CUE_REEL, NOTED
from mmhnet_cli.pipeline.session.hand_over import HandOver
from mmhnet_cli.pipeline.session.paths import one_line
from mmhnet_cli.pipeline.session.table import said_of

FILE_REEL = "AX"


def write(session: HandOver, folder: Path, file: Path) -> None:
    """Write the list to `file`; it names films and sounds without folders, as such lists do."""
    file.write_text("\n".join(_lines(session)) + "\n", encoding="utf-8", newline="\n")


def _lines(session: HandOver) -> Iterator[str]:
    number = count(1)
    yield f"TITLE: {one_line(session.film.path.stem)}"
    yield f"FCM: {'DROP FRAME' if session.begins.drop else 'NON-DROP FRAME'}"
    yield ""
    yield _event(session, next(number), FILE_REEL, "V", 0, session.frames)
    yield f"* FROM CLIP NAME: {one_line(session.film.path.name)}"
    # Such a list mutes nothing.
    heard = [takes for name, takes in session.tracks.items() if not session.is_sum(name)]
    for place, takes in enumerate(heard, 1):
        first = takes[0]
        begin = session.frame_at(first.begin)
        end = begin + session.frame_at(Fraction(first.samples, first.sample_rate_hz))
        yield _event(session, next(number), FILE_REEL, "A" if place == 1 else f"A{place}", begin, end)
        yield f"* FROM CLIP NAME: {one_line(first.path.name)}"
    for cue in (cue.on_frames(session.rate) for cue in session.cues):
        yield _event(session, next(number), CUE_REEL, "NONE", session.frame_at(cue.start), session.frame_at(cue.end))
        yield from _notes(session, cue)


def _event(session: HandOver, number: int, reel: str, channel: str, begin: int, end: int) -> str:
    """Return the line of an event; a film and its sounds carry the film's timecode, so both sides are alike."""
    begins, ends = session.begins + begin, session.begins + end
    return f"{number:03}  {reel:<8} {channel:<5} C        {begins} {ends} {begins} {ends}"


def _notes(session: HandOver, cue: Cue) -> Iterator[str]:
    yield f"* FROM CLIP NAME: {one_line(cue.prompt)}"
    for column, text in said_of(cue).items():
        if text and column in NOTED and (column, text) != ("track", FX):
            yield f"* MMHNET {column.upper()}: {one_line(text)}"
    for time, strength in cue.hits or ():
        yield f"* LOC: {session.begins + session.frame_at(time)} GREEN   HIT{'' if strength == 1 else f' {strength:g}'}"
