"""From the sounds of one take to its files: WAV with notes, films."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mmhnet_cli.audio.loudness import measure
from mmhnet_cli.audio.waves import Window
from mmhnet_cli.errors import FilmFailed, Interrupted, MMHNetError, OutputsFailed
from mmhnet_cli.media.clip import clip
from mmhnet_cli.media.output import errors_of, publish, unfinished
from mmhnet_cli.media.remux import remux
from mmhnet_cli.media.temporary import temporary_file
from mmhnet_cli.models.digests import file_sha256
from mmhnet_cli.pipeline.asking.names import SOUND_SUFFIX, Output
from mmhnet_cli.pipeline.asking.report_file import is_report
from mmhnet_cli.pipeline.delivery.cue_files import cue_sound
from mmhnet_cli.pipeline.delivery.latents import Latents, latents_as_bytes, latents_path, read_latents
from mmhnet_cli.pipeline.delivery.sound_files import COMPOSITE, GENERATED, Sound, comment_of, write_sound, write_waves
from mmhnet_cli.pipeline.delivery.sounds import Sounds
from mmhnet_cli.pipeline.making.load import LoadedModel
from mmhnet_cli.pipeline.request import Job


@dataclass(frozen=True)
class WrittenFile:
    """A complete file that waits for its name."""

    output: Output
    part: Path
    """It lies here meanwhile."""
    bytes: int
    sha256: str
    dropped: tuple[str, ...]
    """These streams of the film it could not hold."""


Problems = list[tuple[Path, MMHNetError]]
"""It names outputs that could not be made, and why."""


def write(
    job: Job,
    model: LoadedModel,
    take: int,
    sounds: Sounds,
    files: ExitStack,
    problems: Problems,
    dither: bool = True,
    seen: str | None = None,
    told: Callable[[float], None] = lambda share: None,
) -> list[WrittenFile]:
    """Write the files of a take under temporary names, which go when `files` is closed.

    One that cannot be written is added to `problems`; the others are no worse for it. dither: not for samples that were
    read from such files. seen: the kind that the picture shows, for files whose words name none. told: hears which
    share is done.
    """
    written = []
    own = [output for output in job.outputs if output.take == take]
    for number, output in enumerate(own):

        def part_told(share: float, number: int = number) -> None:
            told((number + share) / len(own))

        with _collected(output.path, problems):
            part = files.enter_context(unfinished(output.path))
            with errors_of(output.path, part):
                dropped = _write(job, model, output, sounds, part, dither, seen, part_told)
                written.append(WrittenFile(output, part, part.stat().st_size, file_sha256(part), dropped))
    return written


def publish_files(job: Job, written: Sequence[WrittenFile], problems: Problems) -> list[WrittenFile]:
    """Give the files their names; those that have them now."""
    mode: Literal["overwrite", "error"] = "overwrite" if job.request.output.on_exists == "overwrite" else "error"
    published = []
    for file in written:
        path = file.output.path
        with _collected(path, problems), errors_of(path, file.part):
            publish(file.part, path, mode, job.replaceable.get(path))
            published.append(file)
    return published


def publish_latents(job: Job, latents: Latents, problems: Problems) -> None:
    """Write the latents of the takes so far beside the report, before it.

    Latents of ours that are there without a report are what a killed run left; another's file is never replaced.
    """
    path = latents_path(job.report)
    with _collected(path, problems), unfinished(path) as part, errors_of(path, part):
        part.write_bytes(latents_as_bytes(latents))
        publish(part, path, "overwrite" if read_latents(path) else "error")


def publish_report(job: Job, content: bytes, may_replace: bool, problems: Problems) -> None:
    """Write the report. may_replace: an earlier one; another file that came meanwhile never.

    After the files, so that where a report is, what it names is complete.
    """
    with _collected(job.report, problems), unfinished(job.report) as part, errors_of(job.report, part):
        part.write_bytes(content)
        publish(part, job.report, "overwrite" if may_replace and is_report(job.report) else "error")


def raise_problems(problems: Problems, kept: Sequence[Path]) -> None:
    """Raise the one problem where nothing could be made; else all, with what there is and which file each is about."""
    if len(problems) == 1 and not kept:
        raise problems[0][1]
    if problems:
        failed = [path for path, _ in problems]
        raise OutputsFailed(tuple(problems), tuple(path for path in kept if path not in failed))


@contextmanager
def _collected(path: Path, problems: Problems) -> Iterator[None]:
    """Keep what goes wrong with one file for later, so that the others are not lost with it."""
    try:
        yield
    except Interrupted:
        raise
    except MMHNetError as problem:
        problems.append((path, problem))
    except Exception as error:
        # A fault of ours. What took an hour to make is not thrown away for it.
        fault = FilmFailed(path, f"{type(error).__name__}: {error}")
        fault.__cause__ = error
        problems.append((path, fault))


def _write(
    job: Job,
    model: LoadedModel,
    output: Output,
    sounds: Sounds,
    part: Path,
    dither: bool,
    seen: str | None,
    told: Callable[[float], None],
) -> tuple[str, ...]:
    """Write one file; streams of the film that it could not hold."""
    if output.is_film:
        return _write_film(job, model, output, sounds, part, told)
    stays = _stays(job, output)
    if stays is not None:
        shutil.copyfile(stays, part)
        return ()
    comment = _comment(model, GENERATED) if job.request.output.marked else ""
    number = _dither_seed(job, output) if dither else None
    shown = sounds.seen.get(output.cue) if output.cue is not None else seen
    write_sound(job, output, _sound(job, output, sounds), part, comment, number, shown)
    return ()


def _stays(job: Job, output: Output) -> Path | None:
    """Return the file that an output is to be, where it stays as it is."""
    if output.cue is not None:
        kept = job.kept_cues.get(output.cue)
        return None if kept is None else kept.path
    return None if output.stem is None else job.kept.get(output.stem)


def marking(job: Job, output: Output) -> str | None:
    """Return the IPTC digital source type that marks the file as made by a model; None where it shall not be marked."""
    if not job.request.output.marked:
        return None
    return COMPOSITE if output.is_film else GENERATED


def _write_film(
    job: Job, model: LoadedModel, output: Output, sounds: Sounds, part: Path, told: Callable[[float], None]
) -> tuple[str, ...]:
    options = job.request.output
    assert job.ffmpeg is not None and sounds.film is not None
    # Beside the output, where room for it is needed anyhow; the system's folder for temporary files may be small.
    with temporary_file(part.parent, SOUND_SUFFIX) as wav, errors_of(output.path, wav):
        write_waves(wav, sounds.film, options)
        metadata = {"comment": _comment(model, COMPOSITE)} if options.marked else {}
        if job.is_clip:
            return clip(
                job.film,
                wav,
                part,
                job.start,
                job.end,
                burn=options.film.burn_in,
                audio_codec=options.film.audio_codec,
                metadata=metadata,
                timecode=job.timecode,
                ffmpeg=job.ffmpeg,
                progress=told,
            )
        return remux(
            job.film,
            wav,
            part,
            original=options.film.original,
            audio_codec=options.film.audio_codec,
            metadata=metadata,
            timecode=job.timecode,
            ffmpeg=job.ffmpeg,
            progress=told,
        ).dropped


def _sound(job: Job, output: Output, sounds: Sounds) -> Sound:
    """Return what a WAV file holds."""
    rate_hz, request = job.request.output.sample_rate_hz, job.request
    if output.cue is not None:
        return cue_sound(job, output.cue, sounds.cues.get(output.cue), sounds.level)
    if output.stem is None:
        return Sound(sounds.mix, sounds.level.after)
    samples = sounds.stems[[stem.name for stem in request.stems].index(output.stem)]
    shown = slice(job.handle_samples, job.handle_samples + job.picture_samples)
    return Sound(samples, measure(Window(samples, shown), rate_hz))


def _dither_seed(job: Job, output: Output) -> int:
    """Return a seed of its own for each of the files that sum to another."""
    names = [voice.name for voice in job.request.voices]
    if output.cue is not None:
        return len(names) + output.cue
    return 0 if output.stem is None else names.index(output.stem)


def _comment(model: LoadedModel, source_type: str) -> str:
    return comment_of(model.name, model.licence, model.commercial, source_type)
