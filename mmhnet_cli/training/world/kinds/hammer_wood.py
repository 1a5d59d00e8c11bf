"""Hammering on wood."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, fly, impact, tint, tremble
from mmhnet_cli.training.world.dsp import Body, burst, mix, play_events
from mmhnet_cli.training.world.figures import hammer
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import steady
from mmhnet_cli.training.world.scene import Source


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Hammer on a wooden bar: strongly damped bending modes (ratios of a free bar) under a bright click."""
    bar = Body(
        rng.uniform(260, 520) * np.array([1, 2.756, 5.404, 8.933, 13.34]),
        rng.uniform(0.07, 0.13) * np.array([1, 0.75, 0.5, 0.35, 0.25]),
        np.array([0.7, 1, 0.9, 0.8, 0.6]),
        0.00015,
    ).ringer()
    return play_events(
        source,
        0.55,
        lambda index, strength: mix((0, 1, bar(rng, strength)), (0, 0.8, burst(rng, 2500, 9000, 0.025))),
    )


def look(rng: np.random.Generator) -> Look:
    """A mallet on a wooden block; chips fly."""
    wood, dark = tint(rng, 0.6, 0.4, 0.2), tint(rng, 0.36, 0.22, 0.1)
    fan = -rng.uniform(0.15, np.pi - 0.15, 8)

    def block(c: Canvas, m: Moment) -> None:
        drop = 0.02 * tremble(m)
        c.box(-0.12, 0.34 + drop, 0.3, 0.15, wood)
        for y in (0.25, 0.33, 0.41):
            c.capsule(-0.38, y + drop, 0.14, y + 0.02 + drop, 0.008, dark)

    def struck(c: Canvas, m: Moment) -> None:
        hit = impact(m)
        c.glow(-0.12, 0.19, 0.42, (1.0, 0.8, 0.5), 0.6 * hit)
        c.ellipse(-0.12, 0.19, 0.3, 0.07, (1.0, 0.85, 0.6), hit)
        fly(c, -0.12, 0.17, fan, m, 0.5, 0.03, (0.95, 0.78, 0.5))

    return hammer(tint(rng, 0.5, 0.3, 0.14), (0.12, 0.09), block, struck)


KIND = Kind(
    category="WOODImpt",
    family="impact",
    sound=sound,
    look=look,
    rhythm=steady(0.4, 1.1, jitter=0.08),
    wording=Wording(
        nouns=(
            "hammering on wood",
            "a hammer hitting wood",
            "a mallet on a wooden block",
            "carpenter hammering",
            "hammering nails",
            "a hammer",
            "knocking on wood",
        ),
        clauses=("someone hammers on wood", "a carpenter drives a nail"),
        gentle=("light taps of a mallet on wood",),
        strong=("hard blows on a wooden block",),
        foreign={
            "de": ("Hämmern", "Hämmern auf Holz", "Zimmermann", "Nagel einschlagen", "Holzhammer"),
            "fr": ("marteau", "marteler", "clou", "menuisier", "coups sur le bois", "maillet"),
            "es": ("martillo", "martillazos", "clavo", "carpintero", "mazo"),
            "it": ("martello", "martellare", "chiodo", "falegname", "martellate"),
            "ja": ("ハンマー", "金槌", "釘を打つ", "大工", "木を叩く"),
            "zh": ("锤子", "敲钉子", "木匠", "敲木头", "锤打"),
        },
    ),
)
