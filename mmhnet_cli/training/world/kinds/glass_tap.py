"""Taps on a glass."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, impact, tint, tremble
from mmhnet_cli.training.world.dsp import Body, play_events
from mmhnet_cli.training.world.figures import hammer
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import spaced
from mmhnet_cli.training.world.scene import Source


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A tapped glass: few pure high modes (ratios of a wine glass), soft contact."""
    rim = rng.uniform(2200, 3700)
    frequencies = rim * np.array([1, 2.32, 4.25])
    kept = frequencies < 16000
    glass = Body(
        frequencies[kept],
        (rng.uniform(0.25, 0.6) * np.array([1, 0.6, 0.35]))[kept],
        np.array([1, 0.7, 0.5])[kept],
        0.00005,
    ).ringer()
    return play_events(source, 0.3, lambda index, strength: glass(rng, strength))


def look(rng: np.random.Generator) -> Look:
    """A spoon against a glass of water."""
    glass, water = np.array([0.75, 0.9, 0.95]), tint(rng, 0.35, 0.6, 0.75)

    def block(c: Canvas, m: Moment) -> None:
        dx = 0.02 * tremble(m)
        c.convex([(-0.34 + dx, 0.12), (0.1 + dx, 0.12), (0.05, 0.48), (-0.29, 0.48)], glass, 0.35)
        ripple = 0.02 * tremble(m)
        c.convex([(-0.32, 0.26 - ripple), (0.08, 0.26 + ripple), (0.05, 0.48), (-0.29, 0.48)], water, 0.75)
        for x, foot in ((-0.34, -0.29), (0.1, 0.05)):
            c.capsule(x + dx, 0.12, foot, 0.48, 0.014, glass)
        c.ring(-0.12 + dx, 0.12, 0.22, 0.03, 0.018, glass)

    def struck(c: Canvas, m: Moment) -> None:
        hit = impact(m)
        c.glow(-0.12, 0.14, 0.42, (0.7, 0.9, 1.0), 0.5 * hit)
        for reach in (0.1, 0.24):
            c.ring(-0.12, 0.14, reach + 1.5 * m.age, reach + 1.5 * m.age, 0.035, (0.8, 0.95, 1.0), hit)
        c.disc(-0.06, 0.12, 0.06, (1.0, 1.0, 1.0), hit)

    return hammer(tint(rng, 0.75, 0.72, 0.68), (0.04, 0.055), block, struck)


KIND = Kind(
    category="GLASImpt",
    family="impact",
    sound=sound,
    look=look,
    rhythm=spaced(0.35, 1.3),
    wording=Wording(
        nouns=(
            "tapping on glass",
            "a spoon against a glass",
            "clinking glass",
            "taps on a drinking glass",
            "clinking glasses",
            "a toast with champagne glasses",
            "cheers",
        ),
        clauses=("someone taps a glass", "glasses clink"),
        gentle=("delicate clinking of a glass",),
        strong=("sharp clinks of a glass",),
        foreign={
            "de": ("Gläserklirren", "Anstoßen", "Klirren", "Glas antippen", "Gläser"),
            "fr": ("tinter un verre", "trinquer", "tintement de verre", "verres qui trinquent"),
            "es": ("tintineo de vidrio", "brindis", "chocar copas", "copas"),
            "it": ("tintinnio", "brindisi", "bicchieri", "tintinnio di bicchieri"),
            "ja": ("グラス", "乾杯", "グラスを鳴らす", "ガラスを叩く"),
            "zh": ("碰杯", "敲玻璃", "玻璃杯", "干杯"),
        },
    ),
)
