"""A film with its sound becomes clips of 8 s, end to end; what cannot be one is told."""

from collections.abc import Collection, Iterator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from mmhnet_cli.audio.loudness import MOMENTARY_HOPS, hop_energies, integrated_loudness, window_loudness
from mmhnet_cli.media.ffmpeg import FfmpegProgram
from mmhnet_cli.media.original_sound import original_parts
from mmhnet_cli.media.probe import VideoInfo

CLIP_S = 8
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
    reason: str


def cut(film: VideoInfo, rate_hz: int, ffmpeg: FfmpegProgram, known: Collection[int]) -> Iterator[Clip | LeftOut]:
    """Yield the clips of a film from its first picture on, but for those that begin at `known` seconds.

    Raises AudioUnreadable, also where the film has no sound.
    """
    count = int(film.duration // CLIP_S)
    if not count:
        yield LeftOut(0.0, float(film.duration), f"{float(film.duration):.2f} s of film, a clip has {CLIP_S} s")
        return
    parts = original_parts(film, rate_hz, CLIP_S * rate_hz, ffmpeg)
    with closing(parts):
        for start_s in range(0, CLIP_S * count, CLIP_S):
            part = next(parts, None)
            if start_s not in known:
                yield _clip(start_s, part, rate_hz)
    rest = film.duration - CLIP_S * count
    # One picture more than a whole number of clips is no loss to tell of.
    if rest > Fraction(1, 2):
        reason = f"the last {float(rest):.2f} s, a clip has {CLIP_S} s"
        yield LeftOut(float(CLIP_S * count), float(film.duration), reason)


def _clip(start_s: int, part: np.ndarray | None, rate_hz: int) -> Clip | LeftOut:
    if part is None:
        return LeftOut(start_s, start_s + CLIP_S, "silence")
    sound = part.mean(axis=0, dtype=np.float32)
    if not np.isfinite(sound).all():
        return LeftOut(start_s, start_s + CLIP_S, "sound that is no numbers")
    lufs = integrated_loudness(window_loudness(hop_energies(sound[None], rate_hz), MOMENTARY_HOPS))
    if lufs is None or lufs < SILENT_LUFS:
        return LeftOut(start_s, start_s + CLIP_S, "silence")
    # Sound in floating point, and channels that are brought together, may pass full scale.
    return Clip(start_s, sound / max(1.0, float(np.abs(sound).max())), round(lufs, 1))
