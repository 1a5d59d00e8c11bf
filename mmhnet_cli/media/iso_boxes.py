"""The boxes of an mp4 or mov file (ISO/IEC 14496-12, 4.2), walked in place: nothing is held that a file only claims."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, BinaryIO

# Far more than a film has at any level; what has more is not looked through.
MAX_BOXES = 4096


@dataclass(frozen=True)
class Box:
    """A box: its kind of four bytes, and where its contents lie, in bytes from the beginning of the file."""

    kind: bytes
    start: int
    end: int


def whole_file(file: BinaryIO) -> Box:
    """Return a box that holds those of the top level."""
    return Box(b"", 0, file.seek(0, 2))


def boxes(file: BinaryIO, inside: Box) -> Iterator[Box]:
    """Yield the boxes in the contents of `inside`; end at the first that does not fit there."""
    return islice(_walk(file, inside.start, inside.end), MAX_BOXES)


def find(file: BinaryIO, inside: Box, *path: bytes) -> Box | None:
    """Return the first box that lies at `path`, kind by kind, below `inside`; None where there is none."""
    found: Box | None = inside
    for kind in path:
        if found is None:
            return None
        found = next((box for box in boxes(file, found) if box.kind == kind), None)
    return found


def read_at(file: BinaryIO, place: int, form: str) -> tuple[Any, ...]:
    """Return big-endian numbers, as `struct` names them, at a byte of the file. Raises EOFError behind its end."""
    size = struct.calcsize(">" + form)
    file.seek(place)
    data = file.read(size)
    if len(data) < size:
        raise EOFError
    return struct.unpack(">" + form, data)


def movie_tracks(file: BinaryIO) -> list[Box]:
    """Return the tracks of a film, in the order of the file."""
    movie = find(file, whole_file(file), b"moov")
    return [] if movie is None else [box for box in boxes(file, movie) if box.kind == b"trak"]


def track_id(file: BinaryIO, track: Box) -> int:
    """Return the number of a track; 0 where it has none."""
    header = find(file, track, b"tkhd")
    if header is None:
        return 0
    (version,) = read_at(file, header.start, "B")
    return int(read_at(file, header.start + (20 if version else 12), "I")[0])


def handler(file: BinaryIO, track: Box) -> bytes:
    """Return what a track is for: `vide`, `soun`, `tmcd`; empty where it does not say."""
    found = find(file, track, b"mdia", b"hdlr")
    return b"" if found is None else bytes(read_at(file, found.start + 8, "4s")[0])


def edits(file: BinaryIO, track: Box) -> list[tuple[int, int]]:
    """Return the edit list of a track: how long each part is shown, in ticks of the movie, and where it begins, in its
    own.

    A part in which nothing is shown begins at -1.
    """
    listed = find(file, track, b"edts", b"elst")
    if listed is None:
        return []
    version, count = read_at(file, listed.start, "B3xI")
    form, size = ("Qq", 20) if version else ("Ii", 12)
    rows = range(min(count, (listed.end - listed.start) // size, MAX_BOXES))
    return [read_at(file, listed.start + 8 + size * row, form) for row in rows]


def _walk(file: BinaryIO, place: int, end: int) -> Iterator[Box]:
    while place + 8 <= end:
        size, kind = read_at(file, place, "I4s")
        head = 8
        if size == 1 and place + 16 <= end:  # more than 4 GiB
            (size,), head = read_at(file, place + 8, "Q"), 16
        elif size == 0:  # to the end
            size = end - place
        if size < head or place + size > end:
            return
        yield Box(kind, place + head, place + size)
        place += size
