"""`mmhnet batch`: sound for many films, to be stopped and started as one likes."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from mmhnet_cli.cli import _options as o
from mmhnet_cli.cli import _warnings
from mmhnet_cli.cli._errors import leaves, row_for
from mmhnet_cli.cli._output import aligned
from mmhnet_cli.cli._request import request_for
from mmhnet_cli.cli._session import Session, taking
from mmhnet_cli.errors import BadOption, MMHNetError, OutputUnwritable

if TYPE_CHECKING:
    from mmhnet_cli.cli._progress import Report
    from mmhnet_cli.pipeline.batch.inputs import Entry
    from mmhnet_cli.pipeline.batch.journal import Journal
    from mmhnet_cli.pipeline.batch.run import Executor
    from mmhnet_cli.pipeline.batch.task import Outcome, Step, Task
    from mmhnet_cli.pipeline.machine import Machine
    from mmhnet_cli.pipeline.prepare import Job

SOME_FAILED = 3

HELP = """Make the sound of many films.

Takes films, folders, or one manifest (.csv, .jsonl, .toml) with the options of each film. A film that is done is not
done again: stop the run as you like, even by pulling the plug, and start it anew. A text file beside a film with the
same name is its prompt.
"""
EXAMPLES = """Examples:

mmhnet batch films/ --output-dir sound/

mmhnet batch season1/ --recursive --glob '*.mov' -p 'city street' --loudness off

mmhnet batch films.csv --jobs 2 --retry 2
"""

InputsArgument = Annotated[
    list[Path], typer.Argument(metavar="INPUT...", show_default=False, help="Films, folders, or one manifest.")
]
RUN = "How it is run"
RecursiveOption = Annotated[
    bool, typer.Option("--recursive", "-r", help="Folders to the bottom.", rich_help_panel=o.FILES)
]
GlobOption = Annotated[
    str | None,
    typer.Option("--glob", metavar="PATTERN", help="In folders, only names like this.", rich_help_panel=o.FILES),
]
OnExistsOption = Annotated[
    Literal["skip", "overwrite"],
    typer.Option(
        "--on-exists",
        help="Files made in another way, or by others: left alone and reported, or replaced.",
        rich_help_panel=o.FILES,
    ),
]
JournalOption = Annotated[
    Path | None,
    typer.Option(
        "--journal",
        metavar="FILE",
        help="What happened to each film, a line of JSON per event.",
        show_default="mmhnet-batch.jsonl in the output folder",
        rich_help_panel=o.FILES,
    ),
]
JobsOption = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        "-j",
        min=1,
        max=256,
        help="Worker processes.",
        show_default="one per GPU, else one per core",
        rich_help_panel=RUN,
    ),
]
TogetherOption = Annotated[
    int,
    typer.Option(
        "--together",
        metavar="N",
        min=1,
        max=64,
        help="Short films of like length that a worker samples at once: pays for clips of a few seconds. The sound "
        "differs by rounding from what each film gets alone.",
        rich_help_panel=RUN,
    ),
]
ExecutorOption = Annotated[
    Literal["local", "ray"],
    typer.Option(
        "--executor",
        help="Where workers run: on this machine, or on a Ray cluster that it is part of, whose machines all see this "
        "folder, the films and the outputs (needs the extra ray).",
        rich_help_panel=RUN,
    ),
]
RayAddressOption = Annotated[
    str,
    typer.Option(
        "--ray-address",
        metavar="ADDRESS",
        envvar="RAY_ADDRESS",
        help="HOST:PORT of the head of the cluster, or auto: the one that runs here.",
        rich_help_panel=RUN,
    ),
]
FailFastOption = Annotated[
    bool, typer.Option("--fail-fast", help="Stop at the first film that fails.", rich_help_panel=RUN)
]
MaxFailuresOption = Annotated[
    int | None,
    typer.Option("--max-failures", metavar="N", min=1, help="Stop when so many have failed.", rich_help_panel=RUN),
]
RetryOption = Annotated[
    int,
    typer.Option(
        "--retry",
        metavar="N",
        min=0,
        max=100,
        help="Try a film again whose worker died or met a fault of the program.",
        rich_help_panel=RUN,
    ),
]

# Outputs with names of their own belong to rows of a manifest; programs and devices to the one who runs it.
OPTIONS = {name: option for name, option in o.GENERATION.items() if name != "on_exists"}
IN_MANIFEST = {*OPTIONS, "output"} - {"ffmpeg", "device", "output_dir"}
LISTS = {"output", "stem", "stem_negative", "stem_seed", "stem_gain"}


FINE = ("done", "skipped")
JOURNAL = "mmhnet-batch.jsonl"


@dataclass(frozen=True)
class _Problem:
    """Why a film will not be done. name: as in the journal."""

    name: str
    errors: tuple[MMHNetError, ...]


@taking(OPTIONS)
def batch(
    session: Session,
    inputs: InputsArgument,
    *,
    recursive: RecursiveOption = False,
    glob: GlobOption = None,
    on_exists: OnExistsOption = "skip",
    journal: JournalOption = None,
    dry_run: o.DryRunOption = False,
    jobs: JobsOption = None,
    together: TogetherOption = 1,
    executor: ExecutorOption = "local",
    ray_address: RayAddressOption = "auto",
    fail_fast: FailFastOption = False,
    max_failures: MaxFailuresOption = None,
    retry: RetryOption = 1,
    **values: Any,
) -> None:
    from mmhnet_cli.pipeline.batch.inputs import find_entries
    from mmhnet_cli.pipeline.batch.journal import Event, Journal
    from mmhnet_cli.pipeline.batch.run import Policy, run
    from mmhnet_cli.pipeline.machine import find_machine

    entries = find_entries(inputs, known=IN_MANIFEST, lists=LISTS, recursive=recursive, pattern=glob)
    machine = find_machine(values["device"], os.environ.get("CUDA_VISIBLE_DEVICES"))
    tasks, problems = _plan(session, entries, {**values, "output": [], "on_exists": "overwrite"}, on_exists, machine)
    log = Journal(_journal_path(journal, values["output_dir"], inputs[0]))
    tell = _Teller(session, None if dry_run else log, len(entries))
    if not dry_run:
        _make_folder(log.path.parent)
        log.append(Event("run"))
    for problem in problems:
        tell.failed(problem.name, *problem.errors)
    _warn_of_words(session, tasks)
    if dry_run:
        _print_plan(session, tasks)
        raise typer.Exit(SOME_FAILED if problems else 0)
    most = 1 if fail_fast else max_failures
    policy = Policy(retry, None if most is None else most - len(problems), machine.free_bytes)
    if tasks and (policy.max_failures is None or policy.max_failures > 0):
        with session.progress() as progress:
            tell.progress = progress
            if executor == "ray":
                workers = _ray_workers(ray_address, jobs, log.path, together)
            else:
                workers = _local_workers(jobs, log.path, together, len(entries), machine)
            try:
                run(tasks, workers, policy, tell)
            finally:
                workers.close()
    tell.summarise()
    if any(kind not in FINE for kind in tell.kinds.values()) or len(tell.kinds) < len(entries):
        raise typer.Exit(SOME_FAILED)


def _warn_of_words(session: Session, tasks: "Sequence[Task]") -> None:
    """A line for each model that is asked for what it never learnt, before the work; a film's own are in its report."""
    from mmhnet_cli.pipeline.doubts import unknown_words

    asked: dict[str, dict[str, None]] = {}
    makes: dict[str, list[str]] = {}
    for task in tasks:
        found, model = unknown_words(task.job), task.job.model.name
        if found["unknown_words"]:
            asked[model] = asked.get(model, {}) | dict.fromkeys(found["unknown_words"])
            makes[model] = found["makes"]
    for model, words in asked.items():
        session.output.warning(_warnings.unknown_words(model, words, makes[model]))


