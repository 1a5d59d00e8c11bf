"""Train the mini codec: `python -m mmhnet_cli.training.train_codec --out runs/codec`.

Renders procedural sounds, fits the projection, trains the vocoder and writes `codec.safetensors` and `codec.json`.
An interrupted run continues when started again.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mmhnet_cli.codec.mini import MiniCodec, MiniCodecConfig
from mmhnet_cli.codec.vocoder import make_even_noise
from mmhnet_cli.models.checkpoint import save_tensors
from mmhnet_cli.training.codec_loss import CodecLoss
from mmhnet_cli.training.sounds import INT16_SCALE, sound_store
from mmhnet_cli.training.trainer import Trainer, TrainerConfig
from mmhnet_cli.training.world.script import SceneConfig

CLIP_S = 8.0
FIRST_SEED = 1_000_000
"""Codec scenes use seeds of their own; evaluation never draws from them."""


def fit_to_sounds(codec: MiniCodec, store: np.ndarray, clips: int, whitening: float) -> Tensor:
    """Fit projection and ceiling on the first `clips` clips; returns the shares that are explained, (channels,)."""
    samples = store.shape[1] // codec.samples_per_latent * codec.samples_per_latent
    with torch.no_grad():
        mels = [codec.log_mel(torch.from_numpy(clip[None, :samples] / INT16_SCALE).float()) for clip in store[:clips]]
    codec.fit_ceiling(torch.cat(mels))
    return codec.projection.fit(torch.cat(mels), whitening)


def segment_batches(store: np.ndarray, batch: int, samples: int, seed: int) -> Callable[[int], Tensor]:
    """A function of the step to (batch, samples) float32 pieces of random clips."""

    def batch_of(step: int) -> Tensor:
        rng = np.random.default_rng((seed, step))
        rows = rng.integers(len(store), size=batch)
        starts = rng.integers(store.shape[1] - samples, size=batch)
        pieces = np.stack([store[row, start : start + samples] for row, start in zip(rows, starts, strict=True)])
        gains = 10 ** (rng.uniform(-12, 3, (batch, 1)) / 20)
        return torch.from_numpy((pieces / INT16_SCALE * gains).astype(np.float32)).clamp(-1, 1)

    return batch_of


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("runs/codec"))
    parser.add_argument("--sounds", type=int, default=1200, help="procedural clips of 8 s to render")
    parser.add_argument("--steps", type=int, default=1600)
    parser.add_argument("--batch", type=int, default=12)
    parser.add_argument("--mel-frames", type=int, default=64, help="length of a training piece")
    parser.add_argument("--channels", type=int, default=MiniCodecConfig().channels)
    parser.add_argument("--whitening", type=float, default=0.6)
    parser.add_argument("--learning-rate", type=float, default=2e-3)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop after so long, to be resumed")
    options = parser.parse_args()

    def report(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    torch.manual_seed(0)
    until = time.monotonic() + 60 * options.minutes
    config = MiniCodecConfig(channels=options.channels)
    seeds = range(FIRST_SEED, FIRST_SEED + options.sounds)
    scene_config = SceneConfig(shot_s=(2.5, 6.0))
    store = sound_store(options.out / "sounds.npy", seeds, CLIP_S, scene_config, report)
    codec = MiniCodec(config)
    shares = fit_to_sounds(codec, store, min(400, len(store)), options.whitening)
    codec.vocoder.noise.copy_(make_even_noise(codec.log_mel, config.vocoder.noise_samples))
    report(f"projection keeps {float(shares.sum()):.4f} of the variance")
    trainer = Trainer(
        codec,
        CodecLoss(),
        segment_batches(store, options.batch, options.mel_frames * config.mel.hop_samples, seed=1),
        TrainerConfig(steps=options.steps, learning_rate=options.learning_rate),
        options.out,
    )
    report(f"vocoder with {sum(p.numel() for p in trainer.parameters.values()) / 1e6:.2f} M parameters")
    done = trainer.run(report, until)
    save_tensors(options.out / "codec.safetensors", trainer.averaged_state())
    (options.out / "codec.json").write_text(json.dumps(asdict(config), indent=2) + "\n")
    report("done" if done else "stopped; start again to continue")


if __name__ == "__main__":
    main()
