"""Draws scenes: what sounds when in which shot. Everything is drawn by name, so that a new kind moves no other one."""

import hashlib
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from mmhnet_cli.training.world.kinds import DRAWN, KINDS
from mmhnet_cli.training.world.rhythm import event_times
from mmhnet_cli.training.world.scene import CONTROL_RATE_HZ, Scene, Shot, Source


@dataclass(frozen=True)
class SceneConfig:
    """How scenes are drawn.

    kinds: which kinds may sound, in any order. A scene is the same whatever other kinds there are.
    shot_s: shortest and longest shot; a scene shorter than the longest may be one shot.
    sources_per_shot: probabilities of one, two and three sources in a shot.
    rescored: probability that a source sounds like another kind than it looks.
    """

    kinds: tuple[str, ...] = DRAWN
    shot_s: tuple[float, float] = (2.5, 12.0)
    sources_per_shot: tuple[float, float, float] = (0.7, 0.22, 0.08)
    rescored: float = 0.0


def ranked(names: Iterable[str], seed: int) -> list[str]:
    """Names in a random order in which each has its place by itself: one more, or one less, swaps no two others."""
    return sorted(names, key=lambda name: hashlib.blake2b(f"{seed} {name}".encode(), digest_size=8).digest())


def make_scene(seed: int, duration_s: float, config: SceneConfig = SceneConfig()) -> Scene:
    """Draw a scene. The same seed, duration and config give the same scene."""
    rng = np.random.default_rng((seed, 0x5CE4E))
    shots, sources = [], []
    start = 0.0
    while start < duration_s:
        end = start + rng.uniform(*config.shot_s)
        if duration_s - end < config.shot_s[0]:
            end = duration_s
        shots.append(Shot(start, end, int(rng.integers(2**31))))
        sources += _sources_of(shots[-1], config)
        start = end
    return Scene(seed, duration_s, tuple(shots), tuple(sources))


def _sources_of(shot: Shot, config: SceneConfig) -> list[Source]:
    rng = np.random.default_rng((shot.seed, 0x50C))
    count = 1 + int(rng.choice(3, p=np.asarray(config.sources_per_shot) / sum(config.sources_per_shot)))
    chosen: list[str] = []
    for name in ranked(config.kinds, shot.seed):
        # Two eventful sources at once would make it undecidable which one an onset belongs to.
        taken = KINDS[name].eventful and any(KINDS[other].eventful for other in chosen)
        if len(chosen) < count and not taken:
            chosen.append(name)
    columns = rng.permutation(len(chosen))
    return [
        _source(shot, name, config, column=(int(column), len(chosen)))
        for name, column in zip(chosen, columns, strict=True)
    ]


def _source(shot: Shot, kind: str, config: SceneConfig, column: tuple[int, int]) -> Source:
    rng = np.random.default_rng((shot.seed, zlib.crc32(kind.encode())))
    looks = ranked(config.kinds, int(rng.integers(2**31)))[0] if rng.random() < config.rescored else kind
    rhythm = KINDS[looks].rhythm or KINDS[kind].rhythm
    events = np.zeros(0) if rhythm is None else event_times(rng, rhythm, shot.start_s, shot.end_s)
    index, count = column
    centre = (index - (count - 1) / 2) * 1.6 / count
    return Source(
        kind=kind,
        looks=looks,
        start_s=shot.start_s,
        end_s=shot.end_s,
        events_s=events,
        strengths=_strengths(rng, len(events)),
        curve=control_curve(rng, shot.end_s - shot.start_s),
        gain=_gain(rng),
        x=float(centre + rng.uniform(-0.12, 0.12)),
        y=float(rng.uniform(-0.08, 0.12)),
        size=float(rng.uniform(0.45, 0.8) / count**0.3),
        seed=int(rng.integers(2**31)),
    )


def _strengths(rng: np.random.Generator, count: int) -> np.ndarray:
    return rng.uniform(0.35, 1.0, count) ** 0.7


def _gain(rng: np.random.Generator) -> float:
    return float(10 ** (rng.uniform(-6, 3) / 20))


def control_curve(rng: np.random.Generator, length_s: float) -> np.ndarray:
    """Smooth random control in [0, 1], (ceil(length_s * 25) + 1,): knots every 1 to 3 s, cosine between them."""
    count = int(np.ceil(length_s * CONTROL_RATE_HZ)) + 1
    times = np.arange(count) / CONTROL_RATE_HZ
    knots = np.cumsum(np.concatenate([[0.0], rng.uniform(1.0, 3.0, int(length_s) + 2)]))
    values = rng.uniform(0.0, 1.0, len(knots))
    if rng.random() < 0.3:
        values[:] = values[0]
    left = np.clip(np.searchsorted(knots, times, side="right") - 1, 0, len(knots) - 2)
    phase = (times - knots[left]) / (knots[left + 1] - knots[left])
    blend = (1 - np.cos(np.pi * phase)) / 2
    return (1 - blend) * values[left] + blend * values[left + 1]
