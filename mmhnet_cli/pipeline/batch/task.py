"""What goes to a worker and what comes back; plain data, because workers are other processes or machines."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from mmhnet_cli.errors import MMHNetError
from mmhnet_cli.options import Precision
from mmhnet_cli.pipeline.request import Job

ModelUse = tuple[tuple[Path, ...], str, Precision]
"""It names the files of a model, the device, and what it computes in."""

OutcomeKind = Literal["done", "skipped", "stale", "failed", "busy"]


@dataclass(frozen=True)
class Task:
    """A film to do."""

    name: str
    """The journal calls the film so."""
    job: Job
    fingerprint: str
    """It says what its files shall become."""
    replace: bool = False
    """Files of another fingerprint may be replaced."""
    memory_bytes: int = 0
    """A worker is thought to take so much for it at most."""
    kept_bytes: int = 0
    """So much of that is program and model, which films of one model in one worker share."""

    @property
    def model_use(self) -> ModelUse:
        """Return what a worker has to load for it."""
        return self.job.model.all_files, self.job.request.device, self.job.request.precision

    @property
    def outputs(self) -> tuple[Path, ...]:
        """Return the paths of all files that the film shall have."""
        return tuple(output.path for output in self.job.outputs)


def alive_bytes(films: Iterable[Task]) -> int:
    """Return what a worker takes for its films at most. One model is alive in it: films of others wait for theirs."""
    kept, working = Counter[ModelUse](), Counter[ModelUse]()
    for film in films:
        kept[film.model_use] = max(kept[film.model_use], film.kept_bytes)
        working[film.model_use] += film.memory_bytes - film.kept_bytes
    return max((kept[use] + working[use] for use in working), default=0)


@dataclass(frozen=True)
class Outcome:
    """What became of a film."""

    name: str
    kind: OutcomeKind
    """A "skipped" film was found done, a "stale" one was made otherwise and is left alone, a "busy" one is another
    run's.
    """
    error: MMHNetError | None = None
    """It says what went wrong with a failed film, or who is at a busy one."""
    files: tuple[Path, ...] = ()
    """These are there."""
    seconds: Mapping[str, float] = field(default_factory=dict)
    """Each stage took so long."""
    worker: str = ""
    warnings: Mapping[str, Any] = field(default_factory=dict)
    """The report of a film that was made gives them."""


@dataclass(frozen=True)
class Step:
    """How far a worker is with a film."""

    name: str
    worker: str
    stage: str
    done: int
    total: int
