"""Where the clips of a film lie: none crosses a cut where that can be avoided, and little is left over."""

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

CLIP_S = 8
LEAST_NEW_S = 4
"""A clip may lie over the one before it where it has so much of its own."""
TOLD_S = Fraction(1, 2)
"""What is left over is told of from there on: less is no loss."""
STRETCH_S = 600
"""A film is looked at in stretches of about so long, each by itself: so much is lost at most when a run is killed."""


def stretches(duration: Fraction) -> list[tuple[int, Fraction]]:
    """Return the stretches of a film, begin and end in seconds: as many as make them about STRETCH_S long."""
    count = max(1, round(duration / STRETCH_S))
    edges = [Fraction(int(duration) * number // count) for number in range(count)]
    return [(int(begin), end) for begin, end in pairwise([*edges, duration])]


def clip_starts(begin_s: int, end: Fraction, cuts_s: Sequence[float]) -> list[int]:
    """Return at which seconds of a stretch clips begin, in order.

    A shot of 8 s or more has clips of its own from its beginning on; shorter ones go together with the next until there
    are 8 s. Where LEAST_NEW_S or more would be left over, one more clip ends with the shot. Clips begin at whole
    seconds, since the pictures of all streams, 2, 8 and 25 a second, meet there alone.
    """
    edges = [Fraction(begin_s), *(Fraction(cut).limit_denominator(1000) for cut in cuts_s), end]
    starts: list[int] = []
    first: int | None = None
    for begin, stop in pairwise(edges):
        first = math.ceil(begin) if first is None else first
        if math.floor(stop) - first >= CLIP_S:
            starts += _of_scene(first, math.floor(stop))
            first = None
    # Short shots at the end have nothing to go together with but what is before them.
    if first is not None and starts and math.floor(end) - max(first, starts[-1] + CLIP_S) >= LEAST_NEW_S:
        starts.append(math.floor(end) - CLIP_S)
    return starts


def left_over(begin_s: int, end: Fraction, starts: Sequence[int]) -> list[tuple[Fraction, Fraction]]:
    """Return the gaps that no clip covers and that are worth to be told, in seconds."""
    covered = [Fraction(begin_s), *(Fraction(start + CLIP_S) for start in starts)]
    return [
        (before, after)
        for before, after in zip(covered, [*map(Fraction, starts), end], strict=True)
        if after - before > TOLD_S
    ]


def _of_scene(first: int, last: int) -> list[int]:
    starts = list(range(first, last - CLIP_S + 1, CLIP_S))
    if last - starts[-1] - CLIP_S >= LEAST_NEW_S:
        starts.append(last - CLIP_S)
    return starts
