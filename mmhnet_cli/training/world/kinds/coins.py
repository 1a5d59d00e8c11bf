"""Coins."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.collide import PLATE, bouncing, rattle, rung
from mmhnet_cli.training.world.contact import Look, Moment, approach, impact, tint
from mmhnet_cli.training.world.dsp import Body, mix, play_events, samples_of, unit_peak
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import spaced
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import free_s


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Coins that fall on a table: round plates with free rims, a few quick bounces, at times a rattle that hurries.

    The wood damps them soon, stone lets them ring; the table has its own dull answer.
    """
    sizes_hz, stone = rng.uniform(2600, 5200) * rng.uniform(0.85, 1.3, 3), rng.uniform(0, 1)
    life, dull = 0.06 + 0.45 * stone**1.5, rng.uniform(0.1, 0.6) * (1 - 0.6 * stone)
    table_hz = rng.uniform(180, 420) * (1 + stone) * np.array([1, 1.7, 2.6])
    table = Body(table_hz, np.array([0.05, 0.04, 0.03]), np.array([1, 0.7, 0.5]), 0.0004).ringer()
    fall_s, springy, spins = rng.uniform(0.05, 0.12), rng.uniform(0.5, 0.72), rng.uniform(0, 0.6)
    free = free_s(source)

    def drop(index: int, strength: float) -> np.ndarray:
        room_s = 0.85 * free[index]
        parts = [(0.0, dull, table(rng, strength**4))]
        for coin in range(1 + int(rng.integers(0, 3) * strength)):
            times = bouncing(rng, fall_s * (0.6 + 0.7 * strength), springy, 7)
            hits = 0.85 * springy ** np.arange(len(times))
            if rng.random() < spins:
                spin = times[-1] + np.cumsum(np.geomspace(0.05, 0.012, 16))
                times, hits = np.concatenate([times, spin]), np.concatenate([hits, np.linspace(0.3, 0.08, 16)])
            late = coin * rng.uniform(0.02, 0.07)
            inside = times + late < room_s
            strikes = rattle(samples_of(min(room_s, times[-1]) + 1.65 * life), times[inside], hits[inside])
            modes = PLATE * sizes_hz[coin] * rng.uniform(0.995, 1.005)
            levels = rng.uniform(0.3, 1, 7) * modes ** (-1.5 + 1.5 * strength)
            ring = rung(strikes, modes, life * np.linspace(1, 0.5, 7), levels)
            parts.append((late, 1.0 if coin == 0 else 0.45, unit_peak(ring)))
        return mix(*parts)

    return play_events(source, 0.3, drop)


def look(rng: np.random.Generator) -> Look:
    """Coins that fall on a pile on a table."""
    gold, silver = tint(rng, 0.9, 0.72, 0.25, 0.12), tint(rng, 0.78, 0.78, 0.8)
    table = tint(rng, 0.36, 0.24, 0.15, 0.2)
    heap = [(float(x), float(y)) for x, y in zip(rng.normal(0, 0.22, 9), rng.uniform(0.3, 0.42, 9), strict=True)]
    places = rng.uniform(-0.2, 0.2, 12)

    def still(c: Canvas) -> None:
        c.ellipse(0, 0.4, 0.75, 0.16, table)
        for k, (x, y) in enumerate(heap):
            c.ellipse(x, y + 0.015, 0.1, 0.045, gold * 0.5)
            c.ellipse(x, y, 0.1, 0.045, gold if k % 3 else silver)

    def moving(c: Canvas, m: Moment) -> None:
        if m.wait < 0.4:
            high = min(1.0, max(0.0, approach(m)))
            x = float(places[(m.count + 1) % 12])
            c.ellipse(x, 0.26 - 0.75 * high, 0.1, 0.03 + 0.07 * high, gold)
        if m.count >= 0:
            x = float(places[m.count % 12])
            hop = 0.1 * m.strength * abs(np.sin(16 * m.age)) * np.exp(-m.age / 0.12) if m.age < 1 else 0.0
            c.ellipse(x, 0.3 - hop, 0.11, 0.05, gold)
        if m.age < 0.2:
            hit = impact(m, 0.2)
            c.glow(x, 0.26, 0.6, (1.0, 0.92, 0.6), 1.0 * hit)
            turn = np.array([0.4, 1.2, 1.95, 2.75])
            dx, dy, far = np.cos(turn), -np.sin(turn), 0.2 + 1.8 * m.age
            c.capsules(x + 0.1 * dx, 0.26 + 0.1 * dy, x + far * dx, 0.26 + far * dy, 0.02, (1.0, 0.95, 0.7), hit)

    return Look(still, moving)


KIND = Kind(
    category="OBJCoin",
    family="impact",
    sound=sound,
    look=look,
    rhythm=spaced(0.4, 1.5),
    wording=Wording(
        nouns=(
            "coins",
            "coins dropped on a table",
            "a coin spinning",
            "loose change",
            "counting money",
            "coins in a purse",
            "a coin toss",
        ),
        clauses=("coins clink on the counter", "a coin drops and spins"),
        gentle=("a single small coin",),
        strong=("a bag of coins emptied",),
        foreign={
            "de": ("Münzen", "Münze", "Kleingeld", "Geldstücke"),
            "fr": ("pièces de monnaie", "monnaie", "pièces", "pièce de monnaie"),
            "es": ("monedas", "moneda", "calderilla"),
            "it": ("monete", "moneta", "spiccioli"),
            "ja": ("硬貨", "コイン", "小銭", "硬貨の音"),
            "zh": ("硬币", "零钱", "铜板", "硬币声"),
        },
    ),
)
