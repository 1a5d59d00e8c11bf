"""A track of cues: each is sampled in the company of the film around it, and put in its place.

A cue is heard from its start to its end. What is sampled is longer, so that it does not begin or end there by itself;
its noise is that of the film at this place, so that a cue whose edges are moved keeps what it was.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby

import numpy as np
import torch
from torch import Tensor

from mmhnet_cli.audio.waves import Waves
from mmhnet_cli.encoders.protocol import Encoders, Picture
from mmhnet_cli.encoders.public import SEGMENT_STRIDE, sync_tokens
from mmhnet_cli.model.config import NetworkConfig
from mmhnet_cli.options import Cue, LongForm, SamplerOptions, Variation
from mmhnet_cli.pipeline.making.decoding import Sides, decode
from mmhnet_cli.pipeline.making.features import film_features
from mmhnet_cli.pipeline.making.guided import GuidedFeatures
from mmhnet_cli.pipeline.making.held import HeldSound
from mmhnet_cli.pipeline.making.load import LoadedModel
from mmhnet_cli.pipeline.making.long_form import training_clip
from mmhnet_cli.pipeline.making.sampling import Part, sample
from mmhnet_cli.timeline import Timeline, round_half_up

AROUND_S = Fraction(3, 2)
"""At least so much is sampled before and after a cue."""
FADE_S = Fraction(1, 20)
"""A cue fades in before its start, so that a hit there is whole, and out after its end."""
CROSS_S = Fraction(3, 10)
"""Two cues of a track that touch go over into each other in so long."""


@dataclass(frozen=True)
class CuedPart:
    """A cue and what is sampled for it: latents first to last of the film."""

    cue: Cue
    number: int
    """It is that of the cue among those of its track, from 0."""
    first: int
    last: int
    features: GuidedFeatures
    pan: np.ndarray | None
    """It is that of the picture there."""


@dataclass(frozen=True)
class HeardCue:
    """What is heard of one cue, alone."""

    cue: Cue
    first: int
    """Its first sample is this one of its track."""
    samples: Waves
    """They are (1 or 2, n), with its gain and its fades."""
    levelled: bool = False
    """They are (channels, n) at the level of its track."""


def cued_parts(
    model: LoadedModel,
    encoders: Encoders,
    picture: Picture,
    cues: Sequence[Cue],
    origin_s: Fraction,
    latents: int,
    away: str,
) -> tuple[CuedPart, ...]:
    """Return what is sampled for each cue of a track.

    picture: of the whole sound, which begins `origin_s` after the first picture of the film and has so many latents.
    away: what no cue shall sound like. Cues that lie outside are left out.
    """
    parts, latent_s = [], 1 / model.sequence.latent_rate_hz
    for number, first, last in cued_places(model, cues, origin_s, latents):
        cue, part = cues[number], slice_picture(picture, model.network.config, first, last)
        words = ", ".join(text for text in (cue.negative, away) if text)
        features = cue_features(model, encoders, part, cue, origin_s + first * latent_s, words)
        parts.append(CuedPart(cue, number, first, last, features, part.pan))
    return tuple(parts)


def cued_places(
    model: LoadedModel, cues: Sequence[Cue], origin_s: Fraction, latents: int
) -> tuple[tuple[int, int, int], ...]:
    """Return the number of each cue of a track that does not lie outside, and the latents from which to which it is
    sampled. origin_s, latents: as for `cued_parts`."""
    places, latent_s = [], 1 / model.sequence.latent_rate_hz
    least = min(training_clip(model.network.config).latents, latents)
    for number, cue in enumerate(cues):
        begin = math.floor((cue.start - origin_s - AROUND_S) / latent_s)
        end = math.ceil((cue.end - origin_s + AROUND_S) / latent_s)
        missing = max(0, least - (end - begin))
        first = max(0, min(begin - missing // 2, latents - least))
        last = min(latents, max(end + missing - missing // 2, first + least))
        if origin_s < cue.end and cue.start < origin_s + latents * latent_s:
            places.append((number, first, last))
    return tuple(places)


def cue_features(
    model: LoadedModel, encoders: Encoders, picture: Picture, cue: Cue, start_s: Fraction, away: str
) -> GuidedFeatures:
    """Return what is told of a cue beside its picture, which begins `start_s` after the first one of the film.

    away: all that it shall not sound like.
    """
    blind = None if cue.picture else encoders.blinded(picture)
    shown = picture if blind is None else blind
    if cue.hits is not None:
        hits = [(float(time - start_s), strength) for time, strength in cue.hits]
        shown = replace(shown, sync=encoders.with_hits(shown.sync, hits))
    unseen = not cue.picture and blind is None
    return film_features(model, encoders, shown, cue.prompt, away, unseen)


def slice_picture(picture: Picture, config: NetworkConfig, first: int, last: int) -> Picture:
    """Return what is told of the pictures from latent `first` to latent `last`, on the nearest frames."""
    sequence = config.sequence
    timeline = Timeline((last - first) / sequence.latent_rate_hz, sequence)
    begin_s = first / sequence.latent_rate_hz
    frames = _rows(picture.clip, round_half_up(begin_s * sequence.clip_fps), timeline.clip_frames)
    sync_first, count = round_half_up(begin_s * sequence.sync_fps), timeline.sync_frames
    pan = None if picture.pan is None else _rows(picture.pan, sync_first, count)
    if config.sync_segment_tokens:
        stride = Fraction(SEGMENT_STRIDE, sequence.sync_fps)
        tokens = config.sync_segment_tokens
        sync_first, count = round_half_up(begin_s / stride) * tokens, sync_tokens(timeline.sync_frames)
    return Picture(frames, _rows(picture.sync, sync_first, count), pan)


def _rows(rows: np.ndarray, first: int, count: int) -> np.ndarray:
    """Return rows first, first + 1, ...; past the end the last one stays."""
    return rows[np.minimum(np.arange(first, first + count), len(rows) - 1)]


@torch.inference_mode()
def cued_sound(
    model: LoadedModel,
    parts: Sequence[CuedPart],
    seed: Callable[[Cue], int],
    sampler: SamplerOptions,
    form: LongForm,
    origin_s: Fraction,
    rate_hz: int,
    sound: HeldSound,
    progress: Callable[[int], None],
    heard: Callable[[HeardCue], None] | None = None,
    turned: Variation | None = None,
) -> dict[int, Tensor]:
    """Make a track, silent where it has no cue, and return by the number of each cue the latents (L, C) that it was
    decoded from, in float16: there may be thousands.

    sound: (1 or 2, samples) at `rate_hz`, silent; the cues are added to it.

    seed: of the noise of a cue. turned: where its noise is turned to. progress: hears how many steps are done, of all
    cues together. heard: gets each of them alone.
    """
    kept: dict[int, Tensor] = {}
    origin = round_half_up(origin_s * model.sequence.latent_rate_hz)
    for part, latents in _sampled(model, parts, seed, sampler, form, origin, turned, progress):
        kept[part.number] = latents.to("cpu", torch.float16)
        own = cue_sound(model, latents, part.cue, part.pan, rate_hz, sound.shape[0] == 2)
        begin_s = origin_s + part.first / model.sequence.latent_rate_hz
        placed = place(sound, own, begin_s, part.cue, [one.cue for one in parts], origin_s, rate_hz)
        if heard is not None:
            heard(placed)
    return kept


def cue_sound(
    model: LoadedModel, latents: Tensor, cue: Cue, pan: np.ndarray | None, rate_hz: int, stereo: bool
) -> np.ndarray:
    """Decode latents (L, C) of a cue to sound (1 or 2, n) at `rate_hz`. pan: where it is seen, see `Sides`."""
    timeline = Timeline(len(latents) / model.sequence.latent_rate_hz, model.sequence)
    sides = Sides(pan if cue.pan is None else np.full(2, cue.pan, np.float32)) if stereo else None
    return decode(model, latents, timeline, rate_hz, timeline.output_samples(rate_hz), _ignore, sides)


def _sampled(
    model: LoadedModel,
    parts: Sequence[CuedPart],
    seed: Callable[[Cue], int],
    sampler: SamplerOptions,
    form: LongForm,
    origin: int,
    turned: Variation | None,
    progress: Callable[[int], None],
) -> Iterator[tuple[CuedPart, Tensor]]:
    """Yield the latents (L, C) of each part; neighbours of one length are sampled together.

    origin: so many latents lie from the first picture of the film to where the sound begins; less than 0 with handles.
    """
    before = 0
    for _, alike in groupby(parts, lambda part: (part.last - part.first, part.features.pushes)):
        group = list(alike)
        for begin in range(0, len(group), form.windows_at_once):
            some = group[begin : begin + form.windows_at_once]
            asked = [
                Part(one.features, one.last - one.first, seed(one.cue), form, origin + one.first, turned)
                for one in some
            ]

            def told(step: int, before: int = before, together: int = len(some)) -> None:
                progress(before + step * together)

            yield from zip(some, sample(model, asked, sampler, told), strict=True)
            before += sampler.steps * len(some)


def place(
    sound: np.ndarray | HeldSound,
    own: np.ndarray,
    begin_s: Fraction,
    cue: Cue,
    cues: Sequence[Cue],
    origin_s: Fraction,
    rate_hz: int,
) -> HeardCue:
    """Add what is heard of a cue of all `cues` of its track, whose own sound begins at `begin_s`, to `sound`, which
    begins at `origin_s`, and return it."""
    offset = round_half_up((begin_s - origin_s) * rate_hz)
    touches_before = any(other.end == cue.start for other in cues)
    touches_after = any(other.start == cue.end for other in cues)
    envelope = np.ones(own.shape[1], np.float32)
    start, end = (round_half_up((time - begin_s) * rate_hz) for time in (cue.start, cue.end))
    _fade(envelope, start, rate_hz, touches_before, rising=True)
    _fade(envelope, end, rate_hz, touches_after, rising=False)
    first, last = max(0, offset), min(offset + own.shape[1], sound.shape[1])
    gain = np.float32(10 ** (cue.gain_db / 20))
    heard = (gain * envelope * own)[:, first - offset : max(first, last) - offset]
    sound[:, first : max(first, last)] += heard
    # Where its fades are 0 it is not heard.
    inside = np.flatnonzero(envelope[first - offset : max(first, last) - offset])
    begin, stop = (inside[0], inside[-1] + 1) if len(inside) else (0, 0)
    return HeardCue(cue, first + int(begin), heard[:, begin:stop].copy())


def _fade(envelope: np.ndarray, edge: int, rate_hz: int, touches: bool, rising: bool) -> None:
    """Fade an envelope in or out at sample `edge`: outside it, or half way over it where another cue touches.

    Halves of a raised cosine, of which the roots add up to the same power where two cues cross.
    """
    length = round_half_up((CROSS_S if touches else FADE_S) * rate_hz)
    first = edge - length // 2 if touches else edge - length if rising else edge
    place = (np.arange(len(envelope)) - first + 0.5) / length
    share = np.sin(np.pi / 2 * np.clip(place, 0, 1))
    envelope *= (share if rising else np.sqrt(1 - share**2)).astype(np.float32)


def _ignore(done: int) -> None:
    pass
