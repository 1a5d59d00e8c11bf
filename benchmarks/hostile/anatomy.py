"""Where the parts of a media file lie, and where the numbers stand that a reader believes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Endian = Literal["big", "little"]
NUMBERS_BYTES = 256
"""So much of a part is looked at as numbers: what comes later are tables of the same, or samples."""


@dataclass(frozen=True)
class Number:
    """An integer of `width` bytes at `place`. marked: its highest bits tell its length, as in EBML."""

    place: int
    width: int
    endian: Endian
    marked: bool = False


@dataclass(frozen=True)
class Part:
    """A box, chunk, object or element from `start` to `end`. size: where its length stands. around: what it lies in."""

    start: int
    end: int
    size: Number
    around: tuple["Part", ...] = ()


@dataclass(frozen=True)
class Layout:
    """How parts are written: a name and a length, in one order or the other, then what they hold.

    name_bytes, size_bytes: of the head. counts_head: whether the length counts the head too. even: whether a byte is
    added to parts of odd length. containers: by name, where within them the first part inside begins.
    """

    name_bytes: int
    size_bytes: int
    endian: Endian
    size_first: bool = False
    counts_head: bool = False
    even: bool = False
    containers: dict[bytes, int] = field(default_factory=dict)


ISO = Layout(
    4,
    4,
    "big",
    size_first=True,
    counts_head=True,
    containers={
        **dict.fromkeys((b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"udta", b"dinf", b"tref"), 8),
        **dict.fromkeys((b"moof", b"traf", b"mvex", b"ilst", b"gmhd"), 8),
        b"meta": 12,
        b"stsd": 16,
        b"avc1": 86,
        b"hvc1": 86,
        b"hev1": 86,
        b"mp4v": 86,
        b"mp4a": 36,
    },
)
RIFF = Layout(4, 4, "little", even=True, containers={b"RIFF": 12, b"LIST": 12})
AIFF = Layout(4, 4, "big", even=True, containers={b"FORM": 12})
CAF = Layout(4, 8, "big")
ASF_HEADER = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
ASF_EXTENSION = bytes.fromhex("b503bf5f2ea9cf118ee300c00c205365")
ASF = Layout(16, 8, "little", counts_head=True, containers={ASF_HEADER: 30, ASF_EXTENSION: 46})
CAF_HEAD = 8

EBML_MAGIC = b"\x1a\x45\xdf\xa3"
EBML_NAMES = (
    "1a45dfa3 18538067 1549a966 1654ae6b ae e0 e1 1f43b675 a0 1c53bb6b bb b7 1254c367 7373 67c8 114d9b74 4dbb 1043a770"
)
EBML_CONTAINERS = frozenset(map(bytes.fromhex, EBML_NAMES.split()))
"""Those elements of Matroska that hold others, from its head to its chapters."""


def parts_of(data: bytes) -> list[Part]:
    """All parts of a file, outer ones first; none where its kind is not known here."""
    if data[4:8] in (b"ftyp", b"wide", b"moov"):
        return list(_walk(data, 0, len(data), ISO, ()))
    if data[:4] == b"RIFF":
        return list(_walk(data, 0, len(data), RIFF, ()))
    if data[:4] == b"FORM":
        return list(_walk(data, 0, len(data), AIFF, ()))
    if data[:4] == b"caff":
        return list(_walk(data, CAF_HEAD, len(data), CAF, ()))
    if data[:16] == ASF_HEADER:
        return list(_walk(data, 0, len(data), ASF, ()))
    if data[:4] == EBML_MAGIC:
        return list(_elements(data, 0, len(data), ()))
    return []


def numbers_of(data: bytes, part: Part) -> list[Number]:
    """The length of a part, and the words of four and two bytes it begins with."""
    first = part.size.place + part.size.width
    last = min(part.end, first + NUMBERS_BYTES)
    endian = part.size.endian
    if part.size.marked:
        # An element of EBML is one number, or it is none.
        return [part.size, Number(first, part.end - first, endian)] if 0 < part.end - first <= 8 else [part.size]
    wide = [Number(place, 4, endian) for place in range(first, last - 3, 4)]
    narrow = [Number(place, 2, endian) for place in range(first, last - 1, 2)]
    return [part.size, *wide, *narrow]


def _walk(data: bytes, first: int, last: int, layout: Layout, around: tuple[Part, ...]) -> Iterator[Part]:
    head = layout.name_bytes + layout.size_bytes
    while first + head <= last:
        name_at, size_at = (layout.size_bytes, 0) if layout.size_first else (0, layout.name_bytes)
        name = data[first + name_at : first + name_at + layout.name_bytes]
        size = Number(first + size_at, layout.size_bytes, layout.endian)
        length = int.from_bytes(data[size.place : size.place + size.width], size.endian)
        end = first + length + (0 if layout.counts_head else head)
        if not first + head <= end <= last:
            return
        part = Part(first, end, size, around)
        yield part
        if name in layout.containers:
            yield from _walk(data, first + layout.containers[name], end, layout, (*around, part))
        first = end + (layout.even and end % 2)


def _elements(data: bytes, first: int, last: int, around: tuple[Part, ...]) -> Iterator[Part]:
    while first < last:
        name_bytes = _marked_bytes(data[first])
        size_at = first + name_bytes
        if size_at >= last:
            return
        size = Number(size_at, _marked_bytes(data[size_at]), "big", marked=True)
        body = size_at + size.width
        length = int.from_bytes(data[size_at:body], "big") - (1 << 7 * size.width)
        # Of unknown length, as in a stream: to the end.
        end = last if length == (1 << 7 * size.width) - 1 else body + length
        if not body <= end <= last:
            return
        part = Part(first, end, size, around)
        yield part
        if data[first:size_at] in EBML_CONTAINERS:
            yield from _elements(data, body, end, (*around, part))
        first = end


def _marked_bytes(first: int) -> int:
    """Bytes of a number whose first byte tells its length by the place of its highest bit."""
    return 9 - first.bit_length()
