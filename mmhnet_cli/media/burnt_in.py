"""A running timecode drawn into pictures by filters of ffmpeg, in seven segments: it needs no font."""

from collections.abc import Iterator
from fractions import Fraction

from mmhnet_cli.timecode import Timecode

SHARE = 14
"""A digit is this part of the picture's height, unless the label would be wider than WIDEST of its width."""
WIDEST = 0.8
LEAST_PIXELS = 14
SHOWN = {
    "a": (0, 2, 3, 5, 6, 7, 8, 9),
    "b": (0, 1, 2, 3, 4, 7, 8, 9),
    "c": (0, 1, 3, 4, 5, 6, 7, 8, 9),
    "d": (0, 2, 3, 5, 6, 8, 9),
    "e": (0, 2, 6, 8),
    "f": (0, 4, 5, 6, 8, 9),
    "g": (2, 3, 4, 5, 6, 8, 9),
}
"""These digits have the segment: a at the top, then clockwise, g in the middle."""

Box = tuple[int, int, int, int]
"""Left, top, width and height in pixels."""


def burnt_in(first: Timecode, rate: Fraction, width: int, height: int) -> str:
    """Return the filters that draw the timecode into pictures of width x height pixels, centred above the lower edge.

    first: the timecode of the first picture that comes. rate: so many pictures come a second, evenly.
    """
    digits, points, back = label_places(first, width, height)
    label = _label(first, rate)
    boxes = [_box(back, "black@0.6")]
    boxes += [_box(point, "white") for point in points]
    for place, expression in zip(digits, _digits(first, label), strict=True):
        boxes += _segments(place, expression, max(2, place[3] // 8))
    return ",".join(boxes)


def label_places(first: Timecode, width: int, height: int) -> tuple[list[Box], list[Box], Box]:
    """Return where the digits are, where the points between them are, and what lies behind all of them."""
    groups = [2, 2, 2, _frame_digits(first)]
    tall = max(LEAST_PIXELS, height // SHARE)
    # In heights of a digit: digits are half as wide, with a quarter after each, and another for each pair of points.
    long = 0.75 * sum(groups) + 0.25 * (len(groups) - 1)
    tall = max(LEAST_PIXELS, min(tall, int(WIDEST * width / long)))
    wide, gap, stroke = tall // 2, tall // 4, max(2, tall // 8)
    left = x = (width - int(long * tall)) // 2
    top = height - tall - 3 * stroke - height // 40
    digits: list[Box] = []
    points: list[Box] = []
    for group, count in enumerate(groups):
        if group:
            last = group == len(groups) - 1 and first.drop
            points.append((x, top + tall // 4, stroke, stroke))
            # A longer lower one is that of a semicolon.
            points.append((x, top + 5 * tall // 8, stroke, 3 * stroke if last else stroke))
            x += gap
        for _ in range(count):
            digits.append((x, top, wide, tall))
            x += wide + gap
    return digits, points, (left - gap, top - gap, x - left + gap, tall + 2 * gap)


def _frame_digits(first: Timecode) -> int:
    return 3 if first.labels_per_second > 100 else 2


def _label(first: Timecode, rate: Fraction) -> str:
    """Return the expression of the number of the label, of those of a day, in which picture `n` is counted.

    Drop-frame leaves out labels at the beginning of every minute but each tenth: they are added.
    """
    ratio = first.rate / rate
    frame = f"mod({first.frames}+floor(n*{ratio.numerator}/{ratio.denominator}),{first.frames_per_day})"
    if not first.drop:
        return frame
    dropped, minute = first.labels_dropped, 60 * first.labels_per_second - first.labels_dropped
    ten = 10 * minute + dropped
    minutes = f"9*floor({frame}/{ten})+floor(max(0,mod({frame},{ten})-{dropped})/{minute})"
    return f"({frame}+{dropped}*({minutes}))"


def _digits(first: Timecode, label: str) -> Iterator[str]:
    """Yield the expression of each digit, from the left."""
    labels = first.labels_per_second
    second = f"floor({label}/{labels})"
    for number in (f"floor({second}/3600)", f"mod(floor({second}/60),60)", f"mod({second},60)"):
        yield f"mod(floor({number}/10),10)"
        yield f"mod({number},10)"
    for place in range(_frame_digits(first) - 1, -1, -1):
        yield f"mod(floor(mod({label},{labels})/{10**place}),10)"


def _segments(place: Box, digit: str, stroke: int) -> Iterator[str]:
    x, y, wide, tall = place
    half = tall // 2
    right, middle, low = x + wide - stroke, y + (tall - stroke) // 2, y + half
    boxes = {
        "a": (x, y, wide, stroke),
        "b": (right, y, stroke, half),
        "c": (right, low, stroke, tall - half),
        "d": (x, y + tall - stroke, wide, stroke),
        "e": (x, low, stroke, tall - half),
        "f": (x, y, stroke, half),
        "g": (x, middle, wide, stroke),
    }
    for segment, box in boxes.items():
        mask = sum(1 << shown for shown in SHOWN[segment])
        yield f"{_box(box, 'white')}:enable='gt(bitand({mask},pow(2,{digit})),0)'"


def _box(box: Box, colour: str) -> str:
    x, y, wide, tall = box
    return f"drawbox=x={x}:y={y}:w={wide}:h={tall}:color={colour}:t=fill"
