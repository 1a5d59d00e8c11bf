"""Cue sheets of every kind, by the suffix of their file and what stands in it."""

from collections.abc import Callable, Iterator
from pathlib import Path

from mmhnet_cli.errors import SheetInvalid
from mmhnet_cli.media.probe import VideoInfo
from mmhnet_cli.pipeline.asking.texts import read_text, reason_of
from mmhnet_cli.pipeline.session import edl, otio_markers, protools, reaper_regions, subtitles, table
from mmhnet_cli.pipeline.session.checked_cues import checked_sheet
from mmhnet_cli.pipeline.session.cues import CueSheet
from mmhnet_cli.pipeline.session.drafts import Draft, Flaw
from mmhnet_cli.timecode import Timecode

MAX_BYTES = 16_000_000
Reader = Callable[[str, VideoInfo, Timecode | None], Iterator[Draft | Flaw]]
READERS: dict[str, Reader] = {
    ".csv": table.read,
    ".tsv": table.read,
    ".edl": edl.read,
    ".otio": otio_markers.read,
    ".srt": subtitles.read,
    ".vtt": subtitles.read,
    ".txt": protools.read,
}


def read_sheet(path: Path, film: VideoInfo, clock: Timecode | None) -> CueSheet:
    """Return the cues of a sheet for this film.

    clock: timecode of the first picture, None where the film has none; timecodes then count from 0. Raises an
    ExceptionGroup with a SheetInvalid for each thing that is wrong, each with its row and column, or ExtraMissing.
    """
    try:
        text = read_text(path, MAX_BYTES)
        reader = _reader(path, text)
    except (OSError, ValueError) as error:
        raise ExceptionGroup("the sheet", [SheetInvalid(path, "", "", reason_of(error))]) from error
    sheet = checked_sheet(path, reader(text, film, clock), film, clock)
    if not sheet.cues:
        raise ExceptionGroup("the sheet", [SheetInvalid(path, "", "", "there is no cue in it")])
    return sheet


def _reader(path: Path, text: str) -> Reader:
    reader = READERS.get(path.suffix.lower())
    if reader is table.read and reaper_regions.is_reaper(text):
        return reaper_regions.read
    if reader is None or (reader is protools.read and not text.startswith(protools.BEGINS)):
        raise ValueError(
            f"it is no cue sheet: {', '.join(READERS)} (the last one is a session that Pro Tools exports as text)"
        )
    return reader
