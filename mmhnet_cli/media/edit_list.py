"""Changes the end of the edit lists of an mp4 or mov file (ISO/IEC 14496-12, 8.6.6) in place."""

import struct
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

from mmhnet_cli.media.iso_boxes import edits, find, handler, movie_tracks, read_at, whole_file

# Contents of a box: its first byte and its length.
Place = tuple[int, int]


def sound_ends(path: Path) -> list[Fraction | None]:
    """Return when players stop each sound track of an mp4 or mov file, in seconds; None where that does not say."""
    with path.open("rb") as file:
        header = find(file, whole_file(file), b"moov", b"mvhd")
        if header is None:
            return []
        (version,) = read_at(file, header.start, "B")
        (ticks_per_s,) = read_at(file, header.start + (20 if version else 12), "I")
        tracks = [track for track in movie_tracks(file) if handler(file, track) == b"soun"]
        shown = [sum(duration for duration, _ in edits(file, track)) for track in tracks]
        return [Fraction(ticks, ticks_per_s) if ticks and ticks_per_s else None for ticks in shown]


def end_tracks(path: Path, end: Fraction, sounds: Sequence[Fraction | None]) -> None:
    """Let the picture of a film that ffmpeg has written end after `end` seconds, and its sounds after theirs.

    Pictures behind the end of an edit list stay in the file, because others are decoded from them; ffmpeg copies them,
    but not the end. sounds: of each track of sound; None leaves it as it is.
    """
    with path.open("r+b") as file:
        start, length = next(place for kind, place in _top_level(file) if kind == b"moov")
        file.seek(start)
        movie = bytearray(file.read(length))
        header = _only(movie, (0, length), b"mvhd")
        (ticks_per_second,) = struct.unpack_from(">I", movie, header + 12)
        ends = {b"vide": iter([end]), b"soun": iter(sounds)}
        longest = 0
        for kind, track in _boxes(movie, (0, length)):
            if kind == b"trak":
                wanted = next(ends.get(_handler(movie, track), iter(())), None)
                longest = max(
                    longest, _end_track(movie, track, None if wanted is None else int(wanted * ticks_per_second))
                )
        _lower(movie, header + 16, longest)
        file.seek(start)
        file.write(movie)


def _handler(movie: bytearray, track: Place) -> bytes:
    media = next(place for kind, place in _boxes(movie, track) if kind == b"mdia")
    place = _only(movie, media, b"hdlr")
    return bytes(movie[place + 8 : place + 12])


def _end_track(movie: bytearray, track: Place, limit: int | None) -> int:
    """End a track at `limit`, in ticks of the movie; return when it ends then."""
    place = _only(movie, track, b"tkhd") + 20
    if limit is None:
        return int(struct.unpack_from(">I", movie, place)[0])
    end = _lower(movie, place, limit)
    for kind, parts in _boxes(movie, track):
        if kind == b"edts":
            listed = _only(movie, parts, b"elst")
            (count,) = struct.unpack_from(">I", movie, listed + 4)
            # Each entry is the duration of a part, its place in the track and its speed; the parts follow one another.
            for entry in range(count):
                limit -= _lower(movie, listed + 8 + 12 * entry, limit)
    return end


def _lower(movie: bytearray, place: int, limit: int) -> int:
    """Limit the duration at `place`; return what it is then."""
    duration = min(limit, *struct.unpack_from(">I", movie, place))
    struct.pack_into(">I", movie, place, duration)
    return duration


def _only(movie: bytearray, inside: Place, wanted: bytes) -> int:
    """Return where the contents of the box `wanted` begin."""
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
