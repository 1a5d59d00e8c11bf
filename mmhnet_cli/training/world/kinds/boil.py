"""Boiling water."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.collide import rung
from mmhnet_cli.training.world.contact import Look, Moment, tint
from mmhnet_cli.training.world.dsp import (
    LOUD_RMS,
    QUIET_RMS,
    at_samples,
    bandpass,
    lowpass,
    noise,
    random_times,
    sample_count,
    sustained,
    unit_rms,
    wander,
)
from mmhnet_cli.training.world.grit import slips
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.liquid import bubbles
from mmhnet_cli.training.world.scene import Source


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A pot: small bubbles when it simmers, crowds of large ones when it rolls, its walls drone, steam hisses.

    Bubbles after van den Doel; some pots have a lid that dances.
    """
    count = sample_count(source)
    heat = at_samples(source.curve, count)
    surge = np.clip(0.8 + 0.5 * wander(rng, count, 6), 0.1, None)
    small_at = random_times(rng, (25 + 60 * heat) * surge)
    small = bubbles(rng, count, small_at, rng.uniform(1.8, 4.5, len(small_at)) * rng.uniform(0.8, 1.2), (0.0, 0.15))
    large_at = random_times(rng, (2 + 75 * heat**1.5) * surge)
    large_mm = rng.lognormal(np.log(rng.uniform(5, 8)), 0.35, len(large_at)).clip(3.5, 14)
    large = bubbles(rng, count, large_at, large_mm, (0.0, 0.15))
    water = 0.5 * unit_rms(small) + (0.25 + heat) * unit_rms(large)
    walls = rung(
        water, rng.uniform(140, 320) * np.array([1, 1.9, 3.1]), np.array([0.06, 0.04, 0.03]), np.array([1, 0.6, 0.4])
    )
    rumble = unit_rms(lowpass(noise(rng, count), rng.uniform(130, 260)) * surge) * heat
    steam = unit_rms(bandpass(noise(rng, count), 1500, rng.uniform(5000, 9000)) * surge)
    boil = (
        water
        + 0.6 * unit_rms(walls) * (0.3 + heat)
        + 0.4 * rumble
        + rng.uniform(0.08, 0.35) * (0.3 + 1.2 * heat) * steam
    )
    if rng.random() < 0.3:
        lid_hz = rng.uniform(900, 2000) * np.array([1, 1.5, 2.6, 3.9])
        taps = slips(rng, 0.5 + 9 * heat**2, 0.3)
        boil += 0.35 * heat * unit_rms(rung(taps, lid_hz, np.full(4, 0.09), np.array([1, 0.8, 0.6, 0.4])))
    return sustained(boil, source.curve, QUIET_RMS, 0.8 * LOUD_RMS)


def look(rng: np.random.Generator) -> Look:
    """A pot of glass on a flame; bubbles climb through the water, its surface heaves, steam leaves it."""
    water, steel = tint(rng, 0.35, 0.55, 0.68), tint(rng, 0.5, 0.5, 0.53)
    count = 26
    x, lag, pace = rng.uniform(-0.36, 0.36, count), rng.uniform(0, 1, count), rng.uniform(0.7, 1.4, count)
    wide = rng.uniform(0.012, 0.04, count)

    def still(c: Canvas) -> None:
        c.box(0, 0.47, 0.5, 0.04, (0.13, 0.13, 0.14))
        c.box(0, 0.42, 0.3, 0.02, (0.35, 0.5, 0.95))

    def moving(c: Canvas, m: Moment) -> None:
        c.box(0, 0.16, 0.42, 0.23, water)
        some = slice(0, 4 + int(22 * m.level))
        life = (lag + pace * m.turns(0.4, 1.8))[some] % 1
        sway = x[some] + 0.03 * np.sin(20 * life + 9 * lag[some])
        y = 0.36 - 0.42 * life
        size = wide[some] * (0.5 + 1.2 * m.level) * (0.4 + 0.8 * life)
        c.capsules(sway, y, sway, y, size, (0.88, 0.95, 1.0), 0.9)
        heave = np.linspace(-0.42, 0.42, 9)
        top = -0.07 - (0.01 + 0.06 * m.level) * np.abs(np.sin(7 * heave + 11 * m.elapsed + lag[:9] * 6))
        c.capsules(heave[:-1], top[:-1], heave[1:], top[1:], 0.02 + 0.02 * m.level, (0.85, 0.93, 1.0))
        for side in (-1, 1):
            c.capsule(0.44 * side, -0.2, 0.44 * side, 0.38, 0.025, steel)
            c.capsule(0.46 * side, -0.08, 0.6 * side, -0.08, 0.03, steel * 0.6)
        c.capsule(-0.44, 0.39, 0.44, 0.39, 0.025, steel)
        for k in range(6):
            up = float((lag[k] + m.turns(0.2, 0.7)) % 1)
            c.disc(
                -0.3 + 0.12 * k + 0.05 * up,
                -0.15 - 0.4 * up,
                0.06 + 0.12 * up,
                (0.92, 0.92, 0.94),
                (0.1 + 0.4 * m.level) * (1 - up),
            )

    return Look(still, moving)


KIND = Kind(
    category="FOODCook",
    family="texture",
    sound=sound,
    look=look,
    wording=Wording(
        nouns=(
            "boiling water",
            "a boiling pot",
            "a kettle coming to the boil",
            "simmering soup",
            "a pot on the stove",
            "a bubbling stew",
            "a boiling kettle",
        ),
        clauses=("water boils in a pot", "soup simmers on the stove"),
        gentle=("a gently simmering pot",),
        strong=("water at a rolling boil",),
        foreign={
            "de": ("kochendes Wasser", "Wasserkocher", "sieden", "Kochtopf", "köcheln"),
            "fr": ("eau bouillante", "bouilloire", "bouillir", "mijoter"),
            "es": ("agua hirviendo", "hervir", "hervidor", "olla hirviendo"),
            "it": ("acqua bollente", "bollire", "bollitore", "pentola"),
            "ja": ("沸騰", "湯沸かし", "お湯が沸く", "やかん"),
            "zh": ("沸腾", "烧水", "煮沸", "开水", "水壶"),
        },
    ),
)
