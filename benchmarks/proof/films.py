"""Clips to learn from and films to be judged by: kinds that are told apart well, with events and without."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil

import numpy as np
import torch

from benchmarks.abstract_film import CLEAR_MOVEMENT, CLEAR_SIGHT, film_of
from benchmarks.common import FIRST_SEED
from benchmarks.proof.rows import CHANNELS, TRAINING_S, WORDS
from mmhnet_cli.codec.mini import MiniCodec
from mmhnet_cli.codec.projection import PatchProjection
from mmhnet_cli.encoders.meaning import CLIP_FPS, KIND_NAMES, SYNC_FPS, TEXT_DIM, asked_tokens
from mmhnet_cli.model.variants import VARIANTS
from mmhnet_cli.timeline import Timeline
from mmhnet_cli.training.clips import Clips
from mmhnet_cli.training.library import Sounds
from mmhnet_cli.training.world.scene import Scene, Shot, Source, excerpt
from mmhnet_cli.training.world.script import SceneConfig, make_scene

HITTING = ("drum", "ball", "chopping", "typing", "dog", "gunshot")
LASTING = ("waves", "fire", "crickets", "vacuum", "crowd", "rain")
KINDS = (*HITTING, *LASTING)
SHOT_S = (3.0, 8.0)
PALETTE = 2
"""So many kinds that hit and as many that last make up a film."""
FILMS: Mapping[float, int] = {8.0: 24, 30.0: 8, 60.0: 4, 300.0: 1, 600.0: 1}
"""Films of each length in seconds."""
SHOTS_OF_A_CLIP = (0.35, 0.4, 0.25)
"""How likely one, two and three are."""
ASKED, DROPPED = 0.7, 0.1
"""A clip is told in words what it shows; it is told nothing at all, for guidance."""


def short_projection(codec: MiniCodec) -> PatchProjection:
    """The first components of the codec's latents."""
    whole = codec.projection
    short = PatchProjection(whole.bins, whole.frames, CHANNELS)
    short.weight.copy_(whole.weight)
    short.mean.copy_(whole.mean)
    short.basis.copy_(whole.basis[:, :CHANNELS])
    short.scale.copy_(whole.scale[:CHANNELS])
    return short


def latents_of(seconds: float) -> int:
    """How many latents a film has."""
    return Timeline(Fraction(seconds), VARIANTS["mini"].sequence).latents


