"""Whether a film is done: a digest of everything that makes its files what they are, kept in their report."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from mmhnet_cli.errors import FilmNotFound, FilmUnreadable, ReportUnreadable
from mmhnet_cli.pipeline.report_file import read_report, relative

EDGE_BYTES = 1 << 20

Status = Literal["new", "partial", "done", "stale"]


def fingerprint(
    film: Path, request_facts: Mapping[str, Any], model_digests: Mapping[str, str], tool_version: str
) -> str:
    """SHA-256 in hexadecimal, the same on every machine; of the film its size, time and both ends are looked at.

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
    """What is there of a film.

    new: none of its outputs. done: all of them, made as `fingerprint` says and as long as `report` has them. partial:
    some, every one of them so. stale: one that was made otherwise, was changed since, or that nothing is known of.
    """
    there = [output for output in outputs if os.path.lexists(output)]
    if not there:
        return "new"
    recorded = _recorded_sizes(report, fingerprint)
    if not all((relative(output, report.parent), _size(output)) in recorded for output in there):
        return "stale"
    return "done" if len(there) == len(outputs) else "partial"


def _film_facts(film: Path) -> dict[str, Any]:
    try:
        with film.open("rb") as file:
            found = os.fstat(file.fileno())
            first = file.read(EDGE_BYTES)
            file.seek(max(found.st_size - EDGE_BYTES, 0))
            last = file.read(EDGE_BYTES)
    except FileNotFoundError as error:
        raise FilmNotFound(film) from error
    except OSError as error:
        raise FilmUnreadable(film, error.strerror or type(error).__name__) from error
    return {
        "bytes": found.st_size,
        "modified_ns": found.st_mtime_ns,
        "first_sha256": hashlib.sha256(first).hexdigest(),
        "last_sha256": hashlib.sha256(last).hexdigest(),
    }


def _as_asked(request_facts: Mapping[str, Any]) -> dict[str, Any]:
    """With the word in place of every seed that was drawn: the next draw is another one, and asks for the same.

    A guidance counts by its value, whoever chose it: a model whose own has changed makes another sound.
    """
    sampler, *stems = (
        {**facts, "seed": "random"} if facts.get("seed_drawn") else facts
        for facts in (request_facts["sampler"], *request_facts["stems"])
    )
    sampler = {name: value for name, value in sampler.items() if name != "guidance_own"}
    return {**request_facts, "sampler": sampler, "stems": stems}


def _major(version: str) -> str:
    """The part of a version that stays as long as the same request gives the same sound."""
    major, minor, *_ = version.split(".")
    return f"0.{minor}" if major == "0" else major


def _recorded_sizes(report: Path, fingerprint: str) -> set[tuple[str, int]]:
    """Name and bytes of the files that `report` tells of; none where it is not one with this fingerprint."""
    try:
        facts = read_report(report)
        if facts["fingerprint"] != fingerprint:
            return set()
        return {(file["file"], file["bytes"]) for take in facts["takes"] for file in take["files"]}
    except (ReportUnreadable, KeyError, TypeError):
        return set()


def _size(path: Path) -> int | None:
    """Bytes of a file; None for what is there and is no file."""
    return path.stat().st_size if path.is_file() else None
