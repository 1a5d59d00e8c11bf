"""What the main process tells of a training as it goes: the log, with scores and samples where they are due."""

from pathlib import Path

import torch
from torch import Tensor

from mmhnet_cli.model.network import Network
from mmhnet_cli.models.registry import find_model
from mmhnet_cli.training.films.batches import FilmBatches
from mmhnet_cli.training.films.board import BOARD_FOLDER, Board
from mmhnet_cli.training.films.config import RunConfig
from mmhnet_cli.training.films.held import Held
from mmhnet_cli.training.films.loss_log import LOG_FILE, LossLog
from mmhnet_cli.training.films.parts import check_parts, load_decoder
from mmhnet_cli.training.films.run_folder import RUN_FILE
from mmhnet_cli.training.films.samples import Samples
from mmhnet_cli.training.films.scoring import Scores
from mmhnet_cli.training.trainer import Trainer, learning_rate

SAMPLES_FOLDER = "samples"


class Watch:
    """Hears of each row of the log of a network. board: whether TensorBoard gets it too.

    Raises what finding and loading the codec of the films raises, and ExtraMissing.
    """

    def __init__(
        self,
        config: RunConfig,
        trainer: Trainer,
        network: Network,
        batches: FilmBatches,
        held: Held,
        weights: Tensor,
        board: bool,
    ) -> None:
        self.config, self.trainer, self.network, self.device = config, trainer, network, weights.device
        self.last: dict[str, float] = {}
        out = trainer.folder
        self.scores = Scores(held, batches.example, weights, (config.time_mean, config.time_std))
        self.samples = None
        if config.sample_every and config.sample_clips:
            self.samples = self._samples(out, batches, held)
        self.log = LossLog(out / LOG_FILE, trainer.step)
        self.board = Board(out / BOARD_FOLDER, trainer.step) if board else None

    def __call__(self, step: int, values: dict[str, float]) -> None:
        """Write a row. Raises OutputUnwritable."""
        rate = {"learning_rate": learning_rate(step - 1, self.config.trainer)}
        self.last = values | self._sampled(step)
        self.log(step, self.last | rate)
        if self.board is not None:
            self.board(step, self.last | rate)

    def close(self) -> None:
        """End what is written for TensorBoard."""
        if self.board is not None:
            self.board.close()

    def _sampled(self, step: int) -> dict[str, float]:
        if not self.config.sample_every or step % self.config.sample_every:
            return {}
        with self.trainer.averaged():
            if self.samples is not None:
                self.samples(self.network, step, self.device)
            return self.scores(self.network)

    def _samples(self, out: Path, batches: FilmBatches, held: Held) -> Samples:
        origin = batches.index.origin
        files = find_model(origin.model)
        check_parts(out / RUN_FILE, origin.model, files, batches.index.parts)
        examples = [batches.example(clip) for clip in held.clips[: self.config.sample_clips]]
        with torch.random.fork_rng(devices=()):
            return Samples(out / SAMPLES_FOLDER, examples, *load_decoder(files, self.device))
