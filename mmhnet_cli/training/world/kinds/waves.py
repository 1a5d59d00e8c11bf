"""Surf."""

import math
from dataclasses import dataclass

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, tint
from mmhnet_cli.training.world.dsp import (
    LOUD_RMS,
    QUIET_RMS,
    at_samples,
    bandpass,
    lowpass,
    noise,
    phase,
    sample_count,
    sustained,
    unit_rms,
)
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.scene import Source


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Surf: each swell brings a rumble, a broad wash, and a hiss of foam that stays a little longer."""
    count = sample_count(source)
    swell = np.convolve(np.pad(source.curve, (12, 12), "edge"), np.ones(25) / 25, "valid")
    lagged = np.concatenate([np.full(15, swell[0]), swell])[: len(swell)]
    water = noise(rng, count)
    rumble = unit_rms(lowpass(water, rng.uniform(180, 280)))
    wash = unit_rms(bandpass(water, 250, rng.uniform(1200, 2000)))
    foam = unit_rms(bandpass(noise(rng, count), 2000, rng.uniform(5500, 8000)))
    surf = 0.6 * rumble + at_samples(0.15 + 1.3 * swell, count) * wash + at_samples(0.05 + 0.9 * lagged, count) * foam
    # A sea whose curve stands still breathes all the same.
    breath = 0.35 * np.sin(phase(np.full(count, 1 / rng.uniform(3.0, 5.0))) + rng.uniform(0, 2 * np.pi))
    return sustained(surf * (1 + breath), np.maximum(source.curve, 0.85 * lagged), QUIET_RMS, LOUD_RMS)


def look(rng: np.random.Generator) -> Look:
    """Rows of swell that roll towards the shore, with foam on their crests."""
    deep = tint(rng, 0.1, 0.3, 0.45)
    foam = tint(rng, 0.9, 0.94, 0.96, 0.04)
    lag = rng.uniform(0, 6.28, 4)

    def moving(c: Canvas, m: Moment) -> None:
        for row in range(4):
            near = row / 3
            roll = 2 * np.pi * m.turns(0.12, 0.5) + lag[row]
            swell = (0.02 + 0.09 * m.level) * (0.5 + near)
            level = -0.02 + 0.2 * row + 0.4 * swell * math.sin(roll)
            long = 7.0 - 3.0 * near

            white = 0.012 + 0.05 * m.level * (0.5 + near)
            c.below(_Swell(level, swell, long, roll), foam, 0.35 + 0.6 * m.level)
            c.below(_Swell(level + white, swell, long, roll), deep * (0.8 + 0.45 * near))

    return Look(lambda c: c.below(lambda x: np.full(x.shape, -0.06), deep * 0.7), moving)


@dataclass(frozen=True)
class _Swell:
    """One row of waves as a line y(x), for `Canvas.below`."""

    level: float
    height: float
    per_unit: float
    phase: float

    def __call__(self, x: np.ndarray) -> np.ndarray:
        # The square sharpens the crests.
        return self.level - self.height * (0.5 + 0.5 * np.sin(self.per_unit * x + self.phase)) ** 2


KIND = Kind(
    category="WATRSurf",
    family="texture",
    sound=sound,
    look=look,
    depth=3,
    wording=Wording(
        nouns=(
            "ocean waves",
            "waves",
            "sea waves on the beach",
            "surf",
            "the seashore",
            "breakers at the coast",
            "the sea",
            "waves crashing on rocks",
        ),
        clauses=("waves roll in", "the sea washes over the beach"),
        gentle=("gentle waves lapping at the shore",),
        strong=("big waves crashing on the beach",),
        foreign={
            "de": ("Wellen", "Meeresrauschen", "Brandung", "Meer", "Strand"),
            "fr": ("vagues", "la mer", "ressac", "océan", "les vagues"),
            "es": ("olas", "oleaje", "el mar", "playa"),
            "it": ("onde", "onde del mare", "risacca", "il mare", "spiaggia"),
            "ja": ("波", "波音", "海", "海岸"),
            "zh": ("海浪", "波浪", "海", "浪声"),
        },
    ),
)
