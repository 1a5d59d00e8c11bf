"""Timecode tracks as cameras write them, made out of the one that ffmpeg writes."""

import re
from pathlib import Path


def set_timecode(film: Path, frame: int, flags: int, ticks: int, frame_ticks: int, labels: int) -> None:
    """Let the timecode track of an mp4 or mov file say this: first frame, flags, length of frames, labels a second."""
    data = bytearray(film.read_bytes())
    sample, place = _places(data)
    data[place : place + 13] = b"".join(number.to_bytes(4) for number in (flags, ticks, frame_ticks)) + bytes([labels])
    data[sample : sample + 4] = (frame & 0xFFFFFFFF).to_bytes(4)
    film.write_bytes(data)


def timecode_facts(film: Path) -> list[int]:
    """First frame, flags, length of frames and labels a second of the timecode track of an mp4 or mov file."""
    data = film.read_bytes()
    sample, place = _places(data)
    numbers = [int.from_bytes(data[at : at + 4]) for at in (sample, place, place + 4, place + 8)]
    return [*numbers, data[place + 12]]


def begin_timecode_at(film: Path, ticks: int) -> None:
    """Let the edit list of the timecode track begin at a tick of the track."""
    data = bytearray(film.read_bytes())
    handler = re.search(rb"hdlr.{8}tmcd", data, re.DOTALL)
    assert handler is not None
    place = data.rindex(b"elst", 0, handler.start()) + 16
    data[place : place + 4] = ticks.to_bytes(4)
    film.write_bytes(data)


def _places(data: bytes | bytearray) -> tuple[int, int]:
    """Where the first sample and the flags of the timecode lie."""
    description = re.search(rb"stsd.{12}tmcd", data, re.DOTALL)
    assert description is not None
    offsets = data.index(b"stco", description.end()) + 12
    return int.from_bytes(data[offsets : offsets + 4]), description.end() + 12
