"""From the sounds of one take to its files: mix and stems under one level, WAV with notes, films."""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmhnet_cli import __version__
from mmhnet_cli.audio.edges import fade_edges
from mmhnet_cli.audio.loudness import measure
from mmhnet_cli.audio.mixing import duck_and_mix
from mmhnet_cli.errors import OutputUnwritable
from mmhnet_cli.media.audio_file import write_wav
from mmhnet_cli.media.broadcast_wave import WaveLoudness, WaveNotes
from mmhnet_cli.media.original_sound import read_original
from mmhnet_cli.media.output import atomic_output
from mmhnet_cli.media.remux import remux
from mmhnet_cli.options import OnExists
from mmhnet_cli.pipeline.load import LoadedModel
from mmhnet_cli.pipeline.names import Output
from mmhnet_cli.pipeline.prepare import Job
from mmhnet_cli.pipeline.sound import Level, level_for

# IPTC's terms: wholly made by a trained model, and a film's own picture or sound with such a sound.
GENERATED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
COMPOSITE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"


@dataclass(frozen=True)
class Sounds:
    """What one take delivers, all (channels, n) float32 under one gain.

    mix: with both handles. stems: they sum to it; empty where the mix is one sound. film: as long as the picture, what
    films get; None where there are none. level: of the mix without handles.
    """

    mix: np.ndarray
    stems: tuple[np.ndarray, ...]
    film: np.ndarray | None
    level: Level


@dataclass(frozen=True)
class Written:
    """Where the files lie until they get their names. dropped: streams of the film that an output could not hold."""

    parts: dict[Output, Path]
    report: Path
    dropped: tuple[str, ...]


def sounds_of(job: Job, voices: list[np.ndarray]) -> Sounds:
    """The voices (1, n) of a take, mixed and brought to the target. The list is emptied: an hour of sound is 700 MB.

    What is measured is the chosen part of the film; the handles only keep to the same gain and ceiling.
    """
    request, output = job.request, job.request.output
    rate_hz, handle = output.sample_rate_hz, job.handle_samples
    shaped = [_shaped(voices.pop(0), voice.gain_db, output.channels, rate_hz) for voice in request.voices]
    mix = np.sum(shaped, axis=0) if len(shaped) > 1 else shaped[0]
    level = level_for(mix, rate_hz, output.loudness, slice(handle, handle + job.picture_samples))
    stems = tuple(level.applied(voice) for voice in shaped) if request.stems else ()
    mix = level.applied(mix)
    film = _film_sound(job, mix) if any(wanted.is_film for wanted in job.outputs) else None
    return Sounds(mix, stems, film, level)


def write(job: Job, model: LoadedModel, take: int, sounds: Sounds, files: ExitStack) -> Written:
    """Write the files of a take under temporary names; they get their own when `files` is closed."""
    make_folder(job)
    mode: OnExists = "overwrite" if job.request.output.on_exists == "overwrite" else "error"
    first = take == job.takes[0]
    report_mode: OnExists = "error" if first and job.request.output.on_exists in ("error", "rename") else "overwrite"
    # Entered first, so renamed last: where the report is, the files it names are complete.
    report = files.enter_context(atomic_output(job.report, report_mode))
    wanted = [output for output in job.outputs if output.take == take]
    parts = {output: files.enter_context(atomic_output(output.path, mode)) for output in wanted}
    dropped: list[str] = []
    for output, part in parts.items():
        if output.is_film:
            dropped += _write_film(job, model, sounds, part)
        else:
            _write_wav(job, model, output, sounds, part)
    return Written(parts, report, tuple(dropped))


def marking(job: Job, output: Output) -> str | None:
    """How the file is marked as made by a model, as an IPTC digital source type; None where it shall not be."""
    if not job.request.output.marked:
        return None
    return COMPOSITE if output.is_film else GENERATED


def _shaped(voice: np.ndarray, gain_db: float, channels: int, rate_hz: int) -> np.ndarray:
    """(1, n) to (channels, n), a view of one, with its own gain and ends that do not click."""
    faded = fade_edges(voice, rate_hz)
    faded *= np.float32(10 ** (gain_db / 20))
    return np.broadcast_to(faded, (channels, faded.shape[1]))


