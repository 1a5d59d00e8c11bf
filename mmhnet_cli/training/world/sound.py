"""The sound of a scene: every source synthesised by its kind, summed at its gain."""

import zlib

import numpy as np

from mmhnet_cli.training.world.dsp import RELEASE_S, sample_count, samples_of, soft_limit
from mmhnet_cli.training.world.kinds import KINDS
from mmhnet_cli.training.world.scene import Scene, Source

MASTER_GAIN = 0.7

ATTACK_S = 0.008
"""Fade-in of continuous sounds. Eventful ones start from silence and keep their attacks."""


def render_sound(scene: Scene) -> np.ndarray:
    """Sound of a scene, (round(duration_s * 44100),) float32, mono, no sample above 0.99."""
    total = np.zeros(samples_of(scene.duration_s))
    for source in scene.sources:
        total += source.gain * synthesise(source, scene.duration_s)
    return soft_limit(MASTER_GAIN * total, 0.65, 0.98).astype(np.float32)


def synthesise(source: Source, duration_s: float) -> np.ndarray:
    """One source at gain 1 on the time axis of a scene of `duration_s`, (round(duration_s * 44100),) float32."""
    # The name enters the seed, so that two kinds with the same seed share nothing.
    rng = np.random.default_rng((source.seed, zlib.crc32(source.kind.encode())))
    samples = KINDS[source.kind].sound(source, rng) * _edges(source)
    out = np.zeros(samples_of(duration_s), np.float32)
    start = samples_of(source.start_s)
    heard = samples[: max(0, len(out) - start)]
    out[start : start + len(heard)] = heard
    return out


def _edges(source: Source) -> np.ndarray:
    """Gain (sample_count,): 1 up to `end_s`, then down to 0 over the release; a short fade-in for continuous sounds."""
    gain = np.ones(sample_count(source))
    release = samples_of(RELEASE_S)
    gain[-release:] = (1 + np.cos(np.pi * np.arange(1, release + 1) / release)) / 2
    if not KINDS[source.kind].eventful:
        attack = samples_of(ATTACK_S)
        gain[:attack] *= np.arange(attack) / attack
    return gain
