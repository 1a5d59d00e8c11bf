"""`mmhnet generate --from-report`: the same again, or with something that stays while the rest is another one."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmhnet_cli.cli._options import COMMON
from mmhnet_cli.cli._request import cues_of, drawn, prompt_of, said_of_stems
from mmhnet_cli.cli._session import Session
from mmhnet_cli.errors import BadOption

if TYPE_CHECKING:
    from mmhnet_cli.pipeline.request import Job
    from mmhnet_cli.pipeline.session.otherwise import Otherwise

ALWAYS = {
    *("from_report", "output_dir", "on_exists", "force", "dry_run", "device", "model", "ffmpeg", "strict", "threads"),
    "cache_gb",
    *COMMON,
}
"""These options do not change the sound."""
OTHERWISE = {
    *("keep", "gain", "prompt", "prompt_file", "negative_prompt", "stem", "stem_negative", "stem_seed", "stem_gain"),
    *("cues", "seed", "takes"),
}
"""These do, and are free where --keep or --gain says what stays."""


def job_again(session: Session, report: Path, film: Path | None, values: dict[str, Any]) -> "Job":
    """Return the job of a report made again. Raises what is wrong with it."""
    from mmhnet_cli.pipeline.asking.prepare import prepare
    from mmhnet_cli.pipeline.asking.report_file import check_film, check_repeatable, request_of
    from mmhnet_cli.pipeline.session.otherwise import otherwise_request

    session.check()
    changes = {name: values[name] for name in ("output_dir", "device", "ffmpeg", "strict", "cache_gb")}
    if session.settings["model"].is_given:
        changes["model"] = values["model"]
    given = {name for name in session.options if session.settings[name].is_given}
    if given & {"keep", "gain"}:
        _check(session, given, ALWAYS | OTHERWISE, "left out: beside --keep and --gain the report has this choice")
        asked = _otherwise(given, report, film, values)
        request = otherwise_request(report, asked, film, values["on_exists"], **changes)
    else:
        _check(session, given, ALWAYS, "left out: the report has the choices; --keep or --gain say what stays")
        check_repeatable(report)
        request = request_of(report, film, values["on_exists"], **changes)
    job = prepare(request)
    check_film(report, job.film.path)
    return job


def _check(session: Session, given: set[str], free: set[str], expected: str) -> None:
    """Refuse options beside a report that are not free: a repetition takes every other choice from it."""
    for name, option in session.options.items():
        if name in given - free:
            raise BadOption(option.choice.option, "an option beside --from-report", expected)


def _otherwise(given: set[str], report: Path, film: Path | None, values: dict[str, Any]) -> "Otherwise":
    """Return what of a report stays, and what is another, from the options that were given."""
    from mmhnet_cli.pipeline.asking.report_file import request_of
    from mmhnet_cli.pipeline.session.otherwise import Otherwise

    keep = values["keep"] if "keep" in given else ""
    if isinstance(keep, bool):
        raise BadOption("--keep", "latents" if keep else "off", "the names of tracks that stay, beside --from-report")
    worded = given & {"prompt", "prompt_file"}
    problems: list[Exception] = []
    cues = None
    if "cues" in given:
        there = request_of(report, film, "error")
        cues = cues_of(there.film, {**values, "timecode": there.output.timecode}, problems)
    if problems:
        raise ExceptionGroup("the sheet", problems)
    return Otherwise(
        tuple(keep.split(",")) if keep else (),
        values["gain"] if "gain" in given else None,
        prompt_of(values["prompt"], values["prompt_file"]) if worded else None,
        values["negative_prompt"] if "negative_prompt" in given else None,
        said_of_stems(values),
        cues,
        drawn(values["seed"]) if "seed" in given else None,
        values["takes"] if "takes" in given else 1,
    )
