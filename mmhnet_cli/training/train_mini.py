"""Train the mini's network: `python -m mmhnet_cli.training.train_mini --codec runs/codec --out runs/mini`.

Makes a library of single sounds on the first start, mixes clips of 8 s from it at every step, and writes
`network.safetensors` and `network.json`. On a CPU or a CUDA device; an interrupted run continues, also on the other.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from mmhnet_cli.codec.mini import MiniCodec
from mmhnet_cli.encoders.meaning import KIND_NAMES, NO_WORDS
from mmhnet_cli.encoders.understanding import WordSpace
from mmhnet_cli.encoders.words import load_words
from mmhnet_cli.model.config import NetworkConfig
from mmhnet_cli.model.network import Network
from mmhnet_cli.model.variants import VARIANTS
from mmhnet_cli.models.checkpoint import read_tensors, save_tensors
from mmhnet_cli.models.model_files import NETWORK_FILE
from mmhnet_cli.training.ahead import Again, Ahead
from mmhnet_cli.training.clips import ClipConfig, ClipMaker, Clips
from mmhnet_cli.training.kinds import KindReaders
from mmhnet_cli.training.library import make_library, read_sounds
from mmhnet_cli.training.mixing import Bins
from mmhnet_cli.training.objective import TIME_MEAN, TIME_STD, draw, objective
from mmhnet_cli.training.train_codec import read_codec
from mmhnet_cli.training.trainer import Trainer, TrainerConfig
from mmhnet_cli.training.warm_start import take_over
from mmhnet_cli.training.world.kinds import KINDS

SPREAD_STEPS, SPREAD_CLIPS, LAST_STEP = 12, 32, 2**31 - 1
"""Batches from which the spread of the latents is taken, of so many clips: the last that there can be, which no
training takes."""
HELD = 16
"""So many batches take turns where each is taken again: the workers make the next ones meanwhile."""


def network_config(channels: int) -> NetworkConfig:
    """The sizes of the mini, for a codec of so many latent channels."""
    return replace(VARIANTS["mini"], latent_channels=channels)


class TaughtNetwork(nn.Module):
    """The network with what is trained beside it, for the training alone. weights (C,): of the latents in the loss."""

    def __init__(self, network: Network, weights: Tensor) -> None:
        super().__init__()
        self.network, self.kinds = network, KindReaders(network, len(KIND_NAMES))
        self.weights = nn.Buffer(weights / weights.mean(), persistent=False)
        self.values: tuple[str, ...] = ()

    def forward(self, noise: Tensor, t: Tensor, *parts: Tensor) -> tuple[Tensor, Tensor]:
        """Return `objective` of a batch: the loss, and the parts of it that `values` names, (P,). parts: of Clips."""
        clips = Clips(*parts)
        features = self.network.drop_conditions(clips.features, clips.drop_video, clips.drop_text)
        loss, values = objective(
            self.network, self.kinds, self.weights, features, clips.latents, clips.heard, clips.seen, noise, t
        )
        self.values = tuple(values)
        return loss, torch.stack([value.float() for value in values.values()])


def flow_loss(module: TaughtNetwork, batch: Clips, generator: torch.Generator) -> tuple[Tensor, dict[str, float]]:
    """Return `objective` of a batch, on the device of the module."""
    loss, values = module(*_inputs(module, batch, generator))
    return loss, dict(zip(module.values, values.tolist(), strict=True))


def _inputs(module: TaughtNetwork, batch: Clips, generator: torch.Generator) -> list[Tensor]:
    batch = batch.to(module.weights.device)
    return [*draw(batch.latents, generator, (TIME_MEAN, TIME_STD)), *vars(batch).values()]


def compile_parts(network: Network, backend: str = "inductor") -> None:
    """Let PyTorch compile what most of an evaluation is, each part as one graph, for the shapes of its first batch."""
    if network.hierarchy is not None:
        network.hierarchy.give_room_for_all()
    for part in (network.builder, network.trunk, network.output):
        part.compile(dynamic=False, fullgraph=True, backend=backend)


def record(module: TaughtNetwork, batch: Clips) -> None:
    """Compile the parts of the network, and record a step with batches like this one as one graph of a GPU.

    Some thousand small kernels make a step; started one by one they take the processor five times as long as the GPU.
    """
    compile_parts(module.network)
    generator = torch.Generator(module.weights.device).manual_seed(0)
    torch.cuda.make_graphed_callables(module, tuple(_inputs(module, batch, generator)), allow_unused_input=True)


def spread_of(batch_of: Callable[[int], Clips]) -> Tensor:
    """Root mean square of each latent channel, (C,), over batches that no step of the training takes."""
    squares = [batch_of(LAST_STEP - number).latents.square().mean((0, 1)) for number in range(SPREAD_STEPS)]
    return torch.stack(squares).mean(0).sqrt()


def clips_of(
    codec: MiniCodec,
    library: Path,
    options: argparse.Namespace,
    config: ClipConfig,
    report: Callable[[str], None],
    seed: int = 0,
) -> ClipMaker:
    """Make what is missing of the library of sounds, and return what mixes clips of it.

    options: `sounds` of each kind, `workers` that make them, and the file of the `words`.
    """
    make_library(library, options.sounds, codec.levels, max(1, options.workers), report)
    return ClipMaker(
        [read_sounds(library, kind) for kind in KINDS],
        codec.projection,
        Bins(codec.config.mel, codec.config.deep),
        WordSpace(load_words(options.words)),
        config,
        seed,
    )


def report(line: str) -> None:
    """Say how a training goes on."""
    print(line, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("runs/mini"))
    parser.add_argument("--codec", type=Path, default=Path("runs/codec"))
    parser.add_argument("--words", type=Path, default=Path("weights/mini/words.safetensors"))
    parser.add_argument("--library", type=Path, help="where the single sounds are kept; in --out unless given")
    parser.add_argument("--start", type=Path, help="folder of an earlier model to begin with")
    parser.add_argument("--sounds", type=int, default=60, help="of each kind")
    parser.add_argument("--often", nargs="*", default=[], metavar="KIND", help="kinds to be drawn four times as often")
    parser.add_argument("--workers", type=int, default=2, help="processes that make sounds and clips; 0: none besides")
    parser.add_argument("--steps", type=int, default=12000)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--again", type=int, default=1, help="steps that take the same clips, with other noise")
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop after so long, to be resumed")
    return parser


def main(given: Sequence[str] | None = None) -> None:
    options = _parser().parse_args(given)

    until = time.monotonic() + 60 * options.minutes
    codec = read_codec(options.codec)
    library = options.library or options.out / "library"
    clips = clips_of(codec, library, options, ClipConfig(size=options.batch, often=tuple(options.often)), report)
    torch.manual_seed(0)
    network = Network(network_config(codec.config.channels))
    if options.start is not None:
        anew = take_over(
            network,
            read_tensors(options.start / NETWORK_FILE)[0],
            read_codec(options.start).projection,
            codec.projection,
        )
        report(f"{len(network.state_dict()) - len(anew)} tensors of {options.start}, {len(anew)} start anew")
    assert network.preconditioning is not None and network.classifier is not None
    network.preconditioning.spread.copy_(spread_of(lambda step: clips.drawn(step, SPREAD_CLIPS)))
    network.classifier.preconditioning.spread.copy_(network.preconditioning.spread)
    # No prompt is no prompt, whether there is a picture or not: nothing to be learnt.
    network.empty_text.requires_grad_(False).copy_(torch.from_numpy(NO_WORDS))
    module = TaughtNetwork(network, codec.projection.scale).to(options.device)
    ahead = Ahead(clips, options.workers)
    batches = Again(lambda number: ahead(number).to(module.weights.device), options.again, HELD)
    trainer = Trainer(
        module,
        flow_loss,
        batches,
        TrainerConfig(steps=options.steps, learning_rate=options.learning_rate, ema_decay=0.998, muon=True),
        options.out,
        draws_on=options.device,
    )
    if module.weights.is_cuda:
        torch.set_float32_matmul_precision("high")
        # The first batch makes the workers, which have to begin before the compiler has threads.
        record(module, batches(trainer.step))
    report(f"network with {sum(p.numel() for p in trainer.parameters.values()) / 1e6:.2f} M parameters")
    done = trainer.run(report, until)
    state = trainer.averaged_state()
    tensors = {
        name.removeprefix("network."): value.cpu() for name, value in state.items() if name.startswith("network.")
    }
    save_tensors(options.out / NETWORK_FILE, tensors)
    (options.out / "network.json").write_text(json.dumps({"network": asdict(network.config)}, indent=2) + "\n")
    report("done" if done else "stopped; start again to continue")


if __name__ == "__main__":
    main()