def prompt(kinds: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Tokens (WORDS, TEXT_DIM) that ask for kinds, with their mask (WORDS,)."""
    given = asked_tokens([np.eye(len(KIND_NAMES), dtype=np.float32)[KIND_NAMES.index(kind)] for kind in kinds], _AS_IS)
    return np.pad(given, ((0, WORDS - len(given)), (0, 0))), np.arange(WORDS) < len(given)


_AS_IS = np.zeros(TEXT_DIM - len(KIND_NAMES) - 1, np.float32)


class ProofClips:
    """Batches of clips of 8 s as a function of the step."""

    def __init__(self, sounds: Sequence[Sounds], projection: PatchProjection, size: int, seed: int) -> None:
        self.sounds = {one.kind: one for one in sounds}
        self.projection, self.size, self.seed = projection, size, seed
        self.hop_s = VARIANTS["mini"].sequence.hop_samples / VARIANTS["mini"].sequence.sample_rate_hz
        self.floor = min(float(one.levels[0].min()) for one in sounds)

    def __call__(self, step: int) -> Clips:
        """The batch of a step."""
        rng = np.random.default_rng((self.seed, step, 0x9F00F))
        items = [self._item(rng) for _ in range(self.size)]
        return Clips(**{name: torch.from_numpy(np.stack([item[name] for item in items])) for name in items[0]})

    def _item(self, rng: np.random.Generator) -> dict[str, np.ndarray]:
        scene, levels = self._scene(rng)
        with torch.no_grad():
            latents = self.projection.encode(torch.from_numpy(levels)[None])[0].numpy()
        film = film_of(scene, CLEAR_SIGHT, CLEAR_MOVEMENT)
        asked = list(rng.permutation(scene.kinds)) if rng.random() < ASKED else []
        text, mask = prompt(asked)
        drop = np.array(rng.random() < DROPPED)
        return {
            "latents": latents,
            "clip": film.clip,
            "sync": film.sync,
            "text": text,
            "text_mask": mask,
            "drop_video": drop,
            "drop_text": drop,
            "heard": _kinds_at(scene, len(latents)),
            "seen": _kinds_at(scene, len(film.clip)),
        }

    def _scene(self, rng: np.random.Generator) -> tuple[Scene, np.ndarray]:
        """A scene of 8 s of sounds of the library, with its levels (bins, T)."""
        count = 1 + int(rng.choice(3, p=SHOTS_OF_A_CLIP))
        inner = [(cut + rng.uniform(-0.35, 0.35)) * TRAINING_S / count for cut in range(1, count)]
        shots, sources, levels = [], [], []
        frames = latents_of(TRAINING_S) * self.projection.frames
        for start, end in zip([0.0, *inner], [*inner, float(TRAINING_S)], strict=True):
            first, last = round(start / self.hop_s), round(end / self.hop_s) if end < TRAINING_S else frames
            own = self.sounds[str(rng.choice(KINDS))]
            number = int(rng.integers(len(own.sources)))
            begin = int(rng.integers(own.levels.shape[2] - (last - first) + 1))
            gain = 10 ** (rng.uniform(-6, 3) / 20)
            cut = own.levels[number, :, begin : begin + last - first].astype(np.float32) + np.float32(np.log(gain))
            levels.append(np.maximum(cut, np.float32(self.floor)))
            shots.append(Shot(start, end, 0))
            sources.append(_moved(own.sources[number], begin * self.hop_s, start, end))
        scene = Scene(int(rng.integers(2**40)), float(TRAINING_S), tuple(shots), tuple(sources))
        return scene, np.concatenate(levels, 1)


def _moved(source: Source, begin_s: float, start_s: float, end_s: float) -> Source:
    """What a source does from `begin_s` on, from `start_s` to `end_s` of another film."""
    part = excerpt(source, begin_s, begin_s + end_s - start_s)
    return replace(part, start_s=start_s, end_s=end_s, events_s=part.events_s - begin_s + start_s)


def _kinds_at(scene: Scene, count: int) -> np.ndarray:
    """(count, kinds): which kind each of so many equal parts of the scene is of, float32."""
    times = (np.arange(count) + 0.5) * scene.duration_s / count
    at = np.searchsorted([source.start_s for source in scene.sources], times, side="right") - 1
    numbers = np.array([KIND_NAMES.index(source.kind) for source in scene.sources])
    return np.eye(len(KIND_NAMES), dtype=np.float32)[numbers[at]]


@dataclass(frozen=True)
class Films:
    """Films of one length, with scenes that no training takes. clip (B, V, ·), sync (B, S, ·), text (B, WORDS, ·) and
    its mask: what the network is told of them."""

    seconds: float
    scenes: tuple[Scene, ...]
    clip: torch.Tensor
    sync: torch.Tensor
    text: torch.Tensor
    text_mask: torch.Tensor


def films_of(seconds: float, count: int | None = None) -> Films:
    """The films of a length, `count` of them or as many as `FILMS` says: each cuts between four kinds."""
    scenes = tuple(_film(seconds, number) for number in range(FILMS[seconds] if count is None else count))
    shown = [film_of(scene, CLEAR_SIGHT, CLEAR_MOVEMENT) for scene in scenes]
    words, masks = zip(*(prompt(scene.kinds) for scene in scenes), strict=True)
    return Films(
        seconds,
        scenes,
        torch.from_numpy(np.stack([film.clip for film in shown])),
        torch.from_numpy(np.stack([film.sync for film in shown])),
        torch.from_numpy(np.stack(words)),
        torch.from_numpy(np.stack(masks)),
    )


def in_clips(films: Films) -> Films:
    """The same films cut into clips of the length of training, those of one film after the other; the last one of a
    film holds its last picture. Each is told as in training, by the kinds that it shows."""
    count = ceil(films.seconds / TRAINING_S)
    starts = [TRAINING_S * number for number in range(count)]
    told = [prompt(_shown(scene, start, start + TRAINING_S)) for scene in films.scenes for start in starts]
    words, masks = (torch.from_numpy(np.stack(part)) for part in zip(*told, strict=True))
    scenes = tuple(scene for scene in films.scenes for _ in starts)
    clip, sync = (_cut(rows, count, fps) for rows, fps in ((films.clip, CLIP_FPS), (films.sync, SYNC_FPS)))
    return Films(float(TRAINING_S), scenes, clip, sync, words, masks)


def _shown(scene: Scene, start_s: float, end_s: float) -> list[str]:
    there = [source.kind for source in scene.sources if source.start_s < end_s and source.end_s > start_s]
    return list(dict.fromkeys(there))


def _cut(rows: torch.Tensor, count: int, fps: int) -> torch.Tensor:
    """(B, T, E) to (B count, TRAINING_S fps, E)."""
    missing = count * TRAINING_S * fps - rows.shape[1]
    whole = torch.cat((rows, rows[:, -1:].expand(-1, missing, -1)), 1)
    return whole.unflatten(1, (count, -1)).flatten(0, 1)


def _film(seconds: float, number: int) -> Scene:
    rng = np.random.default_rng((number, round(seconds), 0x9F00F))
    kinds = [str(kind) for some in (HITTING, LASTING) for kind in rng.choice(some, PALETTE, replace=False)]
    config = SceneConfig(kinds=tuple(kinds), shot_s=SHOT_S, sources_per_shot=(1, 0, 0))
    return make_scene(FIRST_SEED + 700_000 + 1000 * round(seconds) + number, seconds, config)
