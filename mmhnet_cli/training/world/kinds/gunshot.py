"""A gunshot."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.collide import rattle, rung
from mmhnet_cli.training.world.contact import Look, Moment, impact, smooth, tint
from mmhnet_cli.training.world.dsp import (
    SAMPLE_RATE_HZ,
    burst,
    decay,
    lowpass,
    mix,
    phase,
    play_events,
    samples_of,
    unit_peak,
)
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import spaced
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import placed, tail


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A muzzle blast (Friedlander's wave) and the gas behind it, its bounce off the ground, echoes, and the action.

    The charge decides how long the blast is; the place is a valley with echoes, a street, or a room.
    """
    blast_s, ground_s = rng.uniform(0.0005, 0.0025), rng.uniform(0.002, 0.009)
    time = np.arange(samples_of(12 * blast_s)) / SAMPLE_RATE_HZ
    wave = (1 - time / blast_s) * np.exp(-1.2 * time / blast_s)
    gas_s, gas_hz, thump_hz = rng.uniform(0.06, 0.16), rng.uniform(2500, 8000), rng.uniform(70, 160)
    thump = decay(0.14) * np.sin(phase(np.full(len(decay(0.14)), thump_hz)))
    far_hz = rng.uniform(3500, 15000)
    place = tail(rng, *[(1.9, 0.06, 2600), (1.0, 0.02, 4500), (0.5, 0.004, 7000)][int(rng.integers(3))])
    walls = rattle(len(place), rng.uniform(0.06, 0.6, 4), rng.uniform(0.02, 0.12, 4) * rng.choice([-1, 1], 4))
    place, share = place + walls * rng.integers(0, 2), rng.uniform(0.35, 0.9)
    bolt_s, bolt = rng.uniform(0.07, 0.13, 2).cumsum(), rng.uniform(0.005, 0.03)
    steel = rng.uniform(1800, 4200) * np.array([1, 1.47, 2.09, 2.56])

    def shot(index: int, strength: float) -> np.ndarray:
        gas = burst(rng, 220, gas_hz * (0.3 + 0.7 * strength), gas_s)
        crack = burst(rng, 1500, 13000, 0.04)
        near = mix((0, 1, wave), (ground_s, -0.5, wave), (0, 0.7, gas), (0, 0.9 * strength**2, crack), (0, 0.25, thump))
        # A microphone so close is driven into its limits.
        heard = np.tanh(2.5 * placed(lowpass(near, far_hz * (0.15 + 0.85 * strength**1.5)), place, share))
        clack = rung(rattle(samples_of(0.3), bolt_s, np.array([1, 0.8])), steel, np.full(4, 0.04), 1 / np.arange(1, 5))
        return mix((0, 1, unit_peak(heard)), (0, bolt, unit_peak(clack)))

    return play_events(source, 0.65, shot)


def look(rng: np.random.Generator) -> Look:
    """A rifle that kicks back at every shot, with a flash at its muzzle and smoke after it."""
    steel, wood, way = tint(rng, 0.2, 0.21, 0.24), tint(rng, 0.42, 0.25, 0.13), float(rng.choice([-1, 1]))
    fan = np.linspace(-0.7, 0.7, 7)

    def moving(c: Canvas, m: Moment) -> None:
        kick = m.strength * (1 - smooth(m.age / 0.3)) if m.age < 0.3 else 0.0
        x, y = way * 0.08 * kick, -0.05 * kick
        c.capsule(way * 0.45 + x, 0.2, way * 0.2 + x, 0.05 + y, 0.07, wood)
        c.capsule(way * 0.22 + x, 0.04 + y, way * -0.05 + x, 0.02 + y, 0.055, wood)
        c.capsule(way * 0.1 + x, y, way * -0.42 + x, -0.02 + 1.6 * y, 0.028, steel)
        c.capsule(way * 0.12 + x, 0.03 + y, way * 0.1 + x, 0.18, 0.03, steel)
        muzzle = way * -0.46 + x
        if m.age < 0.15:
            hit = impact(m, 0.15)
            c.glow(muzzle, -0.03, 0.85, (1.0, 0.8, 0.45), 1.3 * hit)
            far = 0.14 + 0.26 * m.strength
            c.capsules(
                np.full(7, muzzle),
                np.full(7, -0.03),
                muzzle - way * far * np.cos(fan),
                -0.03 + far * np.sin(fan),
                0.03,
                (1.0, 0.9, 0.6),
                hit,
            )
        if m.age < 0.8:
            for k in range(3):
                far = m.age * (0.3 + 0.2 * k)
                c.disc(
                    muzzle - way * far, -0.05 - 0.4 * far, 0.05 + 0.2 * m.age, (0.7, 0.7, 0.72), 0.4 * (1 - m.age / 0.8)
                )

    return Look(lambda c: c.ellipse(0, 0.46, 0.6, 0.05, (0.1, 0.11, 0.09), 0.7), moving)


KIND = Kind(
    category="GUNRif",
    family="one_shot",
    sound=sound,
    look=look,
    rhythm=spaced(0.6, 2.6),
    wording=Wording(
        nouns=(
            "a gunshot",
            "a pistol shot",
            "a rifle shot",
            "a shotgun",
            "a gun firing",
            "a single shot",
            "a revolver",
            "gunfire",
            "a cannon",
        ),
        clauses=("someone fires a pistol", "a rifle shot rings out"),
        gentle=("a distant muffled shot",),
        strong=("a shotgun blast",),
        foreign={
            "de": ("Schuss", "Pistolenschuss", "Gewehrschuss", "Schüsse", "Gewehr", "Pistole"),
            "fr": ("coup de feu", "fusil", "tir", "pistolet", "coups de feu"),
            "es": ("disparo", "disparos", "pistola", "escopeta", "tiro de rifle"),
            "it": ("sparo", "colpo di pistola", "fucile", "pistola", "spari"),
            "ja": ("銃声", "発砲", "拳銃", "ライフル", "射撃"),
            "zh": ("枪声", "开枪", "手枪", "步枪", "射击"),
        },
    ),
)
