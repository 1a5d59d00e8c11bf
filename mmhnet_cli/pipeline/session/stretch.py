"""A stretch of a voice sampled anew amid its kept latents, in every piece of the film in which it is heard."""

import math
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import torch

from mmhnet_cli.encoders.extract import frame_count
from mmhnet_cli.media.frames import Lost
from mmhnet_cli.pipeline.making.decoding import first_sample
from mmhnet_cli.pipeline.making.features import film_features
from mmhnet_cli.pipeline.making.load import LoadedModel
from mmhnet_cli.pipeline.making.long_form import training_clip
from mmhnet_cli.pipeline.making.pieces import FilmPiece, counted_on, decode_pieces
from mmhnet_cli.pipeline.making.sampling import Known, Part, sample
from mmhnet_cli.pipeline.making.seen import sight_of
from mmhnet_cli.pipeline.making.seen_pieces import look_at
from mmhnet_cli.pipeline.making.stages import Stages
from mmhnet_cli.pipeline.request import Job
from mmhnet_cli.timeline import round_half_up

CONTEXT_S = 3
"""At least so much on each side is heard while a stretch is sampled, and the length of training in all."""


@dataclass(frozen=True)
class Stretch:
    """What shall be another one: from `first` to `last`, in seconds from the first picture of the film."""

    first: Fraction
    last: Fraction
    words: tuple[str, str]
    """It shall sound like the first, and not like the second."""
    seed: int


@dataclass(frozen=True)
class _Window:
    """What is looked at of a piece, and what of it is sampled anew."""

    place: FilmPiece
    kept: slice
    """It has these of the kept latents of the voice."""
    free: slice
    """Of these, those are sampled."""


def kept_latents(job: Job, model: LoadedModel) -> int:
    """Return how many latents a voice of a take has, in all its pieces."""
    return sum(FilmPiece(piece, model.sequence).timeline.latents for piece in job.pieces)


def _windows(job: Job, model: LoadedModel, stretch: Stretch) -> list[_Window]:
    """Return the windows of the pieces in which the stretch is heard."""
    windows, before = [], 0
    for piece in job.pieces:
        place = FilmPiece(piece, model.sequence)
        if piece.touches(stretch.first, stretch.last):
            windows.append(_window(stretch, model, place, before))
        before += place.timeline.latents
    return windows


def _window(stretch: Stretch, model: LoadedModel, place: FilmPiece, before: int) -> _Window:
    """Return the window of a piece, whose latents stand in the kept ones after so many others."""
    latent_s, latents = 1 / Fraction(model.sequence.latent_rate_hz), place.timeline.latents
    begin, end = ((time - place.begin_s) / latent_s for time in (stretch.first, stretch.last))
    free = slice(max(0, math.floor(begin)), min(math.ceil(end), latents))
    context = math.ceil(CONTEXT_S / latent_s)
    least = min(training_clip(model.network.config).latents, latents)
    size = min(max(least, free.stop - free.start + 2 * context), latents)
    first = min(max(0, (free.start + free.stop - size) // 2), latents - size)
    begin_s, end_s = (place.begin_s + number * latent_s for number in (first, first + size))
    part = replace(place.piece, begin=begin_s, end=min(end_s, place.piece.end))
    kept = slice(before + first, before + first + size)
    return _Window(FilmPiece(part, model.sequence), kept, slice(before + free.start, before + free.stop))


@torch.inference_mode()
def renewed(
    job: Job, model: LoadedModel, stretch: Stretch, kept: torch.Tensor, stages: Stages, lost: Lost
) -> tuple[torch.Tensor, np.ndarray, int]:
    """Return all latents of a voice, the sound (1 or 2, m) around the stretch, as the network gives it, and the sample
    of the film at which it begins.

    kept: (L, C), its latents so far, of all pieces of the take.
    """
    request, windows, latents = job.request, _windows(job, model, stretch), kept.clone()
    with stages.stage("load encoders"):
        encoders = model.load_encoders()
    sight = sight_of(job, encoders)
    counts = [frame_count(encoders.streams, window.place.timeline.duration) for window in windows]
    with stages.stage("read film", sum(counts)) as done:
        pictures = [
            look_at(window.place, sight, lost, counted_on(done, sum(counts[:number])))
            for number, window in enumerate(windows)
        ]
    features = [film_features(model, encoders, picture, *stretch.words) for picture in pictures]
    del encoders, sight
    made, steps = [], request.sampler.steps
    with stages.stage("sample", steps * len(windows)) as done:
        for number, (window, told) in enumerate(zip(windows, features, strict=True)):
            free = torch.zeros(len(kept), dtype=torch.bool)
            free[window.free] = True
            known = Known(kept[window.kept].to(model.device), free[window.kept])
            first = window.place.first
            part = Part(told, len(known.free), stretch.seed, request.long_form, first, known=known)
            made += sample(model, [part], request.sampler, counted_on(done, number * steps))
    for window, one in zip(windows, made, strict=True):
        inside = slice(window.free.start - window.kept.start, window.free.stop - window.kept.start)
        latents[window.free] = one[inside].float().cpu()
    rate_hz, places = request.output.sample_rate_hz, [window.place for window in windows]
    begin = first_sample(places[0].first, model.sequence, rate_hz)
    span = slice(begin, round_half_up(places[-1].piece.end * rate_hz))
    pans = [picture.pan for picture in pictures] if job.channels == "stereo" else None
    with stages.stage("decode", sum(len(one) for one in made)) as done:
        return latents, decode_pieces(model, places, torch.cat(made), pans, rate_hz, span, done), begin
