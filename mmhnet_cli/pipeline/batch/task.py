"""What goes to a worker and what comes back; plain data, because workers are other processes or machines."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from mmhnet_cli.errors import MMHNetError
from mmhnet_cli.options import Precision
from mmhnet_cli.pipeline.request import Job

ModelUse = tuple[tuple[Path, ...], str, Precision]
"""Files of a model, device, and what it computes in."""

OutcomeKind = Literal["done", "skipped", "stale", "failed", "busy"]


@dataclass(frozen=True)
class Task:
    """A film to do.

    name: of the film in the journal. fingerprint: of what its files shall become. replace: whether files of another
        fingerprint may be replaced.
    memory_bytes: the most that a worker is thought to take for it.
    """

    name: str
    job: Job
    fingerprint: str
    replace: bool = False
    memory_bytes: int = 0

    @property
    def model_use(self) -> ModelUse:
        """What a worker has to load for it."""
        return self.job.model.all_files, self.job.request.device, self.job.request.precision

    @property
    def outputs(self) -> tuple[Path, ...]:
        return tuple(output.path for output in self.job.outputs)


@dataclass(frozen=True)
class Outcome:
    """What became of a film.

    kind: "skipped" was found done, "stale" was made otherwise and is left alone, "busy" is another run's just now.
    error: what went wrong with a failed one, or who is at a busy one. files: that are there. seconds: by stage.
    warnings: of the report of one that was made.
    """

    name: str
    kind: OutcomeKind
    error: MMHNetError | None = None
    files: tuple[Path, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    worker: str = ""
    warnings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """How far a worker is with a film."""

    name: str
    worker: str
    stage: str
    done: int
    total: int
