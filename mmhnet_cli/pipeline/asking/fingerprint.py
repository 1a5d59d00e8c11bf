"""Whether a film is done: a digest of everything that makes its files what they are, kept in their report."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Literal

from mmhnet_cli.errors import FilmNotFound, FilmUnreadable, ReportUnreadable
from mmhnet_cli.pipeline.asking.found import spelt
from mmhnet_cli.pipeline.asking.report_file import files_of, read_report, relative

EDGE_BYTES = 1 << 20
PLACES, PLACE_BYTES = 32, 1 << 15
"""So many places of so many bytes are read between the ends: a film is far too large to be read whole each time, and
its time does not survive a copy to another file system. What a film holds moves when it is edited or coded again: the
index at one of its ends tells it, and where there is none, the bytes at these places do."""

Status = Literal["new", "partial", "done", "stale"]


def fingerprint(
    film: Path, request_facts: Mapping[str, Any], model_digests: Mapping[str, str], tool_version: str
) -> str:
    """Return a SHA-256 in hexadecimal, the same everywhere; of the film size, both ends and places between are read.

    request_facts: as the report has them; of a seed that was drawn only that it was. model_digests: by file name.
    tool_version: a new major one, below 1.0 a new minor one, may make other sound of the same. Raises FilmNotFound or
    FilmUnreadable.
    """
    facts = {
        "film": _film_facts(film),
        "request": _as_asked(request_facts),
        "model": model_digests,
        "tool": _major(tool_version),
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True, allow_nan=False).encode()).hexdigest()


def status_of(report: Path, outputs: Sequence[Path], fingerprint: str) -> Status:
    """Tell what is there of a film.

    The status is `new` where none of its outputs is there, and `done` where all are, made as `fingerprint` says and as
    long as `report` has them. It is `partial` where some are there, every one of them so, and `stale` where one was
    made otherwise, was changed since, or nothing is known of it.
    """
    there = [output for output in outputs if os.path.lexists(output)]
    if not there:
        return "new"
    recorded = _recorded_sizes(report, fingerprint)
    if not all((spelt(relative(output, report.parent)), _size(output)) in recorded for output in there):
        return "stale"
    return "done" if len(there) == len(outputs) else "partial"


def _film_facts(film: Path) -> dict[str, Any]:
    try:
        with film.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            digests = [_sha256(file, 0, EDGE_BYTES), _sha256(file, max(size - EDGE_BYTES, 0), EDGE_BYTES)]
            between = [_sha256(file, place, PLACE_BYTES) for place in _places(size)]
    except FileNotFoundError as error:
        raise FilmNotFound(film) from error
    except OSError as error:
        raise FilmUnreadable(film, error.strerror or type(error).__name__) from error
    return {"bytes": size, "first_sha256": digests[0], "last_sha256": digests[1], "between_sha256": between}


def _places(size: int) -> list[int]:
    """Return places evenly between the ends; none in a film that the ends cover."""
    step = (size - 2 * EDGE_BYTES) // (PLACES + 1)
    return [EDGE_BYTES + (number + 1) * step for number in range(PLACES)] if step > 0 else []


def _sha256(file: BinaryIO, position: int, count: int) -> str:
    file.seek(position)
    return hashlib.sha256(file.read(count)).hexdigest()


def _as_asked(request_facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts with the word in place of every drawn seed: the next draw is another one, and asks for the same.

    When the files were made is no part of what is asked for, and a guidance counts by its value, whoever chose it: a
    model whose own has changed makes another sound.
    """
    sampler, *stems = (
        {**facts, "seed": "random"} if facts.get("seed_drawn") else facts
        for facts in (request_facts["sampler"], *request_facts["stems"])
    )
    asked = {name: value for name, value in request_facts.items() if name != "originated"}
    sampler = {name: value for name, value in sampler.items() if name != "guidance_own"}
    return {**asked, "sampler": sampler, "stems": stems}


def _major(version: str) -> str:
    """Return the part of a version that stays as long as the same request gives the same sound."""
    major, minor, *_ = version.split(".")
    return f"0.{minor}" if major == "0" else major


def _recorded_sizes(report: Path, fingerprint: str) -> set[tuple[str, int]]:
    """Return name and bytes of the files that `report` tells of; none where it is not one with this fingerprint."""
    try:
        facts = read_report(report)
        if facts["fingerprint"] != fingerprint:
            return set()
        return {(spelt(file["file"]), file["bytes"]) for take in facts["takes"] for file in files_of(take)}
    except (ReportUnreadable, KeyError, TypeError):
        return set()


def _size(path: Path) -> int | None:
    """Return the bytes of a file; None for what is there and is no file."""
    return path.stat().st_size if path.is_file() else None
