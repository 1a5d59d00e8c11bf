"""From latents to sound."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from mmhnet_cli.audio.resample import resample
from mmhnet_cli.codec.protocol import StereoCodec
from mmhnet_cli.errors import SoundNotFinite
from mmhnet_cli.pipeline.making.allocator import give_back_memory
from mmhnet_cli.pipeline.making.load import LoadedModel
from mmhnet_cli.timeline import SequenceConfig, Timeline, exact_ratio


@dataclass(frozen=True)
class Sides:
    """Left and right are to be told apart.

    pan: place of the sound at each frame of the sync stream, (S,) from -1, left, to 1; None is the middle.
    """

    pan: np.ndarray | None = None

    def at_latents(self, latents: int, timeline: Timeline) -> Tensor | None:
        """Return the place at the middle of each latent, (L,)."""
        if self.pan is None:
            return None
        times = (np.arange(latents) + 0.5) / float(timeline.sequence.latent_rate_hz) * timeline.sequence.sync_fps
        return torch.from_numpy(np.interp(times, np.arange(len(self.pan)) + 0.5, self.pan).astype(np.float32))


@torch.inference_mode()
def decode(
    model: LoadedModel,
    latents: Tensor,
    timeline: Timeline,
    rate_hz: int,
    samples: int,
    done: Callable[[int], None],
    sides: Sides | None = None,
    first: int = 0,
) -> np.ndarray:
    """Decode latents (L, C) to sound (1, samples) float32 at `rate_hz`; `samples` is `timeline`'s length there.

    done: hears how many latents are decoded. sides: with them, the sound is (2, samples). first: which latent of a film
    they begin with; then the sound begins at `first_sample`, with silence up to the latent, and is that much longer.
    Raises SoundNotFinite.
    """
    model_rate_hz = model.sequence.sample_rate_hz
    # Latents round up: what they hold beyond the last picture is cut before any filter can carry it back.
    filled = _lead(first, model.sequence, rate_hz)
    length = filled + timeline.output_samples(model_rate_hz)
    native = np.zeros((1 if sides is None else 2, length), dtype=np.float32)
    for block in _blocks(model, latents, timeline, sides, first, lambda share: done(round(share * latents.shape[0]))):
        kept = min(len(block), native.shape[1] - filled)
        native[:, filled : filled + kept] = block[:kept].T
        filled += kept
    # Blocks leave hundreds of megabytes in pieces, which would lie beside what follows.
    give_back_memory()
    sound = resample(native, model_rate_hz, rate_hz, samples)
    # Weights that are numbers, each by itself, can lead to sound that is none.
    if not np.isfinite(sound).all():
        raise SoundNotFinite(model.name)
    return sound


def first_sample(first: int, sequence: SequenceConfig, rate_hz: int) -> int:
    """Return the sample at `rate_hz` at which the sound of latent `first` of a film begins, or the last one before it
    that is a whole sample of the codec's as well, so that pieces of a film are all resampled on one grid."""
    native = first * sequence.samples_per_latent - _lead(first, sequence, rate_hz)
    return exact_ratio(native * rate_hz, sequence.sample_rate_hz)


def _lead(first: int, sequence: SequenceConfig, rate_hz: int) -> int:
    """Return how many samples of the codec's lie between `first_sample` and latent `first`."""
    step = sequence.sample_rate_hz // math.gcd(sequence.sample_rate_hz, rate_hz)
    return first * sequence.samples_per_latent % step


def _blocks(
    model: LoadedModel,
    latents: Tensor,
    timeline: Timeline,
    sides: Sides | None,
    first: int,
    progress: Callable[[float], None],
) -> Iterator[np.ndarray]:
    """Yield blocks (N, 1 or 2) of the codec."""
    if sides is not None:
        assert isinstance(model.codec, StereoCodec)
        pan = sides.at_latents(len(latents), timeline)
        yield from model.codec.decode_stereo_stream(latents, pan, progress=progress, first=first)
        return
    for block in model.codec.decode_stream(latents, progress, first=first):
        yield block[:, None]
