"""Something that sizzles in a pan."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.collide import rung
from mmhnet_cli.training.world.contact import TURN, Look, Moment, tint
from mmhnet_cli.training.world.dsp import (
    LOUD_RMS,
    QUIET_RMS,
    at_samples,
    bandpass,
    impulses,
    noise,
    random_times,
    sample_count,
    sustained,
    unit_rms,
    wander,
)
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.liquid import bubbles
from mmhnet_cli.training.world.scene import Source


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Water that bursts in hot fat: a hiss of thousands of tiny pops, larger ones that spit, fat that bubbles below.

    Pops come in clusters, so the hiss never stands still as that of rain does.
    """
    count = sample_count(source)
    heat = at_samples(source.curve, count)
    seethe = np.clip(0.8 + 0.4 * wander(rng, count, 9) + 0.3 * wander(rng, count, 40), 0.1, None)
    low, high = rng.uniform(2200, 4500), rng.uniform(8000, 15000)
    at = random_times(rng, (900 + 3500 * heat) * seethe)
    fine = impulses(count, at, rng.lognormal(0, 1.0, len(at)).clip(max=8) * rng.choice([-1, 1], len(at)))
    hiss = unit_rms(bandpass(fine, low, high)) + 0.6 * unit_rms(bandpass(noise(rng, count), low, high) * seethe)
    clusters = np.clip(wander(rng, count, 7), 0, 1) ** 2
    spat = random_times(rng, rng.uniform(12, 60) * (0.15 + heat) * clusters)
    sizes = rng.lognormal(0, 0.9, len(spat)).clip(max=6)
    spits = rung(
        impulses(count, spat, sizes),
        rng.uniform(900, 1700) * np.array([1, 2.1, 3.9]),
        np.array([0.012, 0.009, 0.006]),
        np.array([0.6, 1, 0.8]),
    )
    fat_at = random_times(rng, 15 + 60 * heat)
    fat = bubbles(rng, count, fat_at, rng.lognormal(0.7, 0.35, len(fat_at)).clip(0.8, 5), (0.0, 0.08))
    spice = rng.uniform(0.3, 1.1)
    whole = (
        (0.5 + 0.6 * heat) * hiss
        + spice * (0.2 + 0.6 * heat) * unit_rms(spits)
        + rng.uniform(0.05, 0.2) * unit_rms(fat)
    )
    return sustained(whole, source.curve, QUIET_RMS, 0.85 * LOUD_RMS)


def look(rng: np.random.Generator) -> Look:
    """A pan with something in it; drops of fat jump, bubbles run around it, steam rises."""
    iron, food = tint(rng, 0.16, 0.16, 0.18), tint(rng, 0.65, 0.32, 0.18, 0.2)
    fat, drops, rim = tint(rng, 0.85, 0.65, 0.25, 0.1), 18, 16
    x, pace, lag = rng.uniform(-0.4, 0.4, drops), rng.uniform(1.6, 3.4, drops), rng.uniform(0, 1, drops)
    around, blink = TURN * np.arange(rim) / rim, rng.uniform(0, 1, rim)
    pieces = rng.uniform(-0.22, 0.22, 3)

    def still(c: Canvas) -> None:
        c.capsule(0.45, 0.28, 0.95, 0.2, 0.035, (0.1, 0.09, 0.09))
        c.ellipse(0, 0.32, 0.56, 0.2, iron * 0.7)
        c.ellipse(0, 0.28, 0.5, 0.15, iron)
        c.ellipse(0, 0.29, 0.44, 0.12, fat * 0.6)

    def moving(c: Canvas, m: Moment) -> None:
        for k, at in enumerate(pieces):
            y = 0.25 + 0.05 * (k - 1) + 0.008 * m.level * np.sin(40 * m.elapsed + k)
            c.ellipse(float(at), float(y), 0.12, 0.055, food * (0.85 + 0.1 * k))
        size = 0.012 + 0.025 * m.level * np.abs(np.sin(TURN * (m.turns(1.5, 5.0) + blink)))
        bx, by = 0.33 * np.cos(around), 0.29 + 0.085 * np.sin(around)
        c.capsules(bx, by, bx, by, size, np.minimum(1, fat * 1.3), 0.4 + 0.5 * m.level)
        some = slice(0, 3 + int(15 * m.level))
        life = (lag + pace * m.elapsed)[some] % 1
        y = 0.24 - (0.9 + 1.4 * m.level) * life * (1 - life) * (0.4 + 0.3 * np.sin(9 * lag[some]))
        c.capsules(x[some] + 0.12 * life, y, x[some] + 0.12 * life, y + 0.02, 0.013, (1.0, 0.92, 0.6))
        for k in range(5):
            up = float((lag[k] + m.turns(0.25, 0.6)) % 1)
            c.disc(
                -0.25 + 0.12 * k + 0.06 * up,
                0.1 - 0.6 * up,
                0.07 + 0.12 * up,
                (0.9, 0.9, 0.92),
                (0.15 + 0.35 * m.level) * (1 - up),
            )

    return Look(still, moving)


KIND = Kind(
    category="FOODCook",
    family="texture",
    sound=sound,
    look=look,
    wording=Wording(
        nouns=(
            "sizzling",
            "frying bacon",
            "a frying pan",
            "meat on a grill",
            "frying an egg",
            "a barbecue",
            "sizzling fat",
            "deep frying",
        ),
        clauses=("bacon sizzles in the pan", "meat fries on the grill"),
        gentle=("gentle frying",),
        strong=("fat spitting in a hot pan",),
        foreign={
            "de": ("Brutzeln", "Braten", "Bratpfanne", "auf dem Grill", "braten in der Pfanne"),
            "fr": ("grésillement", "friture", "poêle", "faire frire", "grillade"),
            "es": ("chisporroteo", "freír", "sartén", "parrilla", "freír huevos"),
            "it": ("sfrigolio", "friggere", "padella", "griglia", "frittura"),
            "ja": ("炒め物", "フライパン", "揚げ物", "焼き肉", "ジュージュー"),
            "zh": ("煎炸", "煎锅", "油炸", "烤肉", "炒菜"),
        },
    ),
)
