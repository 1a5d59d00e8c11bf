"""`mmhnet generate`: sound for one film."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from mmhnet_cli.cli import _warnings
from mmhnet_cli.cli._again import job_again
from mmhnet_cli.cli._closing import closing_lines
from mmhnet_cli.cli._estimate import estimate_rows
from mmhnet_cli.cli._options import DryRunOption, OptionalFilmArgument, taking
from mmhnet_cli.cli._output import aligned
from mmhnet_cli.cli._piped import piped
from mmhnet_cli.cli._request import request_for
from mmhnet_cli.cli._session import Session
from mmhnet_cli.cli._settings import SETTINGS
from mmhnet_cli.cli._whole import whole_of
from mmhnet_cli.cli._words.times import seconds
from mmhnet_cli.errors import BadOption, MMHNetError, OutputsFailed
from mmhnet_cli.options.choice import Choice
from mmhnet_cli.options.panels import FILES
from mmhnet_cli.options.table import CHOICES

if TYPE_CHECKING:
    from mmhnet_cli.options import GenerateRequest, OutputOptions, SamplerOptions
    from mmhnet_cli.pipeline.generate import GenerateResult
    from mmhnet_cli.pipeline.request import Job

HELP = """Make the sound of a film.

Writes a WAV file as long as the picture, to the sample, and a JSON report beside it. The film itself is not changed.
"""
EXAMPLES = """Examples:

mmhnet generate street.mp4 -p 'rain on a tin roof'

mmhnet generate street.mp4 -o street.wav -o street_with_sound.mp4

mmhnet generate street.mov --stem ambience='rain on city street' --stem foley='footsteps on wet stone' --handles 1

mmhnet generate street.mp4 --start 01:00:10:00 --end 01:00:25:12 --takes 4 --seed random --loudness -18

mmhnet generate --from-report street_mmhnet.json --output-dir again

mmhnet generate --from-report street_mmhnet.json --keep ambience --stem foley='footsteps on gravel'

