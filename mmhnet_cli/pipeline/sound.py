"""The steps from a film to its sound, each one function; `generate.py` puts them in a line."""

import math
from collections.abc import Callable, Iterable
from fractions import Fraction

import numpy as np
import torch
from torch import Tensor

from mmhnet_cli.audio.edges import fade_edges
from mmhnet_cli.audio.loudness import GainDecision, Loudness, gain_to_target, measure
from mmhnet_cli.audio.resample import resample
from mmhnet_cli.encoders.descriptors import STREAMS, DescriptorExtractor
from mmhnet_cli.flow.guidance import guided
from mmhnet_cli.flow.noise import noise
from mmhnet_cli.flow.solvers import SOLVERS
from mmhnet_cli.flow.times import uniform_times
from mmhnet_cli.media.frames import FrameBatch
from mmhnet_cli.model.conditions import Conditions, Features
from mmhnet_cli.options import LoudnessTarget, SamplerOptions
from mmhnet_cli.pipeline.load import LoadedModel
from mmhnet_cli.timeline import Timeline

Done = Callable[[int], None]


def frame_count(duration: Fraction) -> int:
    """Frames of both streams together, for `duration` seconds of film."""
    return sum(math.ceil(duration * stream.fps) for stream in STREAMS)


def picture_features(batches: Iterable[FrameBatch], done: Done) -> tuple[np.ndarray, np.ndarray]:
    """Batches of both streams to clip (V, clip_dim) and sync (S, sync_dim) features, float32."""
    extractor = DescriptorExtractor()
    frames = 0
    for batch in batches:
        extractor.push(batch)
        frames += len(batch.frames)
        done(frames)
    return extractor.finish()


def film_conditions(
    model: LoadedModel, picture: tuple[np.ndarray, np.ndarray], prompt: str, negative_prompt: str, latents: int
) -> tuple[Conditions, Conditions]:
    """Conditions of film and prompt, and those that guidance leads away from. latents: L."""
    clip, sync = (torch.from_numpy(part).unsqueeze(0).to(model.device) for part in picture)
    text, mask = _text(model, prompt)
    features = Features(clip, sync, text, text_mask=mask)
    away, away_mask = _text(model, negative_prompt)
    real = model.network.condition(features, latents)
    return real, model.network.null_conditions(features, latents, text=away, text_mask=away_mask)


def sample_latents(
    model: LoadedModel, real: Conditions, null: Conditions, sampler: SamplerOptions, done: Done
) -> Tensor:
    """Latents (L, C) of the codec, from noise that `sampler.seed` names."""
    network = model.network
    start = noise(sampler.seed, 0, real.latents, network.config.latent_channels).to(model.device)

    def alone(latents: Tensor, t: Tensor) -> Tensor:
        return network.velocity(latents, t, real)

    def pair(latents: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
        return network.paired_velocity(latents, t, real, null)

    velocity = guided(alone, pair, sampler.guidance)
    solve = SOLVERS[sampler.solver]
    latents = solve(velocity, start, uniform_times(sampler.steps), lambda step, steps: done(step))
    return network.unnormalise(latents)[0]


def decode(model: LoadedModel, latents: Tensor, timeline: Timeline, rate_hz: int, done: Done) -> np.ndarray:
    """Latents (L, C) to sound (1, n) float32 at `rate_hz`, n exactly the samples of the film."""
    model_rate_hz = model.sequence.sample_rate_hz
    # Latents round up: what they hold beyond the last picture is cut before any filter can carry it back.
    native = np.zeros((1, timeline.output_samples(model_rate_hz)), dtype=np.float32)
    filled = 0
    for block in model.codec.decode_stream(latents, lambda share: done(round(share * latents.shape[0]))):
        kept = min(len(block), native.shape[1] - filled)
        native[0, filled : filled + kept] = block[:kept]
        filled += kept
    return resample(native, model_rate_hz, rate_hz, timeline.output_samples(rate_hz))


def to_level(samples: np.ndarray, rate_hz: int, target: LoudnessTarget) -> tuple[np.ndarray, Loudness, GainDecision]:
    """Sound with quiet edges and one static gain, its loudness before that gain, and the gain."""
    faded = fade_edges(samples, rate_hz)
    before = measure(faded, rate_hz)
    decision = gain_to_target(before, target)
    faded *= np.float32(10 ** (decision.gain_db / 20))
    return faded, before, decision


def _text(model: LoadedModel, prompt: str) -> tuple[Tensor, Tensor | None]:
    """Features (1, W, text_dim) and mask. No words means the learned empty text, as in training."""
    if not prompt.strip():
        return model.network.empty_text.unsqueeze(0), None
    return model.text(model.text.tokenize([prompt]).to(model.device))
