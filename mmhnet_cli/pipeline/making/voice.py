"""One sound of one film in memory, from its frames to its samples: what scripts need, without files."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction

import numpy as np
import torch

from mmhnet_cli.audio.edges import fade_edges
from mmhnet_cli.encoders.extract import picture_features
from mmhnet_cli.encoders.resize import shrink
from mmhnet_cli.media.frames import FrameBatch, FrameStream
from mmhnet_cli.options import LongForm, SamplerOptions
from mmhnet_cli.pipeline.asking.pieces import plan_pieces
from mmhnet_cli.pipeline.making.features import film_features
from mmhnet_cli.pipeline.making.load import LoadedModel
from mmhnet_cli.pipeline.making.pieces import FilmPiece, decode_pieces, sample_pieces
from mmhnet_cli.pipeline.making.sampling import Part
from mmhnet_cli.timeline import Timeline, round_half_up

BATCH_FRAMES = 8


FramesBetween = Callable[[Sequence[FrameStream], Fraction, Fraction], Iterable[FrameBatch]]
"""It gives the frames of these streams between two moments of a film, in seconds from its first picture."""


@torch.inference_mode()
def voice_of(
    model: LoadedModel,
    frames: FramesBetween,
    duration: Fraction,
    chosen: tuple[Fraction, Fraction],
    prompt: str,
    negative_prompt: str,
    sampler: SamplerOptions,
    form: LongForm,
    rate_hz: int,
) -> np.ndarray:
    """Return samples (1, n) float32 at `rate_hz`, with faded edges, before any levelling: of the chosen part of a film.

    duration: of the whole film, in seconds; chosen: from when to when. It is sampled in the same pieces as by a command
    (`asking.pieces`). Raises SoundNotFinite, and BadOption as `plan_film`.
    """
    encoders, (start, end) = model.load_encoders(), chosen
    places = [FilmPiece(piece, model.sequence) for piece in plan_pieces(duration, start, end, Fraction(0), form.pieces)]

    def part(place: FilmPiece) -> Part:
        picture = picture_features(encoders, frames(encoders.streams, place.begin_s, place.piece.end), _ignore)
        features = film_features(model, encoders, picture, prompt, negative_prompt)
        return Part(features, place.timeline.latents, sampler.seed, form, place.first)

    latents = sample_pieces(model, places, [part(place) for place in places], sampler, _ignore)
    first = round_half_up(start * rate_hz)
    span = slice(first, first + Timeline(end - start, model.sequence).output_samples(rate_hz))
    return fade_edges(decode_pieces(model, places, latents, None, rate_hz, span, _ignore), rate_hz)


def frames_in_time(
    picture_at: Callable[[Fraction], np.ndarray], streams: Sequence[FrameStream], duration: Fraction
) -> Iterator[FrameBatch]:
    """Yield the frames of a film in memory at the rates and sizes of the encoders, stream after stream, a few at once.

    picture_at: seconds to the picture (H, W, 3) uint8 RGB that is shown then.
    """
    for number, stream in enumerate(streams):
        count = math.ceil(duration * stream.fps)
        for first in range(0, count, BATCH_FRAMES):
            times = [Fraction(step, stream.fps) for step in range(first, min(first + BATCH_FRAMES, count))]
            pictures = (picture_at(time) for time in times)
            frames = [shrink(picture, *stream.size(picture.shape[1], picture.shape[0])) for picture in pictures]
            yield FrameBatch(number, first, np.stack(frames))


def _ignore(done: int) -> None:
    pass
