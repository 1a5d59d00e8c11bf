"""The training of a row on clips of 8 s."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from benchmarks.proof.films import KINDS, ProofClips
from benchmarks.proof.rows import network_of, row_of
from mmhnet_cli.codec.mini import MiniCodec
from mmhnet_cli.encoders.meaning import NO_WORDS
from mmhnet_cli.model.network import Network
from mmhnet_cli.models.checkpoint import load_tensors, save_tensors
from mmhnet_cli.training.ahead import Ahead
from mmhnet_cli.training.library import make_library, read_sounds
from mmhnet_cli.training.train_mini import TaughtNetwork, flow_loss, spread_of
from mmhnet_cli.training.trainer import Trainer, TrainerConfig

SOUNDS = 24
"""Of each kind, of 10 s each."""
NETWORK_FILE, JOURNAL_FILE = "network.safetensors", "journal.jsonl"
LEARNING_RATES = {"small": 3e-3, "s": 5e-4}


@dataclass(frozen=True)
class Budget:
    """What all rows of a table share."""

    size: str
    steps: int
    batch: int
    seed: int


@dataclass(frozen=True)
class Run:
    """Where and with what rows are trained and measured. codec: with the short projection. workers: processes that make
    clips ahead. until: time.monotonic seconds at which it stops, to be resumed."""

    out: Path
    budget: Budget
    codec: MiniCodec
    device: torch.device
    workers: int
    until: float
    report: Callable[[str], None]

    def folder(self, name: str) -> Path:
        """Where a row keeps what it has."""
        budget = self.budget
        return self.out / f"{budget.size}-{budget.steps}x{budget.batch}" / f"{name}.{budget.seed}"

    def clips(self) -> ProofClips:
        """What rows are trained on; makes the library of sounds on the first call."""
        library = self.out / "library"
        make_library(library, SOUNDS, self.codec.levels, max(1, self.workers), self.report, KINDS)
        sounds = [read_sounds(library, kind) for kind in KINDS]
        return ProofClips(sounds, self.codec.projection, self.budget.batch, self.budget.seed)


def trained(name: str, run: Run) -> Network | None:
    """The network of a row, trained to the last step; None where the time of the run was over before.

    What is there already is not trained again. A row without a training of its own takes that of another, which is
    trained where it is not there.
    """
    row = row_of(name)
    own = row.trained_as or name
    path = run.folder(own) / NETWORK_FILE
    if not path.exists() and not _train(own, run):
        return None
    network = network_of(row, run.budget.size)
    load_tensors(path, network.state_dict())
    return network.eval().requires_grad_(False).to(run.device)


def _train(name: str, run: Run) -> bool:
    """Train a row; whether it came to the last step."""
    clips, folder = run.clips(), run.folder(name)
    torch.manual_seed(run.budget.seed)
    network = network_of(row_of(name), run.budget.size)
    assert network.preconditioning is not None
    network.preconditioning.spread.copy_(spread_of(clips))
    network.empty_text.requires_grad_(False).copy_(torch.from_numpy(NO_WORDS))
    module = TaughtNetwork(network, run.codec.projection.scale).to(run.device)
    config = TrainerConfig(run.budget.steps, LEARNING_RATES[run.budget.size], muon=True, save_every=100)
    trainer = Trainer(module, flow_loss, Ahead(clips, run.workers), config, folder)

    def log(step: int, values: dict[str, float]) -> None:
        with (folder / JOURNAL_FILE).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"step": step, **values}) + "\n")

    if not trainer.run(run.report, run.until, log):
        return False
    state = trainer.averaged_state()
    tensors = {key.removeprefix("network."): value.cpu() for key, value in state.items() if key.startswith("network.")}
    save_tensors(folder / NETWORK_FILE, tensors)
    return True
