"""One film from beginning to end: features, conditions, latents, sound, level, files."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch

from mmhnet_cli import __version__
from mmhnet_cli.audio.loudness import measure
from mmhnet_cli.errors import OutputUnwritable
from mmhnet_cli.media.audio_file import read_audio, write_wav
from mmhnet_cli.media.frames import read_frames
from mmhnet_cli.media.output import atomic_output
from mmhnet_cli.media.remux import remux
from mmhnet_cli.options import OnExists
from mmhnet_cli.pipeline import sound
from mmhnet_cli.pipeline.load import LoadedModel
from mmhnet_cli.pipeline.prepare import SOUND_SUFFIX, Job
from mmhnet_cli.pipeline.report import build_report, to_json
from mmhnet_cli.pipeline.stages import Progress, Stages, no_progress
from mmhnet_cli.timeline import Timeline


@dataclass(frozen=True)
class GenerateResult:
    """files: what was written, the report last. report: its content. dropped: streams an output could not hold."""

    files: tuple[Path, ...]
    report: dict[str, Any]
    dropped: tuple[str, ...]


@torch.inference_mode()
def generate(job: Job, model: LoadedModel, progress: Progress = no_progress) -> GenerateResult:
    """Make the sound of `job` and write its outputs; nothing half-done stays when this raises."""
    request, stages = job.request, Stages(model.device, progress)
    timeline = Timeline(job.duration, model.sequence)
    rate_hz = request.output.sample_rate_hz

    with stages.stage("load encoders"):
        encoders = model.load_encoders()
    with stages.stage("read film", sound.frame_count(encoders.streams, job.duration)) as done:
        frames = read_frames(job.film, job.start, job.end, encoders.streams)
        picture = sound.picture_features(encoders, frames, done)
    with stages.stage("read prompt"):
        real, null = sound.film_features(model, encoders, picture, request.prompt, request.negative_prompt)
    # Their memory is the sampler's now.
    del encoders
    with stages.stage("sample", request.sampler.steps) as done:
        latents = sound.sample_latents(model, real, null, timeline.latents, request.sampler, request.long_form, done)
    with stages.stage("decode", timeline.latents) as done:
        samples = sound.decode(model, latents, timeline, rate_hz, done)
    with stages.stage("level"):
        samples, before, gain = sound.to_level(samples, rate_hz, request.output.loudness)

    with ExitStack() as files:
        _make_folder(job)
        # Entered first, so renamed last: where the report is, the files it names are complete.
        mode: OnExists = "overwrite" if request.output.on_exists == "overwrite" else "error"
        report_mode: OnExists = "error" if request.output.on_exists == "error" else "overwrite"
        report_file = files.enter_context(atomic_output(job.report, report_mode))
        parts = {path: files.enter_context(atomic_output(path, mode)) for path in job.outputs}
        with stages.stage("write", len(parts)) as done, _wav(parts) as wav:
            dropped = _write(job, model, samples, wav, parts, done)
            after = measure(*read_audio(wav))
        report = build_report(job, model, parts, stages.seconds, samples.shape, before, after, gain)
        report_file.write_bytes(to_json(report))
    return GenerateResult((*job.outputs, job.report), report, dropped)


def _write(
    job: Job, model: LoadedModel, samples: np.ndarray, wav: Path, parts: dict[Path, Path], done: sound.Done
) -> tuple[str, ...]:
    """Write every output under its temporary name; streams of the film that an output could not hold."""
    output = job.request.output
    dropped: list[str] = []
    write_wav(wav, samples, output.sample_rate_hz, output.bits)
    for number, (path, part) in enumerate(parts.items(), 1):
        if path.suffix.lower() != SOUND_SUFFIX:
            assert job.ffmpeg is not None
            dropped += remux(job.film, wav, part, metadata={"comment": _comment(model)}, ffmpeg=job.ffmpeg).dropped
        elif part != wav:
            write_wav(part, samples, output.sample_rate_hz, output.bits)
        done(number)
    return tuple(dict.fromkeys(dropped))


def _comment(model: LoadedModel) -> str:
    """What a film with this sound says of itself."""
    comment = f"AI-generated sound: mmhnet {__version__}, model {model.name}"
    return f"{comment}, not for commercial use ({model.licence})" if model.commercial is False else comment


@contextmanager
def _wav(parts: dict[Path, Path]) -> Iterator[Path]:
    """The WAV file among the outputs, or one that is gone afterwards: a film takes its sound from a file."""
    named = next((part for path, part in parts.items() if path.suffix.lower() == SOUND_SUFFIX), None)
    if named is not None:
        yield named
        return
    # Beside the output, where room for it is needed anyhow; the system's folder for temporary files may be small.
    with TemporaryDirectory(prefix=".mmhnet_", suffix=".part", dir=next(iter(parts)).parent) as folder:
        yield Path(folder) / "sound.wav"


def _make_folder(job: Job) -> None:
    folder = job.request.output_dir
    if folder is not None and not job.request.outputs:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputUnwritable(folder, error.strerror or type(error).__name__) from error
