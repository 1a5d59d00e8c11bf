"""Jingling keys."""

import math

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.collide import BAR, rung
from mmhnet_cli.training.world.contact import TURN, Look, Moment, tint
from mmhnet_cli.training.world.dsp import (
    QUIET_RMS,
    SAMPLE_RATE_HZ,
    at_samples,
    bandpass,
    impulses,
    random_times,
    sample_count,
    sustained,
    unit_rms,
)
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.scene import Source

SLOW_HZ, FAST_HZ = 0.9, 3.2
"""Shakes per second at the least and the most of the curve."""


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A bunch that is shaken: keys are short bars, and how often two of them meet goes with the energy of the shake.

    Cook's PhISEM: collisions at random whose rate and size follow an energy that each shake adds and time takes away.
    """
    count = sample_count(source)
    turn = np.cumsum(at_samples(SLOW_HZ + (FAST_HZ - SLOW_HZ) * source.curve, count)) / SAMPLE_RATE_HZ
    shake = np.clip(np.abs(np.sin(TURN / 2 * turn)) ** 3 * at_samples(0.35 + 0.65 * source.curve, count), 0.01, 1)
    bunch, life = int(rng.integers(3, 8)), rng.uniform(0.025, 0.11)
    at = random_times(rng, rng.uniform(45, 120) * shake)
    size = rng.lognormal(0, 0.7, len(at)).clip(max=5) * shake[at] ** 0.7 * rng.choice([-1, 1], len(at))
    which = rng.integers(0, bunch, len(at))
    lengths = rng.uniform(1700, 2900) * rng.uniform(0.75, 1.45, bunch)
    out = np.zeros(count)
    for key, hz in enumerate(lengths):
        hits = impulses(count, at[which == key], size[which == key])
        levels = rng.uniform(0.4, 1, 4) * np.array([1, 1, 0.7, 0.4])
        # A hard blow is a short one: it reaches the high modes.
        sharp = impulses(count, at[which == key], size[which == key] * shake[at[which == key]])
        out += rung(hits, hz * BAR[:2], life * np.array([1.2, 1]), levels[:2])
        out += rung(sharp, hz * BAR[2:4], life * np.array([0.7, 0.5]), 2 * levels[2:])
    ticks = bandpass(impulses(count, at, size), 3000, 12000)
    return sustained(unit_rms(out) + 0.35 * unit_rms(ticks), source.curve, 0.7 * QUIET_RMS, 0.08)


def look(rng: np.random.Generator) -> Look:
    """A hand that shakes a bunch of keys on a ring."""
    skin, keys = tint(rng, 0.85, 0.64, 0.5, 0.2), int(rng.integers(3, 6))
    metals = [tint(rng, *base, 0.1) for base in ((0.8, 0.68, 0.3), (0.75, 0.76, 0.8), (0.6, 0.58, 0.55))]
    fan, lag = np.linspace(-0.6, 0.6, keys), rng.uniform(-1, 1, keys)

    def moving(c: Canvas, m: Moment) -> None:
        # Keys meet when the hand is at its fastest, twice in a full swing.
        turn = TURN / 2 * m.turns(SLOW_HZ, FAST_HZ)
        x, y = (0.03 + 0.06 * m.level) * math.cos(turn), -0.18 + (0.04 + 0.1 * m.level) * math.cos(turn)
        c.capsule(x + 0.1, y - 0.1, 0.5, -0.5, 0.1, skin)
        c.disc(x + 0.04, y - 0.05, 0.11, skin)
        c.ring(x, y + 0.1, 0.1, 0.1, 0.025, metals[1])
        for k in range(keys):
            hang = fan[k] * (0.5 + 0.6 * m.level) + (0.1 + 0.5 * m.level) * math.sin(turn + 2 * lag[k])
            dx, dy = math.sin(hang), math.cos(hang)
            metal = metals[k % 3] * (0.8 + 0.35 * m.level * abs(math.sin(turn)))
            c.capsule(x + 0.1 * dx, y + 0.1 + 0.1 * dy, x + 0.42 * dx, y + 0.1 + 0.42 * dy, 0.022, metal)
            c.disc(x + 0.16 * dx, y + 0.1 + 0.16 * dy, 0.065, metal)
            c.box(x + 0.38 * dx + 0.03 * dy, y + 0.1 + 0.38 * dy - 0.03 * dx, 0.03, 0.045, metal, angle=-hang)

    return Look(lambda c: None, moving)


KIND = Kind(
    category="OBJKey",
    family="texture",
    sound=sound,
    look=look,
    wording=Wording(
        nouns=(
            "jingling keys",
            "a bunch of keys",
            "keys rattling",
            "car keys",
            "a key ring",
            "keys dropped on a table",
        ),
        clauses=("keys jingle", "someone rattles a bunch of keys"),
        gentle=("keys softly jingling",),
        strong=("a heavy bunch of keys thrown down",),
        foreign={
            "de": ("Schlüssel", "Schlüsselbund", "klimpernde Schlüssel"),
            "fr": ("clés", "trousseau de clés", "clefs", "tintement de clés"),
            "es": ("llaves", "manojo de llaves", "llavero"),
            "it": ("chiavi", "mazzo di chiavi", "portachiavi"),
            "ja": ("鍵", "鍵束", "キーホルダー", "鍵の音"),
            "zh": ("钥匙", "钥匙串", "一串钥匙", "钥匙声"),
        },
    ),
)
