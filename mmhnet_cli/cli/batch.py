"""`mmhnet batch`: sound for many films, to be stopped and started as one likes."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from mmhnet_cli.cli import _batch_options as b
from mmhnet_cli.cli import _warnings
from mmhnet_cli.cli._batch_plan import Given, plan, print_plan
from mmhnet_cli.cli._closing import closing_lines
from mmhnet_cli.cli._errors import row_for
from mmhnet_cli.cli._options import DryRunOption, taking
from mmhnet_cli.cli._session import Session
from mmhnet_cli.errors import BadOption, MMHNetError, OutputUnwritable, ReportUnreadable
from mmhnet_cli.options import OnExists

if TYPE_CHECKING:
    from mmhnet_cli.cli._progress import Report
    from mmhnet_cli.pipeline.batch.journal import Journal
    from mmhnet_cli.pipeline.batch.run import Executor
    from mmhnet_cli.pipeline.batch.task import Outcome, Step, Task
    from mmhnet_cli.pipeline.estimate.machine import Machine

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

FINE = ("done", "skipped")
JOURNAL = "mmhnet-batch.jsonl"


@taking(b.OPTIONS)
def batch(
    session: Session,
    inputs: b.InputsArgument,
    *,
    recursive: b.RecursiveOption = False,
    glob: b.GlobOption = None,
    allow_outside: b.AllowOutsideOption = False,
    on_exists: b.OnExistsOption = "skip",
    journal: b.JournalOption = None,
    dry_run: DryRunOption = False,
    jobs: b.JobsOption = None,
    together: b.TogetherOption = 1,
    executor: b.ExecutorOption = "local",
    ray_address: b.RayAddressOption = "auto",
    fail_fast: b.FailFastOption = False,
    max_failures: b.MaxFailuresOption = None,
    retry: b.RetryOption = 1,
    **values: Any,
) -> None:
    from mmhnet_cli.pipeline.batch.inputs import find_entries
    from mmhnet_cli.pipeline.batch.journal import Event, Journal
    from mmhnet_cli.pipeline.batch.run import Policy, run
    from mmhnet_cli.pipeline.estimate.machine import find_machine

    on_exists = _leaving_or_replacing(session, on_exists)
    allowed = None if allow_outside else _named_by_user(values)
    entries = find_entries(inputs, columns=b.COLUMNS, recursive=recursive, pattern=glob, allowed=allowed)
    machine = find_machine(values["device"], os.environ.get("CUDA_VISIBLE_DEVICES"))
    log = Journal(_journal_path(journal, values["output_dir"], inputs[0]))
    given = Given([*inputs, *(entry.film for entry in entries)], log.path)
    planned = {**values, "output": (), "on_exists": "overwrite"}
    tasks, problems = plan(session, entries, planned, on_exists, machine, given)
    tell = _Teller(session, None if dry_run else log, len(entries))
    if not dry_run:
        _make_folder(log.path.parent)
        log.append(Event("run"))
    for problem in problems:
        tell.failed(problem.name, *problem.errors)
    for task in tasks:
        if task.job.film.damage:
            session.output.warning(
                f"{task.name} is damaged, and is read as players do: {task.job.film.damage.words()}."
            )
    _warn_of_words(session, tasks)
    if dry_run:
        print_plan(session, tasks)
        raise typer.Exit(SOME_FAILED if problems else 0)
    most = 1 if fail_fast else max_failures
    policy = Policy(retry, None if most is None else most - len(problems), machine.free_bytes)
    if tasks and (policy.max_failures is None or policy.max_failures > 0):
        with session.progress() as progress:
            tell.progress = progress
            if executor == "ray":
                workers = _ray_workers(ray_address, jobs, log.path, together)
            else:
                workers = _local_workers(jobs, log.path, together, len(entries), machine, values["threads"])
            try:
                run(tasks, workers, policy, tell)
            finally:
                workers.close()
    tell.summarise()
    if any(kind not in FINE for kind in tell.kinds.values()) or len(tell.kinds) < len(entries):
        raise typer.Exit(SOME_FAILED)


def _leaving_or_replacing(session: Session, on_exists: OnExists) -> OnExists:
    """A batch knows by its name what is done, so it renames nothing; a setting made for `generate` is no mistake."""
    if on_exists != "rename":
        return on_exists
    setting = session.settings["on_exists"]
    if setting.is_given:
        raise BadOption("--on-exists", on_exists, "skip, error or overwrite: a batch knows by its name what is done")
    session.output.warning(f"on-exists = rename ({setting.origin}) is not for batch: what is there is left alone.")
    return "skip"


def _named_by_user(values: Mapping[str, Any]) -> list[Path]:
    """Folders that a list may lead to because whoever runs it has named them."""
    return [Path(values[name]) for name in ("output_dir", "model") if values[name] is not None]


def _warn_of_words(session: Session, tasks: "Sequence[Task]") -> None:
    """A line for each model that is asked for what it never learnt, before the work; a film's own are in its report."""
    from mmhnet_cli.pipeline.delivery.doubts import unknown_words

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


def _local_workers(
    jobs: int | None, journal: Path, together: int, films: int, machine: "Machine", threads: int | None
) -> "Executor":
    from mmhnet_cli.cores import count_cores
    from mmhnet_cli.pipeline.batch.local import LocalExecutor

    cores = threads or count_cores()
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
            self.failed(event.name, event.error, files=event.files)
        elif event.kind == "busy":
            self._wait(event)
        else:
            self._tell(event)
        self.progress("films", len(self.kinds), self.films)

    def failed(self, name: str, *problems: MMHNetError, files: Sequence[Path] = ()) -> None:
        """A film that will not be done; one row for all that is wrong with it, which counts as the gravest.

        files: those of its outputs that are there all the same.
        """
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
            outputs = {"outputs": [str(path) for path in files]} if files else {}
            self.session.output.result("", {"type": "film", "film": name, "status": "failed", **facts, **outputs})
        else:
            for path in files:
                self.session.output.result(str(path), {})
        if self.log is not None:
            # A disk that is full has no room for this line either; the others shall hear of the film all the same.
            with suppress(OutputUnwritable):
                self.log.append(Event("failed", name, error=error, message=message, exit_code=exit_code))

    def _wait(self, outcome: "Outcome") -> None:
        holder = getattr(outcome.error, "holder", "") or "it"
        self.session.output.note(f"{outcome.name}: another run of mmhnet is at it; waiting until {holder} has ended.")

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
        from mmhnet_cli.pipeline.asking.report_file import read_report

        self.kinds[outcome.name] = outcome.kind
        output = self.session.output
        if any(outcome.warnings.get("quiet", ())):
            output.warning(f"{outcome.name}: the model made nearly nothing; see the report.")
        if outcome.kind == "done":
            report = outcome.files[-1]
            # Somebody may have moved it meanwhile, or another machine may have it: no reason to stop the others.
            with suppress(ReportUnreadable):
                for line in closing_lines(read_report(report), report.parent):
                    output.note(line)
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
