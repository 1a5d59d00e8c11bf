"""From a request to a job: everything that can be checked without a network is checked, all problems at once."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

from mmhnet_cli.errors import BadOption, FilmUnreadable, MMHNetError, OutputExists, OutputUnwritable
from mmhnet_cli.media.containers import CONTAINERS, check_audio_codec, container_for
from mmhnet_cli.media.ffmpeg import FfmpegProgram, find_ffmpeg
from mmhnet_cli.media.original_sound import original_track
from mmhnet_cli.media.output import resolve_output, same_file
from mmhnet_cli.media.probe import VideoInfo, probe
from mmhnet_cli.options import LongForm, OutputOptions, Precision, SamplerOptions, Stem
from mmhnet_cli.pipeline.chosen_part import chosen_part, clock_of, doubts_of
from mmhnet_cli.pipeline.model_cost import network_config
from mmhnet_cli.pipeline.names import DEFAULT_NAME, MIX, SOUND_SUFFIX, Naming, Output
from mmhnet_cli.pipeline.report_file import is_report
from mmhnet_cli.timecode import Timecode
from mmhnet_cli.timeline import Timeline, round_half_up
from mmhnet_cli.weights.registry import ModelFiles, find_model

STEM_SEEDS = 10_000
"""From the seed of one stem to that of the next, where they are not given: takes count on from each by one."""


@dataclass(frozen=True)
class GenerateRequest:
    """What one film shall get.

    start, end: the part of the film: seconds from its first picture, or a timecode of the film; None is its beginning
        and its end.
    stems: sounds to make one by one, in place of `prompt`; the mix is their sum.
    takes: alternatives, from seeds that count on by one.
    outputs: files with the mix, told apart by their suffix; none means one WAV file called after `name` in
        `output_dir`, or beside the film. Stems are always called after `name`.
    strict: refuse a film with damaged pictures, which changes nothing about one that has none.
    """

    film: Path
    prompt: str = ""
    negative_prompt: str = ""
    stems: tuple[Stem, ...] = ()
    takes: int = 1
    start: Fraction | str | None = None
    end: Fraction | str | None = None
    model: str = "mini"
    device: str = "auto"
    precision: Precision = "auto"
    long_form: LongForm = field(default_factory=LongForm)
    sampler: SamplerOptions = field(default_factory=SamplerOptions)
    output: OutputOptions = field(default_factory=OutputOptions)
    outputs: tuple[Path, ...] = ()
    output_dir: Path | None = None
    name: str = DEFAULT_NAME
    ffmpeg: Path | None = None
    strict: bool = False

    @property
    def voices(self) -> tuple[Stem, ...]:
        """What is sampled: the stems, or one sound that is the mix."""
        return self.stems or (Stem(MIX, self.prompt, self.negative_prompt),)

    def seed(self, voice: int, take: int) -> int:
        """Of the noise of voice number `voice` in take number `take`, both from 0."""
        given = self.voices[voice].seed
        first = self.sampler.seed + voice * STEM_SEEDS if given is None else given
        return first + take

    def away(self, voice: int) -> str:
        """The words that guidance leads away from: for a stem also what the other stems have, lest it bleeds in."""
        own = self.voices[voice]
        others = [stem.prompt for stem in self.stems if stem is not own and stem.prompt != own.prompt]
        return ", ".join(text for text in (own.negative_prompt, *others) if text)


@dataclass(frozen=True)
class Job:
    """A request whose inputs are there and whose outputs can be written.

    start, end: seconds from the first picture. timecode: of the first picture, where it is known.
    outputs: what is still to be written; empty when all is there and existing files are skipped.
    existing: outputs that are there and are left alone.
    replaceable: SHA-256 of files that a killed run of the very same left under names of `outputs`.
    """

    request: GenerateRequest
    film: VideoInfo
    model: ModelFiles
    start: Fraction
    end: Fraction
    timecode: Timecode | None
    outputs: tuple[Output, ...]
    existing: tuple[Path, ...]
    report: Path
    ffmpeg: FfmpegProgram | None
    replaceable: Mapping[Path, str] = field(default_factory=dict)

    @property
    def duration(self) -> Fraction:
        """Seconds of film that get sound."""
        return self.end - self.start

    @property
    def takes(self) -> tuple[int, ...]:
        """The takes that are still to be made, from 0."""
        return tuple(sorted({output.take for output in self.outputs}))

    @property
    def handle_samples(self) -> int:
        """Of the handle on each side."""
        return round_half_up(self.request.output.handles_s * self.request.output.sample_rate_hz)

    @property
    def picture_samples(self) -> int:
        """Of the chosen part of the film."""
        return Timeline(self.duration).output_samples(self.request.output.sample_rate_hz)

    @property
    def samples(self) -> int:
        """Of a WAV file: the chosen part and both handles."""
        return self.picture_samples + 2 * self.handle_samples

    @property
    def first_sample(self) -> Fraction:
        """When the WAV files begin, in seconds from the first picture: the chosen part without its handle."""
        return self.start - Fraction(self.handle_samples, self.request.output.sample_rate_hz)

    @property
    def time_reference(self) -> int | None:
        """Samples from midnight to the first sample of the WAV files, where the film has a timecode."""
        if self.timecode is None:
            return None
        return self.timecode.samples(self.request.output.sample_rate_hz, self.first_sample)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the user should know of the place of the sound, in sentences; empty for nearly every film."""
        return doubts_of(self.request.output.timecode, self.film, self.timecode, self.first_sample)


