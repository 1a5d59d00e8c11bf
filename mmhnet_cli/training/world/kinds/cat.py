"""A cat."""

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

CONTOURS = ((0.75, 1.0, 1.12, 0.85), (1.1, 1.15, 0.95, 0.7), (0.7, 0.85, 1.0, 1.15), (0.85, 1.15, 1.1, 1.0))
"""Pitch at the four stations of a meow: the plain one, the complaint, the question, the call for food."""


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Meows: a clear high voice while the mouth goes from m over i and a to u, from kitten to tomcat."""
    size = rng.uniform(0, 1)
    pitch_hz, throat = 900 * 0.45**size * rng.uniform(0.9, 1.1), 1.3 - 0.35 * size
    contour = np.array(CONTOURS[int(rng.integers(len(CONTOURS)))])
    length_s, rough = rng.uniform(0.4, 0.85), 0.35 * rng.uniform(0, 1) ** 2
    open_at, shiver = rng.uniform(0.3, 0.5), rng.uniform(0.0, 0.03)
    around = place(rng)

    def meow(index: int, strength: float) -> np.ndarray:
        count = samples_of(length_s * (0.65 + 0.5 * strength) * rng.uniform(0.85, 1.15))
        places = (0, 0.6 * open_at, open_at + 0.15, 1)
        line = track(count, places, contour * rng.normal(1, 0.03, 4)) * (0.85 + 0.2 * strength)
        line *= 1 + shiver * np.sin(2 * np.pi * 7 * np.arange(count) / 44100)
        voice = larynx(rng, pitch_hz * line, 1.5 - 0.7 * strength, rough + 0.15 * strength, 0.06)
        shapes = (
            (track(count, (0, 0.12, 0.25, 1), (1, 0.5, 0, 0)), (300, 1300, 2600)),
            (track(count, (0, 0.12, open_at, 1), (0, 0.6, 0.1, 0)), (450, 2500, 3500)),
            (track(count, (0, 0.15, open_at, 0.8, 1), (0, 0.1, 1.0, 0.4, 0)), (1000, 1750, 3000)),
            (track(count, (0, open_at, 0.75, 1), (0, 0, 0.6, 0.8)), (480, 950, 2500)),
        )
        spoken = mouth(voice, [(share, throat * np.array(formants)) for share, formants in shapes])
        return around(spoken * track(count, (0, 0.004, 0.2, open_at, 0.75, 1), (0.25, 0.3, 0.65, 1.0, 0.6, 0)))

    return play_events(source, 0.35, meow)


def look(rng: np.random.Generator) -> Look:
    """A cat with pointed ears and a tail that waves; it looks up to meow."""
    coat = (tint(rng, 0.8, 0.5, 0.22, 0.1), tint(rng, 0.4, 0.4, 0.42, 0.1), tint(rng, 0.82, 0.78, 0.72))[
        int(rng.integers(3))
    ]
    pace, rug = rng.uniform(0.4, 0.9), tint(rng, 0.4, 0.24, 0.2)

    def moving(c: Canvas, m: Moment) -> None:
        curl = 0.5 * math.sin(2 * math.pi * pace * m.elapsed)
        wag(c, -0.27, 0.22, 0.3, curl - 0.5, coat)
        wag(c, -0.27 + 0.3 * math.cos(0.75 * math.pi + curl - 0.5), 0.0, 0.16, 1.6 * curl - 0.9, coat * 0.85)
        x, y = beast(c, m, coat, (0.28, 0.12), 0.15, 0.12, 0.6)
        for side in (-0.09, 0.03):
            ear_x, ear_y = x + side, y - 0.08
            c.convex([(ear_x, ear_y - 0.12), (ear_x + 0.06, ear_y), (ear_x - 0.06, ear_y)], coat * 0.8)
        for slope in (-0.03, 0.0, 0.03):
            c.capsule(x + 0.13, y + 0.03, x + 0.26, y + 0.03 + slope, 0.006, (0.95, 0.95, 0.95))

    return Look(lambda c: c.box(0, 0.49, 0.6, 0.03, rug), moving)


KIND = Kind(
    category="ANMLCat",
    family="one_shot",
    sound=sound,
    look=look,
    rhythm=spaced(1.0, 3.0),
    wording=Wording(
        nouns=("a cat meowing", "a cat", "a purring cat", "a meow", "a kitten", "a hissing cat", "cats fighting"),
        clauses=("a cat meows", "a kitten mews"),
        gentle=("a cat purring",),
        strong=("a cat yowling",),
        foreign={
            "de": ("Katze", "Miauen", "Schnurren", "miauende Katze", "Kätzchen"),
            "fr": ("miaulement", "un chat", "le chat", "chaton", "ronronnement"),
            "es": ("gato", "maullido", "ronroneo", "gatito"),
            "it": ("gatto", "miagolio", "fusa", "gattino"),
            "ja": ("猫", "猫の鳴き声", "ニャー", "子猫"),
            "zh": ("猫", "猫叫", "喵", "小猫"),
        },
    ),
)
