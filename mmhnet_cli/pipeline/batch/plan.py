"""From what films shall get to a task for each that can be done, and what is wrong with the others."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mmhnet_cli import __version__
from mmhnet_cli.cores import count_cores
from mmhnet_cli.errors import MMHNetError, leaves
from mmhnet_cli.pipeline.asking.fingerprint import fingerprint
from mmhnet_cli.pipeline.asking.report_file import request_facts
from mmhnet_cli.pipeline.batch.apart import told_apart
from mmhnet_cli.pipeline.batch.inputs import Entry
from mmhnet_cli.pipeline.batch.looking import foreseen, look_at_all
from mmhnet_cli.pipeline.batch.places import Places
from mmhnet_cli.pipeline.batch.task import Task
from mmhnet_cli.pipeline.estimate.estimate import estimate, kept_bytes
from mmhnet_cli.pipeline.estimate.machine import Machine
from mmhnet_cli.pipeline.request import GenerateRequest, Job

LOOKERS = 4
"""At most so many processes look at films: more would wait for one disk."""


@dataclass(frozen=True)
class Asked:
    """What one film shall get, and what is wrong with that so far."""

    entry: Entry
    request: GenerateRequest
    problems: tuple[Exception, ...] = ()


@dataclass(frozen=True)
class Problem:
    """Why a film will not be done. Its name is that of the journal."""

    name: str
    errors: tuple[MMHNetError, ...]


@dataclass(frozen=True)
class Plan:
    """Every film is in one of the two, in the order in which they were asked for."""

    tasks: tuple[Task, ...]
    problems: tuple[Problem, ...]


def plan(
    asked: Sequence[Asked],
    places: Places,
    machine: Machine,
    replace: bool = False,
    tell: Callable[[int], None] = lambda done: None,
) -> Plan:
    """Look at every film. Raises WorkerLost where no process can be started to do so.

    replace: whether files that were made otherwise may be replaced. tell: hears how many films are looked at.
    """
    requests = told_apart([one.request for one in asked])
    jobs = look_at_all(requests, min(LOOKERS, count_cores()), tell)
    tasks: list[Task] = []
    problems: list[Problem] = []
    task_for = _Tasks(places, machine, replace)
    for name, one, job in zip(names_of([one.entry for one in asked]), asked, jobs, strict=True):
        found = [*one.problems, *(job if isinstance(job, tuple) else ())]
        if not found and not isinstance(job, tuple):
            try:
                tasks.append(task_for(name, job))
            except Exception as error:
                # What nobody foresaw of one film is no reason to lose the others.
                found.append(error)
        if found:
            errors = (foreseen(leaf, one.entry.film) for error in found for leaf in leaves(error))
            problems.append(Problem(name, tuple(errors)))
    return Plan(tuple(tasks), tuple(problems))


def names_of(entries: Sequence[Entry]) -> list[str]:
    """Return the films' names in the journal: below the folder they were found in, numbered where one came before."""
    names: list[str] = []
    seen: Counter[str] = Counter()
    for entry in entries:
        name = (entry.folder / entry.film.name).as_posix()
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names


class _Tasks:
    """It makes tasks of jobs, and reads the files of each model once."""

    def __init__(self, places: Places, machine: Machine, replace: bool) -> None:
        self.places, self.machine, self.replace = places, machine, replace
        self.digests: dict[tuple[Path, ...], Mapping[str, str]] = {}

    def __call__(self, name: str, job: Job) -> Task:
        self.places.take(name, job)
        files = job.model.all_files
        if files not in self.digests:
            self.digests[files] = job.model.sha256()
        facts = request_facts(job.request, job.report.parent)
        digest = fingerprint(job.film.path, facts, self.digests[files], __version__)
        memory_bytes = estimate(job, self.machine).memory_bytes
        return Task(name, job, digest, self.replace, memory_bytes, kept_bytes(job, self.machine))
