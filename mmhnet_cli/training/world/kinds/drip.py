"""Dripping water."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, fly, impact, tint
from mmhnet_cli.training.world.dsp import SAMPLE_RATE_HZ, Body, burst, mix, phase, play_events, samples_of
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.liquid import MINNAERT_HZ_M
from mmhnet_cli.training.world.rhythm import steady
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import placed, tail


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A drop: the tick of its landing, then the bubble it leaves sings as it rises, in a sink, a room or a cave.

    The plink is the bubble and not the drop (Phillips et al. 2018); its pitch is Minnaert's, its climb van den Doel's.
    """
    radius_mm, late_s = 0.7 * 4.6 ** rng.uniform(), rng.uniform(0.004, 0.022)
    damping, climb = rng.uniform(28, 90), rng.uniform(0.5, 4.0)
    sink = Body(
        rng.uniform(350, 900) * np.array([1, 1.6, 2.3, 3.7, 5.2]),
        rng.uniform(0.08, 0.25) * np.linspace(1, 0.5, 5),
        rng.uniform(0.4, 1, 5),
        0.0002,
    ).ringer()
    tinny, wet = rng.choice([0.0, 0.0, 0.5]), rng.uniform(0.4, 1.0)
    place = tail(rng, *[(0.25, 0.003, 7000), (0.9, 0.01, 6000), (2.2, 0.03, 4500)][int(rng.integers(3))])
    share = rng.uniform(0.25, 0.7)
    time = np.arange(samples_of(0.25)) / SAMPLE_RATE_HZ

    def drop(index: int, strength: float) -> np.ndarray:
        hz = 1000 * MINNAERT_HZ_M / (radius_mm * rng.uniform(0.88, 1.13) * (0.85 + 0.25 * strength))
        plink = np.exp(-damping * time) * np.sin(phase(hz * (1 + climb * time))) * np.minimum(1, time * 1500)
        plink *= np.minimum(1, (time[-1] - time) * 100)
        parts = [
            (0.0, 0.35 + 0.3 * strength**2, burst(rng, 2200, 4000 + 9000 * strength, 0.006)),
            (0.0, tinny, sink(rng, strength**4)),
            (late_s, wet, plink),
            (0.0, 0.2 * strength, burst(rng, 500, 2500, 0.02)),
        ]
        # What splashes up falls back in smaller bubbles, an octave higher.
        after = rng.uniform(0.05, 0.16, int(rng.integers(0, 3) * strength + 0.3))
        parts += [(float(at), 0.22 * strength * rng.uniform(0.5, 1), plink[::2]) for at in after]
        return placed(mix(*parts), place, share)

    return play_events(source, 0.32, drop)


def look(rng: np.random.Generator) -> Look:
    """A tap from which a drop grows and falls; rings run over the water below."""
    metal, water = tint(rng, 0.7, 0.72, 0.75), tint(rng, 0.2, 0.42, 0.55)
    fan = -rng.uniform(0.3, np.pi - 0.3, 8)

    def still(c: Canvas) -> None:
        c.capsule(0.4, -0.42, 0.05, -0.42, 0.06, metal)
        c.capsule(0.03, -0.42, 0.0, -0.3, 0.055, metal)
        c.box(0.3, -0.54, 0.12, 0.03, metal * 0.7)
        c.ellipse(0, 0.38, 0.6, 0.13, water)

    def moving(c: Canvas, m: Moment) -> None:
        if m.wait < 0.28:
            y = 0.36 - 0.6 * (1 - (1 - m.wait / 0.28) ** 2)
            c.ellipse(0, y, 0.03, 0.05, (0.75, 0.9, 1.0))
        elif m.wait < 0.7:
            c.disc(0, -0.24, 0.035 * (0.7 - m.wait) / 0.42, (0.75, 0.9, 1.0))
        if m.age < 1.0:
            for lag in (0.0, 0.15, 0.3):
                wide = 0.08 + 0.5 * max(0.0, m.age - lag)
                if m.age >= lag:
                    c.ring(0, 0.37, wide, 0.25 * wide, 0.02, (0.8, 0.93, 1.0), 0.8 * (1 - m.age))
        if m.age < 0.2:
            hit = impact(m, 0.2)
            c.glow(0, 0.32, 0.6, (0.8, 0.93, 1.0), 1.1 * hit)
            c.capsule(0, 0.36, 0, 0.36 - 0.25 * (1 - m.age / 0.2), 0.04, (0.9, 0.97, 1.0), hit)
            fly(c, 0, 0.34, fan, m, 0.35, 0.02, (0.9, 0.97, 1.0))

    return Look(still, moving)


KIND = Kind(
    category="WATRDrip",
    family="impact",
    sound=sound,
    look=look,
    rhythm=steady(0.35, 1.5, jitter=0.06),
    wording=Wording(
        nouns=("dripping water", "a dripping tap", "water drops", "a leaking faucet", "drips", "a drip in a cave"),
        clauses=("water drips", "a tap drips into the sink"),
        gentle=("a single slow drip",),
        strong=("fast heavy dripping",),
        foreign={
            "de": ("Tropfen", "tropfendes Wasser", "tropfender Wasserhahn", "Wassertropfen"),
            "fr": ("goutte d'eau", "robinet qui fuit", "gouttes", "goutte à goutte"),
            "es": ("goteo", "gotera", "gotas de agua", "grifo que gotea"),
            "it": ("gocciolio", "goccia", "rubinetto che perde", "gocce d'acqua"),
            "ja": ("水滴", "雫", "滴る水", "水漏れ"),
            "zh": ("滴水", "水滴", "漏水", "水龙头滴水"),
        },
    ),
)
