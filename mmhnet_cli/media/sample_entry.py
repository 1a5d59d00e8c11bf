"""Reads what an mp4 or mov file calls the codec of a track (ISO/IEC 14496-12, 8.5.2) that has no decoder."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

MAX_BOXES = 10_000
"""One box may hold so many: far more than a film has, and soon looked through."""

# Contents of a box: its first byte and the byte behind its last.
Place = tuple[int, int]


def sample_entry(path: Path, track: int) -> str | None:
    """Return the four letters that name the codec of the track with this number; None where the file does not say."""
    try:
        with path.open("rb") as file:
            for movie in _named(file, (0, path.stat().st_size), b"moov"):
                for trak in _named(file, movie, b"trak"):
                    if _number(file, trak) == track:
                        return _letters(file, trak)
    except (OSError, struct.error):
        return None
    return None


def _number(file: BinaryIO, trak: Place) -> int | None:
    for begin, _ in _named(file, trak, b"tkhd"):
        file.seek(begin)
        version = file.read(1)
        # Behind the version and the flags stand two times, of 32 bits each or of 64.
        file.seek(begin + (4 + 16 if version == b"\x01" else 4 + 8))
        return int(struct.unpack(">I", file.read(4))[0])
    return None


def _letters(file: BinaryIO, trak: Place) -> str | None:
    place = trak
    for kind in (b"mdia", b"minf", b"stbl", b"stsd"):
        found = next(_named(file, place, kind), None)
        if found is None:
            return None
        place = found
    # Version, flags, count of entries, size of the first one.
    file.seek(place[0] + 12)
    letters = file.read(4).decode("ascii", errors="replace").strip()
    return letters if len(letters) > 1 and letters.isprintable() else None


def _named(file: BinaryIO, inside: Place, wanted: bytes) -> Iterator[Place]:
    place, end = inside
    for _ in range(MAX_BOXES):
        file.seek(place)
        head = file.read(8)
        if place + 8 > end or len(head) < 8:
            return
        size, kind = struct.unpack(">I4s", head)
        begin = place + 8
        if size == 1:
            size, begin = struct.unpack(">Q", file.read(8))[0], place + 16
        behind = end if size == 0 else min(end, place + size)
        if behind < begin:
            return
        if kind == wanted:
            yield begin, behind
        place = behind