def _ray_workers(address: str, jobs: int | None, journal: Path, together: int) -> "Executor":
    from mmhnet_cli.pipeline.batch.cluster import RayExecutor

    return RayExecutor(jobs, journal, address, together)


def _local_workers(jobs: int | None, journal: Path, together: int, films: int, machine: "Machine") -> "Executor":
    from mmhnet_cli.pipeline.batch.local import LocalExecutor

    cores = os.cpu_count() or 1
    most = cores if machine.kind == "cpu" else max(1, len(machine.gpus))
    # Counted by all films, not by those still to do: a run that goes on computes as it began.
    jobs = jobs or min(most, films)
    return LocalExecutor(jobs, max(1, cores // jobs), journal, machine.gpus, together)


class _Teller:
    """Tells what becomes of each film: on stdout what was made, on stderr what was not, in the journal why."""

    def __init__(self, session: Session, log: "Journal | None", films: int) -> None:
        self.session, self.log, self.films = session, log, films
        self.kinds: dict[str, str] = {}
        self.progress: Report = lambda stage, done, total, what="": None

    def __call__(self, event: "Outcome | Step") -> None:
        from mmhnet_cli.pipeline.batch.task import Step

        if isinstance(event, Step):
            if event.stage.startswith("sample"):
                self.progress(event.worker, event.done, event.total, event.name)
            return
        if event.kind == "failed":
            assert event.error is not None
            self.failed(event.name, event.error)
        else:
            self._tell(event)
        self.progress("films", len(self.kinds), self.films)

    def failed(self, name: str, *problems: MMHNetError) -> None:
        """A film that will not be done; one row for all that is wrong with it, which counts as the gravest."""
        from mmhnet_cli.pipeline.batch.journal import Event

        self.kinds[name] = "failed"
        rows = [row_for(problem) for problem in problems]
        sentences = [row.sentence(problem) for row, problem in zip(rows, problems, strict=True)]
        for row, problem, sentence in zip(rows, problems, sentences, strict=True):
            self.session.output.error(f"{name}: {sentence}", row.next_step(problem))
        gravest = min(rows, key=lambda row: row.exit_code)
        error, message, exit_code = gravest.kind.__name__, " ".join(sentences), gravest.exit_code
        if self.session.output.mode == "json":
            facts = {"error": error, "message": message, "exit_code": exit_code}
            self.session.output.result("", {"type": "film", "film": name, "status": "failed", **facts})
        if self.log is not None:
            # A disk that is full has no room for this line either; the others shall hear of the film all the same.
            with suppress(OutputUnwritable):
                self.log.append(Event("failed", name, error=error, message=message, exit_code=exit_code))

    def summarise(self) -> None:
        """The last lines: how many films became what."""
        counts = Counter(self.kinds.values())
        undone = self.films - len(self.kinds)
        if undone:
            counts["not done"] = undone
        self.session.output.note(", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())))
        failed = self.films - sum(counts[kind] for kind in FINE)
        self.session.output.summary({"inputs": self.films, "failed": failed, **counts})

    def _tell(self, outcome: "Outcome") -> None:
        self.kinds[outcome.name] = outcome.kind
        output = self.session.output
        if any(outcome.warnings.get("quiet", ())):
            output.warning(f"{outcome.name}: the model made nearly nothing; see the report.")
        if outcome.kind == "stale":
            output.warning(f"{outcome.name}: its output was made in another way, and is left as it is.")
        if output.mode == "json":
            record: dict[str, Any] = {"type": "film", "film": outcome.name, "status": outcome.kind}
            record["worker"] = outcome.worker
            record |= {"warnings": outcome.warnings} if outcome.warnings else {}
            timings = {stage: round(seconds, 3) for stage, seconds in outcome.seconds.items()}
            output.result("", {**record, "outputs": [str(path) for path in outcome.files], "timings_s": timings})
        else:
            for path in outcome.files:
                output.result(str(path), {})


def _plan(
    session: Session, entries: "Sequence[Entry]", values: Mapping[str, Any], on_exists: str, machine: "Machine"
) -> "tuple[list[Task], list[_Problem]]":
    """A task for each film that can be done, and what is wrong with the others."""
    from mmhnet_cli import __version__
    from mmhnet_cli.pipeline.batch.fingerprint import fingerprint
    from mmhnet_cli.pipeline.batch.task import Task
    from mmhnet_cli.pipeline.estimate import estimate, task_of
    from mmhnet_cli.pipeline.model_cost import model_cost
    from mmhnet_cli.pipeline.report_file import request_facts

    tasks: list[Task] = []
    problems: list[_Problem] = []
    taken: dict[str, str] = {}
    digests: dict[tuple[Path, ...], Mapping[str, str]] = {}
    for name, entry in zip(_names(entries), entries, strict=True):
        try:
            job = _job(session, entry, values)
            for path in (*(output.path for output in job.outputs), job.report):
                place = str(path.resolve()).casefold()
                if place in taken:
                    raise BadOption("--name", path.name, f"another name than that of an output of {taken[place]}")
                taken[place] = name
            files = job.model.all_files
            if files not in digests:
                digests[files] = job.model.sha256()
            facts = request_facts(job.request, job.report.parent)
            digest = fingerprint(job.film.path, facts, digests[files], __version__)
            cost = model_cost(job.model.name, job.model.config, job.model.parts)
            memory_bytes = estimate(cost, task_of(job), machine).memory_bytes
            tasks.append(Task(name, job, digest, on_exists == "overwrite", memory_bytes))
        except (MMHNetError, ExceptionGroup) as error:
            problems.append(_Problem(name, tuple(leaf for leaf in leaves(error) if isinstance(leaf, MMHNetError))))
    return tasks, problems


def _job(session: Session, entry: "Entry", values: Mapping[str, Any]) -> "Job":
    """What a film shall get. Raises an ExceptionGroup of all that is wrong."""
    from mmhnet_cli.pipeline.prepare import prepare

    found: list[Exception] = []
    request = request_for(entry.film, _values(session, entry, values, found), found)
    try:
        job = prepare(request)
    except (MMHNetError, ExceptionGroup) as problems:
        found.append(problems)
    if found:
        raise ExceptionGroup("the film", found)
    return job


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


def _journal_path(journal: Path | None, output_dir: Path | None, first: Path) -> Path:
    if journal is not None:
        return journal
    if output_dir is not None:
        return output_dir / JOURNAL
    return (first if first.is_dir() else first.parent) / JOURNAL


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputUnwritable(folder, error.strerror or type(error).__name__) from error


def _print_plan(session: Session, tasks: "Sequence[Task]") -> None:
    from mmhnet_cli.pipeline.batch.fingerprint import status_of

    rows: list[tuple[str, ...]] = [("film", "status", "outputs")]
    for task in tasks:
        status = status_of(task.job.report, task.outputs, task.fingerprint)
        outputs = [str(path) for path in task.outputs]
        rows.append((task.name, status, " ".join(outputs)))
        if session.output.mode == "json":
            session.output.result("", {"type": "plan", "film": task.name, "status": status, "outputs": outputs})
    if session.output.mode != "json":
        session.output.result(aligned(rows), {})
