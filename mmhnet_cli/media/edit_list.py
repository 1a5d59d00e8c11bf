"""The end of the edit lists of an mp4 or mov file (ISO/IEC 14496-12, 8.6.6), changed in place."""

import struct
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

# Contents of a box: its first byte and its length.
Place = tuple[int, int]


def end_tracks(path: Path, end: Fraction) -> None:
    """Let no track of a film that ffmpeg has written be shown after `end` seconds.

    Pictures behind the end of an edit list stay in the file, because others are decoded from them; ffmpeg copies them,
    but not the end.
    """
    with path.open("r+b") as file:
        start, length = next(place for kind, place in _top_level(file) if kind == b"moov")
        file.seek(start)
        movie = bytearray(file.read(length))
        header = _only(movie, (0, length), b"mvhd")
        (ticks_per_second,) = struct.unpack_from(">I", movie, header + 12)
        limit = int(end * ticks_per_second)
        _lower(movie, header + 16, limit)
        for kind, track in _boxes(movie, (0, length)):
            if kind == b"trak":
                _end_track(movie, track, limit)
        file.seek(start)
        file.write(movie)


def _end_track(movie: bytearray, track: Place, limit: int) -> None:
    _lower(movie, _only(movie, track, b"tkhd") + 20, limit)
    for kind, edits in _boxes(movie, track):
        if kind == b"edts":
            listed = _only(movie, edits, b"elst")
            (count,) = struct.unpack_from(">I", movie, listed + 4)
            # Each entry is the duration of a part, its place in the track and its speed; the parts follow one another.
            for entry in range(count):
                limit -= _lower(movie, listed + 8 + 12 * entry, limit)


def _lower(movie: bytearray, place: int, limit: int) -> int:
    """Limit the duration at `place`; what it is then."""
    duration = min(limit, *struct.unpack_from(">I", movie, place))
    struct.pack_into(">I", movie, place, duration)
    return duration


def _only(movie: bytearray, inside: Place, wanted: bytes) -> int:
    """Where the contents of the box `wanted` begin."""
    start = next(start for kind, (start, _) in _boxes(movie, inside) if kind == wanted)
    # Version 1 has times of 64 bits, which eight hours in ticks of the sample rate do not need.
    assert movie[start] == 0
    return start


def _boxes(movie: bytearray, inside: Place) -> Iterator[tuple[bytes, Place]]:
    place, length = inside
    end = place + length
    while place < end:
        size, kind = struct.unpack_from(">I4s", movie, place)
        yield kind, (place + 8, size - 8)
        place += size


def _top_level(file: BinaryIO) -> Iterator[tuple[bytes, Place]]:
    while len(head := file.read(8)) == 8:
        size, kind = struct.unpack(">I4s", head)
        length = size - 8
        if size == 1:  # more than 4 GiB
            length = struct.unpack(">Q", file.read(8))[0] - 16
        assert length >= 0
        place = file.tell()
        yield kind, (place, length)
        file.seek(place + length)
