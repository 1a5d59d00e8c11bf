"""Draws clips for the codec: kinds of the world and raw sounds, mixed and treated."""

import numpy as np

from mmhnet_cli.training.varied.sources import RAW_SOUNDS
from mmhnet_cli.training.varied.treatments import at_a_level, band_limited, in_a_room, lossy, on_a_bed
from mmhnet_cli.training.world.dsp import samples_of
from mmhnet_cli.training.world.script import SceneConfig, make_scene
from mmhnet_cli.training.world.sound import render_sound

SCENES = SceneConfig(shot_s=(2.0, 6.0))
TREATMENTS = ((0.35, in_a_room), (0.45, on_a_bed), (0.35, band_limited), (0.25, lossy))
"""Each with its probability, in the order in which they befall a sound."""


def varied_clip(seed: int, duration_s: float) -> np.ndarray:
    """One clip (round(duration_s * 44100),) float32 in [-1, 1]; half of them are scenes, a third of these untouched."""
    rng = np.random.default_rng((seed, 0xC0DEC))
    if rng.random() < 0.5:
        sound: np.ndarray = render_sound(make_scene(seed, duration_s, SCENES)).astype(np.float64)
        if rng.random() < 1 / 3:
            return sound.astype(np.float32)
    else:
        sound = _mixed(rng, samples_of(duration_s))
    for probability, treatment in TREATMENTS:
        if rng.random() < probability:
            sound = treatment(rng, sound)
    return np.clip(at_a_level(rng, sound), -1, 1).astype(np.float32)


def _mixed(rng: np.random.Generator, count: int) -> np.ndarray:
    """One or two raw sounds, each there for all of the clip or for a part."""
    out = np.zeros(count)
    for _ in range(1 + int(rng.random() < 0.4)):
        raw = RAW_SOUNDS[rng.integers(len(RAW_SOUNDS))]
        sound = raw(rng, count)
        if rng.random() < 0.3:
            first, last = np.sort(rng.integers(count, size=2))
            sound[:first] = 0
            sound[last:] = 0
        out += 10 ** (rng.uniform(-25, 0) / 20) * sound
    return out
