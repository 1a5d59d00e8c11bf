"""Does films, several at a time: while one is sampled, the next is read and the last is written."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from mmhnet_cli.errors import FilmFailed, Interrupted, MMHNetError, OutputBusy
from mmhnet_cli.pipeline.batch.fingerprint import status_of
from mmhnet_cli.pipeline.batch.joint import JointSampler
from mmhnet_cli.pipeline.batch.journal import Journal
from mmhnet_cli.pipeline.batch.lock import output_lock
from mmhnet_cli.pipeline.batch.task import Outcome, Step, Task
from mmhnet_cli.pipeline.delivery import make_folder
from mmhnet_cli.pipeline.encoders import Encoders
from mmhnet_cli.pipeline.generate import deliver, encode
from mmhnet_cli.pipeline.load import LoadedModel, load_model
from mmhnet_cli.pipeline.prepare import Job
from mmhnet_cli.pipeline.report import Report
from mmhnet_cli.pipeline.stages import Stages
from mmhnet_cli.weights.registry import ModelFiles


class Worker:
    """Keeps its model between films. `do` may run in several threads; each stage has one film at a time.

    together: short films that may be sampled at once.
    """

    def __init__(self, name: str, journal: Path, together: int = 1) -> None:
        self.name, self.journal = name, Journal(journal)
        self.stopping = threading.Event()
        self._reading, self._writing, self._loading = threading.Lock(), threading.Lock(), threading.Lock()
        self._sampler = JointSampler(together)
        self._loaded: tuple[ModelFiles, LoadedModel, Encoders] | None = None

    def do(self, task: Task, tell: Callable[[Step], None]) -> Outcome:
        """Make the files of a film unless they are there; whatever goes wrong is in the outcome.

        Raises Interrupted after `stop`; what was unfinished is then gone.
        """
        try:
            make_folder(task.job)
            with output_lock(task.job.report):
                outcome = self._done_already(task) or self._make(task, tell)
        except OutputBusy:
            outcome = Outcome(task.name, "busy")
        except Interrupted:
            self.journal.note("interrupted", task, self.name)
            raise
        except MMHNetError as error:
            outcome = Outcome(task.name, "failed", error)
        except Exception as error:
            # A fault of ours in one film is no reason to lose the others. As text: it has to reach another process.
            outcome = Outcome(task.name, "failed", FilmFailed(task.job.film.path, f"{type(error).__name__}: {error}"))
        return replace(outcome, worker=self.name)

    def stop(self) -> None:
        """Let every `do` end at the next step of its stage."""
        self.stopping.set()

    def _done_already(self, task: Task) -> Outcome | None:
        status = status_of(task.job.report, task.outputs, task.fingerprint)
        if status == "done":
            self.journal.note("skipped", task, self.name)
            return Outcome(task.name, "skipped", files=(*task.outputs, task.job.report))
        if status == "stale" and not (task.replace or self._begun(task)):
            self.journal.note("stale", task, self.name)
            return Outcome(task.name, "stale")
        return None

    def _begun(self, task: Task) -> bool:
        """Whether a run that was killed had begun the very same, so that what is there is its. Asked under the lock."""
        last = self.journal.states().get(task.name)
        return last is not None and last.kind in ("started", "interrupted") and last.fingerprint == task.fingerprint

    def _make(self, task: Task, tell: Callable[[Step], None]) -> Outcome:
        job = task.job

        def progress(stage: str, done: int, total: int) -> None:
            if self.stopping.is_set():
                raise Interrupted(0)
            tell(Step(task.name, self.name, stage, done, total))

        self.journal.note("started", task, self.name)
        began = time.monotonic()
        model, encoders = self._model(job)
        stages = Stages(model.device, progress)
        report = Report(job, model)
        with self._reading:
            conditions = encode(job, model, encoders, stages)
        for take in job.takes:
            voices = self._sampler.render(job, model, conditions, take, stages)
            with self._writing:
                deliver(job, model, take, voices, report, stages)
        self.journal.note("done", task, self.name, time.monotonic() - began, report.warnings)
        files = (*task.outputs, job.report)
        return Outcome(task.name, "done", files=files, seconds=dict(stages.seconds), warnings=report.warnings)

    def _model(self, job: Job) -> tuple[LoadedModel, Encoders]:
        """The model of the film before, where it is the same one; else it is let go of, and this one loaded."""
        with self._loading:
            if self._loaded is None or self._loaded[0] != job.model:
                self._loaded = None
                model = load_model(job.model, job.request.device, job.request.precision)
                self._loaded = job.model, model, model.load_encoders()
            return self._loaded[1:]
