"""A stretch of a track of cues made anew: each cue that sounds in it, amid what is kept of it.

A cue that lies in the stretch as a whole is another one; of one that reaches beyond it, the kept latents around the
stretch lead the new ones. Where the track has no cue it stays silent: what shall sound there is a new cue.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mmhnet_cli.encoders.extract import frame_count
from mmhnet_cli.errors import BadOption, LatentsMissing
from mmhnet_cli.media.frames import Lost
from mmhnet_cli.options import Cue, GenerateRequest
from mmhnet_cli.pipeline.delivery.latents import cue_key, latents_path
from mmhnet_cli.pipeline.generate import film_timeline
from mmhnet_cli.pipeline.making.cued import (
    CROSS_S,
    HeardCue,
    cue_features,
    cue_sound,
    cued_places,
    place,
    slice_picture,
)
from mmhnet_cli.pipeline.making.guided import GuidedFeatures
from mmhnet_cli.pipeline.making.load import LoadedModel
from mmhnet_cli.pipeline.making.long_form import training_clip
from mmhnet_cli.pipeline.making.sampling import Known, Part, sample
from mmhnet_cli.pipeline.making.seen import sight_of
from mmhnet_cli.pipeline.making.stages import Stages
from mmhnet_cli.pipeline.request import Job

MOST_NAMED = 5


@dataclass(frozen=True)
class CueStretch:
    """What of a track is made anew.

    report: of the take. first, last: seconds from the film's first picture. prompt, negative: None are those of each
    cue. fade_s, context_s: so much around the stretch is heard anew, and is listened to while sampling.
    """

    report: Path
    track: str
    first: Fraction
    last: Fraction
    prompt: str | None
    negative: str | None
    seed: int
    fade_s: Fraction
    context_s: Fraction


@dataclass(frozen=True)
class _Place:
    """A cue near the stretch. Latents first to last of the film are sampled for it, those of `window` are looked at,
    and of them those from `free` on are sampled anew; none of a cue that only sounds beside the stretch."""

    cue: Cue
    number: int
    first: int
    last: int
    window: slice
    free: slice

    @property
    def looked_at(self) -> slice:
        """Return the window, counted from the cue's own first latent."""
        return slice(self.window.start - self.first, self.window.stop - self.first)


def cues_of(request: GenerateRequest, track: str) -> list[Cue]:
    """Return the cues of a track, as their latents are numbered."""
    return [cue for cue in request.cues or () if cue.track == track]


def touched_cues(request: GenerateRequest, track: str, first: Fraction, last: Fraction) -> list[Cue]:
    """Return the cues of a track that sound from `first` to `last`. Raises BadOption where there are none."""
    own = cues_of(request, track)
    found = [cue for cue in own if cue.start < last and first < cue.end]
    if not found:
        places = [f"{float(cue.start):.3f} to {float(cue.end):.3f}" for cue in own[:MOST_NAMED]]
        more = " and others" if len(own) > MOST_NAMED else ""
        raise BadOption(
            "--from",
            f"{float(first):.3f}",
            f"in a cue of {track}, which is silent from there to {float(last):.3f} s: {', '.join(places)} s{more}; "
            "what shall sound elsewhere is a new row of the sheet",
        )
    return found


@torch.inference_mode()
def renewed_cues(
    job: Job,
    model: LoadedModel,
    asked: CueStretch,
    kept: Mapping[str, Tensor],
    region: tuple[int, int],
    stages: Stages,
    lost: Lost,
) -> tuple[dict[str, Tensor], np.ndarray, dict[int, HeardCue]]:
    """Return the latents of a track's cues that are others now, by their keys, the sound (1 or 2, m) of the track as
    the network gives it, from latent to latent of the `region`, which holds the stretch with its fades, and what of it
    is heard of each cue, by its number in the request.

    kept: the latents of the take. Raises LatentsMissing.
    """
    origin_s, latent_s = job.start - job.request.output.handles_s, 1 / Fraction(model.sequence.latent_rate_hz)
    places = _places(job, model, asked, origin_s, latent_s)
    old = {one.number: _kept(model, one, asked, kept) for one in places}
    told, pans = _told(job, model, asked, places, origin_s, latent_s, stages, lost)
    renewed: dict[str, Tensor] = {}
    rate_hz, stereo = job.request.output.sample_rate_hz, job.channels == "stereo"
    length = math.ceil((region[1] - region[0]) * latent_s * rate_hz)
    sound = np.zeros((2 if stereo else 1, length), np.float32)
    cues, heard = [one.cue for one in places], {}
    numbers = [number for number, cue in enumerate(job.request.cues or ()) if cue.track == asked.track]
    with stages.stage("sample", len(places)) as done:
        for count, one in enumerate(places, 1):
            latents = old[one.number]
            if one.number in told:
                latents = _sampled(job, model, asked, one, told[one.number], latents, origin_s)
                renewed[cue_key(asked.track, one.number)] = latents
            window = latents[one.looked_at].to(model.device)
            own = cue_sound(model, window, one.cue, pans[one.number], rate_hz, stereo)
            begin_s, from_s = (origin_s + at * latent_s for at in (one.window.start, region[0]))
            heard[numbers[one.number]] = place(sound, own, begin_s, one.cue, cues, from_s, rate_hz)
            done(count)
    return renewed, sound, heard


