"""Wood that breaks."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, fly, impact, smooth, tint
from mmhnet_cli.training.world.dsp import Body, burst, lowpass, mix, play_events, samples_of, unit_peak
from mmhnet_cli.training.world.grit import creak, faded, grit
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import spaced
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import surroundings

FREE_BAR = np.array([1, 2.756, 5.404, 8.933, 13.34])
"""Bending modes of a bar with free ends."""


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A snap that rings both halves, then fibres that tear one by one: few large cracks, many small ones.

    Sizes follow a power law, as measured on breaking wood and paper; twigs are high and short, beams low and long.
    """
    size = 10 ** rng.uniform(-0.45, 0.55)
    halves = [
        Body(rng.uniform(330, 480) / size * FREE_BAR, 0.09 * size**0.4 / FREE_BAR**0.5, FREE_BAR**0.2, 0.00006).ringer()
        for _ in range(2)
    ]
    splinters_hz = list(rng.uniform(0.8, 1.25, 6) * np.array([700, 1150, 1800, 2700, 4000, 5900]) / size**0.5)
    length, tough = rng.uniform(0.2, 0.6) * size**0.5, rng.uniform(0, 1)
    heard = surroundings(rng, 0.15, 1.1)

    def snap(index: int, strength: float) -> np.ndarray:
        torn = rng.uniform(0.7, 1.3) * length * (0.6 + strength)
        cracks = int(rng.uniform(20, 60) * (0.3 + tough + strength))
        times = torn * rng.beta(0.8, 2.2 - tough, cracks)
        sizes = (1 + rng.pareto(1.3, cracks)).clip(max=14)
        fibres = grit(rng, samples_of(torn + 0.1), times, sizes, splinters_hz, 0.012 * size**0.3)
        second = float(rng.uniform(0.02, 0.4) * torn)
        parts = [
            (0.0, 1.0, halves[0](rng, strength)),
            (0.0, 0.9, burst(rng, 1200 / size**0.5, 9000, 0.02)),
            (second, 0.5, halves[1](rng, strength)),
            (second, 0.4, burst(rng, 1500 / size**0.5, 8000, 0.02)),
            (0.004, 0.8 + 0.5 * tough, faded(unit_peak(fibres), 0.06)),
            (0.0, 0.25 * size**0.5, burst(rng, 60, 250, 0.15)),
        ]
        if size > 1 and rng.random() < tough:
            modes = [(hz, 0.012, 1.0) for hz in splinters_hz[:4]]
            parts.append(
                (0.1 * torn, 0.35, unit_peak(creak(rng, torn, rng.uniform(60, 120), rng.uniform(20, 50), modes)))
            )
        return heard(lowpass(mix(*parts), 2500 * 6**strength))

    return play_events(source, 0.55, snap)


def look(rng: np.random.Generator) -> Look:
    """A plank across two blocks that breaks under a weight; a new one lies there soon after."""
    wood, stone, iron = tint(rng, 0.66, 0.46, 0.26, 0.2), tint(rng, 0.38, 0.36, 0.34), tint(rng, 0.25, 0.26, 0.3)
    fan = -rng.uniform(-0.2, np.pi + 0.2, 14)

    def still(c: Canvas) -> None:
        for x in (-0.48, 0.48):
            c.box(x, 0.34, 0.12, 0.16, stone)

    def moving(c: Canvas, m: Moment) -> None:
        # Broken halves hang for a while, then the plank is whole again.
        down = 0.34 * (1 - smooth((m.age - 0.35) / 0.25)) * min(1.0, 0.4 + m.age / 0.08) if m.age < 0.6 else 0.0
        fall = 0.0 if m.wait > 0.3 else (1 - m.wait / 0.3) ** 2
        weight = 0.2 + down - 0.5 * (1 - fall) if m.wait < 0.3 or m.age > 0.3 else 0.12 + down
        for side in (-1, 1):
            c.capsule(side * 0.62, 0.16 - 0.3 * down, side * 0.02, 0.16 + down, 0.035, wood)
            if down:
                c.capsule(side * 0.05, 0.13 + down, side * 0.1, 0.24 + down, 0.02, wood * 1.2)
        c.box(0, min(weight, 0.4) - 0.1, 0.13, 0.1, iron)
        if m.age < 0.2:
            hit = impact(m, 0.2)
            c.glow(0, 0.2, 0.55, (1.0, 0.85, 0.55), 0.9 * hit)
            c.disc(0, 0.2, 0.16, (1.0, 0.92, 0.7), hit)
            fly(c, 0, 0.2, fan, m, 0.7, 0.028, (1.0, 0.85, 0.55))

    return Look(still, moving)


KIND = Kind(
    category="WOODBrk",
    family="one_shot",
    sound=sound,
    look=look,
    rhythm=spaced(1.1, 3.0),
    wording=Wording(
        nouns=(
            "breaking wood",
            "a branch snapping",
            "a stick breaking",
            "splintering wood",
            "a plank cracking",
            "a tree falling",
            "a twig snap",
            "chopping firewood",
        ),
        clauses=("a branch snaps", "a plank breaks"),
        gentle=("a twig snapping",),
        strong=("a tree trunk splintering",),
        foreign={
            "de": ("brechendes Holz", "Ast bricht", "Zweig knackt", "Holzbruch", "splitterndes Holz"),
            "fr": ("bois qui craque", "branche cassée", "bois brisé", "branche qui casse"),
            "es": ("madera rota", "rama rota", "rama que se rompe", "astillas"),
            "it": ("legno spezzato", "ramo spezzato", "ramo che si rompe", "legno che si spezza"),
            "ja": ("枝が折れる", "木が折れる", "木材が割れる", "小枝"),
            "zh": ("树枝断裂", "木头断裂", "折断树枝", "折断木头"),
        },
    ),
)
