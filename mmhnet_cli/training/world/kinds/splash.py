"""A splash."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, impact, tint
from mmhnet_cli.training.world.dsp import SAMPLE_RATE_HZ, burst, mix, play_events, samples_of, scatter, unit_peak
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import spaced
from mmhnet_cli.training.world.scene import Source


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Something falls into water: the slap of the surface, a spray, and bubbles that rise in pitch."""
    spray_s = rng.uniform(0.5, 0.9)
    low, high = rng.uniform(700, 1100), rng.uniform(5000, 8000)
    pitch = rng.uniform(350, 600)

    def plunge(index: int, strength: float) -> np.ndarray:
        count = samples_of(spray_s + 0.4)
        bubbles = int(rng.uniform(25, 45))
        time = np.arange(samples_of(0.08)) / SAMPLE_RATE_HZ
        at = (rng.gamma(2.0, 0.12, bubbles).clip(0.04, 0.9) * spray_s * SAMPLE_RATE_HZ).astype(np.int64)
        hz = pitch * 2 ** rng.uniform(0, 1.5, (bubbles, 1))
        grains = np.exp(-time * rng.uniform(40, 90, (bubbles, 1))) * np.sin(2 * np.pi * hz * time * (1 + 3 * time))
        air = scatter(count, at, grains * np.minimum(1, (time[-1] - time) * 100))
        return mix(
            (0, 1, burst(rng, 300, 3000, 0.12)),
            (0, 0.9, burst(rng, low, high, spray_s)),
            (0.03, 0.5, burst(rng, low, high, 0.8 * spray_s)),
            (0, 0.7, unit_peak(air)),
        )

    return play_events(source, 0.5, plunge)


def look(rng: np.random.Generator) -> Look:
    """A stone that falls into water; the crown of drops rises and falls back."""
    water, stone = tint(rng, 0.12, 0.38, 0.55), tint(rng, 0.35, 0.32, 0.3)
    foam = (0.92, 0.97, 1.0)
    drops = 22
    vx, vy = rng.normal(0, 0.45, drops), -rng.uniform(0.9, 2.1, drops)

    def still(c: Canvas) -> None:
        c.ellipse(0, 0.32, 0.8, 0.2, water)
        c.ellipse(-0.1, 0.3, 0.6, 0.12, water * 1.25)

    def moving(c: Canvas, m: Moment) -> None:
        if m.wait < 0.4:
            c.disc(0, 0.28 - 1.1 * (1 - (1 - m.wait / 0.4) ** 2) - 0.05, 0.09, stone)
        if m.age < 1.2:
            for lag in (0.0, 0.18):
                grown = max(m.age - lag, 0.0)
                wide = 0.16 + 0.45 * grown
                c.ring(0, 0.3, wide, 0.28 * wide, 0.022, foam, 0.7 * (1 - m.age / 1.2) * (grown > 0 or lag == 0))
        if m.age < 0.7:
            power = 0.7 + 0.3 * m.strength
            # Thrown 40 ms ahead, so that the crown stands clear of the water at the event itself.
            age = m.age + 0.04
            x, y = vx * age * power, 0.28 + vy * age * power + 2.6 * age * age
            up = y < 0.34
            if up.any():
                c.capsules(x[up], y[up], x[up], y[up] - 0.03, 0.022, foam, 1 - 0.5 * m.age)
            hit = impact(m, 0.3)
            c.convex(
                [
                    (-0.2 - 0.1 * m.age, 0.08 - 0.3 * hit),
                    (0.2 + 0.1 * m.age, 0.08 - 0.3 * hit),
                    (0.13, 0.31),
                    (-0.13, 0.31),
                ],
                foam,
                min(1.0, hit),
            )
            c.ellipse(0, 0.3, 0.24, 0.07, foam, min(1.0, 1.3 * hit))

    return Look(still, moving)


KIND = Kind(
    category="WATRSplsh",
    family="one_shot",
    sound=sound,
    look=look,
    rhythm=spaced(1.2, 3.5),
    wording=Wording(
        nouns=(
            "splash",
            "water splash",
            "a stone thrown into a pond",
            "something falling into water",
            "a dive into a pool",
            "jumping into water",
            "a big splash",
        ),
        clauses=("a stone splashes into the pond", "someone dives into the water"),
        gentle=("a small splash",),
        strong=("a heavy rock plunging into water",),
        foreign={
            "de": ("Platscher", "Wasserplatschen", "Platschen", "Sprung ins Wasser"),
            "fr": ("éclaboussure", "plouf", "plongeon", "saut dans l'eau"),
            "es": ("salpicadura", "chapuzón", "zambullida", "chapoteo"),
            "it": ("tuffo", "schizzo d'acqua", "spruzzo", "tonfo in acqua"),
            "ja": ("水しぶき", "飛び込み", "ドボン", "水はね"),
            "zh": ("溅水", "水花", "跳水", "落水"),
        },
    ),
)
