"""One sound into its WAV file, with the notes that post-production reads."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from mmhnet_cli import __version__
from mmhnet_cli.audio.loudness import Loudness
from mmhnet_cli.audio.waves import Waves, stretches
from mmhnet_cli.media.audio_file import BLOCK_SAMPLES, write_blocks
from mmhnet_cli.media.broadcast_wave import CuePoint, WaveFormat, WaveLoudness, WaveNotes
from mmhnet_cli.options import Cue, OutputOptions
from mmhnet_cli.pipeline.asking.names import Output
from mmhnet_cli.pipeline.asking.ucs import cue_ucs_name, ucs_name
from mmhnet_cli.pipeline.request import Job

# IPTC's terms: wholly made by a trained model, and a film's own picture or sound with such a sound.
GENERATED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
COMPOSITE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"


@dataclass(frozen=True)
class Sound:
    """What one file holds."""

    samples: Waves
    """They are (channels, n) float32 at their level."""
    loudness: Loudness
    first: int = 0
    """The first of them is this sample of the files of all tracks."""


def write_sound(
    job: Job, output: Output, sound: Sound, part: Path, comment: str, dither_seed: int | None, seen: str | None
) -> None:
    """Write the WAV file of the mix, of a stem or of a cue to `part`.

    comment: what it says of itself; it is marked where that is not empty. seen: the kind that the picture shows.
    """
    options = job.request.output
    history = f"A=PCM,F={options.sample_rate_hz},W={options.bits},M={job.channels},T=mmhnet {__version__}"
    said = _said(job, output)
    cue = None if output.cue is None else _cue(job, output.cue)
    ucs = (
        ucs_name(job.request, job.model, output.stem, seen)
        if cue is None
        else cue_ucs_name(job.request, job.model, cue, seen)
    )
    notes = WaveNotes(
        # The name before the words: it is short, and the field is cut.
        description=f"{ucs}: {said}" if said else str(ucs),
        originated=options.originated,
        time_reference_samples=time_reference(job, sound.first),
        loudness=WaveLoudness(
            sound.loudness.integrated_lufs,
            sound.loudness.range_lu,
            sound.loudness.true_peak_dbtp,
            sound.loudness.momentary_max_lufs,
            sound.loudness.short_term_max_lufs,
        ),
        coding_history=f"{history}; AI-generated" if comment else history,
        scene=job.request.film.stem,
        take=str(output.take + 1),
        note="" if cue is None else cue.name,
        track_name=output.stem or "mix",
        prompt=said,
        category=ucs.category,
        fx_name=ucs.fx_name,
        creator=ucs.creator,
        source=ucs.source,
        project=options.project or "",
        seed=seed_of(job, output),
        timecode_rate=None if job.timecode is None else job.timecode.rate,
        drop_frame=job.timecode is not None and job.timecode.drop,
        comment=comment,
        cue_points=_cue_points(job, output, sound),
    )
    write_waves(part, sound.samples, options, notes, dither_seed)


def write_waves(
    path: Path, samples: Waves, options: OutputOptions, notes: WaveNotes | None = None, dither_seed: int | None = 0
) -> None:
    """Write (channels, n) samples as `write_wav` does, as the options say."""
    form = WaveFormat(samples.shape[0], options.sample_rate_hz, options.bits)
    write_blocks(path, stretches(samples, BLOCK_SAMPLES), form, samples.shape[1], notes, dither_seed)


def comment_of(model: str, licence: str, commercial: bool | None, source_type: str) -> str:
    """Return what a file with sound of a model says of itself. source_type: one of IPTC's terms."""
    comment = f"AI-generated sound ({source_type}): mmhnet {__version__}, model {model}"
    return f"{comment}, not for commercial use ({licence})" if commercial is False else comment


def seed_of(job: Job, output: Output) -> int:
    """Return the seed of what a file holds; of the mix, that of the first voice."""
    names = [voice.name for voice in job.request.voices]
    own = None if output.cue is None else _cue(job, output.cue).seed
    if own is not None:
        return own + output.take
    return job.request.seed(0 if output.stem is None else names.index(output.stem), output.take)


def time_reference(job: Job, first: int) -> int | None:
    """Return the samples from midnight to this sample of the files of tracks; None where the film has no timecode."""
    if job.timecode is None:
        return None
    rate_hz = job.request.output.sample_rate_hz
    return job.timecode.samples(rate_hz, job.first_sample + Fraction(first, rate_hz))


def _said(job: Job, output: Output) -> str:
    request = job.request
    if output.cue is not None:
        return _cue(job, output.cue).prompt
    if output.stem is None and request.stems:
        return "; ".join(stem.prompt for stem in request.stems)
    return next(voice.prompt for voice in request.voices if output.stem in (None, voice.name))


def _cue(job: Job, number: int) -> Cue:
    assert job.request.cues is not None
    return job.request.cues[number]


def _cue_points(job: Job, output: Output, sound: Sound) -> tuple[CuePoint, ...]:
    placed = job.hits_of(output.stem) if output.cue is None else job.hits_of_cues([_cue(job, output.cue)])
    last = sound.first + sound.samples.shape[1]
    return tuple(CuePoint(sample - sound.first, label) for sample, label in placed if sound.first <= sample < last)