def _places(
    job: Job, model: LoadedModel, asked: CueStretch, origin_s: Fraction, latent_s: Fraction
) -> tuple[_Place, ...]:
    """Return the cues of the track that sound in the stretch or in its fades."""
    latents, own = film_timeline(job, model).latents, cues_of(job.request, asked.track)
    beside_s = asked.fade_s + CROSS_S
    least, around = training_clip(model.network.config).latents, math.ceil(asked.context_s / latent_s)
    begin, end = (math.floor((asked.first - origin_s) / latent_s), math.ceil((asked.last - origin_s) / latent_s))
    found = []
    for number, first, last in cued_places(model, own, origin_s, latents):
        cue = own[number]
        if cue.start >= asked.last + beside_s or asked.first - beside_s >= cue.end:
            continue
        near = slice(min(max(begin, first), last), max(min(end, last), first))
        touched = cue.start < asked.last and asked.first < cue.end
        if touched and asked.first <= cue.start and cue.end <= asked.last:
            found.append(_Place(cue, number, first, last, slice(first, last), slice(first, last)))
            continue
        size = min(max(least, near.stop - near.start + 2 * around), last - first)
        start = min(max(first, (near.start + near.stop - size) // 2), last - size)
        free = near if touched else slice(start, start)
        found.append(_Place(cue, number, first, last, slice(start, start + size), free))
    return tuple(found)


def _kept(model: LoadedModel, one: _Place, asked: CueStretch, kept: Mapping[str, Tensor]) -> Tensor:
    """Return the latents of a cue as the take has them. Raises LatentsMissing where they are of another length."""
    found = kept.get(cue_key(asked.track, one.number))
    if found is None or tuple(found.shape) != (one.last - one.first, model.network.config.latent_channels):
        raise LatentsMissing(latents_path(asked.report), asked.report)
    return found


def _told(
    job: Job,
    model: LoadedModel,
    asked: CueStretch,
    places: tuple[_Place, ...],
    origin_s: Fraction,
    latent_s: Fraction,
    stages: Stages,
    lost: Lost,
) -> tuple[dict[int, GuidedFeatures], dict[int, np.ndarray | None]]:
    """Return what is told of each cue that is sampled, and where each cue is seen, by their numbers.

    The film is read once, over all windows.
    """
    first, last = min(one.window.start for one in places), max(one.window.stop for one in places)
    begin_s, duration = origin_s + first * latent_s, (last - first) * latent_s
    with stages.stage("load encoders"):
        encoders = model.load_encoders()
    with stages.stage("read film", frame_count(encoders.streams, duration)) as done:
        picture = sight_of(job, encoders).picture(begin_s, begin_s + duration, lost, done)
    told, pans = {}, {}
    [stem] = [stem for stem in job.request.stems if stem.name == asked.track]
    with stages.stage("read prompt"):
        for one in places:
            window = slice(one.window.start - first, one.window.stop - first)
            part = slice_picture(picture, model.network.config, window.start, window.stop)
            pans[one.number] = part.pan
            if one.free.start < one.free.stop:
                own = ", ".join(text for text in (one.cue.negative, stem.negative_prompt) if text)
                cue = one.cue if asked.prompt is None else replace(one.cue, prompt=asked.prompt)
                away = own if asked.negative is None else asked.negative
                start_s = origin_s + one.window.start * latent_s
                told[one.number] = cue_features(model, encoders, part, cue, start_s, away)
    return told, pans


def _sampled(
    job: Job,
    model: LoadedModel,
    asked: CueStretch,
    one: _Place,
    features: GuidedFeatures,
    latents: Tensor,
    origin_s: Fraction,
) -> Tensor:
    """Return the latents (L, C) of a cue of which those that are free are others."""
    free = torch.zeros(one.window.stop - one.window.start, dtype=torch.bool)
    free[one.free.start - one.window.start : one.free.stop - one.window.start] = True
    known = None if free.all() else Known(latents[one.looked_at].to(model.device), free)
    first = round(origin_s * model.sequence.latent_rate_hz) + one.window.start
    part = Part(features, len(free), asked.seed, job.request.long_form, first, known=known)
    (made,) = sample(model, [part], job.request.sampler, lambda step: None)
    renewed = latents.clone()
    renewed[one.free.start - one.first : one.free.stop - one.first] = made[free.to(made.device)].float().cpu()
    return renewed
