"""The sound of a film in clips of 8 s; what cannot be one is told."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from mmhnet_cli.audio.loudness import MOMENTARY_HOPS, hop_energies, integrated_loudness, window_loudness
from mmhnet_cli.errors import MMHNetError
from mmhnet_cli.training.films.places import CLIP_S

SILENT_LUFS = -60.0
"""A clip that is softer has nothing to be learnt from: it is silence, or the noise of a recorder."""


@dataclass(frozen=True)
class Clip:
    """8 s of a film. `sound` is (samples,) float32 at the rate of the codec, in [-1, 1]; `lufs` is its loudness."""

    start_s: int
    sound: np.ndarray
    lufs: float


@dataclass(frozen=True)
class LeftOut:
    """A stretch of a film, or all of it where the times are None, that is not trained on, and why."""

    start_s: float | None
    end_s: float | None
    reason: str | MMHNetError


def clips_of(seconds: Iterable[np.ndarray], rate_hz: int, starts: Sequence[int]) -> Iterator[Clip | LeftOut]:
    """Yield the clips that begin at `starts`, in order; they may lie over each other.

    seconds: the sound in consecutive parts of a second, (channels, rate_hz) each, from the first picture on; where they
    end there is silence.
    """
    parts, held, second = iter(seconds), deque[np.ndarray | None](maxlen=CLIP_S), 0
    for start_s in starts:
        while second < start_s + CLIP_S:
            held.append(next(parts, None))
            second += 1
        yield _clip(start_s, list(held), rate_hz)


def _clip(start_s: int, parts: Sequence[np.ndarray | None], rate_hz: int) -> Clip | LeftOut:
    there = [part.mean(axis=0, dtype=np.float32) for part in parts if part is not None]
    sound = np.concatenate([*there, np.zeros((CLIP_S - len(there)) * rate_hz, np.float32)])
    if not np.isfinite(sound).all():
        return LeftOut(start_s, start_s + CLIP_S, "sound that is no numbers")
    lufs = integrated_loudness(window_loudness(hop_energies(sound[None], rate_hz), MOMENTARY_HOPS))
    if lufs is None or lufs < SILENT_LUFS:
        return LeftOut(start_s, start_s + CLIP_S, "silence")
    # Sound in floating point, and channels that are brought together, may pass full scale.
    return Clip(start_s, sound / max(1.0, float(np.abs(sound).max())), round(lufs, 1))
