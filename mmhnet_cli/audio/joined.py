"""Sounds that follow each other, each going over into the next."""

from collections.abc import Iterable, Iterator, Sequence

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
    try:
        at, sound = next(rest)
    except StopIteration:
        raise ValueError("no sound to join") from None
    if not crosses and at <= span.start and span.stop <= at + sound.shape[1]:
        kept = sound[:, span.start - at : span.stop - at]
        # What is left of a much longer one does not keep all of it in memory.
        return kept if kept.shape == sound.shape else kept.copy()
    out = np.zeros((sound.shape[0], span.stop - span.start), np.float32)
    taken = _taken(at, sound, rest)
    del sound
    join_into(out, taken, crosses, span.start)
    return out


def join_into(out: Room, sounds: Iterable[tuple[int, np.ndarray]], crosses: Sequence[slice], origin: int) -> None:
    """Write to `out` (channels, n), which is silent and begins at sample `origin`, what `joined` returns.

    Each sound is let go of before the next one is taken.
    """
    following, into, before = iter(crosses), None, np.zeros((0, 0), np.float32)
    # Not by way of `enumerate` or `zip`, which hold what they gave until they have the next.
    for at, sound in sounds:
        begin = at
        if into is not None:
            _put(out, origin, into.start, crossed(before, _part(sound, at, into), rising=True))
            begin = into.stop
        _put(out, origin, begin, sound[:, begin - at :])
        into = next(following, None)
        if into is not None:
            before = _part(sound, at, into).copy()
        del sound


def _taken(at: int, sound: np.ndarray, rest: Iterable[tuple[int, np.ndarray]]) -> Iterator[tuple[int, np.ndarray]]:
    """Yield a sound that was taken already, then the others, when it is let go of."""
    yield at, sound
    del sound
    yield from rest


def _part(sound: np.ndarray, at: int, samples: slice) -> np.ndarray:
    return sound[:, samples.start - at : samples.stop - at]


def _put(out: Room, origin: int, at: int, sound: np.ndarray) -> None:
    """Write to `out`, which begins at `origin`, what it has room for of a sound that begins at `at`."""
    first, last = max(at, origin), min(at + sound.shape[1], origin + out.shape[1])
    if first < last:
        out[:, first - origin : last - origin] = sound[:, first - at : last - at]
