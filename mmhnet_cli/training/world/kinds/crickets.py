"""Crickets."""

import math

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, tint
from mmhnet_cli.training.world.dsp import (
    LOUD_RMS,
    SAMPLE_RATE_HZ,
    at_samples,
    bandpass,
    noise,
    phase,
    sample_count,
    sustained,
    unit_rms,
    wander,
)
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.scene import Source


def _insect(rng: np.random.Generator, carrier_hz: float, warmth: np.ndarray) -> np.ndarray:
    """One of them: pulses of a few ms, a wing's stroke each, in chirps of three to five or in a trill without end."""
    count, trills = len(warmth), rng.random() < 0.25
    teeth = phase(carrier_hz * (1 + 0.06 * warmth) * (1 + 0.002 * wander(rng, count, 30)))
    pulses = np.cumsum(rng.uniform(26, 48) * (0.75 + 0.5 * warmth)) / SAMPLE_RATE_HZ
    of, rest = int(rng.integers(3, 6)), int(rng.integers(4, 14))
    number = np.floor(pulses).astype(np.int64) + int(rng.integers(40))
    sung = np.ones(count, bool) if trills else number % (of + rest) < of
    # The stroke closes the wings slowly and stops at once.
    stroke = np.sin(np.pi * np.clip((pulses % 1) / 0.65, 0, 1) ** 1.4)
    return np.sin(teeth) * stroke * sung * (0.5 if trills else 1.0)


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Crickets: combs drawn over wings, each insect a high tone in its own chirps; faster when it is warm (Dolbear).

    Those near by can be told apart, those far off are one shimmering band.
    """
    count = sample_count(source)
    warmth = at_samples(source.curve, count)
    species_hz = 10 ** rng.uniform(3.4, 3.75)
    near = int(rng.integers(2, 8))
    field = np.zeros(count)
    for k in range(near):
        # More of them sing the more there is of it.
        joined = np.clip(3 * (warmth - k / near * 0.8) + 1, 0, 1)
        field += rng.lognormal(-0.3, 0.7) * joined * _insect(rng, species_hz * rng.uniform(0.9, 1.1), warmth)
    shimmer = bandpass(noise(rng, count), 0.92 * species_hz, 1.08 * species_hz) * (1 + 0.7 * wander(rng, count, 18))
    chorus = unit_rms(field) + rng.uniform(0.05, 0.7) * unit_rms(shimmer)
    return sustained(chorus, source.curve, 0.025, 0.8 * LOUD_RMS)


def look(rng: np.random.Generator) -> Look:
    """Crickets in the grass at night whose wings tremble; fireflies over them."""
    grass, body = tint(rng, 0.16, 0.3, 0.16), tint(rng, 0.3, 0.22, 0.1, 0.2)
    root, tall = rng.uniform(-0.8, 0.8, 40), rng.uniform(0.25, 0.7, 40)
    lean, lag = rng.uniform(-0.2, 0.2, 40), rng.uniform(0, 6.28, 16)
    fly_x, fly_y = rng.uniform(-0.8, 0.8, 16), rng.uniform(-0.6, 0.2, 16)

    def still(c: Canvas) -> None:
        c.light((0.02, 0.04, 0.09), 0.5)
        c.capsules(root, np.full(40, 0.52), root + lean, 0.5 - tall, 0.014, grass)

    def moving(c: Canvas, m: Moment) -> None:
        for k, x in enumerate((-0.45, 0.05, 0.5)):
            buzz = (0.3 + 0.7 * m.level) * abs(math.sin(2 * math.pi * 3.3 * m.elapsed + lag[k]))
            c.ellipse(x, 0.36, 0.15, 0.055, body)
            c.disc(x + 0.15, 0.34, 0.05, body * 0.8)
            c.capsule(x - 0.05, 0.36, x - 0.16, 0.22, 0.018, body)
            c.capsule(x - 0.16, 0.22, x - 0.2, 0.45, 0.014, body)
            c.capsule(x + 0.06, 0.32, x - 0.18, 0.29 - 0.16 * buzz, 0.03, (0.85, 0.85, 0.6), 0.4 + 0.5 * m.level)
        glimmer = np.clip(np.sin(2 * np.pi * m.turns(0.3, 1.2) + lag), 0, 1) * (0.25 + 0.75 * m.level)
        fly = fly_x + 0.1 * np.sin(0.8 * m.elapsed + 2 * lag)
        c.capsules(fly, fly_y, fly + 0.02, fly_y, 0.03, (0.85, 1.0, 0.4), glimmer)

    return Look(still, moving)


KIND = Kind(
    category="ANMLInsc",
    family="texture",
    sound=sound,
    look=look,
    depth=1,
    wording=Wording(
        nouns=(
            "crickets",
            "cicadas",
            "chirping insects at night",
            "grasshoppers",
            "a summer night with crickets",
            "insects",
        ),
        clauses=("crickets chirp", "cicadas buzz in the trees"),
        gentle=("a few distant crickets",),
        strong=("a deafening chorus of cicadas",),
        foreign={
            "de": ("Grillen", "Zikaden", "Grillenzirpen", "Insekten", "Heuschrecken"),
            "fr": ("grillons", "cigales", "insectes", "criquets"),
            "es": ("grillos", "cigarras", "insectos", "chicharras"),
            "it": ("grilli", "cicale", "insetti", "cavallette"),
            "ja": ("コオロギ", "蝉", "虫の声", "セミ", "虫"),
            "zh": ("蟋蟀", "蝉", "虫鸣", "知了", "昆虫"),
        },
    ),
)
