"""A film in its pieces (`asking.pieces`): each has features, noise and sound of its own, none knows what was chosen.

Pieces lie on the latents of the film, which are counted from its first picture, and their sounds on its samples: what
two choices share is the same in both, to the bit.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate

import numpy as np
import torch
from torch import Tensor

from mmhnet_cli.audio.joined import join_into, joined
from mmhnet_cli.audio.waves import Room
from mmhnet_cli.options import SamplerOptions
from mmhnet_cli.pipeline.asking.pieces import Piece
from mmhnet_cli.pipeline.making import decoding
from mmhnet_cli.pipeline.making.load import LoadedModel
from mmhnet_cli.pipeline.making.sampling import Known, Part, sample
from mmhnet_cli.timeline import SequenceConfig, Timeline, round_half_up


@dataclass(frozen=True)
class FilmPiece:
    """A piece of a film on the latents of one model."""

    piece: Piece
    sequence: SequenceConfig

    @property
    def first(self) -> int:
        """Return with which latent of the film it begins: less than 0 before the film."""
        return math.floor(self.piece.begin * self.sequence.latent_rate_hz)

    @property
    def begin_s(self) -> Fraction:
        """Return when this latent begins, in seconds from the first picture."""
        return self.first / self.sequence.latent_rate_hz

    @property
    def timeline(self) -> Timeline:
        """Return its counts."""
        return Timeline(self.piece.end - self.begin_s, self.sequence)


def sample_pieces(
    model: LoadedModel,
    places: Sequence[FilmPiece],
    parts: Sequence[Part],
    sampler: SamplerOptions,
    progress: Callable[[int], None],
) -> Tensor:
    """Return the latents (sum of all L, C) of pieces, one after the other.

    A piece outside the film goes on from the one beside it, whose latents it is told. progress: hears how many steps
    are done, of all pieces together. Raises as `sample`.
    """
    ends = list(accumulate(place.timeline.latents for place in places))
    spans = [slice(end - place.timeline.latents, end) for end, place in zip(ends, places, strict=True)]
    whole = torch.empty(ends[-1], model.network.config.latent_channels, device=model.device)
    # Those in the film first, then outwards.
    outwards = sorted(range(len(places)), key=lambda number: abs(places[number].piece.side * places[number].first))
    for done, number in enumerate(outwards):
        place, part = places[number], parts[number]
        if side := place.piece.side:
            part = replace(part, known=_known(place, places[number - side], whole[spans[number - side]]))
        (whole[spans[number]],) = sample(model, [part], sampler, counted_on(progress, done * sampler.steps))
    return whole


def _known(place: FilmPiece, beside: FilmPiece, latents: Tensor) -> Known:
    """Return what a piece outside the film is told of that `beside` it, up to where it goes over into it."""
    rate_hz, count = place.sequence.latent_rate_hz, place.timeline.latents
    free, shared = torch.ones(count, dtype=torch.bool), latents.new_zeros(count, latents.shape[1])
    if place.piece.side < 0:
        first, last = math.floor(place.piece.falls[0] * rate_hz), place.first + count
    else:
        first, last = place.first, math.ceil(place.piece.rises[1] * rate_hz)
    here, there = (slice(first - one.first, last - one.first) for one in (place, beside))
    free[here], shared[here] = False, latents[there]
    return Known(shared, free)


def decode_pieces(
    model: LoadedModel,
    places: Sequence[FilmPiece],
    latents: Tensor,
    pans: Sequence[np.ndarray | None] | None,
    rate_hz: int,
    span: slice,
    progress: Callable[[int], None],
) -> np.ndarray:
    """Decode the latents of pieces, as `sample_pieces` gives them, to the samples `span` of the film at `rate_hz`.

    pans: of the pictures of the pieces, for stereo; the sound is (1 or 2, n). progress: hears how many latents are
    decoded. Raises SoundNotFinite.
    """
    return joined(_sounds(model, places, latents, pans, rate_hz, progress), _crosses(places, rate_hz), span)


def decode_pieces_into(
    out: Room,
    model: LoadedModel,
    places: Sequence[FilmPiece],
    latents: Tensor,
    pans: Sequence[np.ndarray | None] | None,
    rate_hz: int,
    origin: int,
    progress: Callable[[int], None],
) -> None:
    """Do as `decode_pieces`, but write the sound to `out`, which begins at the sample `origin` of the film.

    One piece is in memory at a time. Raises SoundNotFinite.
    """
    join_into(out, _sounds(model, places, latents, pans, rate_hz, progress), _crosses(places, rate_hz), origin)


def _sounds(
    model: LoadedModel,
    places: Sequence[FilmPiece],
    latents: Tensor,
    pans: Sequence[np.ndarray | None] | None,
    rate_hz: int,
    progress: Callable[[int], None],
) -> Iterator[tuple[int, np.ndarray]]:
    """Yield the sound of each piece, and the sample of the film at which it begins."""
    before = 0
    for number, place in enumerate(places):
        timeline, sides = place.timeline, None if pans is None else decoding.Sides(pans[number])
        at = decoding.first_sample(place.first, model.sequence, rate_hz)
        samples = round_half_up(place.piece.end * rate_hz) - at
        own, done = latents[before : before + timeline.latents], counted_on(progress, before)
        yield at, decoding.decode(model, own, timeline, rate_hz, samples, done, sides, place.first)
        before += timeline.latents


def _crosses(places: Sequence[FilmPiece], rate_hz: int) -> list[slice]:
    """Return the samples in which each piece goes over into the next."""
    return [slice(*(round_half_up(time * rate_hz) for time in place.piece.rises)) for place in places[1:]]


def counted_on(progress: Callable[[int], None], before: int) -> Callable[[int], None]:
    """Return a progress of one of several that follow each other, so many having been done before."""
    return lambda done: progress(before + done)
