"""The log of a training for TensorBoard, beside the table."""

from collections.abc import Mapping
from pathlib import Path

from mmhnet_cli.errors import ExtraMissing
from mmhnet_cli.training.films.writing import written

BOARD_FOLDER = "tensorboard"


class Board:
    """Writes events into a folder; those after `step`, of steps that have to be done again, count no more.

    Raises ExtraMissing and OutputUnwritable.
    """

    def __init__(self, folder: Path, step: int) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise ExtraMissing("--tensorboard", "tensorboard", "tensorboard") from error
        self.folder = folder
        with written(folder):
            self._writer = SummaryWriter(str(folder), purge_step=step + 1)

    def __call__(self, step: int, values: Mapping[str, float]) -> None:
        """Write the numbers of a row. Raises OutputUnwritable."""
        with written(self.folder):
            for name, value in values.items():
                self._writer.add_scalar(name, value, step)
            self._writer.flush()

    def close(self) -> None:
        """Write what is left."""
        with written(self.folder):
            self._writer.close()
