"""The model of a worker: kept from film to film, and let go of before another one is loaded."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from mmhnet_cli.encoders.protocol import Encoders
from mmhnet_cli.errors import Interrupted
from mmhnet_cli.pipeline.batch.task import ModelUse, Task
from mmhnet_cli.pipeline.making.load import LoadedModel, load_model

LOOK_S = 0.5
"""So many seconds pass between two looks whether the worker shall stop."""


class OneModel:
    """It is shared by the threads of a worker. A film of another model waits until those of this one are done."""

    def __init__(self, stopping: threading.Event) -> None:
        self.stopping = stopping
        self._changed = threading.Condition()
        self._users = 0
        self._loaded: tuple[ModelUse, LoadedModel, Encoders] | None = None

    @contextmanager
    def use(self, task: Task) -> Iterator[tuple[LoadedModel, Encoders]]:
        """Hold the model of a film and its encoders, loaded unless the film before had them. Raises Interrupted."""
        with self._changed:
            while self._users and not self._is_that_of(task):
                if self.stopping.is_set():
                    raise Interrupted(0)
                self._changed.wait(LOOK_S)
            found = self._load(task)
            self._users += 1
        try:
            yield found
        finally:
            # What this frame holds would outlive the film in a traceback.
            del found
            with self._changed:
                self._users -= 1
                self._changed.notify_all()

    def _is_that_of(self, task: Task) -> bool:
        return self._loaded is not None and self._loaded[0] == task.model_use

    def _load(self, task: Task) -> tuple[LoadedModel, Encoders]:
        if self._loaded is None or not self._is_that_of(task):
            self._loaded = None
            request = task.job.request
            model = load_model(task.job.model, request.device, request.precision)
            self._loaded = task.model_use, model, model.load_encoders()
        return self._loaded[1:]
