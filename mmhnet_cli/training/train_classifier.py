"""Train the classifier of mini's network: `python -m mmhnet_cli.training.train_classifier --network runs/mini`.

It learns to name the kinds that are heard in latents under any noise, from the clips that the network learns from, and
is written into the `network.safetensors` of that folder. On a CPU or a CUDA device; an interrupted run continues.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmhnet_cli.flow.path import point_on_path
from mmhnet_cli.model.noisy_classifier import NoisyClassifier
from mmhnet_cli.models.checkpoint import read_tensors, save_tensors
from mmhnet_cli.models.model_files import NETWORK_FILE
from mmhnet_cli.training.ahead import Again, Ahead
from mmhnet_cli.training.clips import ClipConfig, Clips
from mmhnet_cli.training.train_codec import read_codec
from mmhnet_cli.training.train_mini import HELD, clips_of, network_config, report
from mmhnet_cli.training.trainer import Trainer, TrainerConfig

PREFIX = "classifier."
SPREAD = "preconditioning.spread"
SEED = 9
"""Its clips are not those of the network."""


def naming_loss(
    classifier: NoisyClassifier, batch: Clips, generator: torch.Generator
) -> tuple[Tensor, dict[str, float]]:
    """Return the cross entropy of what is heard, in nats, at times spread evenly over [0, 1], and the share of latent
    steps that are named as one of the kinds heard there."""
    batch = batch.to(classifier.enter.weight.device)
    size, device, target = len(batch.latents), generator.device, batch.latents.device
    place = torch.randperm(size, generator=generator, device=device)
    t = ((place + torch.rand(size, generator=generator, device=device)) / size).to(target)
    noise = torch.randn(batch.latents.shape, generator=generator, device=device).to(target)
    names = classifier(point_on_path(noise, batch.latents, t), t)
    loss = F.cross_entropy(names.flatten(0, 1), batch.heard.flatten(0, 1))
    right = batch.heard.gather(2, names.argmax(-1, keepdim=True)) > 0
    return loss, {"names": float(loss.detach()), "right": float(right.float().mean())}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", type=Path, default=Path("runs/mini"), help="the folder of its training")
    parser.add_argument("--codec", type=Path, default=Path("runs/codec"))
    parser.add_argument("--words", type=Path, default=Path("weights/mini/words.safetensors"))
    parser.add_argument(
        "--library", type=Path, help="where the single sounds are kept; that of the network unless given"
    )
    parser.add_argument("--sounds", type=int, default=40, help="of each kind")
    parser.add_argument("--workers", type=int, default=1, help="processes that make sounds and clips; 0: none besides")
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--again", type=int, default=2, help="steps that take the same clips, with other noise")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop after so long, to be resumed")
    return parser


def main(given: Sequence[str] | None = None) -> None:
    options = _parser().parse_args(given)

    until = time.monotonic() + 60 * options.minutes
    codec, library = read_codec(options.codec), options.library or options.network / "library"
    clips = clips_of(codec, library, options, ClipConfig(size=options.batch), report, SEED)
    weights = read_tensors(options.network / NETWORK_FILE)[0]
    torch.manual_seed(0)
    classifier = begun(NoisyClassifier(network_config(codec.config.channels)), weights[SPREAD]).to(options.device)
    ahead = Ahead(clips, options.workers)
    trainer = Trainer(
        classifier,
        naming_loss,
        Again(ahead, options.again, HELD),
        TrainerConfig(
            steps=options.steps,
            learning_rate=2e-3,
            warmup_steps=200,
            betas=(0.9, 0.98),
            weight_decay=0.02,
            ema_decay=0.998,
        ),
        options.network / "classifier",
    )
    done = trainer.run(report, until)
    learnt = {PREFIX + name: value.cpu() for name, value in trainer.averaged_state().items()}
    save_tensors(options.network / NETWORK_FILE, weights | learnt)
    report("done" if done else "stopped; start again to continue")


def begun(classifier: NoisyClassifier, spread: Tensor) -> nn.Module:
    """Return a fresh classifier to latents of this `spread` (C,), ready to learn."""
    classifier.preconditioning.spread.copy_(spread)
    return classifier.requires_grad_()


if __name__ == "__main__":
    main()
