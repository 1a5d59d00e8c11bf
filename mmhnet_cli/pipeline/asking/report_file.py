"""What was asked for, as a report keeps it, and read back from there to make the same files again."""

import json
from collections.abc import Mapping
from dataclasses import is_dataclass, replace
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from mmhnet_cli.errors import BadOption, ReportMismatch, ReportUnreadable, SourceNotFound
from mmhnet_cli.fields import shown
from mmhnet_cli.models.digests import file_sha256
from mmhnet_cli.options import GenerateRequest, OnExists
from mmhnet_cli.options.tree import reported
from mmhnet_cli.pipeline.asking.checked import checked_fields
from mmhnet_cli.pipeline.asking.found import Bounds, as_on_disk, is_file, is_folder
from mmhnet_cli.pipeline.asking.texts import read_bytes, reason_of

SCHEMA = 2
MAX_BYTES = 4_000_000
"""A longer report is not read: 99 takes with 20 stems each take less than 2 MB."""
FROM_THE_FIRST = (
    *("prompt", "negative_prompt", "stems", "takes", "start", "end", "model", "precision", "long_form", "sampler"),
    *("output", "outputs", "name"),
)
"""Every report of this schema has these of its request; what is newer has its default where a report has it not."""


def relative(path: Path, folder: Path) -> str:
    """Return `path` as the report in `folder` names it: below the folder or by its bare name, no home folder."""
    path, folder = path.absolute(), folder.absolute()
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name


def file_of(report: Path, name: str) -> Path:
    """Return where a file lies that the report at `report` names; one from elsewhere names none outside its folder."""
    path = report.parent / name
    return as_on_disk(path if Bounds.of([report.parent]).hold(path) else report.parent / path.name)


