"""Reads how many labels a second the timecode of an MXF file counts (SMPTE ST 377-1, annex B: Timecode Component)."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from mmhnet_cli.timecode import Timecode, says_drop
from mmhnet_cli.timeline import round_half_up

COMPONENT = bytes.fromhex("060e2b34025301010d01010101011400")
START, BASE, DROP = b"\x15\x01", b"\x15\x02", b"\x15\x03"
# The metadata stand at the head of the file, before the picture.
HEAD_BYTES = 2 << 20


def read_mxf_timecode(path: Path, text: str, rate: Fraction) -> Timecode | None:
    """Return the frame that the label `text`, as libavformat reads it, names in a film of `rate` pictures per second.

    None where the file has no component with that label, or one that does not go with the rate. Raises OSError.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    for start, labels, drop in _components(head):
        try:
            counted = Timecode(start, Fraction(labels), drop)
        except ValueError:
            continue
        whole = round_half_up(rate)
        if (counted.drop, counted) == (says_drop(text), _parsed(text, counted.rate)) and whole % labels == 0:
            return Timecode(start, rate * labels / whole, drop)
    return None


def _parsed(text: str, rate: Fraction) -> Timecode | None:
    try:
        return Timecode.parse(text, rate)
    except ValueError:
        return None


def _components(head: bytes) -> Iterator[tuple[int, int, bool]]:
    """Yield start, labels per second and whether these are drop-frame, of every timecode component."""
    place = head.find(COMPONENT)
    while place >= 0:
        begin, end = _value(head, place + len(COMPONENT))
        items = _items(head, begin, min(end, len(head)))
        if {START, BASE} <= items.keys():
            start, labels, drop = (int.from_bytes(items.get(tag, b"")) for tag in (START, BASE, DROP))
            yield start, labels, bool(drop)
        place = head.find(COMPONENT, place + 1)


def _value(head: bytes, place: int) -> tuple[int, int]:
    """Return the first and last byte of a value whose length, in the basic encoding rules, stands at `place`."""
    first = int.from_bytes(head[place : place + 1])
    if first < 0x80:
        return place + 1, place + 1 + first
    begin = place + 1 + (first & 0x7F)
    return begin, begin + int.from_bytes(head[place + 1 : begin])


def _items(head: bytes, place: int, end: int) -> dict[bytes, bytes]:
    """Return the items of a local set: two bytes of tag, two of length, the value."""
    items = {}
    while place + 4 <= end:
        length = int.from_bytes(head[place + 2 : place + 4])
        items[head[place : place + 2]] = head[place + 4 : place + 4 + length]
        place += 4 + length
    return items
