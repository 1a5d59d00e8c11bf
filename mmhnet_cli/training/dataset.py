"""Training batches of the mini model from precomputed shards."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mmhnet_cli.codec.projection import PatchProjection
from mmhnet_cli.encoders.text import SubwordTextEncoder
from mmhnet_cli.training.kinds import kinds_in_time
from mmhnet_cli.training.precompute import RESCORED, SHARD, TAKES, scene_of
from mmhnet_cli.training.scenes.captions import PHRASES, caption
from mmhnet_cli.training.scenes.script import Scene


@dataclass(frozen=True)
class Batch:
    """What one step of training sees.

    latents (B, L, C); clip (B, V, clip_dim); sync (B, S, sync_dim); words (B, W, pieces); drop_video, drop_text (B,);
    heard (B, L, K) and seen (B, V, K): share of each kind in the sources of a moment, in the order of `KINDS`.
    """

    latents: Tensor
    clip: Tensor
    sync: Tensor
    words: Tensor
    drop_video: Tensor
    drop_text: Tensor
    heard: Tensor
    seen: Tensor


@dataclass(frozen=True)
class BatchConfig:
    """size: B. The rest are probabilities.

    rescored: an item sounds as its caption says and not as its picture looks; its caption is then never dropped.
    drop_video, drop_text: the condition is replaced by the empty one; drop_both: both are, for guidance.
    mentions: the caption of an item as it looks also names kinds that are not heard in it, as the prompt of a longer
        film does; the picture decides.
    """

    size: int = 16
    rescored: float = 0.35
    drop_video: float = 0.06
    drop_text: float = 0.12
    drop_both: float = 0.1
    mentions: float = 0.35
    feature_noise: float = 0.1


class Store:
    """All shards of a folder in memory: films, latents of each take, scenes."""

    def __init__(self, folder: Path, first_seed: int, shards: int, projection: PatchProjection) -> None:
        clips, syncs = [], []
        latents: dict[str, list[Tensor]] = {take: [] for take in TAKES}
        for seed in range(first_seed, first_seed + shards * SHARD, SHARD):
            with np.load(folder / f"pictures-{seed}.npz") as pictures:
                clips.append(torch.from_numpy(pictures["clip"]))
                syncs.append(torch.from_numpy(pictures["sync"]))
            for take in TAKES:
                with np.load(folder / f"{take}-{seed}.npz") as sounds:
                    mel = torch.from_numpy(sounds["mel"]).float()
                mel = mel[:, :, : mel.shape[2] // projection.frames * projection.frames]
                latents[take].append(projection.encode(mel).half())
        self.clip, self.sync = torch.cat(clips), torch.cat(syncs)
        self.latents = {take: torch.cat(parts) for take, parts in latents.items()}
        seeds = range(first_seed, first_seed + shards * SHARD)
        # Recorded anew, a film has the same kinds at the same times: one list of scenes serves both takes.
        self.scenes: dict[str, list[Scene]] = {take: [scene_of(seed, take) for seed in seeds] for take in TAKES}

    def __len__(self) -> int:
        return len(self.clip)

    def spread(self) -> Tensor:
        """Root mean square of each latent channel, (C,)."""
        squares = [latents.float().square().mean((0, 1)) for latents in self.latents.values()]
        return torch.stack(squares).mean(0).sqrt()


class BatchSource:
    """Batches as a function of the step."""

    def __init__(self, store: Store, text: SubwordTextEncoder, config: BatchConfig, seed: int = 0) -> None:
        self.store, self.text, self.config, self.seed = store, text, config, seed
        # A film of several shots under a prompt for other sounds does not say which shot gets which of them.
        self.single = [index for index, scene in enumerate(store.scenes["matched"]) if len(scene.shots) == 1]

    def __call__(self, step: int) -> Batch:
        rng = np.random.default_rng((self.seed, step))
        rows, takes, captions = [], [], []
        for _ in range(self.config.size):
            row, take = self._draw(rng)
            rows.append(row)
            takes.append(take)
            captions.append(self._caption(row, take, rng))
        latents = torch.stack([self.store.latents[take][row] for row, take in zip(rows, takes, strict=True)]).float()
        drop_video, drop_text = self._drops(takes, rng)
        scenes = [self.store.scenes[take][row] for row, take in zip(rows, takes, strict=True)]
        clip = self.store.clip[rows]
        return Batch(
            latents=latents,
            clip=self._noisy(clip, rng),
            sync=self._noisy(self.store.sync[rows], rng),
            words=self.text.tokenize(captions),
            drop_video=torch.from_numpy(drop_video),
            drop_text=torch.from_numpy(drop_text),
            heard=torch.stack([kinds_in_time(scene, latents.shape[1], lambda one: one.kind) for scene in scenes]),
            seen=torch.stack([kinds_in_time(scene, clip.shape[1], lambda one: one.looks) for scene in scenes]),
        )

    def _draw(self, rng: np.random.Generator) -> tuple[int, str]:
        if rng.random() < self.config.rescored:
            return int(rng.choice(self.single)), str(rng.choice(RESCORED))
        return int(rng.integers(len(self.store))), str(rng.choice(["matched", "resounded"]))

    def _caption(self, row: int, take: str, rng: np.random.Generator) -> str:
        scene = self.store.scenes[take][row]
        text = caption(scene, rng)
        if take in RESCORED or rng.random() >= self.config.mentions:
            return text
        others = [kind for kind in PHRASES if kind not in scene.kinds]
        more = [str(rng.choice(PHRASES[str(kind)])) for kind in rng.choice(others, rng.integers(1, 4), replace=False)]
        parts = [text.rstrip("."), *more]
        return ", ".join(parts[index] for index in rng.permutation(len(parts)))

    def _drops(self, takes: list[str], rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        config, size = self.config, self.config.size
        both = rng.random(size) < config.drop_both
        rescored = np.array([take in RESCORED for take in takes])
        drop_text = (rng.random(size) < config.drop_text) & ~rescored
        return both | (rng.random(size) < config.drop_video), both | drop_text

    def _noisy(self, features: Tensor, rng: np.random.Generator) -> Tensor:
        noise = rng.standard_normal(features.shape, dtype=np.float32) * self.config.feature_noise
        return features.float() + torch.from_numpy(noise)