def _film_sound(job: Job, mix: np.ndarray) -> np.ndarray:
    """What a film gets of the mix: the part under the picture, with the film's own sound where that is wanted."""
    output = job.request.output
    rate_hz, handle = output.sample_rate_hz, job.handle_samples
    part = mix[:, handle : handle + job.picture_samples]
    if handle:
        part = fade_edges(part, rate_hz)
    if output.film.original != "mix" or not job.film.audio:
        return part
    assert job.ffmpeg is not None
    original = read_original(job.film, rate_hz, job.picture_samples, job.ffmpeg)
    original *= np.float32(10 ** (output.film.original_gain_db / 20))
    both = duck_and_mix(original, part, rate_hz, duck_db=output.film.duck_db)
    return level_for(both, rate_hz, output.loudness).applied(both)


def _write_film(job: Job, model: LoadedModel, sounds: Sounds, part: Path) -> tuple[str, ...]:
    output = job.request.output
    assert job.ffmpeg is not None and sounds.film is not None
    # Beside the output, where room for it is needed anyhow; the system's folder for temporary files may be small. Named
    # after it, so that what a killed run leaves is found and replaced by the next.
    wav = part.with_name(f"{part.name}.wav")
    try:
        wav.unlink(missing_ok=True)
        write_wav(wav, sounds.film, output.sample_rate_hz, output.bits)
        return remux(
            job.film,
            wav,
            part,
            original=output.film.original,
            audio_codec=output.film.audio_codec,
            metadata={"comment": _comment(model, COMPOSITE)} if output.marked else {},
            timecode=job.timecode,
            ffmpeg=job.ffmpeg,
        ).dropped
    finally:
        wav.unlink(missing_ok=True)


def _write_wav(job: Job, model: LoadedModel, output: Output, sounds: Sounds, part: Path) -> None:
    request, options = job.request, job.request.output
    names = [voice.name for voice in request.voices]
    number = 0 if output.stem is None else names.index(output.stem)
    voice = request.voices[number]
    samples = sounds.mix if output.stem is None else sounds.stems[number]
    prompts = [stem.prompt for stem in request.stems] if output.stem is None and request.stems else [voice.prompt]
    handle = slice(job.handle_samples, job.handle_samples + job.picture_samples)
    after = sounds.level.after if output.stem is None else measure(samples[:, handle], options.sample_rate_hz)
    mode = "mono" if options.channels == 1 else "dual-mono"
    history = f"A=PCM,F={options.sample_rate_hz},W={options.bits},M={mode},T=mmhnet {__version__}"
    notes = WaveNotes(
        description="; ".join(prompts),
        originated=options.originated,
        time_reference_samples=job.time_reference,
        loudness=WaveLoudness(
            after.integrated_lufs,
            after.range_lu,
            after.true_peak_dbtp,
            after.momentary_max_lufs,
            after.short_term_max_lufs,
        ),
        coding_history=f"{history}; AI-generated" if options.marked else history,
        scene=request.film.stem,
        take=str(output.take + 1),
        track_name=output.stem or "mix",
        prompt="; ".join(prompts),
        seed=request.seed(number, output.take),
        timecode_rate=None if job.timecode is None else job.timecode.rate,
        drop_frame=job.timecode is not None and job.timecode.drop,
        comment=_comment(model, GENERATED) if options.marked else "",
    )
    write_wav(part, samples, options.sample_rate_hz, options.bits, notes, dither_seed=number)


def _comment(model: LoadedModel, source_type: str) -> str:
    """What a file with this sound says of itself."""
    comment = f"AI-generated sound ({source_type}): mmhnet {__version__}, model {model.name}"
    return f"{comment}, not for commercial use ({model.licence})" if model.commercial is False else comment


def make_folder(job: Job) -> None:
    """Make the folder that the request names for its files. Raises OutputUnwritable."""
    folder = job.request.output_dir
    if folder is not None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputUnwritable(folder, error.strerror or type(error).__name__) from error