def prepare(request: GenerateRequest) -> Job:
    """Check film, range, model and outputs, and fill in the model's own guidance where nobody chose one.

    Raises the problem, or an ExceptionGroup of all of them.
    """
    problems: list[MMHNetError] = []
    film = model = ffmpeg = timecode = None
    start = end = Fraction(0)
    named: tuple[Output, ...] = ()
    outputs: list[Output] = []
    existing: list[Path] = []
    report = Path()
    with _collect(problems):
        film = probe(request.film)
        if request.strict and film.damage:
            raise FilmUnreadable(film.path, film.damage.words())
    if film is not None:
        with _collect(problems):
            timecode = clock_of(request.output.timecode, film)
        with _collect(problems):
            start, end = chosen_part(request.start, request.end, film, timecode)
    with _collect(problems):
        model = find_model(request.model)
        own = network_config(model.name, model.config).guidance
        request = replace(request, sampler=request.sampler.for_model(own))
    with _collect(problems):
        _check_stems(request)
        naming = naming_of(request)
        named = tuple(naming.outputs())
        _check_distinct(named)
        report = report_path(naming.report, request)
    for output in named:
        with _collect(problems):
            _check_output(output.path, request)
            resolved = resolve_output(output.path, request.output.on_exists)
            if resolved is None:
                existing.append(output.path)
            else:
                outputs.append(Output(resolved, output.take, output.stem))
    films = [output.path for output in named if output.path.suffix.lower() in CONTAINERS]
    if films and film is not None and film.audio and request.output.film.original == "mix":
        with _collect(problems):
            original_track(film)
    if films:
        with _collect(problems):
            ffmpeg = find_ffmpeg(request.ffmpeg)
    for path in films if film is not None else ():
        with _collect(problems):
            container_for(film, path)
            check_audio_codec(path, request.output.film.audio_codec)
            if (start, end) != (0, film.duration):
                raise BadOption("--output", str(path), "a .wav file when --start or --end choose a part of the film")
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise ExceptionGroup("the request", problems)
    assert film is not None and model is not None
    return Job(request, film, model, start, end, timecode, tuple(outputs), tuple(existing), report, ffmpeg)


def _check_stems(request: GenerateRequest) -> None:
    if request.stems and (request.prompt or request.negative_prompt):
        raise BadOption("--prompt", request.prompt or request.negative_prompt, "left out when there are stems")


def naming_of(request: GenerateRequest) -> Naming:
    """How the files of a request are called."""
    folder = request.film.parent if request.output_dir is None else request.output_dir
    if request.outputs and request.output_dir is None:
        folder = request.outputs[0].parent
    output = request.output
    bits = "32f" if output.bits == 32 else str(output.bits)
    values = {"source": request.film.stem, "model": request.model, "rate": str(output.sample_rate_hz), "bits": bits}
    stems = tuple(stem.name for stem in request.stems)
    return Naming(folder, request.name, request.takes, request.outputs, stems, values, request.sampler.seed)


def _check_distinct(outputs: tuple[Output, ...]) -> None:
    # Letters of different case are one name on many systems.
    names = Counter(str(output.path.resolve()).casefold() for output in outputs)
    twice = [output.path.name for output in outputs if names[str(output.path.resolve()).casefold()] > 1]
    if twice:
        raise BadOption("--output", twice[0], "a different file each time; --name takes {stem}, {take} and {seed}")


def report_path(path: Path, request: GenerateRequest) -> Path:
    """Where the report goes. An earlier report is replaced where outputs may be, another file never.

    Raises OutputExists.
    """
    mode = request.output.on_exists
    if mode == "rename":
        return resolve_output(path, mode) or path
    if os.path.lexists(path) and (mode == "error" or not is_report(path)):
        raise OutputExists(path)
    return path


def _check_output(path: Path, request: GenerateRequest) -> None:
    if path.suffix.lower() not in (SOUND_SUFFIX, *CONTAINERS):
        known = ", ".join((SOUND_SUFFIX, *CONTAINERS))
        raise BadOption("--output", str(path), f"a file that ends in one of {known}")
    if same_file(path, request.film):
        raise BadOption("--output", str(path), "another file than the film itself")
    folder = path.parent
    if request.output_dir is not None and folder == request.output_dir:
        # This folder is made when the first file is written; what must be there is a place for it.
        folder = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    if not folder.is_dir():
        raise OutputUnwritable(path, f"{folder} is not a folder")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputUnwritable(path, f"{folder} may not be written to")


@contextmanager
def _collect(problems: list[MMHNetError]) -> Iterator[None]:
    try:
        yield
    except MMHNetError as problem:
        problems.append(problem)
