"""Train the mini network: `python -m mmhnet_cli.training.train_network --out runs/mini`.

Needs the codec of `train_codec` and the recogniser of `train_recogniser`. Draws films and sounds on the first start,
trains on clips of 8 s only, and writes `network.safetensors` and `network.json`. An interrupted run continues.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import torch
from torch import Tensor, nn

from mmhnet_cli.encoders.recogniser import Recogniser, RecogniserConfig
from mmhnet_cli.encoders.text import SubwordTextEncoder, TextConfig
from mmhnet_cli.model.conditions import Features
from mmhnet_cli.model.config import VARIANTS
from mmhnet_cli.model.network import Network
from mmhnet_cli.models.checkpoint import load_tensors, save_tensors
from mmhnet_cli.training.dataset import Batch, BatchConfig, BatchSource, Store
from mmhnet_cli.training.kinds import KindReaders
from mmhnet_cli.training.objective import objective
from mmhnet_cli.training.precompute import precompute
from mmhnet_cli.training.train_codec import read_codec
from mmhnet_cli.training.trainer import Trainer, TrainerConfig

FIRST_SEED = 2_000_000


class ConditionedNetwork(nn.Module):
    """The network with what is trained beside it: the text encoder and, for the training alone, `KindReaders`.

    recogniser: stays as it is. weights (C,): of the latent channels in the loss.
    """

    def __init__(self, network: Network, text: SubwordTextEncoder, recogniser: Recogniser, weights: Tensor) -> None:
        super().__init__()
        self.network, self.text, self.kinds = network, text, KindReaders(network)
        self.recogniser = recogniser.eval().requires_grad_(False)
        self.weights = nn.Buffer(weights / weights.mean(), persistent=False)


def flow_loss(module: ConditionedNetwork, batch: Batch, generator: torch.Generator) -> tuple[Tensor, dict[str, float]]:
    """Return `objective` of a batch."""
    words, mask = module.text(batch.words)
    clip = module.recogniser.extend(batch.clip, batch.sync)
    features = Features(clip=clip, sync=batch.sync, text=words, text_mask=mask)
    features = module.network.drop_conditions(features, batch.drop_video, batch.drop_text)
    return objective(
        module.network, module.kinds, module.weights, features, batch.latents, batch.heard, batch.seen, generator
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("runs/mini"))
    parser.add_argument("--codec", type=Path, default=Path("runs/codec"))
    parser.add_argument("--recogniser", type=Path, default=Path("runs/recogniser"))
    parser.add_argument("--shards", type=int, default=44, help="hundreds of scenes")
    parser.add_argument("--workers", type=int, default=2, help="processes that draw scenes")
    parser.add_argument("--steps", type=int, default=1800)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop after so long, to be resumed")
    options = parser.parse_args()

    def report(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    until = time.monotonic() + 60 * options.minutes
    data = options.out / "data"
    precompute(data, FIRST_SEED, options.shards, options.workers, report)
    codec = read_codec(options.codec)
    recogniser = Recogniser(RecogniserConfig(**json.loads((options.recogniser / "recogniser.json").read_text())))
    load_tensors(options.recogniser / "recogniser.safetensors", recogniser.state_dict())
    store = Store(data, FIRST_SEED, options.shards, codec.projection)
    torch.manual_seed(0)
    network = Network(VARIANTS["mini"])
    assert network.preconditioning is not None
    network.preconditioning.spread.copy_(store.spread())
    module = ConditionedNetwork(network, SubwordTextEncoder(TextConfig()), recogniser, codec.projection.scale)
    trainer = Trainer(
        module,
        flow_loss,
        BatchSource(store, module.text, BatchConfig(size=options.batch)),
        TrainerConfig(steps=options.steps, learning_rate=options.learning_rate, muon=True),
        options.out,
    )
    report(f"network with {sum(p.numel() for p in trainer.parameters.values()) / 1e6:.2f} M parameters")
    done = trainer.run(report, until)
    state = trainer.averaged_state()
    # The shipped file holds the network at its top and the encoders under `text.` and `recogniser.`.
    shipped = {name: value for name, value in state.items() if not name.startswith("kinds.")}
    tensors = {name.removeprefix("network."): value for name, value in shipped.items()}
    save_tensors(options.out / "network.safetensors", tensors)
    config = {
        "network": module.network.config.to_dict(),
        "text": vars(module.text.config),
        "recogniser": vars(module.recogniser.config),
    }
    (options.out / "network.json").write_text(json.dumps(config, indent=2) + "\n")
    report("done" if done else "stopped; start again to continue")


if __name__ == "__main__":
    main()
