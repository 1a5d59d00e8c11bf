"""The sole right to the files of a job, from before the work until they are there."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from mmhnet_cli.errors import OutputUnwritable
from mmhnet_cli.media.output import resolve_output
from mmhnet_cli.media.temporary import remove_left
from mmhnet_cli.pipeline.asking.names import Output
from mmhnet_cli.pipeline.asking.prepare import report_path
from mmhnet_cli.pipeline.delivery.lock import LocksMissing, output_lock
from mmhnet_cli.pipeline.request import Job


@contextmanager
def claim(job: Job) -> Iterator[Job]:
    """Hold the locks of a job, and give it as it is now: another run may have made its outputs since it was prepared.

    Where the file system has no locks, it is done without: no file is ever half-written or replaced unasked.
    Raises OutputBusy, OutputExists or OutputUnwritable.
    """
    with ExitStack() as held:
        with suppress(LocksMissing):
            held.enter_context(hold(job))
        yield _as_it_is_now(job)


@contextmanager
def hold(job: Job) -> Iterator[None]:
    """Hold the locks of a job, in its folder, which is made, and from which leftovers of killed runs are removed.

    What is locked is the report, to which all files belong, and each name that was given in full: other jobs may have
    it too. Raises OutputBusy, OutputUnwritable or LocksMissing.
    """
    make_folder(job)
    with ExitStack() as held:
        for path in sorted({job.report, *job.request.outputs}):
            held.enter_context(output_lock(path))
        remove_left_of(job)
        yield


def remove_left_of(job: Job) -> None:
    """Remove what killed runs have left in the folders of a job."""
    for folder in {path.parent for path in (job.report, *(output.path for output in job.outputs))}:
        remove_left(folder)


def make_folder(job: Job) -> None:
    """Make the folders that the request names for its files, but for those of names that were given in full. Raises
    OutputUnwritable."""
    request = job.request
    asked = {output.path.parent for output in job.outputs if output.stem is not None or not request.outputs}
    for folder in sorted(asked if request.output_dir is None else {*asked, request.output_dir}):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputUnwritable(folder, error.strerror or type(error).__name__) from error


def _as_it_is_now(job: Job) -> Job:
    mode = job.request.output.on_exists
    outputs: list[Output] = []
    existing: list[Path] = list(job.existing)
    for output in job.outputs:
        path = resolve_output(output.path, mode)
        if path is None:
            existing.append(output.path)
        else:
            outputs.append(replace(output, path=path))
    report = report_path(job.report, job.request)
    return replace(job, outputs=tuple(outputs), existing=tuple(existing), report=report)
