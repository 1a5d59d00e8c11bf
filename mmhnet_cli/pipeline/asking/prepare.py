"""From a request to a job: everything that can be checked without a network is checked, all problems at once."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from mmhnet_cli.errors import BadOption, FilmUnreadable, MMHNetError, OutputExists, OutputUnwritable
from mmhnet_cli.media.clip import check_clip
from mmhnet_cli.media.containers import CONTAINERS, check_audio_codec, container_for
from mmhnet_cli.media.ffmpeg import find_ffmpeg
from mmhnet_cli.media.original_sound import original_track
from mmhnet_cli.media.output import resolve_output, same_file
from mmhnet_cli.media.probe import VideoInfo, probe
from mmhnet_cli.models.registry import ModelFiles, find_model
from mmhnet_cli.options.request import OF_THE_MIX, is_of_the_mix
from mmhnet_cli.pipeline.asking.chosen_part import chosen_part, clock_of
from mmhnet_cli.pipeline.asking.cue_entries import kept_cues
from mmhnet_cli.pipeline.asking.cue_names import cue_names
from mmhnet_cli.pipeline.asking.found import Bounds
from mmhnet_cli.pipeline.asking.kept_files import kept_files
from mmhnet_cli.pipeline.asking.names import SOUND_SUFFIX, Naming, Output, needs_look
from mmhnet_cli.pipeline.asking.place import place_in_film
from mmhnet_cli.pipeline.asking.placed_hits import placed_hits
from mmhnet_cli.pipeline.asking.report_file import is_report
from mmhnet_cli.pipeline.asking.ucs import ucs_names
from mmhnet_cli.pipeline.request import GenerateRequest, Job
from mmhnet_cli.timecode import Timecode


def prepare(request: GenerateRequest) -> Job:
    """Check film, range, model and outputs, and fill in the model's own guidance where nobody chose one.

    Raises the problem, or an ExceptionGroup of all of them.
    """
    problems: list[MMHNetError] = []
    film = model = ffmpeg = timecode = None
    hits = None
    start = end = Fraction(0)
    named: tuple[Output, ...] = ()
    outputs: list[Output] = []
    existing: list[Path] = []
    report = Path()
    with _collect(problems):
        film = _read(request)
    if film is not None:
        with _collect(problems):
            timecode = clock_of(request.output.timecode, film)
        with _collect(problems):
            start, end = chosen_part(request.start, request.end, film, timecode)
        with _collect(problems):
            hits = placed_hits(request.hits, film, timecode)
    with _collect(problems):
        model = find_model(request.model)
        request = replace(request, sampler=request.sampler.for_model(model.spec.network.guidance))
        _check_channels(request, model)
    kept: dict[str, Path] = {}
    with _collect(problems):
        kept = kept_files(request)
    with _collect(problems):
        _check_stems(request)
        naming = naming_of(request)
        if film is not None and model is not None:
            naming = _placed(naming, request, film, model, (start, end), timecode)
        if (film is not None and model is not None) or not needs_look(request.name):
            named = tuple(naming.outputs())
            _check_distinct(named)
            report = report_path(naming.report, request)
    for output in named:
        with _collect(problems):
            _check_output(output, request, naming.folder)
            resolved = resolve_output(output.path, request.output.on_exists)
            if resolved is None:
                existing.append(output.path)
            else:
                outputs.append(replace(output, path=resolved))
    films = [output.path for output in named if output.path.suffix.lower() in CONTAINERS]
    if films:
        with _collect(problems):
            ffmpeg = find_ffmpeg(request.ffmpeg)
    if film is not None:
        _check_films(request, film, films, (start, end), problems)
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise ExceptionGroup("the request", problems)
    assert film is not None and model is not None
    there, cued = (tuple(outputs), tuple(existing), report), kept_cues(request, named)
    return Job(request, film, model, start, end, timecode, *there, ffmpeg, hits, kept=kept, kept_cues=cued)


def _placed(
    naming: Naming,
    request: GenerateRequest,
    film: VideoInfo,
    model: ModelFiles,
    chosen: tuple[Fraction, Fraction],
    timecode: Timecode | None,
) -> Naming:
    """Return the names with what only film and model tell: when, what, and the files of cues."""
    place, cues = place_in_film(*chosen, timecode), cue_names(request, model, film, *chosen, timecode)
    return replace(naming, values={**naming.values, **place}, ucs=ucs_names(request, model), cues=cues)


def _read(request: GenerateRequest) -> VideoInfo:
    film = probe(request.film)
    if request.strict and film.damage:
        raise FilmUnreadable(film.path, film.damage.words())
    return film


def _check_channels(request: GenerateRequest, model: ModelFiles) -> None:
    if request.output.channels == "stereo" and not model.spec.is_stereo:
        raise BadOption("--channels", "stereo", f"mono, dual-mono or auto: {model.name} makes one channel")


def _check_films(
    request: GenerateRequest,
    film: VideoInfo,
    outputs: Sequence[Path],
    chosen: tuple[Fraction, Fraction],
    problems: list[MMHNetError],
) -> None:
    """Add to the problems what keeps films from being written of the chosen part of a film."""
    options = request.output.film
    if outputs and film.audio and options.original == "mix":
        with _collect(problems):
            original_track(film)
    for path in outputs:
        with _collect(problems):
            check_audio_codec(path, options.audio_codec)
            if options.burn_in or chosen != (0, film.duration):
                check_clip(film, path, options.original)
            else:
                container_for(film, path)


def _check_stems(request: GenerateRequest) -> None:
    if request.stems and (request.prompt or request.negative_prompt):
        raise BadOption("--prompt", request.prompt or request.negative_prompt, "left out when there are stems")
    for stem in request.stems:
        if is_of_the_mix(stem.name):
            raise BadOption("--stem", stem.name, f"another name: {' and '.join(OF_THE_MIX)} are the sum of all stems")


def naming_of(request: GenerateRequest) -> Naming:
    """Return the names that the files of a request get, as far as they are known without a look at film and model."""
    folder = request.film.parent if request.output_dir is None else request.output_dir
    if request.outputs and request.output_dir is None:
        folder = request.outputs[0].parent
    output = request.output
    bits = "32f" if output.bits == 32 else str(output.bits)
    values = {"film": request.film.stem, "model": request.model, "rate": str(output.sample_rate_hz), "bits": bits}
    stems = tuple(stem.name for stem in request.stems)
    return Naming(folder, request.name, request.takes, request.outputs, stems, values, request.sampler.seed)


def _check_distinct(outputs: tuple[Output, ...]) -> None:
    # Letters of different case are one name on many systems.
    names = Counter(str(output.path.resolve()).casefold() for output in outputs)
    twice = [output.path.name for output in outputs if names[str(output.path.resolve()).casefold()] > 1]
    if twice:
        raise BadOption(
            "--output", twice[0], "a different file each time; --name takes {track}, {take}, {seed} and {index}"
        )


def report_path(path: Path, request: GenerateRequest) -> Path:
    """Return where the report goes. An earlier report is replaced where outputs may be, another file never.

    Raises OutputExists.
    """
    mode = request.output.on_exists
    if mode == "rename":
        return resolve_output(path, mode) or path
    if os.path.lexists(path) and (mode == "error" or not is_report(path)):
        raise OutputExists(path)
    return path


def _check_output(output: Output, request: GenerateRequest, base: Path) -> None:
    """Raise what stands in the way of one output. base: the folder that names of a template are below."""
    path = output.path
    if path.suffix.lower() not in (SOUND_SUFFIX, *CONTAINERS):
        known = ", ".join((SOUND_SUFFIX, *CONTAINERS))
        raise BadOption("--output", str(path), f"a file that ends in one of {known}")
    if same_file(path, request.film):
        raise BadOption("--output", str(path), "another file than the film itself")
    folder = path.parent
    if output.stem is not None or not request.outputs or folder == request.output_dir:
        # This folder is made when the first file is written; what must be there is a place for it.
        folder = next(parent for parent in (folder, *folder.absolute().parents) if os.path.lexists(parent))
        if not Bounds.of([base]).hold(path.parent):
            raise BadOption("--name", request.name, f"a name below {base}, out of which a link leads there")
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
