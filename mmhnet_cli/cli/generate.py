"""`mmhnet generate`: sound for one film."""

from pathlib import Path
from typing import TYPE_CHECKING

from mmhnet_cli.cli import _options as o
from mmhnet_cli.cli._errors import seconds
from mmhnet_cli.cli._output import aligned
from mmhnet_cli.cli._session import Session
from mmhnet_cli.errors import BadOption, MMHNetError

if TYPE_CHECKING:
    from mmhnet_cli.pipeline.generate import GenerateResult
    from mmhnet_cli.pipeline.prepare import Job

HELP = """Make the sound of a film.

Writes a WAV file as long as the picture, to the sample, and a JSON report beside it. The film itself is not changed.
"""
EXAMPLES = """Examples:

mmhnet generate street.mp4 -p 'rain on a tin roof'

mmhnet generate street.mp4 -o street.wav -o street_with_sound.mp4

mmhnet generate street.mp4 --start 1:10 --end 1:25.5 --seed random --loudness -18
"""


def generate(
    session: Session,
    film: o.FilmArgument,
    prompt: o.PromptOption = "",
    prompt_file: o.PromptFileOption = None,
    negative_prompt: o.NegativePromptOption = "",
    start: o.StartOption = None,
    end: o.EndOption = None,
    model: o.ModelOption = "mini",
    steps: o.StepsOption = 25,
    guidance: o.GuidanceOption = 4.5,
    solver: o.SolverOption = "euler",
    seed: o.SeedOption = 42,
    device: o.DeviceOption = "auto",
    dtype: o.DtypeOption = "auto",
    long_form: o.LongFormOption = "auto",
    output: o.OutputsOption = [],  # noqa: B006  Typer reads it and hands over a new list
    output_dir: o.OutputDirOption = None,
    on_exists: o.OnExistsOption = "error",
    force: o.ForceOption = False,
    dry_run: o.DryRunOption = False,
    rate: o.RateOption = 48000,
    bits: o.BitsOption = "24",
    loudness: o.LoudnessOption = "ebu",
    true_peak: o.TruePeakOption = None,
    ffmpeg: o.FfmpegOption = None,
) -> None:
    from mmhnet_cli.options import LongForm, OutputOptions, SamplerOptions, loudness_target
    from mmhnet_cli.pipeline.prepare import GenerateRequest, prepare

    problems: list[Exception] = []
    try:
        prompt = _prompt(prompt, prompt_file)
    except BadOption as problem:
        problems.append(problem)
    delivery = OutputOptions()
    try:
        target = loudness_target(loudness, true_peak)
        delivery = OutputOptions(rate, 16 if bits == "16" else 24, target, "overwrite" if force else on_exists)
    except BadOption as problem:
        problems.append(problem)
    request = GenerateRequest(
        film=film,
        prompt=prompt,
        negative_prompt=negative_prompt,
        start=start,
        end=end,
        model=model,
        device=device,
        precision=dtype,
        long_form=LongForm(long_form),
        sampler=SamplerOptions(steps, guidance, solver, seed),
        output=delivery,
        outputs=tuple(output),
        output_dir=output_dir,
        ffmpeg=ffmpeg,
    )
    try:
        job = prepare(request)
    except (MMHNetError, ExceptionGroup) as found:
        problems.append(found)
    if problems:
        raise ExceptionGroup("the request", problems)

    if not job.outputs:
        session.output.note("Nothing to do: every output is there.")
        _print_files(session, job.existing, {"type": "generate", "status": "skipped"})
    elif dry_run:
        _print_plan(session, job)
    else:
        _run(session, job)


def _run(session: Session, job: "Job") -> None:
    from mmhnet_cli.pipeline.generate import generate as generate_sound
    from mmhnet_cli.pipeline.load import load_model

    for name, setting in session.settings.items():
        session.output.info(f"{name} = {setting.value} ({setting.origin})")
    with session.progress() as progress:
        model = load_model(job.model, job.request.device, job.request.precision, progress)
        result = generate_sound(job, model, progress)
    _say(session, result)
    _print_files(session, result.files, {"type": "generate", "status": "written", **result.report})


def _prompt(prompt: str, prompt_file: Path | None) -> str:
    if prompt_file is None:
        return prompt
    if prompt:
        raise BadOption("--prompt-file", str(prompt_file), "left out when --prompt is given")
    try:
        return prompt_file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadOption("--prompt-file", str(prompt_file), f"a text file in UTF-8 ({error})") from error


def _print_plan(session: Session, job: "Job") -> None:
    from mmhnet_cli.timeline import Timeline

    request, film = job.request, job.film
    samples = Timeline(job.duration).output_samples(request.output.sample_rate_hz)
    target = request.output.loudness
    plan = {
        "film": str(film.path),
        "from": seconds(job.start),
        "to": seconds(job.end),
        "prompt": request.prompt,
        "negative prompt": request.negative_prompt,
        "model": f"{job.model.name} ({job.model.path})",
        "sampling": f"{request.sampler.solver}, {request.sampler.steps} steps, guidance {request.sampler.guidance:g}",
        "seed": str(request.sampler.seed),
        "device": f"{request.device}, {request.precision}",
        "long form": request.long_form.mode,
        "sound": f"{samples} samples at {request.output.sample_rate_hz} Hz, {request.output.bits} bit",
        "loudness": "as it is" if target.integrated_lufs is None else f"{target.integrated_lufs:g} LUFS",
        "true peak": f"at most {target.true_peak_dbtp:g} dBTP",
        **{f"output {number}": str(path) for number, path in enumerate((*job.outputs, job.report), 1)},
    }
    record = {"type": "plan", "samples": samples, **{key.replace(" ", "_"): value for key, value in plan.items()}}
    session.output.result(aligned(list(plan.items())), record)


def _say(session: Session, result: "GenerateResult") -> None:
    """What the user should know beyond the file names."""
    loudness = result.report["loudness"]
    if loudness["gain"]["limited_by"] == "silence":
        session.output.warning("The sound is silent.")
    elif loudness["gain"]["short_db"] > 0:
        reason = {"true_peak": "the true peak would pass its ceiling", "cap": "it would raise the noise too far"}
        session.output.warning(
            f"The sound is {loudness['gain']['short_db']:.1f} dB below its loudness target: with more gain "
            f"{reason[loudness['gain']['limited_by']]}."
        )
    if result.report["model"]["commercial_use"] is False:
        session.output.warning(
            f"The model's licence ({result.report['model']['licence']}) does not allow this sound in paid work."
        )
    if result.dropped:
        session.output.warning(f"The output cannot hold these streams of the film: {', '.join(result.dropped)}.")
    for stage, taken in result.report["timings_s"].items():
        session.output.info(f"{stage}: {taken:.1f} s")


def _print_files(session: Session, files: tuple[Path, ...], record: dict) -> None:
    if session.output.mode == "json":
        session.output.result("", {**record, "outputs": [str(path) for path in files]})
        session.output.summary({"status": record["status"], "inputs": 1, "failed": 0})
    else:
        for path in files:
            session.output.result(str(path), {})
