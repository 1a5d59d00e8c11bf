"""What is there of a film, whose it is, and so what is still to be made."""

import os
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from mmhnet_cli.errors import ReportUnreadable
from mmhnet_cli.media.output import is_content
from mmhnet_cli.models.digests import file_sha256
from mmhnet_cli.pipeline.asking.fingerprint import status_of
from mmhnet_cli.pipeline.asking.report_file import files_of, read_report, relative
from mmhnet_cli.pipeline.batch.journal import Journal
from mmhnet_cli.pipeline.batch.task import Outcome, Task
from mmhnet_cli.pipeline.request import Job


def still_to_do(task: Task, journal: Journal) -> Job | Outcome:
    """Return the job with the outputs that are not there; or an outcome, where there is nothing to be done.

    The caller holds the film's lock. Where some of its files are there, each must be ours by its content: it stays
    where the report has it, and may be replaced where a run was killed before it wrote the report. One that is somebody
    else's makes the film "stale", whenever it came; all is made anew where the task may replace it. Raises
    OutputUnwritable for the journal.
    """
    job = task.job
    status = status_of(job.report, task.outputs, task.fingerprint)
    if status == "done":
        return Outcome(task.name, "skipped", files=(*task.outputs, job.report))
    reported = _reported(job.report, task.fingerprint) if status == "partial" else {}
    left = frozenset[str]() if status == "new" else journal.written(task.name, task.fingerprint)
    existing: list[Path] = []
    replaceable: dict[Path, str] = {}
    for path in filter(os.path.lexists, task.outputs):
        name = relative(path, job.report.parent)
        if name in reported and is_content(path, reported[name]):
            existing.append(path)
        elif (digest := _known(path, left)) is not None:
            replaceable[path] = digest
        else:
            return job if task.replace else Outcome(task.name, "stale")
    # As `skip` has it: what comes meanwhile is not replaced.
    options = replace(job.request.output, on_exists="skip")
    return replace(
        job,
        request=replace(job.request, output=options),
        outputs=tuple(output for output in job.outputs if output.path not in existing),
        existing=tuple(existing),
        replaceable=replaceable,
    )


def _reported(report: Path, fingerprint: str) -> dict[str, str]:
    """Return name and SHA-256 of the files in the report of this fingerprint."""
    try:
        facts = read_report(report)
        if facts["fingerprint"] != fingerprint:
            return {}
        return {str(file["file"]): str(file["sha256"]) for take in facts["takes"] for file in files_of(take)}
    except (ReportUnreadable, KeyError, TypeError):
        return {}


def _known(path: Path, digests: Collection[str]) -> str | None:
    """Return the SHA-256 of a file where it is one of `digests`."""
    if not digests or path.is_symlink() or not path.is_file():
        return None
    digest = file_sha256(path)
    return digest if digest in digests else None
