"""From the inputs of `mmhnet batch` to a task for each film that can be done, and what is wrong with the others."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from mmhnet_cli.cli import _options as o
from mmhnet_cli.cli._output import aligned
from mmhnet_cli.cli._request import request_for
from mmhnet_cli.cli._session import Session
from mmhnet_cli.cores import count_cores
from mmhnet_cli.errors import BadOption, MMHNetError, leaves

if TYPE_CHECKING:
    from mmhnet_cli.pipeline.batch.inputs import Entry
    from mmhnet_cli.pipeline.batch.task import Task
    from mmhnet_cli.pipeline.estimate.machine import Machine
    from mmhnet_cli.pipeline.request import GenerateRequest, Job

LOOKERS = 4
"""Processes that look at films, at most: more would wait for one disk."""


@dataclass(frozen=True)
class Problem:
    """Why a film will not be done. name: as in the journal."""

    name: str
    errors: tuple[MMHNetError, ...]


def plan(
    session: Session,
    entries: "Sequence[Entry]",
    values: Mapping[str, Any],
    on_exists: str,
    machine: "Machine",
    given: "Given",
) -> "tuple[list[Task], list[Problem]]":
    """A task for each film that can be done, and what is wrong with the others. values: of the command's options."""
    from mmhnet_cli.pipeline.batch.apart import told_apart
    from mmhnet_cli.pipeline.batch.looking import foreseen, look_at_all

    asked = [_request(session, entry, values) for entry in entries]
    requests = told_apart([request for request, _ in asked])
    with session.progress() as progress:
        jobs = look_at_all(
            requests,
            min(LOOKERS, count_cores()),
            lambda done: progress("look at films", done, len(requests)),
        )
    tasks: list[Task] = []
    problems: list[Problem] = []
    task_for = _Tasks(on_exists == "overwrite", machine, given)
    for name, entry, (_, wrong), job in zip(_names(entries), entries, asked, jobs, strict=True):
        found = [*wrong, *(job if isinstance(job, tuple) else ())]
        if not found and not isinstance(job, tuple):
            for warning in job.warnings:
                session.output.warning(f"{name}: {warning}")
            try:
                tasks.append(task_for(name, job))
            except Exception as error:
                # What nobody foresaw of one film is no reason to lose the others.
                found.append(error)
        if found:
            errors = (foreseen(leaf, entry.film) for error in found for leaf in leaves(error))
            problems.append(Problem(name, tuple(errors)))
    return tasks, problems


def print_plan(session: Session, tasks: "Sequence[Task]") -> None:
    """What is new, done and stale, film by film."""
    from mmhnet_cli.pipeline.asking.fingerprint import status_of

    rows: list[tuple[str, ...]] = [("film", "status", "outputs")]
    for task in tasks:
        status = status_of(task.job.report, task.outputs, task.fingerprint)
        outputs = [str(path) for path in task.outputs]
        rows.append((task.name, status, " ".join(outputs)))
        if session.output.mode == "json":
            session.output.result("", {"type": "plan", "film": task.name, "status": status, "outputs": outputs})
    if session.output.mode != "json":
        session.output.result(aligned(rows), {})


class Given:
    """Files that a run reads, and its journal: no output of it may take their place, under whatever name."""

    def __init__(self, inputs: Sequence[Path], journal: Path) -> None:
        self._inputs = {identity: path for path in inputs if (identity := _identity(path)) is not None}
        self._journal = journal

    def check(self, output: Path) -> None:
        """Raise BadOption where `output` is one of these files."""
        identity = _identity(output)
        if identity in self._inputs:
            raise BadOption(
                "--output", str(output), f"another file than {self._inputs[identity]}, an input of this run"
            )
        if _place(output) == _place(self._journal):
            raise BadOption("--journal", str(self._journal), f"another file than an output ({output})")


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file is at `path`, the same by every name of it; None where there is none."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino


def _place(path: Path) -> str:
    return str(path.resolve()).casefold()


class _Tasks:
    """Makes tasks of jobs, and sees to it that no two of them write one file."""

    def __init__(self, replace: bool, machine: "Machine", given: "Given") -> None:
        self.replace, self.machine, self.given = replace, machine, given
        self.taken: dict[str, str] = {}
        self.digests: dict[tuple[Path, ...], Mapping[str, str]] = {}

    def __call__(self, name: str, job: "Job") -> "Task":
        from mmhnet_cli import __version__
        from mmhnet_cli.pipeline.asking.fingerprint import fingerprint
        from mmhnet_cli.pipeline.asking.report_file import request_facts
        from mmhnet_cli.pipeline.batch.task import Task
        from mmhnet_cli.pipeline.estimate.estimate import estimate

        self._take(name, job)
        files = job.model.all_files
        if files not in self.digests:
            self.digests[files] = job.model.sha256()
        facts = request_facts(job.request, job.report.parent)
        digest = fingerprint(job.film.path, facts, self.digests[files], __version__)
        memory_bytes = estimate(job, self.machine).memory_bytes
        return Task(name, job, digest, self.replace, memory_bytes)

    def _take(self, name: str, job: "Job") -> None:
        for path in (*(output.path for output in job.outputs), job.report):
            self.given.check(path)
            place = _place(path)
            if place in self.taken:
                expected = f"another name than that of an output of {self.taken[place]}"
                raise BadOption("--name", path.name, expected)
            self.taken[place] = name


def _request(session: Session, entry: "Entry", values: Mapping[str, Any]) -> "tuple[GenerateRequest, list[Exception]]":
    """What a film shall get, and what is wrong with it so far."""
    found: list[Exception] = [] if entry.problem is None else [entry.problem]
    return request_for(entry.film, _values(session, entry, values, found), found), found


def _names(entries: "Sequence[Entry]") -> list[str]:
    """How the journal calls the films: below the folder they were found in, and one that came before by a number."""
    names: list[str] = []
    seen: Counter[str] = Counter()
    for entry in entries:
        name = (entry.folder / entry.film.name).as_posix()
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names


def _values(
    session: Session, entry: "Entry", values: Mapping[str, Any], problems: list[Exception]
) -> Mapping[str, Any]:
    """The options for one film: those of its row over those of the command, checked as on the command line.

    A text beside the film stands above a prompt of the command, and below its stems.
    """
    from mmhnet_cli.pipeline.batch.manifest import overruled

    command = getattr(session.ctx.find_root().command, "commands", {})["generate"]
    parameters = {parameter.name: parameter for parameter in command.params}
    own: dict[str, Any] = {}
    with typer.Context(command, info_name="generate") as ctx:
        for name, value in entry.options.items():
            plain = [str(one) for one in value] if isinstance(value, list) else str(value)
            try:
                own[name] = parameters[name].process_value(ctx, plain)
            except typer.BadParameter as problem:
                where = f"{name} of {entry.film.name}" + (f" ({entry.origin})" if entry.origin else "")
                problems.append(BadOption(where, str(value), problem.message))
    if entry.prompt and not values["stem"]:
        own["prompt"] = entry.prompt
    left_out = {name: o.GENERATION[name][1] for name in overruled(own)}
    folder = values["output_dir"]
    return {**values, **left_out, **own, "output_dir": None if folder is None else folder / entry.folder}
