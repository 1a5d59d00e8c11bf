"""From a request to a job: everything that can be checked without a network is checked, all problems at once."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from mmhnet_cli.errors import BadOption, BadRange, MMHNetError, OutputExists, OutputUnwritable
from mmhnet_cli.media.ffmpeg import FfmpegProgram, find_ffmpeg
from mmhnet_cli.media.output import resolve_output
from mmhnet_cli.media.probe import VideoInfo, probe
from mmhnet_cli.media.remux import CONTAINERS, container_for
from mmhnet_cli.options import LongForm, OutputOptions, Precision, SamplerOptions
from mmhnet_cli.weights.registry import ModelFiles, find_model

SOUND_SUFFIX = ".wav"


@dataclass(frozen=True)
class GenerateRequest:
    """What one film shall get.

    start, end: the part of the film, seconds from its first picture; None is its beginning and its end.
    outputs: files to write, told apart by their suffix; none means `<film>_mmhnet.wav` in `output_dir`, or beside the
        film.
    """

    film: Path
    prompt: str = ""
    negative_prompt: str = ""
    start: Fraction | None = None
    end: Fraction | None = None
    model: str = "mini"
    device: str = "auto"
    precision: Precision = "auto"
    long_form: LongForm = field(default_factory=LongForm)
    sampler: SamplerOptions = field(default_factory=SamplerOptions)
    output: OutputOptions = field(default_factory=OutputOptions)
    outputs: tuple[Path, ...] = ()
    output_dir: Path | None = None
    ffmpeg: Path | None = None


@dataclass(frozen=True)
class Job:
    """A request whose inputs are there and whose outputs can be written.

    outputs: what is still to be written; empty when all is there and existing files are skipped.
    existing: outputs that are there and are left alone.
    """

    request: GenerateRequest
    film: VideoInfo
    model: ModelFiles
    start: Fraction
    end: Fraction
    outputs: tuple[Path, ...]
    existing: tuple[Path, ...]
    ffmpeg: FfmpegProgram | None

    @property
    def duration(self) -> Fraction:
        """Seconds of sound to make."""
        return self.end - self.start

    @property
    def report(self) -> Path:
        """The JSON report beside the first output."""
        return report_path(self.outputs[0])


def report_path(output: Path) -> Path:
    return output.with_name(output.name + ".json")


def prepare(request: GenerateRequest) -> Job:
    """Check film, range, model and outputs. Raises the problem, or an ExceptionGroup of all of them."""
    problems: list[MMHNetError] = []
    film = model = ffmpeg = None
    start = end = Fraction(0)
    outputs: list[Path] = []
    existing: list[Path] = []
    named = _named_outputs(request)
    with _collect(problems):
        film, start, end = _chosen_part(request)
    with _collect(problems):
        model = find_model(request.model)
    for output in named:
        with _collect(problems):
            _check_output(output, request)
            resolved = resolve_output(output, request.output.on_exists)
            (existing if resolved is None else outputs).append(resolved or output)
    with _collect(problems):
        if len({output.resolve() for output in named}) < len(named):
            raise BadOption("--output", ", ".join(map(str, named)), "a different file each time")
        if outputs and request.output.on_exists == "error" and report_path(outputs[0]).exists():
            raise OutputExists(report_path(outputs[0]))
    films = [output for output in named if output.suffix.lower() in CONTAINERS]
    if films:
        with _collect(problems):
            ffmpeg = find_ffmpeg(request.ffmpeg)
    for output in films if film is not None else ():
        with _collect(problems):
            container_for(film, output)
            if (start, end) != (0, film.duration):
                raise BadOption("--output", str(output), "a .wav file when --start or --end choose a part of the film")
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise ExceptionGroup("the request", problems)
    assert film is not None and model is not None
    return Job(request, film, model, start, end, tuple(outputs), tuple(existing), ffmpeg)


def _chosen_part(request: GenerateRequest) -> tuple[VideoInfo, Fraction, Fraction]:
    film = probe(request.film)
    start = Fraction(0) if request.start is None else request.start
    end = film.duration if request.end is None else request.end
    if not 0 <= start < end <= film.duration:
        raise BadRange(start, end, film.duration)
    return film, start, end


def _named_outputs(request: GenerateRequest) -> tuple[Path, ...]:
    if request.outputs:
        return request.outputs
    folder = request.film.parent if request.output_dir is None else request.output_dir
    return (folder / f"{request.film.stem}_mmhnet.wav",)


def _check_output(output: Path, request: GenerateRequest) -> None:
    if output.suffix.lower() not in (SOUND_SUFFIX, *CONTAINERS):
        known = ", ".join((SOUND_SUFFIX, *CONTAINERS))
        raise BadOption("--output", str(output), f"a file that ends in one of {known}")
    if output.resolve() == request.film.resolve():
        raise BadOption("--output", str(output), "another file than the film itself")
    folder = output.parent
    if request.output_dir is not None and not request.outputs:
        # This folder is made when the first file is written; what must be there is a place for it.
        folder = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    if not folder.is_dir():
        raise OutputUnwritable(output, f"{folder} is not a folder")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputUnwritable(output, f"{folder} may not be written to")


@contextmanager
def _collect(problems: list[MMHNetError]) -> Iterator[None]:
    try:
        yield
    except MMHNetError as problem:
        problems.append(problem)