def files_of(take: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return what a report says of each file of a take, of single cues last. Raises KeyError or TypeError."""
    return [*take["files"], *take.get("cues", ())]


def to_json(report: Mapping[str, Any]) -> bytes:
    """Return a report as JSON in UTF-8. A loudness that does not exist is null; NaN is refused."""
    text = json.dumps(report, indent=2, ensure_ascii=False, allow_nan=False)
    # A file name that is not valid text holds lone surrogates; their JSON escapes are valid.
    return (text + "\n").encode("utf-8", errors="backslashreplace")


def is_report(path: Path) -> bool:
    """Tell whether the file at `path` is a report of ours, of any schema."""
    try:
        read_report(path)
    except ReportUnreadable:
        return False
    return True


def read_report(path: Path) -> dict[str, Any]:
    """Return the content of a report, checked only to name the tool. Raises ReportUnreadable."""
    try:
        report = json.loads(read_bytes(path, MAX_BYTES), parse_constant=_refuse)
    except OSError as error:
        raise ReportUnreadable(path, reason_of(error)) from error
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ReportUnreadable(path, "it is not JSON") from error
    except ValueError as error:
        raise ReportUnreadable(path, reason_of(error)) from error
    if (
        not isinstance(report, dict)
        or not isinstance(report.get("tool"), dict)
        or report["tool"].get("name") != "mmhnet"
    ):
        raise ReportUnreadable(path, "it is not a report of mmhnet")
    return report


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def request_facts(request: GenerateRequest, folder: Path) -> dict[str, Any]:
    """Return everything that makes the files what they are, as JSON values for a report in `folder`."""
    facts = _plain(request, folder)
    # A folder with weights is named without the folders above it.
    model = Path(request.model)
    facts["model"] = relative(model, folder) if model.is_absolute() else request.model
    originated = request.output.originated
    return {**facts, "originated": None if originated is None else originated.isoformat()}


def _plain(value: Any, folder: Path) -> Any:
    """Return a value of a request as JSON; a dataclass gives those fields that make the files what they are."""
    if is_dataclass(value):
        return {name: _plain(getattr(value, name), folder) for name in reported(type(value))}
    if isinstance(value, tuple):
        return [_plain(part, folder) for part in value]
    if isinstance(value, Path):
        return relative(value, folder)
    return str(value) if isinstance(value, Fraction) else value


def request_of(path: Path, film: Path | None, on_exists: OnExists, **changes: Any) -> GenerateRequest:
    """Return the request that the report at `path` keeps; `changes` replace fields of it.

    film: where the film is now, or the folder it is in; None looks where the report was made, beside it, and in the
    working folder. Files go to the folder of the report, or to `output_dir`, under the same names. Raises
    ReportUnreadable, or SourceNotFound.
    """
    report = read_report(path)
    if report.get("schema") != SCHEMA:
        raise ReportUnreadable(path, f"its schema is {report.get('schema')!r:.20}, this mmhnet reads {SCHEMA}")
    folder = changes.pop("output_dir", None) or path.parent
    try:
        asked = report.get("request")
        # A report of an earlier version has no date.
        originated = _date(asked.pop("originated", None)) if isinstance(asked, dict) else None
        asked = _with_named_channels(asked)
        facts = checked_fields(GenerateRequest, asked)
        missing = [name for name in FROM_THE_FIRST if name not in facts]
        if missing:
            raise ValueError(f"{missing[0]} is missing")
        source = _text(report, "source", "file")
    except BadOption as problem:
        reason = f"request.{problem.name} cannot be {problem.found}; it must be {problem.expected}"
        raise ReportUnreadable(path, reason) from problem
    except ValueError as error:
        raise ReportUnreadable(path, f"it is not complete ({error})") from error
    facts["output"] = replace(facts["output"], on_exists=on_exists, originated=originated)
    # Bare names: a report from elsewhere does not choose folders on this machine.
    facts["outputs"] = tuple(folder / output.name for output in facts["outputs"])
    kept = facts.get("kept", ())
    facts["kept"] = tuple(replace(one, report=file_of(path, one.report.as_posix())) for one in kept)
    found = _find_film(path, source, film)
    return GenerateRequest(**{**facts, "film": found, "output_dir": folder, **changes})


def _with_named_channels(asked: Any) -> Any:
    """Return what was asked for with channels by name: earlier versions wrote their number, and two had one sound."""
    output = asked.get("output") if isinstance(asked, dict) else None
    if not isinstance(output, dict) or type(output.get("channels")) is not int:
        return asked
    named = {1: "mono", 2: "dual-mono"}.get(output["channels"], output["channels"])
    return {**asked, "output": {**output, "channels": named}}


def check_repeatable(path: Path) -> None:
    """Raise ReportUnreadable where the sound is not what the request of the report at `path` makes, for it was changed
    later."""
    redone = read_report(path).get("redone")
    if redone:
        last = redone[-1] if isinstance(redone, list) else None
        parent = last.get("parent") if isinstance(last, dict) else None
        raise ReportUnreadable(path, f"some of its sound was made anew by redo, after {shown(parent)}; repeat that one")


def check_film(path: Path, film: Path) -> None:
    """Raise ReportMismatch where `film` is not the one that the report at `path` is of, or ReportUnreadable."""
    try:
        expected = _text(read_report(path), "source", "sha256")
    except ValueError as error:
        raise ReportUnreadable(path, f"it is not complete ({error})") from error
    _check(path, "film", expected, file_sha256(film))


def check_model(path: Path, digests: Mapping[str, str]) -> None:
    """Raise ReportMismatch where weights differ from those that the report at `path` names, or ReportUnreadable.

    digests: by file name.
    """
    model = read_report(path).get("model")
    expected = model.get("sha256") if isinstance(model, dict) else None
    if not isinstance(expected, dict) or not all(isinstance(digest, str) for digest in expected.values()):
        raise ReportUnreadable(path, "it is not complete (model sha256 is missing)")
    for name in sorted({*expected, *digests}):
        _check(path, f"model file {name}", expected.get(name, "no such file"), digests.get(name, "no such file"))


def _check(path: Path, what: str, expected: str, found: str) -> None:
    if found != expected:
        raise ReportMismatch(path, what, expected, found)


def _text(report: Mapping[str, Any], part: str, name: str) -> str:
    """Return a text in a part of a report. Raises ValueError where there is none."""
    facts = report.get(part)
    text = facts.get(name) if isinstance(facts, dict) else None
    if not isinstance(text, str) or not text or "\0" in text:
        raise ValueError(f"{part} {name} is missing")
    return text


def _date(text: Any) -> datetime | None:
    """Return when the sound was made. Raises ValueError for what is no date."""
    if text is None:
        return None
    if not isinstance(text, str):
        raise ValueError("originated is not a date")
    return datetime.fromisoformat(text)


def _find_film(path: Path, source: str, given: Path | None) -> Path:
    """Return the film of the report at `path`, called `source` there. given: the film, or a folder to look in."""
    name = Path(source).name
    if given is not None and not is_folder(given):
        return given
    places = [path.parent / name, Path(name)] if given is None else [given / name]
    recorded = path.parent / source
    if given is None and Bounds.of([path.parent]).hold(recorded):
        places.insert(0, recorded)
    found = next((there for place in places if is_file(there := as_on_disk(place))), None)
    if found is None:
        looked = dict.fromkeys(place.absolute().parent for place in places)
        raise SourceNotFound(path, name, tuple(looked))
    return found
