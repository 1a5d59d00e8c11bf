"""Train what tells the mini what it sees: `python -m mmhnet_cli.training.train_recogniser --out runs/recogniser`.

Draws films of its own on the first start, pictures only, and writes `recogniser.safetensors` and `recogniser.json`. An
interrupted run continues.
"""

import argparse
import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from mmhnet_cli.encoders.descriptors import mirrored
from mmhnet_cli.encoders.recogniser import Recogniser, RecogniserConfig, frames_together
from mmhnet_cli.models.checkpoint import save_tensors
from mmhnet_cli.training.kinds import kinds_in_time
from mmhnet_cli.training.precompute import SHARD, precompute, scene_of
from mmhnet_cli.training.trainer import Trainer, TrainerConfig
from mmhnet_cli.training.world.kinds import KINDS

FIRST_SEED = 2_002_000
"""The last 2,400 of the network's films. It also learns from 2,000 that the recogniser has not seen, so that it does
not come to rely on more than it gets; the difference is small (99.8 % of frames right, on the others 99.7 %)."""
DROPOUT = 0.3
LEAST_STD = 0.05
"""Added to the deviation of each descriptor, so that one that hardly moves is not blown up."""


@dataclass(frozen=True)
class Pictures:
    """Films in memory: clip (N, V, CLIP_DIM), sync (N, S, SYNC_DIM), float16; seen (N, V, K), share of each kind."""

    clip: Tensor
    sync: Tensor
    seen: Tensor

    @classmethod
    def load(cls, folder: Path, first_seed: int, shards: int) -> "Pictures":
        """The pictures of these shards."""
        clips, syncs, seen = [], [], []
        for seed in range(first_seed, first_seed + shards * SHARD, SHARD):
            with np.load(folder / f"pictures-{seed}.npz") as pictures:
                clips.append(torch.from_numpy(pictures["clip"]))
                syncs.append(torch.from_numpy(pictures["sync"]))
            scenes = (scene_of(each, "matched") for each in range(seed, seed + SHARD))
            seen += [kinds_in_time(scene, clips[-1].shape[1], lambda source: source.looks) for scene in scenes]
        return cls(torch.cat(clips), torch.cat(syncs), torch.stack(seen))


@dataclass(frozen=True)
class PictureBatches:
    """Batches as a function of the step: films or their mirror images, half of them cut together from two.

    noise: added to the descriptors, as a share of the deviation that each has over all films.
    """

    pictures: Pictures
    std: Tensor
    size: int = 32
    cuts: float = 0.5
    noise: float = 0.15

    def __call__(self, step: int) -> tuple[Tensor, Tensor, Tensor]:
        """clip, sync and seen of `size` films."""
        rng = np.random.default_rng((step, 0x5EE))
        first, second = self._draw(rng), self._draw(rng)
        share = np.where(rng.random(self.size) < self.cuts, rng.uniform(0.1, 0.9, self.size), 1.0)

        def cut(one: Tensor, other: Tensor) -> Tensor:
            frame = torch.from_numpy(np.round(share * one.shape[1]))
            before = torch.arange(one.shape[1]) < frame[:, None]
            return torch.where(before[:, :, None], one, other)

        clip, sync, seen = (cut(one, other) for one, other in zip(first, second, strict=True))
        clip_std, sync_std = self.std.split([clip.shape[2], sync.shape[2]])
        return self._noisy(clip, clip_std, rng), self._noisy(sync, sync_std, rng), seen

    def _draw(self, rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
        rows = torch.from_numpy(rng.integers(len(self.pictures.clip), size=self.size))
        clip, sync = self.pictures.clip[rows].float(), self.pictures.sync[rows].float()
        turned = torch.from_numpy(rng.random((self.size, 1, 1)) < 0.5)
        other_clip, other_sync = mirrored(clip, sync)
        return torch.where(turned, other_clip, clip), torch.where(turned, other_sync, sync), self.pictures.seen[rows]

    def _noisy(self, features: Tensor, std: Tensor, rng: np.random.Generator) -> Tensor:
        noise = torch.from_numpy(rng.standard_normal(features.shape, dtype=np.float32))
        return features + self.noise * std * noise


def recognition_loss(
    module: Recogniser, batch: tuple[Tensor, Tensor, Tensor], generator: torch.Generator
) -> tuple[Tensor, dict[str, float]]:
    """Cross entropy in nats of the shares of the kinds; beside it the share of frames whose largest it finds."""
    clip, sync, seen = batch
    # Dropout draws from the global generator.
    torch.manual_seed(generator.initial_seed())
    logits = module(clip, sync)
    loss = F.cross_entropy(logits.flatten(0, 1), seen.flatten(0, 1))
    found = seen.gather(2, logits.argmax(2, keepdim=True)).squeeze(2) == seen.amax(2)
    return loss, {"loss": float(loss.detach()), "found": float(found.float().mean())}


def fit_scale(recogniser: Recogniser, pictures: Pictures) -> None:
    """Mean and deviation of every input, over all films."""
    rows = [
        frames_together(clip.float(), sync.float()).flatten(0, 1)
        for clip, sync in zip(pictures.clip.split(SHARD), pictures.sync.split(SHARD), strict=True)
    ]
    values = torch.cat(rows)
    recogniser.mean.copy_(values.mean(0))
    recogniser.std.copy_(values.std(0) + LEAST_STD)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("runs/recogniser"))
    parser.add_argument("--shards", type=int, default=24, help="hundreds of films to draw")
    parser.add_argument("--workers", type=int, default=2, help="processes that draw films")
    parser.add_argument("--steps", type=int, default=1600)
    parser.add_argument("--learning-rate", type=float, default=2e-3)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop after so long, to be resumed")
    options = parser.parse_args()

    def report(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    until = time.monotonic() + 60 * options.minutes
    data = options.out / "data"
    precompute(data, FIRST_SEED, options.shards, options.workers, report, takes=())
    pictures = Pictures.load(data, FIRST_SEED, options.shards)
    torch.manual_seed(0)
    config = RecogniserConfig(kinds=len(KINDS))
    recogniser = Recogniser(config, DROPOUT)
    fit_scale(recogniser, pictures)
    clip_dim, sync_dim = pictures.clip.shape[2], pictures.sync.shape[2]
    trainer = Trainer(
        recogniser,
        recognition_loss,
        PictureBatches(pictures, recogniser.std[: clip_dim + sync_dim]),
        TrainerConfig(steps=options.steps, learning_rate=options.learning_rate, weight_decay=0.05),
        options.out,
    )
    report(f"recogniser with {sum(p.numel() for p in trainer.parameters.values()) / 1e6:.2f} M parameters")
    done = trainer.run(report, until)
    save_tensors(options.out / "recogniser.safetensors", trainer.averaged_state())
    (options.out / "recogniser.json").write_text(json.dumps(asdict(config), indent=2) + "\n")
    report("done" if done else "stopped; start again to continue")


if __name__ == "__main__":
    main()
