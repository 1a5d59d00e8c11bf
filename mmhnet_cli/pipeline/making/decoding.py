"""From latents to sound."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from mmhnet_cli.audio.resample import resample
from mmhnet_cli.errors import SoundNotFinite
from mmhnet_cli.pipeline.making.allocator import give_back_memory
from mmhnet_cli.pipeline.making.load import LoadedModel
from mmhnet_cli.timeline import Timeline


@torch.inference_mode()
def decode(
    model: LoadedModel, latents: Tensor, timeline: Timeline, rate_hz: int, samples: int, done: Callable[[int], None]
) -> np.ndarray:
    """Decode latents (L, C) to sound (1, samples) float32 at `rate_hz`; `samples` is `timeline`'s length there.

    done: hears how many latents are decoded. Raises SoundNotFinite.
    """
    give_back_memory()
    model_rate_hz = model.sequence.sample_rate_hz
    # Latents round up: what they hold beyond the last picture is cut before any filter can carry it back.
    native = np.zeros((1, timeline.output_samples(model_rate_hz)), dtype=np.float32)
    filled = 0
    for block in model.codec.decode_stream(latents, lambda share: done(round(share * latents.shape[0]))):
        kept = min(len(block), native.shape[1] - filled)
        native[0, filled : filled + kept] = block[:kept]
        filled += kept
    sound = resample(native, model_rate_hz, rate_hz, samples)
    # Weights that are numbers, each by itself, can lead to sound that is none.
    if not np.isfinite(sound).all():
        raise SoundNotFinite(model.name)
    return sound
