"""Sounds that follow each other, each going over into the next."""

from collections.abc import Iterable, Sequence
from itertools import chain

import numpy as np

from mmhnet_cli.audio.splice import crossed
from mmhnet_cli.audio.waves import Room


def joined(sounds: Iterable[tuple[int, np.ndarray]], crosses: Sequence[slice], span: slice) -> np.ndarray:
    """Return the samples `span` (channels, n) of N sounds, silent where there is none of them.

    sounds: each (channels, m) with the sample at which it begins; they are taken one by one, so that they need not all
    be there at once. crosses: N - 1, the samples in which one goes over into the next, which both have, at an even
    power. All is counted on one clock. Samples outside the crosses are those of the sounds, to the bit.
    """
    rest = iter(sounds)
    first = next(rest, None)
    if first is None:
        raise ValueError("no sound to join")
    at, sound = first
    if not crosses and at <= span.start and span.stop <= at + sound.shape[1]:
        kept = sound[:, span.start - at : span.stop - at]
        # What is left of a much longer one does not keep all of it in memory.
        return kept if kept.shape == sound.shape else kept.copy()
    out = np.zeros((sound.shape[0], span.stop - span.start), np.float32)
    del sound
    join_into(out, chain([first], rest), crosses, span.start)
    return out


def join_into(out: Room, sounds: Iterable[tuple[int, np.ndarray]], crosses: Sequence[slice], origin: int) -> None:
    """Write to `out` (channels, n), which is silent and begins at sample `origin`, what `joined` returns."""
    before = np.zeros((0, 0), np.float32)
    for number, (at, sound) in enumerate(sounds):
        if number == 0:
            _put(out, origin, at, sound)
        else:
            cross = crosses[number - 1]
            _put(out, origin, cross.start, crossed(before, _part(sound, at, cross), rising=True))
            _put(out, origin, cross.stop, sound[:, cross.stop - at :])
        if number < len(crosses):
            before = _part(sound, at, crosses[number]).copy()


def _part(sound: np.ndarray, at: int, samples: slice) -> np.ndarray:
    return sound[:, samples.start - at : samples.stop - at]


def _put(out: Room, origin: int, at: int, sound: np.ndarray) -> None:
    """Write to `out`, which begins at `origin`, what it has room for of a sound that begins at `at`."""
    first, last = max(at, origin), min(at + sound.shape[1], origin + out.shape[1])
    if first < last:
        out[:, first - origin : last - origin] = sound[:, first - at : last - at]
