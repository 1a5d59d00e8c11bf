"""The names for Python: a film, or pictures, to sound in memory. No file is needed but the film, and none is written.

What stands in `__all__` keeps its name and its arguments; what lies below may move. All problems are `MMHNetError`s.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch

from mmhnet_cli.audio.loudness import Loudness, measure
from mmhnet_cli.errors import MMHNetError
from mmhnet_cli.media import probe as media_probe
from mmhnet_cli.media.frames import FrameBatch, FrameStream, read_frames
from mmhnet_cli.media.probe import VideoInfo
from mmhnet_cli.options import LongForm, SamplerOptions
from mmhnet_cli.options.table import CHOICES
from mmhnet_cli.pipeline.asking.chosen_part import chosen_part
from mmhnet_cli.pipeline.delivery.level import level_for
from mmhnet_cli.pipeline.making.load import LoadedModel, load_named_model
from mmhnet_cli.pipeline.making.voice import frames_in_time, voice_of

__all__ = [
    "LoadedModel",
    "Loudness",
    "MMHNetError",
    "Pictures",
    "Sound",
    "VideoInfo",
    "generate",
    "load_model",
    "measure",
    "probe",
]


@dataclass(frozen=True)
class Pictures:
    """A film in memory."""

    frames: np.ndarray
    """They are (N, H, W, 3) uint8 RGB, upright."""
    fps: Fraction | float
    """It counts frames per second; a fraction is exact."""

    @property
    def duration(self) -> Fraction:
        """Return how many seconds the pictures last."""
        return len(self.frames) / _exact(self.fps)


@dataclass(frozen=True)
class Sound:
    """A sound in memory."""

    samples: np.ndarray
    """They are (1, n) float32, full scale +-1; n is the duration, to the sample."""
    rate_hz: int
    """A second has so many samples."""


def load_model(name: str = "mini", device: str = "auto") -> LoadedModel:
    """Load the model called `name`, a folder of one, or one of the hub that was pulled, onto `device`.

    It serves any number of films. Raises UnknownModel, WeightsMissing, WeightsInvalid, DeviceMissing or OutOfMemory.
    """
    return load_named_model(name, device)


def probe(path: str | Path) -> VideoInfo:
    """Return duration, rate, size, timecode and tracks of a film. Raises FilmNotFound, FilmUnreadable or NoPicture."""
    return media_probe.probe(Path(path))


def generate(
    film: str | Path | Pictures,
    prompt: str = "",
    *,
    negative_prompt: str = "",
    model: str | LoadedModel = "mini",
    start: Fraction | float | str | None = None,
    end: Fraction | float | str | None = None,
    seed: int = SamplerOptions.seed,
    steps: int = SamplerOptions.steps,
    guidance: float | None = None,
    loudness: str = "ebu",
    rate_hz: int = 48000,
) -> Sound:
    """Make the sound that `mmhnet generate` makes of a film with these choices, in memory.

    start, end: seconds from the first picture or, of a film, a timecode. guidance: None is the model's own.
    loudness: a target as `--loudness` takes it; "off" leaves the level alone.
    Raises what `probe` and `load_model` raise, BadOption or BadRange, and FilmUnreadable for damaged pictures.
    """
    target, sampler = CHOICES["loudness"].read(loudness, "loudness"), SamplerOptions(steps, guidance, seed=seed)
    info = film if isinstance(film, Pictures) else probe(film)
    first, last = _part(info, start, end)
    loaded = load_model(model) if isinstance(model, str) else model
    voice = voice_of(
        loaded,
        lambda streams, begin_s, end_s: _batches(info, begin_s, end_s, streams),
        info.duration,
        (first, last),
        prompt,
        negative_prompt,
        sampler,
        LongForm(),
        rate_hz,
    )
    return Sound(level_for(voice, rate_hz, target).applied(voice), rate_hz)


def _part(
    film: VideoInfo | Pictures, start: Fraction | float | str | None, end: Fraction | float | str | None
) -> tuple[Fraction, Fraction]:
    first, last = (_exact(value) if isinstance(value, float | int) else value for value in (start, end))
    if isinstance(film, VideoInfo):
        return chosen_part(first, last, film, film.timecode.start)
    if isinstance(first, str) or isinstance(last, str):
        raise ValueError("pictures have no timecode: start and end are seconds")
    part = (first or Fraction(0), film.duration if last is None else last)
    if not 0 <= part[0] < part[1] <= film.duration:
        raise ValueError(f"{part[0]} to {part[1]} s is no part of pictures of {film.duration} s")
    return part


def _batches(
    film: VideoInfo | Pictures, first: Fraction, last: Fraction, streams: Sequence[FrameStream]
) -> Iterator[FrameBatch]:
    if isinstance(film, VideoInfo):
        return read_frames(film, first, last, streams, threads=torch.get_num_threads())
    pictures = film

    def picture_at(time: Fraction) -> np.ndarray:
        return np.asarray(pictures.frames[math.floor((first + time) * _exact(pictures.fps))])

    return frames_in_time(picture_at, streams, last - first)


def _exact(value: Fraction | float) -> Fraction:
    """Return the decimal that is seen, not the binary fraction behind it."""
    return value if isinstance(value, Fraction) else Fraction(str(value))
