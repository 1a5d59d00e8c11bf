"""A chain."""

import math

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.collide import rung
from mmhnet_cli.training.world.contact import TURN, Look, Moment, tint
from mmhnet_cli.training.world.dsp import (
    QUIET_RMS,
    SAMPLE_RATE_HZ,
    at_samples,
    bandpass,
    impulses,
    lowpass,
    noise,
    random_times,
    sample_count,
    sustained,
    unit_rms,
    wander,
)
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.scene import Source

SLOW_HZ, FAST_HZ = 0.35, 1.5
"""Pulls per second at the least and the most of the curve."""


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Links that knock together in showers, each pull sends one along; heavy ones clank, light ones chink, some drag.

    After Cook's PhISEM, with iron rings for particles: bent bars that their neighbours damp.
    """
    count = sample_count(source)
    turn = np.cumsum(at_samples(SLOW_HZ + (FAST_HZ - SLOW_HZ) * source.curve, count)) / SAMPLE_RATE_HZ
    pull = (1 - turn % 1) ** 2 * (0.3 + 0.7 * at_samples(source.curve, count))
    at = random_times(rng, rng.uniform(90, 260) * (0.05 + pull))
    size = rng.lognormal(0, 0.9, len(at)).clip(max=5) * (0.25 + pull[at]) * rng.choice([-1, 1], len(at))
    heavy, which = rng.uniform(0, 1), rng.integers(0, 5, len(at))
    links_hz = rng.uniform(2100, 3000) * 0.28**heavy * rng.uniform(0.8, 1.25, 5)
    ratios, life = np.array([1, 1.58, 2.74, 4.4, 6.5]), rng.uniform(0.02, 0.05) * (1 + 2 * heavy)
    clank = np.zeros(count)
    for link, hz in enumerate(links_hz):
        hits = impulses(count, at[which == link], size[which == link])
        clank += rung(hits, hz * ratios, life * np.linspace(1.2, 0.5, 5), rng.uniform(0.4, 1, 5))
    chink = bandpass(impulses(count, at, np.abs(size) * size * pull[at]), 2500, 11000)
    ground = bandpass(noise(rng, count) * np.clip(wander(rng, count, 90), 0, 1), 500, 4500) * (0.1 + pull)
    whole = unit_rms(clank) + 0.4 * unit_rms(chink) + rng.choice([0.0, 0.35]) * unit_rms(ground)
    bright = lowpass(whole, 3200)
    air = at_samples(source.curve, count)
    return sustained(bright + (0.2 + 0.8 * air) * (whole - bright), source.curve, 0.7 * QUIET_RMS, 0.08)


def look(rng: np.random.Generator) -> Look:
    """A chain that hangs between two hooks and is pulled; a wave runs along its links."""
    iron, hook = tint(rng, 0.5, 0.5, 0.54, 0.15), tint(rng, 0.3, 0.28, 0.27)
    links, deep = int(rng.integers(11, 16)), rng.uniform(0.45, 0.65)
    x = np.linspace(-0.6, 0.6, links)

    def still(c: Canvas) -> None:
        for side in (-1, 1):
            c.capsule(0.6 * side, -0.5, 0.6 * side, -0.26, 0.04, hook)

    def moving(c: Canvas, m: Moment) -> None:
        turn = m.turns(SLOW_HZ, FAST_HZ)
        jerk = (0.05 + 0.22 * m.level) * (1 - turn % 1) ** 2
        wave = jerk * np.sin(TURN * (1.5 * turn + x)) + 0.5 * jerk * math.sin(3 * TURN * turn)
        y = -0.24 + deep * (1 - (x / 0.6) ** 2) + wave * (1 - (x / 0.6) ** 2)
        half = np.hypot(0.6 / links, np.gradient(y) / 2) * 0.85
        lean = np.arctan2(np.gradient(y), np.gradient(x))
        for k in range(links):
            dx, dy = float(half[k] * np.cos(lean[k])), float(half[k] * np.sin(lean[k]))
            if k % 2:
                c.capsule(float(x[k]) - dx, float(y[k]) - dy, float(x[k]) + dx, float(y[k]) + dy, 0.022, iron * 0.7)
            else:
                c.capsule(float(x[k]) - dx, float(y[k]) - dy, float(x[k]) + dx, float(y[k]) + dy, 0.055, iron)
                c.capsule(
                    float(x[k]) - 0.6 * dx,
                    float(y[k]) - 0.6 * dy,
                    float(x[k]) + 0.6 * dx,
                    float(y[k]) + 0.6 * dy,
                    0.02,
                    iron * 0.35,
                )

    return Look(still, moving)


KIND = Kind(
    category="CHAINMvmt",
    family="texture",
    sound=sound,
    look=look,
    wording=Wording(
        nouns=(
            "rattling chains",
            "a chain",
            "iron chains dragged over the floor",
            "a chain falling",
            "an anchor chain",
            "shackles",
            "a chain-link fence rattling",
        ),
        clauses=("chains rattle", "someone drags a chain"),
        gentle=("a light chain sliding",),
        strong=("heavy chains dragged over stone",),
        foreign={
            "de": ("Kette", "Ketten", "Kettenrasseln", "Eisenkette", "rasselnde Ketten"),
            "fr": ("chaînes", "chaîne", "chaînes qui cliquettent", "chaîne de fer"),
            "es": ("cadenas", "cadena", "cadenas de hierro"),
            "it": ("catene", "catena", "catene di ferro"),
            "ja": ("鎖", "チェーン", "鎖の音", "鉄鎖"),
            "zh": ("链条", "铁链", "锁链", "铁链声"),
        },
    ),
)
