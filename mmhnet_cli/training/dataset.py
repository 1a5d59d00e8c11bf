"""Training batches of the mini model from precomputed shards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import torch
from torch import Tensor

from mmhnet_cli.codec.projection import PatchProjection
from mmhnet_cli.encoders.descriptors import mirrored
from mmhnet_cli.encoders.text import SubwordTextEncoder
from mmhnet_cli.training.kinds import kinds_in_time
from mmhnet_cli.training.precompute import RESCORED, SHARD, TAKES, scene_of
from mmhnet_cli.training.world.captions import caption
from mmhnet_cli.training.world.kinds import ALL_KINDS
from mmhnet_cli.training.world.scene import Scene, Source, cut_together


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


OFTEN: Mapping[str, float] = MappingProxyType(
    {"hammer_metal": 6.0, "glass_tap": 3.0, "footsteps": 3.0, "gravel_steps": 2.0}
)
"""Kinds learnt last: struck metal, many partials that ring long and are never the same twice, and kinds that look and
sound much alike."""


@dataclass(frozen=True)
class BatchConfig:
    """size: B. The rest are probabilities.

    rescored: an item sounds as its caption says and not as its picture looks; its caption is then never dropped.
    cuts: an item as it looks is cut together from several films, with 1 to `most_cuts` cuts. A long film holds many
        kinds, and the state-space mixers take all of it in at once: training must have met that in 8 s.
    drop_video, drop_text: the condition is replaced by the empty one; drop_both: both are, for guidance.
    mentions: the caption of an item as it looks also names kinds that are not heard in it, as the prompt of a longer
        film does; the picture decides.
    mirrored: a film is seen with left and right exchanged.

    often: how many times as often films are drawn in which a kind is heard.
    """

    size: int = 16
    rescored: float = 0.3
    cuts: float = 0.5
    most_cuts: int = 3
    drop_video: float = 0.05
    drop_text: float = 0.2
    drop_both: float = 0.08
    mentions: float = 0.7
    mirrored: float = 0.5
    feature_noise: float = 0.1
    often: Mapping[str, float] = field(default_factory=lambda: OFTEN)


@dataclass(frozen=True)
class Item:
    """A film with its sound: latents (L, C), clip (V, clip_dim), sync (S, sync_dim) and what happens in it."""

    latents: Tensor
    clip: Tensor
    sync: Tensor
    scene: Scene


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
        scenes = store.scenes["matched"]
        # A film of several shots under a prompt for other sounds does not say which shot gets which of them.
        self.single = [index for index, scene in enumerate(scenes) if len(scene.shots) == 1]
        self.odds = {take: self._odds(store.scenes[take], range(len(store))) for take in ("matched", "resounded")}
        self.odds |= {take: self._odds(store.scenes[take], self.single) for take in RESCORED}
        self.sources: dict[str, list[Source]] = {}
        for source in (source for scene in scenes for source in scene.sources):
            self.sources.setdefault(source.kind, []).append(source)

    def __call__(self, step: int) -> Batch:
        rng = np.random.default_rng((self.seed, step))
        rescored = rng.random(self.config.size) < self.config.rescored
        items = [self._rescored(rng) if other else self._as_it_looks(rng) for other in rescored]
        captions = [
            caption(item.scene if other or rng.random() >= self.config.mentions else self._longer(item.scene, rng), rng)
            for item, other in zip(items, rescored, strict=True)
        ]
        drop_video, drop_text = self._drops(rescored, rng)
        latents, clip = (torch.stack([getattr(item, name) for item in items]).float() for name in ("latents", "clip"))
        scenes = [item.scene for item in items]
        return Batch(
            latents=latents,
            clip=self._noisy(clip, rng),
            sync=self._noisy(torch.stack([item.sync for item in items]), rng),
            words=self.text.tokenize(captions),
            drop_video=torch.from_numpy(drop_video),
            drop_text=torch.from_numpy(drop_text),
            heard=torch.stack([kinds_in_time(scene, latents.shape[1], lambda one: one.kind) for scene in scenes]),
            seen=torch.stack([kinds_in_time(scene, clip.shape[1], lambda one: one.looks) for scene in scenes]),
        )

    def _rescored(self, rng: np.random.Generator) -> Item:
        return self._draw(str(rng.choice(RESCORED)), rng)

    def _as_it_looks(self, rng: np.random.Generator) -> Item:
        item = self._drawn_as_it_looks(rng)
        if rng.random() >= self.config.cuts:
            return item
        cuts = int(rng.integers(1, self.config.most_cuts + 1))
        for cut in range(1, cuts + 1):
            at = (cut + float(rng.uniform(-0.4, 0.4))) / (cuts + 1)
            item = _cut_together(item, self._drawn_as_it_looks(rng), at)
        return item

    def _drawn_as_it_looks(self, rng: np.random.Generator) -> Item:
        return self._draw(str(rng.choice(["matched", "resounded"])), rng)

    def _odds(self, scenes: Sequence[Scene], rows: Sequence[int]) -> np.ndarray:
        """Probability of each film (N,) in one take; of all but `rows` it is 0."""
        odds = np.zeros(len(scenes))
        odds[rows] = [max(self.config.often.get(kind, 1.0) for kind in scenes[row].kinds) for row in rows]
        return odds / odds.sum()

    def _draw(self, take: str, rng: np.random.Generator) -> Item:
        store, row = self.store, int(rng.choice(len(self.store), p=self.odds[take]))
        clip, sync = store.clip[row], store.sync[row]
        if rng.random() < self.config.mirrored:
            clip, sync = mirrored(clip, sync)
        return Item(store.latents[take][row], clip, sync, store.scenes[take][row])

    def _longer(self, scene: Scene, rng: np.random.Generator) -> Scene:
        """A longer film that the scene might be a part of: the same and up to four more sources, for its caption."""
        others = [kind for kind in self.sources if kind not in scene.kinds]
        families = {ALL_KINDS[kind].family for kind in scene.kinds}
        # What looks alike is the harder to tell apart.
        weights = np.array([3.0 if ALL_KINDS[kind].family in families else 1.0 for kind in others])
        count = min(int(rng.integers(1, 5)), len(others))
        more = [
            self.sources[kind][int(rng.integers(len(self.sources[kind])))]
            for kind in rng.choice(others, count, replace=False, p=weights / weights.sum())
        ]
        place = int(rng.integers(len(more) + 1))
        parts = [*((source,) for source in more[:place]), scene.sources, *((source,) for source in more[place:])]
        sources = [
            replace(source, start_s=source.start_s + start, end_s=source.end_s + start)
            for start, part in zip(np.arange(len(parts)) * scene.duration_s, parts, strict=True)
            for source in part
        ]
        return replace(scene, duration_s=len(parts) * scene.duration_s, sources=tuple(sources))

    def _drops(self, rescored: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        config, size = self.config, self.config.size
        both = rng.random(size) < config.drop_both
        drop_text = (rng.random(size) < config.drop_text) & ~rescored
        return both | (rng.random(size) < config.drop_video), both | drop_text

    def _noisy(self, features: Tensor, rng: np.random.Generator) -> Tensor:
        noise = rng.standard_normal(features.shape, dtype=np.float32) * self.config.feature_noise
        return features.float() + torch.from_numpy(noise)


def _cut_together(one: Item, other: Item, at: float) -> Item:
    """The one up to this share of its length, from there on the other."""

    def cut(first: Tensor, second: Tensor) -> Tensor:
        frame = round(len(first) * at)
        return torch.cat((first[:frame], second[frame:]))

    return Item(
        latents=cut(one.latents, other.latents),
        clip=cut(one.clip, other.clip),
        sync=cut(one.sync, other.sync),
        scene=cut_together(one.scene, other.scene, at * one.scene.duration_s),
    )
