"""The sounds that one take delivers: its voices mixed, and brought to one level."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from mmhnet_cli.audio.edges import fade_edges
from mmhnet_cli.audio.mixing import duck_and_mix
from mmhnet_cli.media.original_sound import read_original
from mmhnet_cli.pipeline.delivery.level import Level, cue_stretches, level_around, level_for
from mmhnet_cli.pipeline.making.cued import HeardCue
from mmhnet_cli.pipeline.request import Job
from mmhnet_cli.timeline import round_half_up


@dataclass(frozen=True)
class Sounds:
    """What one take delivers, all (channels, n) float32 under one gain."""

    mix: np.ndarray
    """It has both handles."""
    stems: tuple[np.ndarray, ...]
    """They sum to the mix; there are none where the mix is one sound."""
    film: np.ndarray | None
    """Films get this one, as long as the picture; None where there are none."""
    level: Level
    """It was measured on the mix without handles."""
    cues: Mapping[int, HeardCue] = field(default_factory=dict)
    """These cues, by their number in the request, get files of their own; they are as they were made."""
    seen: Mapping[int, str] = field(default_factory=dict)
    """The picture shows this kind most while the cue of this number lasts."""


def sounds_of(
    job: Job,
    voices: list[np.ndarray],
    cues: Mapping[int, HeardCue] | None = None,
    seen: Mapping[int, str] | None = None,
) -> Sounds:
    """Mix the voices (1 or 2, n) of a take, bring them to the target. The list is emptied: an hour of sound is 700 MB.

    What is measured is the chosen part of the film; the handles only keep to the same gain and ceiling.
    """
    request, output = job.request, job.request.output
    rate_hz, handle = output.sample_rate_hz, job.handle_samples
    if job.kept:
        return _sounds_around_kept(job, voices)
    shaped = [_shaped(voices.pop(0), voice.gain_db, job.channel_count, rate_hz) for voice in request.voices]
    mix = np.sum(shaped, axis=0) if len(shaped) > 1 else shaped[0]
    measured, apart = slice(handle, handle + job.picture_samples), cue_stretches(job, shaped)
    level = level_for(mix, rate_hz, output.loudness, measured, output.gain_db, apart)
    stems = tuple(level.applied(voice) for voice in shaped) if request.stems else ()
    mix = level.applied(mix)
    film = film_sound(job, mix) if any(wanted.is_film for wanted in job.outputs) else None
    return Sounds(mix, stems, film, level, cues or {}, seen or {})


def _sounds_around_kept(job: Job, voices: list[np.ndarray]) -> Sounds:
    """Mix voices of which some are files that stay: at the given gain, the peaks of the mix held by the new ones."""
    output, rate_hz = job.request.output, job.request.output.sample_rate_hz
    kept, new = np.zeros((2, job.channel_count, job.samples), np.float32)
    for number, stem in enumerate(job.request.stems):
        if stem.name not in job.kept:
            voices[number] = _shaped(voices[number], stem.gain_db, job.channel_count, rate_hz)
        (kept if stem.name in job.kept else new)[:] += voices[number]
    measured = slice(job.handle_samples, job.handle_samples + job.picture_samples)
    level = level_around(kept, new, rate_hz, output.gain_db or 0.0, output.loudness.true_peak_dbtp, measured)
    named = zip(job.request.stems, voices, strict=True)
    stems = tuple(one if stem.name in job.kept else level.applied(one) for stem, one in named)
    mix = kept + level.applied(new)
    return Sounds(mix, stems, film_sound(job, mix) if any(one.is_film for one in job.outputs) else None, level)


def film_sound(job: Job, mix: np.ndarray) -> np.ndarray:
    """Return what a film gets of the mix: the part under the picture, with the film's own sound where wanted."""
    output = job.request.output
    rate_hz, handle = output.sample_rate_hz, job.handle_samples
    part = mix[:, handle : handle + job.picture_samples]
    if handle:
        part = fade_edges(part, rate_hz)
    if output.film.original != "mix" or not job.film.audio:
        return part
    assert job.ffmpeg is not None
    first = round_half_up(job.start * rate_hz)
    original = read_original(job.film, rate_hz, job.picture_samples, job.ffmpeg, first)
    original *= np.float32(10 ** (output.film.original_gain_db / 20))
    both = duck_and_mix(original, part, rate_hz, duck_db=output.film.duck_db)
    locked_db = None if output.gain_db is None else 0.0
    return level_for(both, rate_hz, output.loudness, gain_db=locked_db).applied(both)


def _shaped(voice: np.ndarray, gain_db: float, channels: int, rate_hz: int) -> np.ndarray:
    """Map (1 or 2, n) to (channels, n), a view where it is one, with its own gain and ends that do not click."""
    faded = fade_edges(voice, rate_hz)
    faded *= np.float32(10 ** (gain_db / 20))
    return np.broadcast_to(faded, (channels, faded.shape[1]))
