"""What is told of the pictures of a film, piece by piece."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from mmhnet_cli.encoders.extract import frame_count
from mmhnet_cli.encoders.protocol import Picture, Shot
from mmhnet_cli.media.frames import Lost
from mmhnet_cli.pipeline.making.features import film_features
from mmhnet_cli.pipeline.making.guided import GuidedFeatures
from mmhnet_cli.pipeline.making.load import LoadedModel
from mmhnet_cli.pipeline.making.pieces import FilmPiece, counted_on
from mmhnet_cli.pipeline.making.seen import Sight
from mmhnet_cli.pipeline.making.stages import Stages

STANDS_S = Fraction(1, 1000)
"""The first and the last picture of a film stand at least so long."""


@dataclass(frozen=True)
class EncodedPiece:
    """A piece of a film and what is known of it before it is sampled."""

    place: FilmPiece
    voices: tuple[GuidedFeatures, ...]
    pan: np.ndarray | None
    """It is that of its picture, see `Picture`."""


def encode_pieces(
    sight: Sight, model: LoadedModel, stages: Stages, lost: Lost
) -> tuple[tuple[EncodedPiece, ...], tuple[Shot, ...]]:
    """Return the pieces of a job with the features of every voice, and the shots of its chosen part with handles.

    Raises what `read_frames` raises.
    """
    job, encoders = sight.job, sight.encoders
    request, handle_s = job.request, job.request.output.handles_s
    places = [FilmPiece(piece, model.sequence) for piece in job.pieces]
    counts = [frame_count(encoders.streams, place.timeline.duration) for place in places]
    with stages.stage("read film", sum(counts)) as done:
        pictures = [
            look_at(place, sight, lost, counted_on(done, sum(counts[:number]))) for number, place in enumerate(places)
        ]
    with stages.stage("read prompt"):
        pieces = tuple(
            EncodedPiece(
                place,
                tuple(
                    film_features(model, encoders, picture, voice.prompt, request.away(number))
                    for number, voice in enumerate(request.voices)
                ),
                picture.pan,
            )
            for place, picture in zip(places, pictures, strict=True)
        )
    seen = list(zip(places, pictures, strict=True))
    return pieces, heard_shots(seen, job.start - handle_s, job.end + handle_s)


def look_at(place: FilmPiece, sight: Sight, lost: Lost, done: Callable[[int], None]) -> Picture:
    """Return what is told of the pictures of a piece, with the hits that were given.

    lost: hears of a picture from one piece only. done: hears how many frames are read. Raises what `read_frames`
    raises.
    """
    job, piece, begin_s = sight.job, place.piece, place.begin_s
    film = job.film

    def own(second: Fraction, reason: str) -> None:
        is_last = piece.falls[1] >= film.duration
        if piece.side == 0 and piece.rises[0] <= second and (second < piece.falls[0] or is_last):
            lost(second, reason)

    # Where a piece lies outside the film, the first picture stands still, or the last.
    moved = max(Fraction(0), STANDS_S - piece.end) + min(Fraction(0), film.duration - STANDS_S - begin_s)
    picture = sight.picture(begin_s + moved, piece.end + moved, own, done)
    if (hits := job.hits_from(begin_s)) is not None:
        picture = replace(picture, sync=sight.encoders.with_hits(picture.sync, hits))
    return picture


def heard_shots(pieces: Sequence[tuple[FilmPiece, Picture]], first: Fraction, last: Fraction) -> tuple[Shot, ...]:
    """Return the shots from `first` to `last`, in seconds from the first picture; those that a piece cuts are one."""
    found: list[Shot] = []
    for number, (place, picture) in enumerate(pieces):
        begin = first if number == 0 else max(first, place.piece.rises[0])
        end = last if number == len(pieces) - 1 else min(last, place.piece.falls[0])
        for shot in picture.shots:
            start_s, end_s = (time_s + float(place.begin_s) for time_s in (shot.start_s, shot.end_s))
            goes_on = number > 0 and start_s < begin
            # The frame in which a film ends is seen to its own end.
            cut = replace(shot, start_s=max(start_s, float(begin)), end_s=end_s)
            if end < place.piece.end:
                cut = replace(cut, end_s=min(end_s, float(end)))
            if cut.start_s < cut.end_s:
                found.append(_one_shot(found.pop(), cut) if goes_on and found else cut)
    return tuple(found)


def _one_shot(before: Shot, after: Shot) -> Shot:
    """Return two stretches of one shot as one, with the mean of what is seen in them."""
    lengths_s = (before.end_s - before.start_s, after.end_s - after.start_s)
    mean = {
        kind: round(
            float(np.average([before.shares.get(kind, 0.0), after.shares.get(kind, 0.0)], weights=lengths_s)), 3
        )
        for kind in (*before.shares, *after.shares)
    }
    return Shot(before.start_s, after.end_s, dict(sorted(mean.items(), key=lambda one: -one[1])))
