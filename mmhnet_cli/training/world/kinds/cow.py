"""A cow."""

import math

import numpy as np

from mmhnet_cli.training.world.animal import beast, larynx, mouth, track, wag
from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, tint
from mmhnet_cli.training.world.dsp import play_events, samples_of
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import spaced
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import place


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Moos: a long low voice out of a closed mouth that opens and rounds again; from calf to bull.

    A hard moo breaks into its upper octave and roughens, as voices do that are pressed.
    """
    size = rng.uniform(0, 1)
    pitch_hz, body = 210 * 0.36**size * rng.uniform(0.9, 1.1), 1.35 - 0.45 * size
    length_s, open_at, rise = rng.uniform(1.0, 1.9), rng.uniform(0.25, 0.5), rng.uniform(1.1, 1.7)
    rough, around = rng.uniform(0.05, 0.4), place(rng, 0.7)

    def moo(index: int, strength: float) -> np.ndarray:
        count = samples_of(length_s * (0.7 + 0.4 * strength) * rng.uniform(0.9, 1.1))
        line = track(count, (0, open_at, 0.75, 1), (0.85, rise, 0.95 * rise, 0.7)) * (0.9 + 0.15 * strength)
        voice = larynx(rng, pitch_hz * line, 1.45 - 0.65 * strength, rough + 0.4 * strength**3, 0.06)
        wide = track(count, (0, 0.15, open_at, 0.7, 1), (0, 0.05, 0.9, 0.5, 0.0)) * (0.4 + 0.6 * strength)
        shapes = (
            (1 - wide, body * np.array([230, 650, 1900])),
            (wide, body * np.array([520, 880, 2100, 3000])),
        )
        swell = track(count, (0, 0.002, open_at, 0.75, 1), (0.25, 0.3, 1.0, 0.75, 0.0))
        return around(mouth(voice, shapes, 0.024) * swell)

    return play_events(source, 0.45, moo)


def look(rng: np.random.Generator) -> Look:
    """A spotted cow that stretches its neck to moo."""
    coat, spot = tint(rng, 0.75, 0.68, 0.6, 0.15), tint(rng, 0.25, 0.16, 0.12, 0.3)
    x, y = rng.uniform(-0.3, 0.25, 6), rng.uniform(-0.1, 0.1, 6)
    pace = rng.uniform(0.3, 0.7)

    def moving(c: Canvas, m: Moment) -> None:
        wag(c, -0.42, 0.0, 0.3, 1.2 + 0.3 * math.sin(2 * math.pi * pace * m.elapsed), coat * 0.7)
        head_x, head_y = beast(c, m, coat, (0.44, 0.19), 0.22, 0.11, 1.2)
        c.capsules(x, 0.1 + y, x + 0.07, 0.1 + 1.1 * y, 0.06, spot)
        c.ellipse(-0.22, 0.3, 0.1, 0.05, (0.85, 0.6, 0.55))
        for side in (-0.08, 0.02):
            c.capsule(head_x + side, head_y - 0.09, head_x + side - 0.02, head_y - 0.2, 0.022, (0.9, 0.88, 0.75))
        c.capsule(head_x - 0.08, head_y - 0.04, head_x - 0.2, head_y - 0.02, 0.03, spot)

    return Look(lambda c: c.ellipse(0, 0.5, 0.8, 0.08, (0.22, 0.36, 0.14)), moving)


KIND = Kind(
    category="ANMLFarm",
    family="one_shot",
    sound=sound,
    look=look,
    rhythm=spaced(1.8, 3.5),
    wording=Wording(
        nouns=("a cow mooing", "a cow", "cattle", "a bull", "a herd of cows", "an ox"),
        clauses=("a cow moos", "cattle low in the field"),
        gentle=("a calf mooing softly",),
        strong=("a bull bellowing",),
        foreign={
            "de": ("Kuh", "Kühe", "Muhen", "Rind", "Bulle", "Stier"),
            "fr": ("vache", "vaches", "meuglement", "taureau", "bétail"),
            "es": ("vaca", "vacas", "mugido", "toro", "ganado"),
            "it": ("mucca", "mucche", "muggito", "toro", "bestiame"),
            "ja": ("牛", "牛の鳴き声", "雌牛", "モー"),
            "zh": ("牛", "奶牛", "牛叫", "哞", "牛群"),
        },
    ),
)
