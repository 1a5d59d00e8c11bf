"""A network learns from prepared films, to its last step, and on from wherever it was broken off."""

from collections.abc import Callable, Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.utils import parametrize

from mmhnet_cli.errors import BadOption, OutOfMemory, ProcessLost
from mmhnet_cli.model.config import NetworkConfig
from mmhnet_cli.model.network import Network
from mmhnet_cli.training.ahead import Ahead
from mmhnet_cli.training.batch import Batch
from mmhnet_cli.training.films.batches import FilmBatches
from mmhnet_cli.training.films.config import RunConfig
from mmhnet_cli.training.films.first_weights import Teacher, fresh_network, take_weights
from mmhnet_cli.training.films.held import Held, kept_out
from mmhnet_cli.training.films.index import Index, check_shards, read_index
from mmhnet_cli.training.films.recompute import recompute_blocks
from mmhnet_cli.training.films.run_folder import Run, begin, check_same, is_begun, new_run, read_run, started
from mmhnet_cli.training.films.watching import Watch
from mmhnet_cli.training.films.writing import written
from mmhnet_cli.training.objective import flow_objective
from mmhnet_cli.training.team import WHOLE, PartnerLost, Share, Team
from mmhnet_cli.training.trainer import Trainer


@dataclass(frozen=True)
class Training:
    """What is asked for. teacher: whose weights a new training begins with; None begins with drawn ones.

    tensorboard: whether there is a log for it beside the table.
    """

    config: RunConfig
    network: NetworkConfig
    data: Path
    out: Path
    device: torch.device
    teacher: Teacher | None = None
    tensorboard: bool = False


@dataclass(frozen=True)
class Trained:
    """A training that has come to its last step, and what its last row of the log says."""

    steps: int
    values: dict[str, float]


class FilmLoss:
    """The loss of a batch of clips: that of the flow, and of the ratio of the routers.

    weights (C,): of the latents. share: what is taken of each batch.
    """

    def __init__(self, config: RunConfig, weights: Tensor, share: Share = WHOLE) -> None:
        self.config, self.weights, self.share = config, weights, share

    def __call__(self, network: Network, batch: Batch, generator: torch.Generator) -> tuple[Tensor, dict[str, float]]:
        # With adapters, a weight that blocks use several times is added up once; recomputed blocks do it anew.
        with nullcontext() if self.config.checkpoint_blocks else parametrize.cached():
            return self._loss(network, batch.to(self.weights.device), generator)

    def _loss(self, network: Network, batch: Batch, generator: torch.Generator) -> tuple[Tensor, dict[str, float]]:
        features = network.drop_conditions(batch.features, batch.drop_video, batch.drop_text)
        times = self.config.time_mean, self.config.time_std
        latents = network.normalise(batch.latents)
        error, ratio, values = flow_objective(network, self.weights, features, latents, generator, times, self.share)
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
    team: Team | None = None,
) -> Trained:
    """Train to the last step, from where the training in the folder is, or begin one there.

    team: the processes that do it together, of which this is one. What the last row of the log says is known to the
    main one. Raises TrainingInvalid, WeightsInvalid, OutputExists, OutputUnwritable, LossNotFinite, OutOfMemory,
    ProcessLost or BadOption.
    """
    team = Team() if team is None else team
    config, out = training.config, training.out
    team.check(config.batch, config.accumulate)
    with _all_there(out):
        index, held, network = _begun(training, report, team)
    if config.checkpoint_blocks:
        recompute_blocks(network)
    share, weights = team.share(config.accumulate), torch.tensor(index.weights, device=training.device)
    trainer = FilmTrainer(
        network.to(training.device),
        FilmLoss(config, weights, share),
        Ahead(_batches(training, index, share), config.workers, team.stride(config.accumulate)),
        config.trainer,
        out,
        team,
    )
    numbers = sum(parameter.numel() for parameter in trainer.parameters.values())
    report(f"{numbers} numbers train, in {len(trainer.parameters)} tensors")
    own = (config, trainer, network, _batches(training, index), held, weights, training.tensorboard)
    watch = Watch(*own) if team.is_main else None

    def keep(step: int, values: dict[str, float]) -> None:
        if watch is not None:
            watch(step, values)
        progress(step, config.steps)

    progress(trainer.step, config.steps)
    try:
        with _all_there(out):
            trainer.run(report, log=keep)
    except torch.OutOfMemoryError as error:
        raise OutOfMemory(str(training.device), "a step of the training") from error
    except ProcessLost:
        # It was lost before the step was taken, so all that was learnt is there.
        trainer.save()
        raise
    finally:
        if watch is not None:
            watch.close()
    return Trained(trainer.step, {} if watch is None else watch.last)


@contextmanager
def _all_there(out: Path) -> Iterator[None]:
    """Turn the loss of a process, one of the team or one that reads clips, into ProcessLost."""
    try:
        yield
    except PartnerLost as error:
        raise ProcessLost(out, "one of those that train together") from error
    except BrokenProcessPool as error:
        raise ProcessLost(out, "one that reads clips") from error


def _begun(training: Training, report: Callable[[str], None], team: Team) -> tuple[Index, Held, Network]:
    """Return the films to train on, what is kept out, and the network that the training began with; the main process
    checks the films, and begins it."""
    whole = read_index(training.data)
    index, held = kept_out(whole, training.config.held_out, training.config.seed)
    if team.is_main:
        check_shards(training.data, whole)
        _begin(training, index, report)
    team.wait()
    run = _run(training, index)
    check_same(training.out, read_run(training.out), run)
    return index, held, started(training.out, run)


def _batches(training: Training, index: Index, share: Share = WHOLE) -> FilmBatches:
    return FilmBatches(training.data, index, training.config, training.network.empty_text_tokens, share)


def _run(training: Training, index: Index) -> Run:
    teacher = training.teacher
    named = ("", "") if teacher is None else (teacher.name, teacher.licence)
    return new_run(training.config, training.network, training.data, index, *named)


def _begin(training: Training, index: Index, report: Callable[[str], None]) -> None:
    """Begin a training where there is none yet."""
    run, teacher = _run(training, index), training.teacher
    if is_begun(training.out):
        return
    network = fresh_network(training.network, training.config.seed, _batches(training, index), run.own_words)
    if training.config.lora is not None and teacher is None:
        raise BadOption("lora", "on fresh weights", "on a model that --init-from names")
    if teacher is not None:
        anew = take_weights(network, teacher)
        if training.config.lora is not None and anew:
            raise BadOption("--init-from", teacher.name, f"a model whose {anew[0]} fits too, as lora leaves it")
        report(f"{len(network.state_dict()) - len(anew)} tensors of {teacher.name}, {len(anew)} start anew")
    begin(training.out, run, network)