mmhnet generate street.mp4 -o - -q | ffplay -
"""


SHORT = {
    "true_peak": "the true peak would pass its ceiling",
    "short_term": "its loudest three seconds would pass theirs",
    "cap": "it would raise the noise too far",
}

FromReportOption = Annotated[
    Path | None,
    Choice(
        "--from-report",
        FILES,
        "Make the files of this report again, by its choices; with --keep or --gain some may be others.",
        metavar="FILE",
        setting=False,
    ),
]
ForceOption = Annotated[
    bool, Choice("--force", FILES, "The same as --on-exists overwrite.", more=("-f",), setting=False)
]


@taking(CHOICES)
def generate(
    session: Session,
    film: OptionalFilmArgument = None,
    *,
    from_report: FromReportOption = None,
    force: ForceOption = False,
    dry_run: DryRunOption = False,
    **values: Any,
) -> None:
    """Make the sound of one film, by options or by the report of an earlier run."""
    if force:
        values["on_exists"] = "overwrite"
    if from_report is not None:
        make(session, job_again(session, from_report, film, values), dry_run, values["threads"], from_report)
        return
    if film is None:
        session.check()
        raise BadOption("FILM", "nothing", "a film; or give --from-report the report of an earlier sound")
    with piped(session, values, dry_run) as piped_values:
        job = _job(session, film, piped_values)
        make(session, job, dry_run, values["threads"])


def _job(session: Session, film: Path, values: Mapping[str, Any]) -> "Job":
    """Return the job of a command line. Raises an ExceptionGroup of all that is wrong with it."""
    from mmhnet_cli.pipeline.asking.prepare import prepare
    from mmhnet_cli.pipeline.batch.apart import told_apart

    problems: list[Exception] = list(session.problems)
    request = request_for(film, values, problems)
    if values["cue_files"] and values["cues"] is None:
        problems.append(BadOption("--cue-files", "no cue sheet", "chosen beside --cues"))
    job = None
    try:
        request = told_apart([request])[0]
        job = prepare(request if problems else _with_shots(session, request))
    except (MMHNetError, ExceptionGroup) as found:
        problems.append(found)
    if job is None or problems:
        raise ExceptionGroup("the request", problems)
    return job


def _with_shots(session: Session, request: "GenerateRequest") -> "GenerateRequest":
    """Return the request with the shots of its cues where names have them, which takes a look at the whole film."""
    if "{shot}" not in request.name:
        return request
    from mmhnet_cli.pipeline.session.shots import needs_shots, with_shots

    if not needs_shots(request):
        return request
    with session.progress() as progress:
        return with_shots(request, progress)


def make(session: Session, job: "Job", dry_run: bool, threads: int | None, report: Path | None = None) -> None:
    """Make the sound of a job, or print its plan. report: whose model it must have."""
    from mmhnet_cli.pipeline.delivery.doubts import doubtful_words

    for warning in job.warnings:
        session.output.warning(warning)
    if not job.outputs:
        _say_skipped(session, job)
        return
    # Before the work: an hour of film takes many minutes.
    for warning in _warnings.doubtful_words(job.model.name, **doubtful_words(job)):
        session.output.warning(warning)
    if dry_run:
        _print_plan(session, job)
    else:
        _run(session, job, threads, report)


def _run(session: Session, job: "Job", threads: int | None, report: Path | None) -> None:
    """Make the sound, unless another run has done so since it was looked."""
    from mmhnet_cli.pipeline.delivery.claim import claim

    try:
        with claim(job) as now:
            if not now.outputs:
                _say_skipped(session, now)
                return
            result = _make(session, now, threads, report)
    except OutputsFailed as failed:
        _print_files(session, failed.kept, {"type": "generate", "status": "failed"})
        raise
    _say(session, result)
    for line in closing_lines(result.report):
        session.output.note(line)
    _print_files(session, result.files, {"type": "generate", "status": "written", **result.report})


def _make(session: Session, job: "Job", threads: int | None, report: Path | None) -> "GenerateResult":
    import torch

    from mmhnet_cli.cores import count_cores
    from mmhnet_cli.pipeline.asking.report_file import check_model
    from mmhnet_cli.pipeline.generate import generate_claimed
    from mmhnet_cli.pipeline.making.load import load_model

    for name in SETTINGS:
        # A command that begins with a report has its choices from there.
        if name not in session.settings:
            continue
        setting = session.settings[name]
        words = _guidance_words(job.request.sampler) if name == "guidance" else setting.text
        session.output.info(f"{name} = {words} ({setting.origin})")
    torch.set_num_threads(threads or min(torch.get_num_threads(), count_cores()))
    with session.progress(lambda: whole_of(job)) as progress:
        model = load_model(job.model, job.request.device, job.request.precision, progress)
        if report is not None:
            check_model(report, model.sha256)
        return generate_claimed(job, model, progress)


def _print_plan(session: Session, job: "Job") -> None:
    from mmhnet_cli.pipeline.delivery.doubts import doubtful_words
    from mmhnet_cli.pipeline.estimate.estimate import estimate
    from mmhnet_cli.pipeline.estimate.machine import find_machine

    request, film, output = job.request, job.film, job.request.output
    target, sampler = output.loudness, request.sampler
    words = {f"stem {stem.name}": stem.prompt for stem in request.stems} or {
        "prompt": request.prompt,
        "negative prompt": request.negative_prompt,
    }
    plan = {
        "film": str(film.path),
        "from": seconds(job.start),
        "to": seconds(job.end),
        "handles": f"{float(output.handles_s):g} s",
        "timecode": "none" if job.timecode is None else str(job.timecode),
        **words,
        "model": f"{job.model.name} ({job.model.path})",
        "sampling": f"{sampler.solver}, {sampler.steps} steps, guidance {_guidance_words(sampler)}",
        "seed": str(request.sampler.seed),
        "takes": str(request.takes),
        "device": f"{request.device}, {request.precision}",
        "long form": request.long_form.mode,
        "pieces": str(len(job.pieces)),
        "sound": f"{job.samples} samples at {output.sample_rate_hz} Hz, {output.bits} bit",
        "loudness": _loudness_words(output),
        "true peak": f"at most {target.true_peak_dbtp:g} dBTP",
        **{
            f"output {number}": str(path)
            for number, path in enumerate([*(output.path for output in job.outputs), job.report], 1)
        },
    }
    machine = find_machine(request.device)
    found = estimate(job, machine)
    record = {
        "type": "plan",
        "samples": job.samples,
        "warnings": {"timecode": list(job.warnings), **doubtful_words(job)},
        **{key.replace(" ", "_"): value for key, value in plan.items()},
    }
    rows = [*plan.items(), *estimate_rows(found, machine).items()]
    numbers = {**asdict(found), "device": machine.kind, "free_bytes": machine.free_bytes}
    session.output.result(aligned(rows), {**record, "estimate": numbers})


def _loudness_words(output: "OutputOptions") -> str:
    if output.gain_db is not None:
        return f"at a gain of {output.gain_db:+.1f} dB"
    target_lufs = output.loudness.integrated_lufs
    return "as it is" if target_lufs is None else f"{target_lufs:g} LUFS"


def _guidance_words(sampler: "SamplerOptions") -> str:
    return f"{sampler.guidance:g}" + (" (of the model)" if sampler.guidance_own else "")


def _say_skipped(session: Session, job: "Job") -> None:
    session.output.note("Nothing to do: every output is there.")
    _print_files(session, job.existing, {"type": "generate", "status": "skipped"})


def _say(session: Session, result: "GenerateResult") -> None:
    """Say what the user should know beyond the file names."""
    report = result.report
    for line in _warnings.unseen(report["model"]["name"], report["warnings"]["unseen"]):
        session.output.warning(line)
    quiet = report["warnings"]["quiet"]
    for line in _warnings.quiet(
        report["model"]["name"], quiet, stems=bool(report["request"]["stems"]), takes=report["request"]["takes"]
    ):
        session.output.warning(line)
    for take in result.report["takes"]:
        of_take = f" of take {take['take']}" if len(result.report["takes"]) > 1 else ""
        gain, after = take["loudness"]["gain"], take["loudness"]["after"]["true_peak_dbtp"]
        if report["request"]["kept"] and after is not None and after > take["loudness"]["target"]["true_peak_dbtp"]:
            session.output.warning(
                f"The mix{of_take} passes its ceiling, as what stays does by itself: {after:.1f} dBTP."
            )
        if gain["limited_by"] == "silence" and take["take"] not in {found["take"] for found in quiet}:
            session.output.warning(f"The sound{of_take} is silent.")
        if gain["limited_by"] != "silence" and gain["short_db"] > 0:
            session.output.warning(
                f"The sound{of_take} is {gain['short_db']:.1f} dB below its loudness target: "
                f"with more gain {SHORT[gain['limited_by']]}."
            )
        if gain["max_reduction_db"] > 0:
            session.output.info(f"The limiter lowers peaks{of_take} by up to {gain['max_reduction_db']:.1f} dB.")
    if result.report["model"]["commercial_use"] is False:
        session.output.warning(
            f"The model's licence ({result.report['model']['licence']}) does not allow this sound in paid work."
        )
    if "damage" in result.report:
        session.output.warning(f"The film is damaged, and was read as players do: {result.report['damage']['words']}.")
    if result.dropped:
        session.output.warning(f"The output cannot hold these streams of the film: {', '.join(result.dropped)}.")
    for stage, taken in result.report["timings_s"].items():
        session.output.info(f"{stage}: {taken:.1f} s")


def _print_files(session: Session, files: tuple[Path, ...], record: dict) -> None:
    if session.output.mode == "json":
        session.output.result("", {**record, "outputs": [str(path) for path in files]})
        failed = int(record["status"] == "failed")
        session.output.summary({"status": record["status"], "inputs": 1, "failed": failed})
    else:
        for path in files:
            session.output.result(str(path), {})
