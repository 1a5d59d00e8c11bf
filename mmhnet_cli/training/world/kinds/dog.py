"""A dog."""

import math

import numpy as np

from mmhnet_cli.training.world.animal import beast, larynx, mouth, track, wag
from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, tint
from mmhnet_cli.training.world.dsp import play_events, samples_of
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import bursts
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import place


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Barks: a rough voice that leaps up and falls through jaws that snap open; from lapdog to mastiff.

    A voice and a throat as long as the dog is large (source and filter, after Riede and Fitch on dogs).
    """
    size = rng.uniform(0, 1)
    pitch_hz, throat_hz = 780 * 0.27**size * rng.uniform(0.85, 1.2), 1650 * 0.42**size * rng.uniform(0.9, 1.1)
    length_s, rough, breath = rng.uniform(0.1, 0.17) + 0.12 * size, rng.uniform(0.35, 0.95), rng.uniform(0.3, 0.9)
    peak = rng.uniform(0.15, 0.4)
    around = place(rng, 0.6)

    def bark(index: int, strength: float) -> np.ndarray:
        count = samples_of(length_s * rng.uniform(0.8, 1.15))
        leap = track(count, (0, peak, 0.6, 1), (0.7, 1.0, 0.85, 0.45)) * rng.uniform(0.93, 1.07)
        voice = larynx(rng, pitch_hz * (0.75 + 0.4 * strength) * leap, 1.35 - 0.75 * strength, rough, breath)
        wide = track(count, (0, 0.25, 0.65, 1), (0.25, 1.0, 0.75, 0.1)) * (0.55 + 0.45 * strength)
        shut, wide_hz = throat_hz * np.array([0.36, 1.2, 2.3]), throat_hz * np.array([0.78, 1.55, 2.6, 3.6])
        spoken = mouth(voice, ((1 - wide, shut), (wide, wide_hz)))
        return around(spoken * track(count, (0, 0.02, 0.2, 0.55, 1), (0.35, 0.85, 1.0, 0.55, 0.0)))

    return play_events(source, 0.45, bark)


def look(rng: np.random.Generator) -> Look:
    """A dog that wags its tail and throws its head up to bark."""
    coat = (tint(rng, 0.55, 0.38, 0.22, 0.1), tint(rng, 0.75, 0.66, 0.5, 0.1), tint(rng, 0.28, 0.25, 0.24))[
        int(rng.integers(3))
    ]
    pace, leg = rng.uniform(2.0, 4.0), rng.uniform(0.14, 0.28)

    def moving(c: Canvas, m: Moment) -> None:
        wag(c, -0.34, 0.3 - leg, 0.24, 0.3 * math.sin(2 * math.pi * pace * m.elapsed), coat)
        x, y = beast(c, m, coat, (0.36, 0.13), leg, 0.11, 0.22)
        c.capsule(x - 0.06, y - 0.06, x - 0.1, y + 0.07, 0.04, coat * 0.6)

    return Look(lambda c: c.ellipse(0, 0.49, 0.6, 0.06, (0.16, 0.22, 0.12)), moving)


KIND = Kind(
    category="ANMLDog",
    family="one_shot",
    sound=sound,
    look=look,
    rhythm=bursts(0.28, 0.55, of=(1, 6)),
    wording=Wording(
        nouns=(
            "a dog barking",
            "a dog",
            "barking",
            "a puppy yapping",
            "a growling dog",
            "a howling dog",
            "an angry guard dog",
        ),
        clauses=("a dog barks", "a puppy yaps"),
        gentle=("a small dog whining",),
        strong=("a big dog barking furiously",),
        foreign={
            "de": ("Hund", "Hundegebell", "bellender Hund", "Bellen", "Hunde"),
            "fr": ("chien", "aboiement", "aboiements", "chien qui aboie", "aboyer"),
            "es": ("perro", "ladrido", "ladridos", "perro ladrando"),
            "it": ("cane", "abbaio", "cane che abbaia", "latrato", "abbaiare"),
            "ja": ("犬", "犬の鳴き声", "吠える", "子犬"),
            "zh": ("狗", "狗叫", "犬吠", "狗吠"),
        },
    ),
)
