"""What can happen to the bytes of a file, by accident or by intent."""

import random
from collections.abc import Callable

from benchmarks.hostile.anatomy import Number, Part, numbers_of, parts_of

MOST_WOUNDS = 6
HEAD_BYTES = 512

Wound = Callable[[random.Random, bytes, bytes], bytes]
"""(chance, a file, another file) to the damaged file."""


def damaged(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """`data` with one to six wounds, most often one or two. other: what a splice takes its other half from."""
    for _ in range(MOST_WOUNDS):
        data = rng.choice(WOUNDS)(rng, data, other)
        if not data or rng.random() < 0.5:
            break
    return data


def _flip(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """Some bits are others, at the beginning or anywhere."""
    flipped = bytearray(data)
    reach = rng.choice((HEAD_BYTES, len(data)))
    for _ in range(1 << rng.randrange(7)):
        flipped[rng.randrange(min(reach, len(data)))] ^= 1 << rng.randrange(8)
    return bytes(flipped)


def _cut(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """The end is missing, or the beginning."""
    place = rng.randrange(len(data))
    return data[:place] if rng.random() < 0.8 else data[place:]


def _blank(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """A range is zero, as where a disk lost it."""
    first, last = _range(rng, data)
    return data[:first] + bytes(last - first) + data[last:]


def _repeat(rng: random.Random, data: bytes, other: bytes) -> bytes:
    first, last = _range(rng, data)
    return data[:last] + data[first:]


def _drop(rng: random.Random, data: bytes, other: bytes) -> bytes:
    first, last = _range(rng, data)
    return data[:first] + data[last:]


def _swap(rng: random.Random, data: bytes, other: bytes) -> bytes:
    a, b, c, d = sorted(rng.randrange(len(data) + 1) for _ in range(4))
    return data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:]


def _splice(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """The beginning of one file, the end of another."""
    return data[: rng.randrange(len(data))] + other[rng.randrange(len(other)) :]


def _append(rng: random.Random, data: bytes, other: bytes) -> bytes:
    return data + rng.choice((other, rng.randbytes(rng.randrange(1, 65536)), bytes(65536), data))


def _extreme(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """A length, a count, a rate or a size says something else, as far out as can be."""
    number = _number(rng, data)
    old = int.from_bytes(data[number.place : number.place + number.width], number.endian)
    bits = 7 * number.width if number.marked else 8 * number.width
    top = (1 << bits) - 1
    extremes = (0, 1, 2, top, top - 1, top >> 1, (top >> 1) + 1, top >> 4, rng.randrange(top + 1))
    near = (old + 1, old - 1, 2 * old, 16 * old, old >> 1, old << bits // 2)
    new = (rng.choice(extremes) if rng.random() < 0.7 else rng.choice(near)) & top
    if number.marked:
        new |= 1 << bits
    return data[: number.place] + new.to_bytes(number.width, number.endian) + data[number.place + number.width :]


def _move_part(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """A part stands twice, not at all, or after the one it stood before; what it lies in may know of it, or not."""
    parts = parts_of(data)
    if not parts:
        return _swap(rng, data, other)
    part = rng.choice(parts)
    own = data[part.start : part.end]
    if rng.random() < 0.5:
        return _resized(rng, data[: part.end] + own + data[part.end :], part, len(own))
    return _resized(rng, data[: part.start] + data[part.end :], part, -len(own))


def _resized(rng: random.Random, data: bytes, part: Part, more: int) -> bytes:
    if rng.random() < 0.3:
        return data
    for outer in part.around:
        size = outer.size
        old = int.from_bytes(data[size.place : size.place + size.width], size.endian)
        new = max(0, old + more) & ((1 << 8 * size.width) - 1)
        data = data[: size.place] + new.to_bytes(size.width, size.endian) + data[size.place + size.width :]
    return data


def _number(rng: random.Random, data: bytes) -> Number:
    if parts := parts_of(data):
        found = [number for number in numbers_of(data, rng.choice(parts)) if number.place + number.width <= len(data)]
        if found:
            return rng.choice((found[0], rng.choice(found)))
    width = min(rng.choice((1, 2, 4, 8)), len(data))
    reach = min(rng.choice((HEAD_BYTES, len(data))), len(data))
    return Number(rng.randrange(max(1, reach - width + 1)), width, rng.choice(("big", "little")))


def _range(rng: random.Random, data: bytes) -> tuple[int, int]:
    """A range of bytes, as often short as long, sometimes in whole packets of a transport stream."""
    step = rng.choice((1, 1, 188, 512))
    length = min(len(data), step * (1 << rng.randrange(12)))
    first = rng.randrange(0, max(1, len(data) - length + 1))
    return first - first % step, first - first % step + length


WOUNDS: tuple[Wound, ...] = (
    *(_flip, _flip, _cut, _blank, _repeat, _drop, _swap, _splice, _append, _move_part, _move_part),
    *(_extreme,) * 7,
)
