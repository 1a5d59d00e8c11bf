"""Stones that fall."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, fly, impact, tint
from mmhnet_cli.training.world.dsp import Body, burst, lowpass, mix, play_events, samples_of, unit_peak
from mmhnet_cli.training.world.grit import faded, grit
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import spaced
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import surroundings


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Stone on stone: a dull clack of few damped modes, a bounce or several, and the grit that comes along.

    The lowest modes of compact bodies lie close together (Gaver); pebbles clack at 3 kHz, boulders thump below 200 Hz.
    """
    size = 10 ** rng.uniform(-0.5, 0.7)
    stones = [
        Body(
            1500 / (size * rng.uniform(0.75, 1.35)) * np.sort(rng.uniform(1, 4.2, 6)),
            rng.uniform(0.03, 0.07) * size**0.5 * np.linspace(1, 0.4, 6),
            rng.uniform(0.5, 1, 6),
            0.00007 * size**0.5,
        ).ringer()
        for _ in range(4)
    ]
    ground_hz, loose = rng.uniform(80, 150) / size**0.3, rng.uniform(0.1, 0.6)
    grit_hz = list(rng.uniform(0.8, 1.25) * np.array([1300.0, 2100.0, 3400.0, 5200.0]))
    heard = surroundings(rng, 0.15, 1.4)

    def hit(index: int, strength: float) -> np.ndarray:
        parts = [
            (0.0, 1.0, stones[int(rng.integers(4))](rng, strength)),
            (0.0, 0.1 + 0.4 * strength, burst(rng, 900, 7000, 0.012)),
            (0.0, 0.25 * min(size, 2.0), burst(rng, 0.6 * ground_hz, 1.8 * ground_hz, 0.12 * size**0.3)),
        ]
        at, hop = 0.0, rng.uniform(0.06, 0.15) * size**0.3
        for bounce in range(1, 2 + int(rng.integers(0, 4))):
            at += hop * rng.uniform(0.8, 1.2)
            hop *= rng.uniform(0.55, 0.85)
            parts.append((at, 0.5 * 0.65**bounce, stones[int(rng.integers(4))](rng, strength * 0.8**bounce)))
        pieces = int(rng.uniform(15, 50) * (0.5 + strength))
        times, sizes = rng.gamma(1.3, 0.09, pieces).clip(max=0.5), 0.5 + rng.pareto(2, pieces).clip(max=4)
        crumbs = grit(rng, samples_of(0.56), times, sizes, grit_hz, 0.01)
        parts.append((0.004, loose, faded(unit_peak(crumbs), 0.08)))
        return heard(lowpass(mix(*parts), 1800 * 8**strength))

    return play_events(source, 0.5, hit)


def look(rng: np.random.Generator) -> Look:
    """Stones that drop from a cliff onto rubble."""
    cliff, rubble, stone = tint(rng, 0.34, 0.31, 0.29), tint(rng, 0.42, 0.38, 0.33), tint(rng, 0.6, 0.56, 0.5)
    dust, fan = tint(rng, 0.85, 0.8, 0.7), -rng.uniform(0.1, np.pi - 0.1, 14)
    x, y, size = rng.uniform(-0.7, 0.75, 40), rng.uniform(0.42, 0.58, 40), rng.uniform(0.02, 0.06, 40)
    places, sizes = rng.uniform(-0.25, 0.4, 8), rng.uniform(0.08, 0.14, 8)

    def still(c: Canvas) -> None:
        c.convex([(-1.0, -0.6), (-0.5, -0.6), (-0.4, 0.5), (-1.0, 0.5)], cliff)
        c.ellipse(0, 0.52, 0.95, 0.12, rubble * 0.7)
        c.capsules(x, y, x + 0.02, y, size, rubble)

    def moving(c: Canvas, m: Moment) -> None:
        if m.wait < 0.35:
            k = (m.count + 1) % 8
            c.disc(places[k], 0.38 - 1.1 * (1 - (1 - m.wait / 0.35) ** 2), sizes[k], stone)
        if m.age < 0.6:
            k, hit = m.count % 8, impact(m, 0.3)
            hop = 0.12 * abs(np.sin(9 * m.age)) * (1 - m.age / 0.6)
            at = places[k] + 0.5 * m.age
            c.glow(places[k], 0.38, 0.45, dust, 0.6 * hit)
            c.ellipse(places[k], 0.42 - 0.1 * m.age, 0.24 + 0.5 * m.age, 0.08 + 0.2 * m.age, dust, 0.9 * hit)
            c.disc(at, 0.4 - hop, sizes[k], stone)
            fly(c, places[k], 0.42, fan, m, 0.45, 0.026, stone)

    return Look(still, moving)


KIND = Kind(
    category="ROCKImpt",
    family="impact",
    sound=sound,
    look=look,
    rhythm=spaced(0.35, 1.4),
    wording=Wording(
        nouns=(
            "falling stones",
            "rocks tumbling down a slope",
            "a rockfall",
            "rubble falling",
            "a rock slide",
            "stones rolling",
            "bricks falling",
        ),
        clauses=("rocks tumble down the slope", "stones fall and roll"),
        gentle=("a few pebbles rolling down",),
        strong=("boulders crashing down",),
        foreign={
            "de": ("Steinschlag", "fallende Steine", "Geröll", "rollende Steine"),
            "fr": ("chute de pierres", "éboulement", "cailloux", "éboulis"),
            "es": ("desprendimiento", "caída de rocas", "piedras que caen", "derrumbe"),
            "it": ("caduta massi", "sassi", "pietre che cadono", "crollo di pietre"),
            "ja": ("落石", "石が崩れる", "岩", "転がる石"),
            "zh": ("落石", "滚石", "石头滚落", "岩石"),
        },
    ),
)
