"""A bell."""

import math

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, impact, smooth, tint
from mmhnet_cli.training.world.dsp import Body, play_events
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import spaced
from mmhnet_cli.training.world.scene import Source


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A cast bell: hum, prime, minor third, fifth and nominal, slightly doubled so that they beat."""
    ratios = np.array([0.5, 1, 1.183, 1.506, 2, 2.514, 3.011, 4.166])
    partials = rng.uniform(330, 620) * np.concatenate([ratios, ratios[:5] * rng.uniform(1.002, 1.005, 5)])
    lives = np.array([1, 0.9, 0.75, 0.6, 0.6, 0.4, 0.35, 0.25])
    levels = np.array([0.6, 0.8, 0.7, 0.4, 1, 0.5, 0.4, 0.3])
    cast = Body(
        partials,
        rng.uniform(1.2, 2.0) * np.concatenate([lives, lives[:5]]),
        np.concatenate([levels, 0.6 * levels[:5]]),
        0.0002,
    ).ringer()
    return play_events(source, 0.4, lambda index, strength: cast(rng, strength))


def look(rng: np.random.Generator) -> Look:
    """A bell that swings from one side to the other; its clapper strikes where it turns back."""
    bronze, beam = tint(rng, 0.75, 0.55, 0.2, 0.15), tint(rng, 0.35, 0.22, 0.12)

    def moving(c: Canvas, m: Moment) -> None:
        side = 1.0 if m.count % 2 else -1.0
        if math.isinf(m.age):
            swing = side * math.cos(math.pi * max(0.0, 1 - m.wait / 0.8))
        elif math.isinf(m.wait):
            swing = side * math.cos(math.pi * m.age / 0.9) * math.exp(-m.age / 1.2)
        else:
            swing = side * math.cos(math.pi * m.age / m.interval)
        angle = 0.55 * swing
        cos, sin = math.cos(angle), math.sin(angle)

        def at(x: float, y: float) -> tuple[float, float]:
            """A point of the bell, hung at (0, -0.38), after the swing."""
            return x * cos - y * sin, -0.38 + x * sin + y * cos

        hit = impact(m, 0.2)
        metal = bronze + hit * 0.75 * (1 - bronze)
        lean = side * (0.19 * smooth(1 - m.age / 0.12) + 0.12 * swing * side)
        ball = at(-lean, 0.62)
        c.capsule(*at(0, 0.2), *ball, 0.02, bronze * 0.5)
        c.disc(*ball, 0.055, bronze * 0.45)
        c.convex([at(-0.12, 0.06), at(0.12, 0.06), at(0.2, 0.4), at(-0.2, 0.4)], metal)
        c.convex([at(-0.2, 0.4), at(0.2, 0.4), at(0.31, 0.55), at(-0.31, 0.55)], metal)
        c.disc(*at(0, 0.08), 0.12, metal)
        c.capsule(*at(-0.3, 0.54), *at(0.3, 0.54), 0.025, metal * 0.7)
        if m.age < 0.2:
            x, y = at(0.0, 0.35)
            for reach in (0.34, 0.48):
                c.ring(x, y, reach + 0.7 * m.age, reach + 0.7 * m.age, 0.03, (1.0, 0.93, 0.7), 0.9 * hit)

    return Look(lambda c: c.box(0, -0.44, 0.5, 0.05, beam), moving)


KIND = Kind(
    category="BELLLrg",
    family="machine",
    sound=sound,
    look=look,
    rhythm=spaced(0.9, 2.4),
    wording=Wording(
        nouns=(
            "bell",
            "church bell",
            "a ringing bell",
            "bell tolls",
            "a large bronze bell",
            "a bell tower",
            "a hand bell",
            "cowbells",
            "a school bell",
        ),
        clauses=("a bell rings", "a church bell tolls"),
        gentle=("a softly ringing bell",),
        strong=("a loud church bell",),
        foreign={
            "de": ("Glocke", "Kirchenglocke", "Glocken", "Kirchenglocken", "Glockenläuten"),
            "fr": ("cloche", "cloches", "cloche d'église", "clocher"),
            "es": ("campana", "campanas", "campanas de iglesia", "campanario"),
            "it": ("campana", "campane", "campane della chiesa", "campanile"),
            "ja": ("鐘", "教会の鐘", "鐘の音", "ベル"),
            "zh": ("钟声", "教堂钟声", "大钟", "敲钟", "铃"),
        },
    ),
)
