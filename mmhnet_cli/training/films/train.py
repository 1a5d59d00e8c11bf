"""A network learns from prepared films, to its last step, and on from wherever it was broken off."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from mmhnet_cli.errors import OutOfMemory
from mmhnet_cli.model.conditions import Features
from mmhnet_cli.model.config import NetworkConfig
from mmhnet_cli.model.network import Network
from mmhnet_cli.training.ahead import Ahead
from mmhnet_cli.training.batch import Batch
from mmhnet_cli.training.films.batches import FilmBatches
from mmhnet_cli.training.films.config import RunConfig
from mmhnet_cli.training.films.first_weights import Teacher, fresh_network, take_weights
from mmhnet_cli.training.films.index import Index, check_shards, read_index
from mmhnet_cli.training.films.loss_log import LOG_FILE, LossLog
from mmhnet_cli.training.films.run_folder import begin, check_same, is_begun, new_run, read_run, started
from mmhnet_cli.training.films.writing import written
from mmhnet_cli.training.objective import flow_objective
from mmhnet_cli.training.trainer import Trainer, learning_rate


@dataclass(frozen=True)
class Training:
    """What is asked for. teacher: whose weights a new training begins with; None begins with drawn ones."""

    config: RunConfig
    network: NetworkConfig
    data: Path
    out: Path
    device: torch.device
    teacher: Teacher | None = None


@dataclass(frozen=True)
class Trained:
    """A training that has come to its last step, and what its last row of the log says."""

    steps: int
    values: dict[str, float]


class FilmLoss:
    """The loss of a batch of clips: that of the flow, and of the ratio of the routers. weights (C,): of the latents."""

    def __init__(self, config: RunConfig, weights: Tensor) -> None:
        self.config, self.weights = config, weights

    def __call__(self, network: Network, batch: Batch, generator: torch.Generator) -> tuple[Tensor, dict[str, float]]:
        batch = batch.to(self.weights.device)
        features = Features(clip=batch.clip, sync=batch.sync, text=batch.text, text_mask=batch.text_mask)
        features = network.drop_conditions(features, batch.drop_video, batch.drop_text)
        times = self.config.time_mean, self.config.time_std
        latents = network.normalise(batch.latents)
        error, ratio, values = flow_objective(network, self.weights, features, latents, generator, times)
        return error if ratio is None else error + self.config.ratio_weight * ratio, values


class FilmTrainer(Trainer):
    """The loop of all trainings, whose checkpoint is a file of the user's."""

    def save(self) -> None:
        """Write the checkpoint. Raises OutputUnwritable, after which the one before it stands."""
        with written(self.checkpoint):
            super().save()


def train(
    training: Training,
    report: Callable[[str], None],
    progress: Callable[[int, int], None] = lambda done, steps: None,
) -> Trained:
    """Train to the last step, from where the training in the folder is, or begin one there.

    Raises TrainingInvalid, WeightsInvalid, OutputExists, OutputUnwritable, LossNotFinite, OutOfMemory or BadOption.
    """
    config, out = training.config, training.out
    index = read_index(training.data)
    check_shards(training.data, index)
    trainer = FilmTrainer(
        _network(training, index, report).to(training.device),
        FilmLoss(config, torch.tensor(index.weights, device=training.device)),
        Ahead(_batches(training, index), config.workers),
        config.trainer,
        out,
    )
    log = LossLog(out / LOG_FILE, trainer.step)
    last: dict[str, float] = {}

    def keep(step: int, values: dict[str, float]) -> None:
        last.update(values)
        log(step, {**values, "learning_rate": learning_rate(step - 1, config.trainer)})
        progress(step, config.steps)

    progress(trainer.step, config.steps)
    try:
        trainer.run(report, log=keep)
    except torch.OutOfMemoryError as error:
        raise OutOfMemory(str(training.device), "a step of the training") from error
    return Trained(trainer.step, last)


def _batches(training: Training, index: Index) -> FilmBatches:
    return FilmBatches(training.data, index, training.config, training.network.empty_text_tokens)


def _network(training: Training, index: Index, report: Callable[[str], None]) -> Network:
    """Return the network that the training began with, or begins with now."""
    teacher, config = training.teacher, training.config
    named = ("", "") if teacher is None else (teacher.name, teacher.licence)
    run = new_run(config, training.network, training.data, index, *named)
    if is_begun(training.out):
        check_same(training.out, read_run(training.out), run)
    else:
        network = fresh_network(training.network, config.seed, _batches(training, index), run.own_words)
        if teacher is not None:
            anew = take_weights(network, teacher)
            report(f"{len(network.state_dict()) - len(anew)} tensors of {teacher.name}, {len(anew)} start anew")
        begin(training.out, run, network)
    return started(training.out, run)
