"""Clashing swords."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.collide import rung
from mmhnet_cli.training.world.contact import Look, Moment, approach, fly, impact, smooth, tint
from mmhnet_cli.training.world.dsp import Body, bandpass, burst, mix, noise, play_events, samples_of, unit_peak
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import spaced
from mmhnet_cli.training.world.scene import Source


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Two blades: bending modes of long bars, far above their lowest, twisting modes between; they chatter and slide.

    The n-th mode of a slender bar lies at (2n + 1) squared; the hands on the grips damp the low ones most.
    """
    hz = np.concatenate([_blade(rng), _blade(rng)])
    life = rng.uniform(0.25, 1.3) * (1500 / (1500 + np.abs(hz - 3500))) ** 0.7
    steel = Body(hz, life, rng.uniform(0.3, 1, len(hz)) * np.minimum(1, hz / 1800), 0.00006).ringer()
    slides, chatter_s = rng.uniform(0, 0.7), rng.uniform(0.008, 0.03)

    def clash(index: int, strength: float) -> np.ndarray:
        parts = [(0.0, 1.0, steel(rng, strength**4)), (0.0, 0.5 * strength, burst(rng, 2500, 14000, 0.02))]
        bounces = np.sort(rng.uniform(0.3, 1, int(rng.integers(1, 4)))) * chatter_s
        parts += [(float(at), rng.uniform(0.2, 0.6), steel(rng, strength**4)) for at in bounces]
        if rng.random() < slides:
            count = samples_of(rng.uniform(0.15, 0.45))
            way = np.linspace(0, 1, count)
            scrape = bandpass(noise(rng, count) * np.sin(np.pi * way**0.6), 1500, 15000)
            high = hz > 1800 + 1500 * strength
            parts.append((0.03, 0.45, unit_peak(rung(scrape, hz[high], 0.4 * life[high], np.ones(int(high.sum()))))))
        return mix(*parts)

    return play_events(source, 0.45, clash)


def _blade(rng: np.random.Generator) -> np.ndarray:
    """Modes of a blade between 500 Hz and 15 kHz: those of a bar, and those in which it twists."""
    bend = rng.uniform(4, 9) * (2 * np.arange(3, 40) + 1) ** 2
    twist = rng.uniform(500, 1100) * np.arange(1, 12) * rng.uniform(0.98, 1.02, 11)
    hz = np.concatenate([bend, twist])
    return hz[(hz > 500) & (hz < 15000)][:26]


def look(rng: np.random.Generator) -> Look:
    """Two swords that swing at each other and cross; sparks fly where they meet."""
    steel, grips = tint(rng, 0.78, 0.8, 0.84, 0.06), [tint(rng, 0.4, 0.2, 0.12, 0.2), tint(rng, 0.15, 0.2, 0.35, 0.2)]
    fan = rng.uniform(0, 2 * np.pi, 16)

    def moving(c: Canvas, m: Moment) -> None:
        apart = min(approach(m), smooth((m.age - 0.06) / 0.3)) if m.wait < 9 else smooth((m.age - 0.06) / 0.3)
        for side, grip in zip((-1, 1), grips, strict=True):
            turn = np.pi / 2 + side * (0.75 - 1.25 * apart)
            base_x, base_y = side * 0.42, 0.42
            dx, dy = float(np.cos(turn)), -float(np.sin(turn))
            c.capsule(base_x, base_y, base_x - 0.16 * dx, base_y - 0.16 * dy, 0.04, grip)
            c.capsule(base_x - 0.09 * dy, base_y + 0.09 * dx, base_x + 0.09 * dy, base_y - 0.09 * dx, 0.025, grip * 0.7)
            c.capsule(base_x, base_y, base_x + 0.8 * dx, base_y + 0.8 * dy, 0.026, steel)
        if m.age < 0.2:
            c.glow(0, 0.0, 0.6, (1.0, 0.9, 0.6), 1.0 * impact(m, 0.2))
            c.disc(0, 0.0, 0.07, (1.0, 1.0, 0.9), impact(m, 0.1))
            fly(c, 0, 0.0, fan, m, 0.55, 0.014, (1.0, 0.85, 0.4))

    return Look(lambda c: c.ellipse(0, 0.52, 0.6, 0.05, (0.12, 0.1, 0.09)), moving)


KIND = Kind(
    category="WEAPSwrd",
    family="impact",
    sound=sound,
    look=look,
    rhythm=spaced(0.3, 1.2),
    wording=Wording(
        nouns=(
            "a sword",
            "a sword fight",
            "clashing swords",
            "drawing a sword",
            "a blade being drawn",
            "fencing",
            "swords and shields",
            "a knife sharpened",
        ),
        clauses=("swords clash", "a knight draws a sword"),
        gentle=("a sword quietly drawn",),
        strong=("swords clashing in battle",),
        foreign={
            "de": ("Schwert", "Schwertkampf", "Schwerter", "Klinge", "Fechten"),
            "fr": ("épée", "combat d'épées", "lame", "épées", "escrime"),
            "es": ("espada", "espadas", "combate de espadas", "esgrima"),
            "it": ("spada", "spade", "duello di spade", "scherma"),
            "ja": ("剣", "刀", "剣戟", "抜刀", "チャンバラ"),
            "zh": ("剑", "刀剑", "剑斗", "拔剑", "击剑"),
        },
    ),
)
