"""Films that nobody draws: what the network is told of a scene is made as its training makes it, of other seeds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import torch

from benchmarks.common import CODEC_RATE_HZ
from mmhnet_cli.encoders.meaning import CLIP_FPS, SYNC_FPS, moved_features, seen_features, with_hits
from mmhnet_cli.encoders.protocol import Encoders, Picture
from mmhnet_cli.encoders.seeing import SEEING_FPS, SHARPER
from mmhnet_cli.encoders.sounding import sounding
from mmhnet_cli.options import SamplerOptions
from mmhnet_cli.pipeline.making.decoding import decode
from mmhnet_cli.pipeline.making.features import film_features
from mmhnet_cli.pipeline.making.load import LoadedModel
from mmhnet_cli.pipeline.making.sampling import Part, sample
from mmhnet_cli.timeline import Timeline
from mmhnet_cli.training.movement import MovementConfig, movement
from mmhnet_cli.training.sight import SightConfig, look
from mmhnet_cli.training.world.scene import Scene

TAG = 0xAB57_0000_0000
"""Beside the seed of a scene: no step of a training is so late."""
CLEAR_SIGHT = SightConfig(missed=0.0)
CLEAR_MOVEMENT = MovementConfig(blind=0.0, missed=0.0, lag_frames=(0.0, 0.3))


@dataclass(frozen=True)
class AbstractFilm:
    """What the network is told of a picture of `duration_s`: clip (V, CLIP_DIM) and sync (S, SYNC_DIM), float32."""

    duration_s: float
    clip: np.ndarray
    sync: np.ndarray


def film_of(
    scene: Scene, sight: SightConfig = CLEAR_SIGHT, moves: MovementConfig = CLEAR_MOVEMENT, given: bool = False
) -> AbstractFilm:
    """The film of a scene, which shows what its sources look like. given: its hits are given besides."""
    rng = np.random.default_rng((scene.seed, TAG))
    seconds = scene.duration_s
    events, strengths = hits_of(scene)
    cuts = [shot.start_s for shot in scene.shots[1:]]
    happened = movement(events, strengths, cuts, int(np.ceil(seconds * SYNC_FPS)), rng, moves)
    shares = shares_of(scene, sight, rng)
    looks = np.minimum(np.arange(int(np.ceil(seconds * CLIP_FPS))) * SEEING_FPS // CLIP_FPS, len(shares) - 1)
    moved = moved_features(happened)
    sync = with_hits(moved, zip(events, strengths, strict=True)) if given else moved
    return AbstractFilm(seconds, seen_features(shares[looks]), sync)


def hits_of(scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """Times in seconds and strengths of all hits of a scene, in order."""
    events = np.concatenate([source.events_s for source in scene.sources])
    order = np.argsort(events)
    return events[order], np.concatenate([source.strengths for source in scene.sources])[order]


def shares_of(scene: Scene, sight: SightConfig, rng: np.random.Generator) -> np.ndarray:
    """Shares (looks, K) of the kinds, as `encoders.seeing` would give them of a real film of this scene."""
    table = sounding()
    times = (np.arange(int(np.ceil(scene.duration_s * SEEING_FPS))) + 0.5) / SEEING_FPS
    shot_at = np.searchsorted([shot.start_s for shot in scene.shots], times, side="right") - 1
    rows = np.zeros((len(times), len(table.classes)), np.float32)
    for number, shot in enumerate(scene.shots):
        here = shot_at == number
        kinds = [source.looks for source in scene.sources if source.start_s == shot.start_s]
        rows[here] = look(kinds, int(here.sum()), table, rng, sight)
    sharp = rows**SHARPER
    return (sharp / sharp.sum(1, keepdims=True)) @ table.shares


def unseen(film: AbstractFilm) -> AbstractFilm:
    """The film in the dark: nothing is seen, nothing moves."""
    return AbstractFilm(film.duration_s, np.zeros_like(film.clip), np.zeros_like(film.sync))


@torch.inference_mode()
def sounds_for(
    film: AbstractFilm,
    prompt: str,
    model: LoadedModel,
    encoders: Encoders,
    seeds: Sequence[int] = (SamplerOptions().seed,),
    sampler: SamplerOptions = SamplerOptions(),
) -> Iterator[np.ndarray]:
    """The network's own sound (samples,) at 44.1 kHz and its own level, for each seed."""
    timeline = Timeline(Fraction(film.duration_s), model.sequence)
    features = film_features(model, encoders, Picture(film.clip, film.sync), prompt, "")
    for seed in seeds:
        (latents,) = sample(model, [Part(features, timeline.latents, seed)], sampler, lambda done: None)
        samples = timeline.output_samples(CODEC_RATE_HZ)
        yield decode(model, latents, timeline, CODEC_RATE_HZ, samples, lambda done: None)[0]
