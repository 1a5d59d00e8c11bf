"""The log of a training for TensorBoard, beside the table."""

import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from mmhnet_cli.errors import ExtraMissing
from mmhnet_cli.training.films.writing import made_folder, written

BOARD_FOLDER = "tensorboard"
VERSION = "brain.Event:2"
"""Files of events begin with it."""


class Board:
    """Writes a file of events into a folder, each at once.

    What earlier files have after `step`, of steps that have to be done again, counts no more.

    PyTorch's own writer has a thread, which would tell of a full disk past whoever can say it.
    Raises ExtraMissing and OutputUnwritable.
    """

    def __init__(self, folder: Path, step: int) -> None:
        try:
            from tensorboard.compat.proto.event_pb2 import Event, SessionLog
            from tensorboard.summary.writer.record_writer import RecordWriter
        except ImportError as error:
            raise ExtraMissing("--tensorboard", "tensorboard", "tensorboard") from error
        self._event, self._records = Event, RecordWriter
        # Readers take the files of a folder in the order of their names.
        self.path = made_folder(folder) / f"events.out.tfevents.{time.time_ns():020d}.mmhnet"
        with written(self.path):
            self._file = self.path.open("xb")
        self._write(file_version=VERSION)
        self._write(step=step + 1, session_log=SessionLog(status=SessionLog.START))

    def __call__(self, step: int, values: Mapping[str, float]) -> None:
        """Write the numbers of a row. Raises OutputUnwritable."""
        self._write(
            step=step, summary={"value": [{"tag": name, "simple_value": value} for name, value in values.items()]}
        )

    def close(self) -> None:
        """End the file; what could not be written was told of before."""
        with suppress(OSError):
            self._file.close()

    def _write(self, **facts: Any) -> None:
        with written(self.path):
            self._records(self._file).write(self._event(wall_time=time.time(), **facts).SerializeToString())
            self._file.flush()
