"""Sand that runs."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, tint
from mmhnet_cli.training.world.dsp import (
    LOUD_RMS,
    QUIET_RMS,
    at_samples,
    bandpass,
    impulses,
    random_times,
    resonance,
    sample_count,
    sustained,
    unit_rms,
    wander,
)
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import continuous


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Sand poured: so many grains that they hiss, each a blow of its own (PhISEM), on what catches them.

    A trickle lets single grains be heard, a gush is a hiss that comes in slides; a pan or a sheet below adds its tone.
    """
    count = sample_count(source)
    coarse = rng.uniform(0, 1)
    slides = np.exp(0.5 * wander(rng, count, rng.uniform(1.5, 4)) + 0.45 * wander(rng, count, rng.uniform(9, 18)))
    rate = (300 - 200 * coarse) * (60 - 25 * coarse) ** at_samples(source.curve, count) * slides
    times = random_times(rng, rate)
    blows = impulses(count, times, rng.lognormal(0, 0.35 + 0.5 * coarse, len(times)) * rng.choice([-1, 1], len(times)))
    low = rng.uniform(2600, 4600) / (1 + 0.7 * coarse)
    grains = unit_rms(bandpass(blows, low, min(2.6 * low, 14000)))
    heap = unit_rms(bandpass(blows, 250, 1100))
    catcher = rng.uniform(500, 2200)
    pan = unit_rms(resonance(blows, catcher, 0.03) + 0.7 * resonance(blows, 2.3 * catcher, 0.02))
    made = grains + rng.uniform(0.03, 0.25) * heap + rng.uniform(0, 0.5) ** 2 * pan
    return sustained(continuous(rng, made, 0.08, 0.5), source.curve, QUIET_RMS, 0.8 * LOUD_RMS)


def look(rng: np.random.Generator) -> Look:
    """Sand that runs from a funnel onto a heap whose flanks slide."""
    sand, iron = tint(rng, 0.86, 0.7, 0.42, 0.15), tint(rng, 0.4, 0.38, 0.42)
    count = 60
    lag, side, size = rng.uniform(0, 1, count), rng.uniform(-1, 1, count), rng.uniform(0.006, 0.014, count)

    def still(c: Canvas) -> None:
        c.convex([(-0.3, -0.5), (0.3, -0.5), (0.06, -0.22), (-0.06, -0.22)], iron)
        c.convex([(0.0, 0.2), (0.6, 0.5), (-0.6, 0.5)], sand)

    def moving(c: Canvas, m: Moment) -> None:
        fall = (lag + m.turns(0.7, 2.4)) % 1
        wide = 0.008 + 0.05 * m.level
        x, y = side * wide * (0.6 + 0.6 * fall), -0.22 + 0.44 * fall
        c.capsules(x, y, x, y + 0.03, size * (0.8 + m.level), sand * 1.1, 0.4 + 0.6 * m.level)
        roll = (lag * 7 + m.turns(0.3, 1.6)) % 1
        at = side * 0.6 * roll
        c.capsules(
            at,
            0.19 + 0.5 * np.abs(at),
            at,
            0.2 + 0.5 * np.abs(at),
            size,
            sand * 0.7,
            (1 - roll) * (0.3 + 0.7 * m.level),
        )

    return Look(still, moving)


KIND = Kind(
    category="DIRTMvmt",
    family="texture",
    sound=sound,
    look=look,
    wording=Wording(
        nouns=(
            "sand",
            "pouring sand",
            "a shovel digging in the sand",
            "digging earth",
            "shovelling dirt",
            "trickling sand",
            "a shovel in gravel",
        ),
        clauses=("sand trickles", "someone digs with a shovel"),
        gentle=("a little sand trickling",),
        strong=("a load of sand dumped",),
        foreign={
            "de": ("Sand", "Schaufel", "graben", "rieselnder Sand", "Erde schaufeln"),
            "fr": ("du sable", "le sable", "pelle", "creuser", "pelletée"),
            "es": ("arena", "pala", "cavar", "tierra"),
            "it": ("sabbia", "vanga", "scavare", "badile"),
            "ja": ("砂", "シャベル", "掘る", "スコップ"),
            "zh": ("沙子", "铲子", "挖土", "沙"),
        },
    ),
)
