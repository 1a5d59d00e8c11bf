"""The steps from a film to its sound, each one function; `generate.py` puts them in a line."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
import torch
from torch import Tensor

from mmhnet_cli.audio.resample import resample
from mmhnet_cli.flow.guidance import in_turn
from mmhnet_cli.flow.noise import noise
from mmhnet_cli.flow.solvers import SOLVERS
from mmhnet_cli.flow.times import uniform_times
from mmhnet_cli.media.frames import FrameBatch, FrameStream
from mmhnet_cli.model.conditions import Features
from mmhnet_cli.options import LongForm, SamplerOptions
from mmhnet_cli.pipeline.making.encoders import Encoders
from mmhnet_cli.pipeline.making.load import LoadedModel
from mmhnet_cli.pipeline.making.long_form import plan_film, windowed_velocity
from mmhnet_cli.timeline import Timeline

Done = Callable[[int], None]


def frame_count(streams: Sequence[FrameStream], duration: Fraction) -> int:
    """Frames of all streams together, for `duration` seconds of film."""
    return sum(math.ceil(duration * stream.fps) for stream in streams)


def picture_features(encoders: Encoders, batches: Iterable[FrameBatch], done: Done) -> tuple[np.ndarray, np.ndarray]:
    """Batches of the encoders' streams to clip (V, clip_dim) and sync (S, sync_dim) features, float32."""
    extractor = encoders.extractor()
    frames = 0
    for batch in batches:
        extractor.push(batch)
        frames += len(batch.frames)
        done(frames)
    return extractor.finish()


def film_features(
    model: LoadedModel, encoders: Encoders, picture: tuple[np.ndarray, np.ndarray], prompt: str, negative_prompt: str
) -> tuple[Features, tuple[Features, ...]]:
    """Features of film and prompt, and those that guidance leads away from, in turn."""

    def words(text: str) -> tuple[Tensor, Tensor | None]:
        # No words means the empty text that the network was trained with.
        return encoders.words(text) if text.strip() else (model.network.empty_text.unsqueeze(0), None)

    clip, sync = (torch.from_numpy(part).unsqueeze(0).to(model.device, model.dtype) for part in picture)
    text, mask = words(prompt)
    features = Features(clip, sync, text.to(model.dtype), text_mask=mask)
    away, away_mask = words(negative_prompt)
    away = away.to(model.dtype)
    nothing = model.network.null_features(features, away, away_mask)
    if not model.network.config.word_guidance or prompt.strip() == negative_prompt.strip():
        return features, (nothing,)
    return features, (replace(features, text=away, text_mask=away_mask), nothing)


def sample_latents(
    model: LoadedModel,
    real: Features,
    nulls: Sequence[Features],
    latents: int,
    sampler: SamplerOptions,
    form: LongForm,
    done: Done,
) -> Tensor:
    """Latents (L, C) of the codec for a film of L `latents`, from noise that `sampler.seed` names.

    real, nulls: features (batch 1) of film and prompt, and those that guidance leads away from, in turn.
    """
    network = model.network
    windows = plan_film(network, latents, form)
    scale = sampler.guidance_for(network.config.guidance)
    guided = [windowed_velocity(network, real, null, windows, scale, form.windows_at_once) for null in nulls]
    velocity = in_turn(guided, sampler.steps)
    start = noise(sampler.seed, windows.plan.latents, network.config.latent_channels).to(model.device)

    def exact(x: Tensor, t: Tensor) -> Tensor:
        # The state stays in float32 whatever the network computes in: small steps would be lost in half precision.
        return velocity(x.to(model.dtype), t).float()

    solve = SOLVERS[sampler.solver]
    sampled = solve(exact, start, uniform_times(sampler.steps), lambda step, steps: done(step))
    return network.unnormalise(sampled)[0, :latents]


def decode(
    model: LoadedModel, latents: Tensor, timeline: Timeline, rate_hz: int, samples: int, done: Done
) -> np.ndarray:
    """Latents (L, C) to sound (1, samples) float32 at `rate_hz`; `samples` is the length of `timeline` at that rate."""
    model_rate_hz = model.sequence.sample_rate_hz
    # Latents round up: what they hold beyond the last picture is cut before any filter can carry it back.
    native = np.zeros((1, timeline.output_samples(model_rate_hz)), dtype=np.float32)
    filled = 0
    for block in model.codec.decode_stream(latents, lambda share: done(round(share * latents.shape[0]))):
        kept = min(len(block), native.shape[1] - filled)
        native[0, filled : filled + kept] = block[:kept]
        filled += kept
    return resample(native, model_rate_hz, rate_hz, samples)
