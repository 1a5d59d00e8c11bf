"""A library of single sounds: every kind by itself, rendered once, from which training cuts and mixes its clips.

Scenes rendered whole would hold each sound once. Kept apart, sounds meet in any company, at any moment and level, and
a new kind adds its own files and leaves all others as they are.
"""

import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mmhnet_cli.training.world.kinds import KINDS
from mmhnet_cli.training.world.rhythm import event_times
from mmhnet_cli.training.world.scene import Scene, Source
from mmhnet_cli.training.world.script import control_curve
from mmhnet_cli.training.world.sound import render_sound

SOUND_S = 10.0
"""Length of a sound: two seconds more than a clip, so that a clip begins anywhere in it."""


@dataclass(frozen=True)
class Sounds:
    """All sounds of one kind. levels (N, bins, T) float16, mapped from disk; sources (N,): events, strengths, curve."""

    kind: str
    levels: np.ndarray
    sources: tuple[Source, ...]


def solo(kind: str, number: int) -> Source:
    """The source of one sound of the library, drawn by the kind's name and the number: always the same."""
    rng = np.random.default_rng((number, zlib.crc32(kind.encode()), 0x501))
    rhythm = KINDS[kind].rhythm
    events = np.zeros(0) if rhythm is None else event_times(rng, rhythm, 0.0, SOUND_S)
    return Source(
        kind=kind,
        looks=kind,
        start_s=0.0,
        end_s=SOUND_S,
        events_s=events,
        strengths=_strengths(rng, len(events)),
        curve=_curve(rng),
        gain=1.0,
        x=0.0,
        y=0.0,
        size=0.6,
        seed=int(rng.integers(2**31)),
    )


def _strengths(rng: np.random.Generator, count: int) -> np.ndarray:
    """Strengths in (0, 1] around one that the whole sound has: a light hand all along, or a heavy one."""
    hand = rng.uniform(0.3, 1.0)
    return np.clip(hand + rng.uniform(-0.2, 0.2, count), 0.2, 1.0) ** 0.7


def _curve(rng: np.random.Generator) -> np.ndarray:
    """Intensity around one that the whole sound has; in two of five it stays there."""
    middle, reach = rng.uniform(0.0, 1.0), rng.choice([0.0, 0.15, 0.5], p=(0.4, 0.3, 0.3))
    return np.clip(middle + reach * (2 * control_curve(rng, SOUND_S) - 1), 0.0, 1.0)


def render(kind: str, number: int) -> np.ndarray:
    """One sound of the library, (SOUND_S * 44100,) float32."""
    return render_sound(Scene(number, SOUND_S, (), (solo(kind, number),)))


def make_library(
    folder: Path,
    per_kind: int,
    levels: Callable[[Tensor], Tensor],
    workers: int,
    report: Callable[[str], None],
    kinds: Sequence[str] = tuple(KINDS),
) -> None:
    """Make what is missing of `<kind>.npy` in `folder`, which grows at once or not at all. levels: of the codec, see
    `MiniCodec`."""
    missing = [kind for kind in kinds if len(_made(folder, kind)) < per_kind]
    folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(workers) as pool:
        for done, kind in enumerate(pool.map(partial(_make, folder, per_kind, levels), missing), 1):
            report(f"{done} of {len(missing)} kinds: {kind}")


def _made(folder: Path, kind: str) -> np.ndarray:
    """The levels that there are, (N, bins, T), mapped from disk."""
    path = folder / f"{kind}.npy"
    return np.load(path, mmap_mode="r") if path.exists() else np.zeros((0, 0, 0), np.float16)


@torch.no_grad()
def _make(folder: Path, per_kind: int, levels: Callable[[Tensor], Tensor], kind: str) -> str:
    torch.set_num_threads(1)
    made = _made(folder, kind)
    rows = [
        levels(torch.from_numpy(render(kind, number))[None])[0].half().numpy() for number in range(len(made), per_kind)
    ]
    unfinished = folder / f"{kind}.part"
    with unfinished.open("wb") as file:
        np.save(file, np.concatenate([made, np.stack(rows)]) if len(made) else np.stack(rows))
    unfinished.replace(folder / f"{kind}.npy")
    return kind


def read_sounds(folder: Path, kind: str) -> Sounds:
    """The sounds of one kind that there are."""
    levels = _made(folder, kind)
    return Sounds(kind, levels, tuple(solo(kind, number) for number in range(len(levels))))
