"""Clattering dishes."""

from collections.abc import Callable

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.collide import PLATE, bouncing
from mmhnet_cli.training.world.contact import Look, Moment, approach, impact, smooth, tint, tremble
from mmhnet_cli.training.world.dsp import Body, burst, lowpass, mix, play_events
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import spaced
from mmhnet_cli.training.world.scene import Source


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Plates, bowls and cups set down and stacked: ceramic rims that ring shortly, settle in a chatter, and wobble.

    Two pieces meet at every event and both answer; the table below thuds.
    """
    low_hz = rng.uniform(420, 1150)
    ware = [_piece(rng, low_hz) for _ in range(4)]
    table = Body(
        rng.uniform(140, 320) * np.array([1, 1.8, 2.7]), np.array([0.07, 0.05, 0.04]), np.array([1, 0.6, 0.4]), 0.0006
    ).ringer()
    thud, settle_s, dense = rng.uniform(0.05, 0.4), rng.uniform(0.02, 0.07), rng.uniform(0.4, 0.7)

    def clatter(index: int, strength: float) -> np.ndarray:
        one, other = rng.choice(4, 2, replace=False)
        times = bouncing(rng, settle_s * (0.7 + 0.6 * strength), dense, 5)
        parts = [(0.0, 0.2 + 0.3 * strength, burst(rng, 1800, 9000, 0.006)), (0.0, thud, table(rng, strength**4))]
        for k, at in enumerate(times):
            hit = strength * 0.6**k
            parts.append((float(at), 0.55**k * rng.uniform(0.7, 1.0), ware[one](rng, hit**3)))
            parts.append((float(at), 0.55**k * rng.uniform(0.3, 0.9), ware[other](rng, hit**3)))
        return lowpass(mix(*parts), 2200 * 6**strength)

    return play_events(source, 0.35, clatter)


def _piece(rng: np.random.Generator, low_hz: float) -> Callable[[np.random.Generator, float], np.ndarray]:
    """The strike of one piece, a large plate to a small cup; an even rim has its modes in slightly split pairs."""
    hz = low_hz * 2.8 ** rng.uniform(0, 1) * PLATE[[0, 2, 3, 4, 5, 6]] ** rng.uniform(0.85, 1.05)
    hz = np.concatenate([hz, hz[:3] * rng.uniform(1.004, 1.03, 3)])
    life = rng.uniform(0.06, 0.3) * (hz[0] / hz) ** 0.35
    return Body(hz, life, rng.uniform(0.4, 1, len(hz)), 0.0001).ringer()


def look(rng: np.random.Generator) -> Look:
    """A hand that puts a plate on a pile."""
    china, rim = tint(rng, 0.9, 0.9, 0.88, 0.06), rng.uniform(0.2, 0.7, 3)
    table, skin = tint(rng, 0.45, 0.32, 0.2, 0.2), tint(rng, 0.85, 0.64, 0.5, 0.2)
    pile = int(rng.integers(2, 5))

    def still(c: Canvas) -> None:
        c.box(0, 0.47, 0.8, 0.06, table)
        c.convex([(0.42, 0.2), (0.62, 0.2), (0.58, 0.42), (0.46, 0.42)], rim)
        c.ellipse(0.52, 0.2, 0.1, 0.025, china)

    def moving(c: Canvas, m: Moment) -> None:
        wobble = 0.05 * tremble(m)
        for k in range(pile):
            y = 0.38 - 0.06 * k
            c.ellipse(-0.08, y, 0.38, 0.05, rim * 0.6)
            c.ellipse(-0.08, y - 0.015 + wobble * 0.3 * k, 0.38, 0.05, china)
        top = 0.38 - 0.06 * pile
        high = min(approach(m), smooth((m.age - 0.1) / 0.25)) if m.wait < 9 else smooth((m.age - 0.1) / 0.25)
        y = top - 0.45 * high
        c.ellipse(-0.08, y + wobble, 0.38, 0.055, rim)
        c.ellipse(-0.08, y - 0.012 + wobble, 0.34, 0.045, china)
        c.capsule(0.28, y - 0.02, 0.7, y - 0.3, 0.06, skin)
        if m.age < 0.18:
            hit = impact(m, 0.18)
            c.glow(-0.08, top, 0.65, (1.0, 1.0, 0.95), 1.0 * hit)
            for side in (-1, 1):
                c.capsule(
                    -0.08 + side * 0.42,
                    top,
                    -0.08 + side * (0.5 + 0.6 * m.age),
                    top - 0.08,
                    0.02,
                    (1.0, 1.0, 0.95),
                    hit,
                )

    return Look(still, moving)


KIND = Kind(
    category="FOODTware",
    family="impact",
    sound=sound,
    look=look,
    rhythm=spaced(0.35, 1.3),
    wording=Wording(
        nouns=(
            "clattering dishes",
            "plates stacked in the sink",
            "washing the dishes",
            "crockery",
            "a cup on a saucer",
            "setting the table",
            "plates",
            "pots and pans",
        ),
        clauses=("someone stacks plates", "dishes clatter in the sink"),
        gentle=("a cup set down on a saucer",),
        strong=("a pile of plates clattering",),
        foreign={
            "de": ("Geschirr", "Teller", "Abwasch", "Tassen", "Töpfe"),
            "fr": ("vaisselle", "assiettes", "faire la vaisselle", "tasse", "casseroles"),
            "es": ("platos", "vajilla", "lavar los platos", "taza", "ollas"),
            "it": ("piatti", "stoviglie", "lavare i piatti", "tazza", "pentole"),
            "ja": ("食器", "皿", "皿洗い", "カップ", "鍋"),
            "zh": ("盘子", "餐具", "洗碗", "碗碟", "锅碗"),
        },
    ),
)
