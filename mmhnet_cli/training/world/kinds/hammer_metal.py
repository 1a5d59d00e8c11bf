"""Hammering on metal."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, fly, impact, tint, tremble
from mmhnet_cli.training.world.dsp import Body, burst, mix, play_events
from mmhnet_cli.training.world.figures import hammer
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import steady
from mmhnet_cli.training.world.scene import Source


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Hammer on an iron plate: a dense cluster of inharmonic modes, bright and long."""
    count = 16
    # One mode in every band of a plate, at a place of its own: no two plates alike, none with holes in its spectrum.
    ratios = 1 + 0.75 * np.arange(count) + rng.uniform(-0.3, 0.3, count)
    frequencies = rng.uniform(550, 950) * ratios
    t60 = rng.uniform(0.5, 1.6) / ratios**0.35
    plate = Body(frequencies, t60, rng.uniform(0.5, 1, count), 0.00006).ringer()
    return play_events(
        source,
        0.5,
        lambda index, strength: mix((0, 1, plate(rng, strength)), (0, 0.5, burst(rng, 3000, 12000, 0.03))),
    )


def look(rng: np.random.Generator) -> Look:
    """A steel hammer on an anvil; sparks fly."""
    steel, shine = tint(rng, 0.4, 0.42, 0.46), tint(rng, 0.62, 0.64, 0.68)
    fan = -rng.uniform(-0.2, np.pi + 0.2, 14)

    def block(c: Canvas, m: Moment) -> None:
        drop = 0.012 * tremble(m)
        c.convex([(-0.5, 0.2 + drop), (0.2, 0.2 + drop), (0.1, 0.33 + drop), (-0.3, 0.33 + drop)], steel)
        c.box(-0.1, 0.38, 0.1, 0.08, steel * 0.8)
        c.box(-0.1, 0.46, 0.24, 0.04, steel * 0.65)
        c.capsule(-0.44, 0.215 + drop, 0.17, 0.215 + drop, 0.014, shine)

    def struck(c: Canvas, m: Moment) -> None:
        hit = impact(m)
        c.glow(-0.12, 0.17, 0.45, (1.0, 0.7, 0.25), 0.9 * hit)
        c.disc(-0.12, 0.18, 0.1 * (0.5 + hit), (1.0, 0.97, 0.8), hit)
        fly(c, -0.12, 0.17, fan, m, 0.6, 0.014, (1.0, 0.85, 0.35))

    return hammer(tint(rng, 0.3, 0.3, 0.34), (0.09, 0.08), block, struck)


KIND = Kind(
    category="METLImpt",
    family="impact",
    sound=sound,
    look=look,
    rhythm=steady(0.4, 1.1, jitter=0.08),
    wording=Wording(
        nouns=(
            "hammering on metal",
            "a hammer on an anvil",
            "blacksmith at work",
            "clanging steel",
            "a stick on a metal rail",
            "banging on metal",
            "a metal clang",
        ),
        clauses=("someone hammers on steel", "a blacksmith strikes the anvil"),
        gentle=("light taps on an anvil",),
        strong=("hard hammer blows on steel",),
        foreign={
            "de": ("Hämmern auf Metall", "Amboss", "Schmied", "Metallschlag", "Schmiede"),
            "fr": ("enclume", "forgeron", "marteau sur métal", "coups de marteau sur l'acier", "métal"),
            "es": ("yunque", "herrero", "martillo sobre metal", "golpes de metal", "metal"),
            "it": ("incudine", "fabbro", "martello sul metallo", "colpi di metallo", "metallo"),
            "ja": ("金床", "鍛冶屋", "金属を叩く", "鉄を打つ", "金属音"),
            "zh": ("铁砧", "铁匠", "敲打金属", "打铁", "金属敲击"),
        },
    ),
)
