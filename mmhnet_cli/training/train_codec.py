"""Train the mini codec: `python -m mmhnet_cli.training.train_codec --out runs/codec`.

Renders varied sounds, fits the projection, trains the vocoder and writes `codec.safetensors` and `config.json`.
An interrupted run continues when started again, on the same device or on another. All is done in float32: the network
is small, and most of the work are transforms and phases that half precision would spoil.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mmhnet_cli.codec.even_noise import make_even_noise
from mmhnet_cli.codec.mini import SHIPPED, MiniCodec, MiniCodecConfig
from mmhnet_cli.fields import build
from mmhnet_cli.models.checkpoint import load_tensors, read_tensors, save_tensors
from mmhnet_cli.models.model_files import CODEC_FILE, CONFIG_FILE
from mmhnet_cli.training.codec_loss import CodecLoss
from mmhnet_cli.training.sounds import INT16_SCALE, sound_store
from mmhnet_cli.training.trainer import Trainer, TrainerConfig
from mmhnet_cli.training.varied.clips import varied_clip

CLIP_S = 4.0
FIRST_SEED = 1_500_000
"""Codec clips use seeds of their own; evaluation never draws from them."""
FITTED_CLIPS = 1200
"""Clips that the projection is fitted to."""


def fit_to_sounds(codec: MiniCodec, store: np.ndarray, clips: int, whitening: float) -> Tensor:
    """Fit projection and ceiling on the first `clips` clips; returns the shares that are explained, (channels,)."""
    samples = store.shape[1] // codec.samples_per_latent * codec.samples_per_latent
    with torch.no_grad():
        sounds = (torch.from_numpy(clip[None, :samples] / INT16_SCALE).float() for clip in store[:clips])
        levels = torch.cat([codec.levels(sound.to(codec.ceiling.device)) for sound in sounds])
    codec.fit_ceiling(levels)
    return codec.projection.fit(levels, whitening)


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


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("runs/codec"))
    parser.add_argument("--device", default="cpu", help="cpu, cuda or cuda:1")
    parser.add_argument("--sounds", type=int, default=2400, help="clips of 4 s to render")
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--mel-frames", type=int, default=64, help="length of a training piece")
    parser.add_argument("--channels", type=int, default=SHIPPED.channels)
    parser.add_argument("--whitening", type=float, default=0.6)
    parser.add_argument("--learning-rate", type=float, default=2e-3)
    parser.add_argument("--projection", type=Path, help="codec.safetensors whose projection and ceiling are kept")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop after so long, to be resumed")
    return parser.parse_args(given)


def main(given: Sequence[str] | None = None) -> None:
    options = arguments(given)

    def report(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    torch.manual_seed(0)
    until = time.monotonic() + 60 * options.minutes
    config = replace(SHIPPED, channels=options.channels)
    seeds = range(FIRST_SEED, FIRST_SEED + options.sounds)
    store = sound_store(options.out / "sounds.npy", seeds, CLIP_S, varied_clip, report)
    codec = MiniCodec(config)
    codec.vocoder.noise.copy_(make_even_noise(codec.log_mel, config.vocoder.noise_samples))
    codec.to(options.device)
    if options.projection is None:
        shares = fit_to_sounds(codec, store, min(FITTED_CLIPS, len(store)), options.whitening)
        report(f"projection keeps {float(shares.sum()):.4f} of the variance")
    else:
        keep_projection(codec, options.projection)
    trainer = Trainer(
        codec,
        CodecLoss(),
        segment_batches(store, options.batch, options.mel_frames * config.mel.hop_samples, seed=1),
        TrainerConfig(steps=options.steps, learning_rate=options.learning_rate),
        options.out,
    )
    report(f"vocoder with {sum(p.numel() for p in trainer.parameters.values()) / 1e6:.2f} M parameters")
    done = trainer.run(report, until)
    save_tensors(options.out / CODEC_FILE, trainer.averaged_state())
    (options.out / CONFIG_FILE).write_text(json.dumps({"codec": asdict(config)}, indent=2) + "\n")
    report("done" if done else "stopped; start again to continue")


def read_codec(folder: Path) -> MiniCodec:
    """Return the codec that this program wrote into `folder`, or that of a model folder. Raises WeightsInvalid."""
    codec = MiniCodec(build(MiniCodecConfig, json.loads((folder / CONFIG_FILE).read_text())["codec"]))
    load_tensors(folder / CODEC_FILE, codec.state_dict())
    return codec.eval().requires_grad_(False)


def keep_projection(codec: MiniCodec, path: Path) -> None:
    """Take projection and ceiling from a codec that was trained before, so that latents stay what they are."""
    tensors = read_tensors(path)[0]
    with torch.no_grad():
        for name, entry in codec.state_dict().items():
            if name.startswith("projection.") or name == "ceiling":
                entry.copy_(tensors[name])


if __name__ == "__main__":
    main()
