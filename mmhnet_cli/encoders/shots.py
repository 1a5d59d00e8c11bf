"""Where a film cuts, and what is seen in each shot, and where.

Across a cut the late maps of the eyes have next to nothing in common, anywhere in the picture; whatever moves within a
shot leaves most of them as they were. What is seen is averaged over some seconds of a shot, and never over a cut: eyes
that waver from look to look would make the sound waver.
"""

from itertools import pairwise

import numpy as np

from mmhnet_cli.encoders.changes import CHANGES_STREAM, LONG_PICTURES
from mmhnet_cli.encoders.protocol import Shot
from mmhnet_cli.encoders.seeing import SEEING_FPS

EVERYWHERE = 1
"""Column of `changes`: mean change of the late maps over the whole picture."""
CUT = 0.4
"""From there on a change is a cut. Pictures of different films are 0.77 to 0.96 apart; movement within a shot comes to
0.28 at most (thirteen real films)."""
BLENDED = 3
"""Pictures from one cut to the next; what is nearer is the same cut."""
REACH_S = 4.0
"""What is seen is averaged over so many seconds before and after."""
NAMED, LEAST_SHARE = 5, 0.02
"""Of a shot are told the kinds with the largest shares, at most so many, each with so much at least."""

WIDEST = 0.7
"""Of the place of what moves at the very edge; pans that go all the way leave one ear empty."""
PAN_FRAMES = 25
"""A place is that of the changes of so many frames, which count by how strong they are; a second."""
STILL = 3.0
"""Summed strength of change beside which the middle counts as much as the place."""


def cuts_of(measures: np.ndarray, lasting: np.ndarray) -> np.ndarray:
    """Return when shots begin, in seconds, the first at 0.

    measures: of change, (S, MEASURES). lasting: change since a second ago, (S,), see `Changes.lasting`. A flash of
    lightning or of a camera comes and goes: what is there half a second before and after is the same, and no cut. A cut
    that takes several pictures, blended, is one.
    """
    found = np.flatnonzero(measures[1:, EVERYWHERE] > CUT) + 1
    after = np.minimum(found + LONG_PICTURES // 2, len(measures) - 1)
    found = found[lasting[after] > CUT]
    found = found[np.diff(found, prepend=-BLENDED) >= BLENDED]
    return np.concatenate(([0.0], found / CHANGES_STREAM.fps))


def steady(shares: np.ndarray, begins_s: np.ndarray) -> np.ndarray:
    """Return shares (N, K), SEEING_FPS a second, each averaged over REACH_S around it within its shot."""
    times = np.arange(len(shares)) / SEEING_FPS
    shot = _shot_at(times, begins_s)
    reach = round(REACH_S * SEEING_FPS)
    first = np.maximum(np.searchsorted(shot, shot), np.arange(len(shares)) - reach)
    last = np.minimum(np.searchsorted(shot, shot, side="right"), np.arange(len(shares)) + reach + 1)
    sums = np.concatenate((np.zeros((1, shares.shape[1])), shares.cumsum(0, dtype=np.float64)))
    return ((sums[last] - sums[first]) / (last - first)[:, None]).astype(np.float32)


def looks_at(times_s: np.ndarray, looks: int, begins_s: np.ndarray) -> np.ndarray:
    """Return the number of the look, (T,), that tells what is seen at each of the times.

    It is the last one before it in the same shot, or the first one after; where a shot is too short for any, the last
    one of all.
    """
    before = np.minimum(np.floor(times_s * SEEING_FPS).astype(int), looks - 1)
    after = np.minimum(before + 1, looks - 1)
    here = _shot_at(times_s, begins_s)
    missed = _shot_at(before / SEEING_FPS, begins_s) != here
    return np.where(missed & (_shot_at(after / SEEING_FPS, begins_s) == here), after, before)


def shots_of(shares: np.ndarray, begins_s: np.ndarray, end_s: float, kinds: tuple[str, ...]) -> tuple[Shot, ...]:
    """Return the shots of a film that lasts `end_s` seconds, with what is seen in each. shares: (N, K) of `kinds`."""
    looked = _shot_at(np.arange(len(shares)) / SEEING_FPS, begins_s)
    ends_s = [*begins_s[1:], end_s]
    shots = []
    for number, (begin, end) in enumerate(zip(begins_s, ends_s, strict=True)):
        rows = shares[looked == number]
        if not len(rows):
            rows = shares[looks_at(np.array([begin]), len(shares), begins_s)]
        mean = rows.mean(0)
        named = [kind for kind in np.argsort(-mean, kind="stable")[:NAMED] if mean[kind] >= LEAST_SHARE]
        shots.append(Shot(float(begin), float(end), {kinds[kind]: round(float(mean[kind]), 3) for kind in named}))
    return tuple(shots)


def pan_of(where: np.ndarray, strength: np.ndarray, begins_s: np.ndarray) -> np.ndarray:
    """Return the place (S,), from -1 to 1, of what moves: the middle where little does, and never from another shot.

    where: (S,), see `Changes.where`. strength: (S,), of the changes, as `happenings` gives them.
    """
    window = np.hanning(PAN_FRAMES + 2)[1:-1]
    edges = [*np.round(begins_s * CHANGES_STREAM.fps).astype(int), len(where)]
    pan = np.zeros(len(where), np.float32)
    for first, last in pairwise(edges):
        part = slice(first, last)
        weight, moved = (
            np.convolve(values, window)[PAN_FRAMES // 2 :][: last - first]
            for values in (strength[part], strength[part] * where[part])
        )
        pan[part] = WIDEST * moved / (weight + STILL)
    return pan


def _shot_at(times_s: np.ndarray, begins_s: np.ndarray) -> np.ndarray:
    return np.searchsorted(begins_s, times_s + 1e-9, side="right") - 1
