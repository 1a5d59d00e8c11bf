"""Does films, several at a time: while one is sampled, the next is read and the last is written."""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from mmhnet_cli.errors import FilmFailed, Interrupted, MMHNetError, OutputBusy, OutputsFailed, OutputUnwritable
from mmhnet_cli.pipeline.batch.joint import JointSampler
from mmhnet_cli.pipeline.batch.journal import Journal
from mmhnet_cli.pipeline.batch.one_model import OneModel
from mmhnet_cli.pipeline.batch.standing import still_to_do
from mmhnet_cli.pipeline.batch.task import Outcome, Step, Task
from mmhnet_cli.pipeline.delivery.claim import hold
from mmhnet_cli.pipeline.delivery.files import WrittenFile
from mmhnet_cli.pipeline.delivery.report import Report
from mmhnet_cli.pipeline.generate import deliver, encode
from mmhnet_cli.pipeline.making.stages import Stages
from mmhnet_cli.pipeline.request import Job


class Worker:
    """It keeps its model between films. `do` may run in several threads; each stage has one film at a time.

    together: how many short films may be sampled at once.
    """

    def __init__(self, name: str, journal: Path, together: int = 1) -> None:
        self.name, self.journal = name, Journal(journal)
        self.stopping = threading.Event()
        self._reading, self._writing = threading.Lock(), threading.Lock()
        self._sampler = JointSampler(together)
        self._models = OneModel(self.stopping)

    def do(self, task: Task, tell: Callable[[Step], None]) -> Outcome:
        """Make the files of a film unless they are there; whatever goes wrong is in the outcome.

        Raises Interrupted after `stop`; what was unfinished is then gone.
        """
        try:
            with hold(task.job):
                found = still_to_do(task, self.journal)
                outcome = self._make(task, found, tell) if isinstance(found, Job) else self._left(task, found)
        except OutputBusy as error:
            outcome = Outcome(task.name, "busy", error)
        except Interrupted:
            self.journal.note("interrupted", task, self.name)
            raise
        except MMHNetError as error:
            files = error.kept if isinstance(error, OutputsFailed) else ()
            outcome = Outcome(task.name, "failed", error, files)
        except Exception as error:
            # A fault of ours in one film is no reason to lose the others. As text: it has to reach another process.
            outcome = Outcome(task.name, "failed", FilmFailed(task.job.film.path, f"{type(error).__name__}: {error}"))
        return replace(outcome, worker=self.name)

    def stop(self) -> None:
        """Let every `do` end at the next step of its stage."""
        self.stopping.set()

    def _left(self, task: Task, outcome: Outcome) -> Outcome:
        """Return the outcome of a film that is left as it was found: done, or made by others."""
        self.journal.note("stale" if outcome.kind == "stale" else "skipped", task, self.name)
        return outcome

    def _make(self, task: Task, job: Job, tell: Callable[[Step], None]) -> Outcome:
        def progress(stage: str, done: int, total: int) -> None:
            if self.stopping.is_set():
                raise Interrupted(0)
            tell(Step(task.name, self.name, stage, done, total))

        def announce(written: Sequence[WrittenFile]) -> None:
            # A journal that is full or gone is no reason to lose them; the end of the film tells of it.
            with suppress(OutputUnwritable):
                self.journal.note("written", task, self.name, sha256=tuple(file.sha256 for file in written))

        self.journal.note("started", task, self.name)
        began = time.monotonic()
        with self._models.use(task) as (model, encoders):
            stages = Stages(model.device, progress)
            report = Report(job, model)
            with self._reading:
                encoded = encode(job, model, encoders, stages, report.lost, report.film_sha256)
            report.see(encoded.shots)
            for take in job.takes:
                rendered = self._sampler.render(job, model, encoded, take, stages)
                with self._writing:
                    deliver(job, model, take, rendered, report, stages, announce)
        self.journal.note("done", task, self.name, time.monotonic() - began, warnings=report.warnings)
        files = (*task.outputs, job.report)
        return Outcome(task.name, "done", files=files, seconds=dict(stages.seconds), warnings=report.warnings)
