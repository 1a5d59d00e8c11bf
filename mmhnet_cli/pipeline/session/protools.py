"""The text that Pro Tools exports of a session: clips are cues on their tracks, markers are marks."""

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction

from mmhnet_cli.media.probe import VideoInfo
from mmhnet_cli.pipeline.session.drafts import Draft, Flaw
from mmhnet_cli.timecode import Timecode, meant_rate

BEGINS = "SESSION NAME:"
FORMAT = re.compile(r"(\d{1,4}(?:\.\d{1,9})?) (Drop )?Frame")
SUBFRAMES = re.compile(r"(\d\d[:;]\d\d[:;]\d\d[:;]\d\d)\.\d\d")
SIDE = re.compile(r"\.(L|R|C|Ls|Rs|LFE|A\d+)$")
CLIPS, MARKERS = ("CLIP NAME", "START TIME", "END TIME"), ("LOCATION", "NAME")


def read(text: str, film: VideoInfo, clock: Timecode | None) -> Iterator[Draft | Flaw]:
    """Yield the clips that sound, once for all channels of theirs, and the markers."""
    track = ""
    columns: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        row, cells = f"line {number}", [cell.strip() for cell in line.split("\t")]
        if cells[0] == "TIMECODE FORMAT:":
            yield from _flaw_of_format(row, cells[-1], film, clock)
        elif cells[0] == "TRACK NAME:":
            track, columns = cells[-1], []
        elif set(CLIPS) <= set(cells) or set(MARKERS) <= set(cells):
            columns = cells
        elif len(cells) < 3:
            columns = columns if any(cells) else []
        elif columns:
            yield from _line(row, dict(zip(columns, cells, strict=False)), track)


def _line(row: str, cells: Mapping[str, str], track: str) -> Iterator[Draft]:
    if "CLIP NAME" in cells:
        if cells.get("CHANNEL", "1") == "1" and cells.get("STATE") != "Muted":
            said = {"prompt": SIDE.sub("", cells["CLIP NAME"]), **({"track": track} if track else {})}
            yield Draft(row, _label(cells["START TIME"]), _label(cells["END TIME"]), said)
    else:
        yield Draft(row, _label(cells["LOCATION"]), None, {"prompt": cells.get("NAME", "")})


def _label(time: str) -> str:
    """Return a timecode without the hundredths of a frame that Pro Tools may add."""
    found = SUBFRAMES.fullmatch(time)
    return found[1] if found else time


def _flaw_of_format(row: str, said: str, film: VideoInfo, clock: Timecode | None) -> Iterator[Flaw]:
    """Yield a flaw where the session counts otherwise than the film does."""
    found = FORMAT.fullmatch(said)
    rate = film.label_rate if clock is None else clock.rate
    drop = clock is not None and clock.drop
    if found and (meant_rate(Fraction(found[1])) != rate or (clock is not None and bool(found[2]) != drop)):
        own = f"{float(rate):.3f}{', drop-frame' if drop else ''}"
        yield Flaw(row, "TIMECODE FORMAT", f"{said!r} is not that of the film's timecode, {own}")
