"""What was asked for, as a report keeps it, and read back from there to make the same files again."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmhnet_cli.errors import ReportMismatch, ReportUnreadable
from mmhnet_cli.media.regular_file import read_regular
from mmhnet_cli.options import FilmOptions, LongForm, LoudnessTarget, OnExists, OutputOptions, SamplerOptions, Stem
from mmhnet_cli.weights.digests import file_sha256

if TYPE_CHECKING:
    from mmhnet_cli.pipeline.prepare import GenerateRequest

SCHEMA = 2
MAX_BYTES = 16_000_000


def relative(path: Path, folder: Path) -> str:
    """`path` as the report in `folder` names it: below the folder or by its bare name, never with a home folder."""
    path, folder = path.absolute(), folder.absolute()
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name


def to_json(report: Mapping[str, Any]) -> bytes:
    """UTF-8 JSON. A loudness that does not exist is null; NaN is refused."""
    text = json.dumps(report, indent=2, ensure_ascii=False, allow_nan=False)
    # A file name that is not valid text holds lone surrogates; their JSON escapes are valid.
    return (text + "\n").encode("utf-8", errors="backslashreplace")


def is_report(path: Path) -> bool:
    """Whether the file at `path` is a report of ours, of any schema."""
    try:
        read_report(path)
    except ReportUnreadable:
        return False
    return True


def read_report(path: Path) -> dict[str, Any]:
    """The content of a report. Raises ReportUnreadable."""
    try:
        content = read_regular(path, MAX_BYTES)
        if len(content) > MAX_BYTES:
            raise ReportUnreadable(path, f"it is larger than {MAX_BYTES} bytes")
        report = json.loads(content)
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not JSON"
        raise ReportUnreadable(path, reason or type(error).__name__) from error
    if (
        not isinstance(report, dict)
        or not isinstance(report.get("tool"), dict)
        or report["tool"].get("name") != "mmhnet"
    ):
        raise ReportUnreadable(path, "it is not a report of mmhnet")
    return report


def request_facts(request: "GenerateRequest", folder: Path) -> dict[str, Any]:
    """Everything that makes the files what they are, as JSON values for a report in `folder`."""
    output = asdict(request.output)
    output["handles_s"] = str(request.output.handles_s)
    del output["on_exists"]
    return {
        "prompt": request.prompt,
        "negative_prompt": request.negative_prompt,
        "stems": [asdict(stem) for stem in request.stems],
        "takes": request.takes,
        "start": None if request.start is None else str(request.start),
        "end": None if request.end is None else str(request.end),
        "model": relative(Path(request.model), folder) if Path(request.model).is_absolute() else request.model,
        "precision": request.precision,
        "long_form": asdict(request.long_form),
        "sampler": asdict(request.sampler),
        "output": output,
        "outputs": [relative(path, folder) for path in request.outputs],
        "name": request.name,
    }


def request_of(path: Path, film: Path | None, on_exists: OnExists, **changes: Any) -> "GenerateRequest":
    """The request that the report at `path` is of; `changes` replace fields of it.

    film: where the film is now; None looks beside the report. Files go to the folder of the report, or to
    `output_dir`, under the same names. Raises ReportUnreadable.
    """
    from mmhnet_cli.pipeline.prepare import GenerateRequest

    report = read_report(path)
    if report.get("schema") != SCHEMA:
        raise ReportUnreadable(path, f"its schema is {report.get('schema')}, this mmhnet reads {SCHEMA}")
    try:
        facts = dict(report["request"])
        output = dict(facts["output"])
        output["loudness"] = LoudnessTarget(**output["loudness"])
        output["film"] = FilmOptions(**output["film"])
        output["handles_s"] = Fraction(output["handles_s"])
        folder = changes.pop("output_dir", None) or path.parent
        facts["output"] = OutputOptions(**output, on_exists=on_exists)
        facts["stems"] = tuple(Stem(**stem) for stem in facts["stems"])
        facts["start"], facts["end"] = _time(facts["start"]), _time(facts["end"])
        facts["long_form"] = LongForm(**facts["long_form"])
        facts["sampler"] = SamplerOptions(**facts["sampler"])
        # Bare names: a report from elsewhere does not choose folders on this machine.
        facts["outputs"] = tuple(folder / Path(name).name for name in facts["outputs"])
        found = path.parent / Path(report["source"]["file"]).name if film is None else film
        return GenerateRequest(**{"film": found, "output_dir": folder, **facts, **changes})
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ReportUnreadable(path, f"it is not complete ({type(error).__name__}: {error})") from error


def check_film(path: Path, film: Path) -> None:
    """Raise ReportMismatch where `film` is not the one that the report at `path` is of."""
    _check(path, "film", read_report(path)["source"]["sha256"], file_sha256(film))


def check_model(path: Path, digests: Mapping[str, str]) -> None:
    """Raise ReportMismatch where weights differ from those that the report at `path` names. digests: by file name."""
    expected = read_report(path)["model"]["sha256"]
    for name in sorted({*expected, *digests}):
        _check(path, f"model file {name}", expected.get(name, "no such file"), digests.get(name, "no such file"))


def _check(path: Path, what: str, expected: str, found: str) -> None:
    if found != expected:
        raise ReportMismatch(path, what, expected, found)


def _time(text: str | None) -> Fraction | str | None:
    return text if text is None or ":" in text else Fraction(text)
