"""What `mmhnet batch` says: of the plan, of each film, and of all of them in the end."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmhnet_cli.cli import _warnings
from mmhnet_cli.cli._closing import closing_lines
from mmhnet_cli.cli._output import aligned
from mmhnet_cli.cli._session import Session
from mmhnet_cli.cli._words.table import row_for
from mmhnet_cli.errors import MMHNetError, OutputUnwritable, ReportUnreadable

if TYPE_CHECKING:
    from mmhnet_cli.cli._progress import StageProgress
    from mmhnet_cli.pipeline.batch.journal import Journal
    from mmhnet_cli.pipeline.batch.task import Outcome, Step, Task

FINE = ("done", "skipped")


def warn(session: Session, tasks: "Sequence[Task]") -> None:
    """Warn before the work of what is to be doubted of each film, and of each model with what it is asked for."""
    for task in tasks:
        for warning in task.job.warnings:
            session.output.warning(f"{task.name}: {warning}")
    for task in tasks:
        if task.job.film.damage:
            session.output.warning(
                f"{task.name} is damaged, and is read as players do: {task.job.film.damage.words()}."
            )
    _warn_of_words(session, tasks)


def print_plan(session: Session, tasks: "Sequence[Task]") -> None:
    """Print what is new, done and stale, film by film."""
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


def _warn_of_words(session: Session, tasks: "Sequence[Task]") -> None:
    """Warn once of each model that is asked for what it never learnt, before the work; a film's own words are in its
    report."""
    from mmhnet_cli.pipeline.delivery.doubts import doubtful_words

    said: dict[str, dict[str, Any]] = {}
    for task in tasks:
        found, model = doubtful_words(task.job), task.job.model.name
        before = said.setdefault(model, {name: [] for name in found})
        said[model] = {name: before[name] + [one for one in found[name] if one not in before[name]] for name in found}
    for model, words in said.items():
        for warning in _warnings.doubtful_words(model, **words):
            session.output.warning(warning)


class Teller:
    """It tells what becomes of each film: on stdout what was made, on stderr what was not, in the journal why."""

    def __init__(self, session: Session, log: "Journal | None", films: int) -> None:
        self.session, self.log, self.films = session, log, films
        self.kinds: dict[str, str] = {}
        self.progress: StageProgress = lambda stage, done, total, what="": None

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
        """Tell of a film that will not be done: one row for all that is wrong with it, which counts as the gravest.

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

    @property
    def all_fine(self) -> bool:
        """Tell whether every film is done, or was before."""
        return len(self.kinds) == self.films and all(kind in FINE for kind in self.kinds.values())

    def summarise(self) -> None:
        """Print the last lines: how many films became what."""
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
        if any(outcome.warnings.get("unseen", ())):
            output.warning(f"{outcome.name}: the model recognised nothing that sounds in some shots; see the report.")
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
