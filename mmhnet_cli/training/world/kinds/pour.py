"""A drink that is poured."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, tint
from mmhnet_cli.training.world.dsp import (
    QUIET_RMS,
    SAMPLE_RATE_HZ,
    at_samples,
    bandpass,
    lowpass,
    noise,
    random_times,
    resonance,
    sample_count,
    sustained,
    unit_rms,
    wander,
)
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.liquid import bubbles
from mmhnet_cli.training.world.scene import Source

SLOW_HZ, FAST_HZ = 0.1, 0.32
"""Glasses filled per second at the least and the most of the curve."""
FULL = 0.86
"""Part of a turn in which it runs; in the rest the next glass comes."""
SOUND_M_PER_S = 343.0


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A jet that drags bubbles down, in a vessel whose air column shortens: the pitch climbs as it fills.

    The column is a quarter of a wave long (Cabe and Pittenger's filling vessels); bottles with narrow necks gurgle.
    """
    count = sample_count(source)
    turn = np.cumsum(at_samples(SLOW_HZ + (FAST_HZ - SLOW_HZ) * source.curve, count)) / SAMPLE_RATE_HZ % 1
    fill = np.minimum(1, turn / FULL)
    runs = lowpass(np.where(turn < FULL, 1.0, 0.0), 12).clip(0, 1)
    if rng.random() < 0.45:
        gurgle = np.cumsum(rng.uniform(3.5, 7.5) * (1 + 0.2 * wander(rng, count, 4))) / SAMPLE_RATE_HZ % 1
        runs = runs * (0.25 + 0.75 * np.exp(-((gurgle - 0.35) ** 2) / 0.04))
    flow = at_samples(source.curve, count)
    at = random_times(rng, (60 + 220 * flow) * runs)
    air = bubbles(rng, count, at, rng.lognormal(np.log(rng.uniform(1.3, 2.6)), 0.45, len(at)).clip(0.6, 7), (0.02, 0.2))
    jet = bandpass(noise(rng, count), 400, 9000) * runs * np.clip(0.8 + 0.5 * wander(rng, count, 30), 0, None)
    splashing = unit_rms(air) + (0.3 + 0.7 * flow) * unit_rms(jet)
    deep_m = rng.uniform(0.07, 0.26)
    column = _column(splashing, SOUND_M_PER_S / (4 * (deep_m * (1 - 0.93 * fill) + 0.012)))
    whole = unit_rms(lowpass(splashing, 9000)) * runs + rng.uniform(1.4, 2.6) * unit_rms(column)
    return sustained(whole, source.curve, 0.8 * QUIET_RMS, 0.09)


def _column(signal: np.ndarray, hz: np.ndarray) -> np.ndarray:
    """A resonance whose frequency is given at every sample, (N,): neighbours of a row of fixed ones, cross-faded."""
    place = np.log(hz / 250) / np.log(1.18)
    out = np.zeros_like(signal)
    for k in range(int(place.min()), int(place.max()) + 2):
        near = np.maximum(0, 1 - np.abs(place - k))
        for ratio, level in ((1.0, 1.0), (3.0, 0.35)):
            out += level * near * unit_rms(resonance(signal, ratio * 250 * 1.18**k, 0.022 / ratio**0.5))
    return out


def look(rng: np.random.Generator) -> Look:
    """A jug that fills a glass; full, the next empty glass takes its place."""
    drink = [
        tint(rng, *base, 0.12) for base in ((0.45, 0.65, 0.8), (0.85, 0.6, 0.15), (0.5, 0.1, 0.18), (0.35, 0.2, 0.1))
    ][int(rng.integers(4))]
    jug, drops = tint(rng, 0.6, 0.62, 0.66, 0.2), 12
    x, lag = rng.uniform(-0.14, 0.14, drops), rng.uniform(0, 1, drops)

    def moving(c: Canvas, m: Moment) -> None:
        turn = m.turns(SLOW_HZ, FAST_HZ) % 1
        runs, fill = turn < FULL, min(1.0, turn / FULL)
        at = 0.0 if runs else 1.6 * (turn - FULL) / (1 - FULL) - (1.6 if turn > (1 + FULL) / 2 else 0)
        top = 0.46 - 0.5 * (fill if runs or turn < (1 + FULL) / 2 else 0.0)
        c.convex([(at - 0.17, top), (at + 0.17, top), (at + 0.15, 0.47), (at - 0.15, 0.47)], drink)
        if runs:
            wide = 0.02 + 0.035 * m.level
            sway = 0.012 * np.sin(23 * m.elapsed)
            c.capsule(0.12, -0.34, 0.02 + sway, -0.22, wide, drink)
            c.capsule(0.02 + sway, -0.22, sway, top, wide, drink)
            life = (lag + 2.5 * m.elapsed) % 1
            y = top + 0.2 * life * (0.3 + m.level)
            some = y < 0.46
            if some.any():
                c.capsules(x[some], y[some], x[some], y[some], 0.018, (0.95, 0.97, 1.0), 0.9 * (1 - life[some]))
            up = top - (0.3 + 0.5 * m.level) * life * (1 - life)
            c.capsules(1.2 * x, up, 1.2 * x, up, 0.014, np.minimum(1, drink * 1.3), 0.3 + 0.7 * m.level)
            c.ellipse(0, top, 0.17, 0.02 + 0.02 * m.level, np.minimum(1, drink * 1.4))
        for side in (-1, 1):
            c.capsule(at + 0.19 * side, -0.1, at + 0.17 * side, 0.48, 0.016, (0.85, 0.92, 0.96))
        c.capsule(at - 0.17, 0.48, at + 0.17, 0.48, 0.016, (0.85, 0.92, 0.96))
        c.convex([(0.12, -0.42), (0.62, -0.62), (0.78, -0.28), (0.3, -0.16)], jug)

    return Look(lambda c: c.box(0, 0.53, 0.8, 0.03, (0.3, 0.22, 0.16)), moving)


KIND = Kind(
    category="WATRPour",
    family="texture",
    sound=sound,
    look=look,
    wording=Wording(
        nouns=(
            "pouring water",
            "pouring a drink",
            "filling a glass",
            "liquid poured into a cup",
            "pouring wine",
            "pouring coffee",
            "pouring whisky",
        ),
        clauses=("someone pours a drink", "water is poured into a glass"),
        gentle=("a thin trickle poured into a cup",),
        strong=("a bucket of water poured out",),
        foreign={
            "de": ("Eingießen", "Einschenken", "Wasser eingießen", "Gießen"),
            "fr": ("verser", "verser de l'eau", "remplir un verre", "servir un verre"),
            "es": ("verter", "servir una copa", "echar agua", "llenar un vaso"),
            "it": ("versare", "versare da bere", "riempire un bicchiere", "versare acqua"),
            "ja": ("注ぐ", "水を注ぐ", "お茶を注ぐ", "飲み物を注ぐ"),
            "zh": ("倒水", "倒酒", "倒饮料", "斟酒"),
        },
    ),
)
