"""One sound of one film in memory, from its frames to its samples: what scripts need, without files."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction

import numpy as np
import torch

from mmhnet_cli.audio.edges import fade_edges
from mmhnet_cli.encoders.resize import shrink
from mmhnet_cli.errors import SoundNotFinite
from mmhnet_cli.media.frames import FrameBatch, FrameStream
from mmhnet_cli.options import LongForm, SamplerOptions
from mmhnet_cli.pipeline.making.decoding import decode
from mmhnet_cli.pipeline.making.features import film_features, picture_features
from mmhnet_cli.pipeline.making.load import LoadedModel
from mmhnet_cli.pipeline.making.sampling import Part, sample
from mmhnet_cli.timeline import Timeline

BATCH_FRAMES = 8


@torch.inference_mode()
def voice_of(
    model: LoadedModel,
    frames: Callable[[Sequence[FrameStream]], Iterable[FrameBatch]],
    duration: Fraction,
    prompt: str,
    negative_prompt: str,
    sampler: SamplerOptions,
    form: LongForm,
    rate_hz: int,
) -> np.ndarray:
    """Return samples (1, n) float32 at `rate_hz`, with faded edges, before any levelling. duration: in seconds.

    frames: gives the frames of the streams that it is asked for. Raises SoundNotFinite, and BadOption as `plan_film`.
    """
    encoders, timeline = model.load_encoders(), Timeline(duration, model.sequence)
    picture = picture_features(encoders, frames(encoders.streams), _ignore)
    features = film_features(model, encoders, picture, prompt, negative_prompt)
    (latents,) = sample(model, [Part(features, timeline.latents, sampler.seed, form)], sampler, _ignore)
    voice = decode(model, latents, timeline, rate_hz, timeline.output_samples(rate_hz), _ignore)
    if not np.isfinite(voice).all():
        raise SoundNotFinite(model.name)
    return fade_edges(voice, rate_hz)


def frames_in_time(
    picture_at: Callable[[Fraction], np.ndarray], streams: Sequence[FrameStream], duration: Fraction
) -> Iterator[FrameBatch]:
    """Yield the frames of a film in memory at the rates and sizes of the encoders, stream after stream, a few at once.

    picture_at: seconds to the picture (H, W, 3) uint8 RGB that is shown then.
    """
    for number, stream in enumerate(streams):
        count = math.ceil(duration * stream.fps)
        for first in range(0, count, BATCH_FRAMES):
            times = [Fraction(step, stream.fps) for step in range(first, min(first + BATCH_FRAMES, count))]
            pictures = (picture_at(time) for time in times)
            frames = [shrink(picture, *stream.size(picture.shape[1], picture.shape[0])) for picture in pictures]
            yield FrameBatch(number, first, np.stack(frames))


def _ignore(done: int) -> None:
    pass
