"""A first cue sheet of a film: its shots, what is seen in each, and when something hits.

What goes on, as rain or an engine, is a bed without hits; what hits or comes at once, as steps or a dog, has its
moments in the picture. Both are mixed apart, so a shot gets a row for each on a track of its own, and one at least.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from mmhnet_cli.encoders.changes import CHANGES_STREAM
from mmhnet_cli.encoders.protocol import Picture, Shot
from mmhnet_cli.encoders.sounding import KindWords, kind_words
from mmhnet_cli.media.probe import VideoInfo
from mmhnet_cli.pipeline.session.cues import AMBIENCE, FX, Cue
from mmhnet_cli.pipeline.session.cuts import cut_at, picture_at
from mmhnet_cli.pipeline.session.seen_hits import hits_seen

EVENTFUL = ("impact", "one_shot")
"""Kinds of these families have moments."""
NAMED, LEAST_SHARE = 3, 0.1
"""A prompt names so many kinds of a shot at most, each with so much of it at least."""
SHORTEST_SHOT_S = 0.4
"""What is shorter is no shot that anybody would give a sound, but lightning, a flash, or a cross-fade."""


@dataclass(frozen=True)
class Spotted:
    """A cue that the picture proposes, and what a person reads beside it."""

    cue: Cue
    shot: int
    """Shots are counted from 1."""
    seen: Mapping[str, float]
    """The kinds that are seen in its shot have these shares."""

    @property
    def notes(self) -> dict[str, str]:
        """Return the cells of columns that inform."""
        seen = ", ".join(f"{kind.replace('_', ' ')} {share:.2f}" for kind, share in self.seen.items())
        return {"shot": str(self.shot), "seen": seen}


def spotted(film: VideoInfo, picture: Picture, cut_at: Callable[[int], Fraction]) -> tuple[Spotted, ...]:
    """Return the cues that a film's own picture proposes, in order of time.

    cut_at: when the shot begins whose first look is this one of 25 a second.
    """
    begins_s = np.array([shot.start_s for shot in picture.shots])
    hits = [(picture_at(film, number), strength) for number, strength in hits_seen(picture.sync, begins_s)]
    shots = joined(picture.shots)
    starts = [cut_at(round(shot.start_s * CHANGES_STREAM.fps)) for shot in shots]
    found: list[Spotted] = []
    for number, (shot, start, end) in enumerate(zip(shots, starts, [*starts[1:], film.duration], strict=True), 1):
        inside = tuple((time, strength) for time, strength in hits if start <= time < end)
        found += (Spotted(cue, number, shot.shares) for cue in _cues(shot, start, end, inside))
    return tuple(found)


def shot_starts(film: VideoInfo, picture: Picture) -> list[Fraction]:
    """Return when each shot of a film begins, in seconds from its first picture, as `spotted` counts them."""
    return [_start(film, shot) for shot in joined(picture.shots)]


def _start(film: VideoInfo, shot: Shot) -> Fraction:
    return cut_at(film, round(shot.start_s * CHANGES_STREAM.fps), lambda second, reason: None)


def joined(shots: Sequence[Shot]) -> list[Shot]:
    """Return shots of SHORTEST_SHOT_S at least: a shorter one belongs to the one before it, at the beginning to the one
    after it. What is seen is that of the longer one."""
    found: list[Shot] = []
    for shot in shots:
        before = found[-1] if found else None
        if before is not None and _is_short(shot):
            found[-1] = replace(before, end_s=shot.end_s)
        elif before is not None and _is_short(before):
            found[-1] = replace(shot, start_s=before.start_s)
        else:
            found.append(shot)
    return found


def _is_short(shot: Shot) -> bool:
    return shot.end_s - shot.start_s < SHORTEST_SHOT_S - 1e-9


def _cues(shot: Shot, start: Fraction, end: Fraction, hits: tuple[tuple[Fraction, float], ...]) -> Iterator[Cue]:
    kinds = {kind.name: kind for kind in kind_words()}
    named = [kinds[name] for name, share in shot.shares.items() if share >= LEAST_SHARE][:NAMED]
    moments = [kind for kind in named if kind.family in EVENTFUL]
    beds = [kind for kind in named if kind.family not in EVENTFUL]
    if beds or not (moments or hits):
        yield Cue(start, end, _prompt(beds), AMBIENCE)
    if moments or (hits and not beds):
        yield Cue(start, end, _prompt(moments), FX, hits or None)


def _prompt(kinds: list[KindWords]) -> str:
    return ", ".join(kind.nouns[0] for kind in kinds)
