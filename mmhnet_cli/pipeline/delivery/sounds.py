"""The sounds that one take delivers: its voices mixed, and brought to one level."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from mmhnet_cli.audio.edges import faded_stretch
from mmhnet_cli.audio.mixing import duck_and_mix
from mmhnet_cli.audio.waves import Changed, Summed, Waves, Window
from mmhnet_cli.media.original_sound import read_original
from mmhnet_cli.pipeline.delivery.level import Level, cue_stretches, level_around, level_for
from mmhnet_cli.pipeline.making.cued import HeardCue
from mmhnet_cli.pipeline.making.held import Scratch
from mmhnet_cli.pipeline.request import Job
from mmhnet_cli.timeline import round_half_up


@dataclass(frozen=True)
class Sounds:
    """What one take delivers, all (channels, n) float32 under one gain, each stretch worked out when it is read."""

    mix: Waves
    """It has both handles."""
    stems: tuple[Waves, ...]
    """They sum to the mix; there are none where the mix is one sound."""
    film: Waves | None
    """Films get this one, as long as the picture; None where there are none."""
    level: Level
    """It was measured on the mix without handles."""
    cues: Mapping[int, HeardCue] = field(default_factory=dict)
    """These cues, by their number in the request, get files of their own; they are as they were made, or at the level
    of their track."""
    seen: Mapping[int, str] = field(default_factory=dict)
    """The picture shows this kind most while the cue of this number lasts."""


def sounds_of(
    job: Job,
    voices: Sequence[Waves],
    cues: Mapping[int, HeardCue] | None = None,
    seen: Mapping[int, str] | None = None,
) -> Sounds:
    """Mix the voices (1 or 2, n) of a take, bring them to the target.

    What is measured is the chosen part of the film; the handles only keep to the same gain and ceiling.
    """
    request, output = job.request, job.request.output
    rate_hz, handle = output.sample_rate_hz, job.handle_samples
    if job.kept:
        return replace(_sounds_around_kept(job, voices), cues=cues or {}, seen=seen or {})
    named = zip(request.voices, voices, strict=True)
    shaped = [_shaped(voice, stem.gain_db, job.channel_count, rate_hz) for stem, voice in named]
    # The level reads it some twenty times.
    mix = Scratch(job.report.parent).held(Summed(shaped)) if len(shaped) > 1 else shaped[0]
    measured, apart = slice(handle, handle + job.picture_samples), cue_stretches(job, shaped)
    level = level_for(mix, rate_hz, output.loudness, measured, output.gain_db, apart)
    stems = tuple(level.over(voice) for voice in shaped) if request.stems else ()
    levelled = level.over(mix)
    film = film_sound(job, levelled) if any(wanted.is_film for wanted in job.outputs) else None
    return Sounds(levelled, stems, film, level, cues or {}, seen or {})


def _sounds_around_kept(job: Job, voices: Sequence[Waves]) -> Sounds:
    """Mix voices of which some are files that stay: at the given gain, the peaks of the mix held by the new ones."""
    output, rate_hz = job.request.output, job.request.output.sample_rate_hz
    found: list[Waves] = []
    for stem, voice in zip(job.request.stems, voices, strict=True):
        stays = stem.name in job.kept
        found.append(voice if stays else _shaped(voice, stem.gain_db, job.channel_count, rate_hz))
    silence = np.broadcast_to(np.float32(0), (job.channel_count, job.samples))
    named = list(zip(job.request.stems, found, strict=True))
    scratch = Scratch(job.report.parent)
    kept = scratch.held(Summed([silence, *(one for stem, one in named if stem.name in job.kept)]))
    new = scratch.held(Summed([silence, *(one for stem, one in named if stem.name not in job.kept)]))
    measured = slice(job.handle_samples, job.handle_samples + job.picture_samples)
    level = level_around(kept, new, rate_hz, output.gain_db or 0.0, output.loudness.true_peak_dbtp, measured)
    stems = tuple(one if stem.name in job.kept else level.over(one) for stem, one in named)
    mix = Summed([kept, level.over(new)])
    return Sounds(mix, stems, film_sound(job, mix) if any(one.is_film for one in job.outputs) else None, level)


def film_sound(job: Job, mix: Waves) -> Waves:
    """Return what a film gets of the mix: the part under the picture, with the film's own sound where wanted."""
    output = job.request.output
    rate_hz, handle = output.sample_rate_hz, job.handle_samples
    part: Waves = Window(mix, slice(handle, handle + job.picture_samples))
    if handle:
        part = _faded(part, rate_hz)
    if output.film.original != "mix" or not job.film.audio:
        return part
    assert job.ffmpeg is not None
    first = round_half_up(job.start * rate_hz)
    original = read_original(job.film, rate_hz, job.picture_samples, job.ffmpeg, first)
    original *= np.float32(10 ** (output.film.original_gain_db / 20))
    both = duck_and_mix(original, part[:, :], rate_hz, duck_db=output.film.duck_db)
    locked_db = None if output.gain_db is None else 0.0
    return level_for(both, rate_hz, output.loudness, gain_db=locked_db).over(both)


def _faded(sound: Waves, rate_hz: int) -> Waves:
    """Give (channels, n) ends that do not click."""
    length = sound.shape[1]
    return Changed(sound, lambda block, first: faded_stretch(block, first, length, rate_hz))


def _shaped(voice: Waves, gain_db: float, channels: int, rate_hz: int) -> Waves:
    """Map (1 or 2, n) to (channels, n), with its own gain and ends that do not click."""
    gain = np.float32(10 ** (gain_db / 20))
    faded = _faded(voice, rate_hz)
    return Changed(faded, lambda block, _: np.broadcast_to(block * gain, (channels, block.shape[1])), channels)
