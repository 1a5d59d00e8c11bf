"""Cutlery."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.collide import BAR, PLATE
from mmhnet_cli.training.world.contact import Look, Moment, approach, impact, smooth, tint, tremble
from mmhnet_cli.training.world.dsp import Body, burst, lowpass, mix, play_events
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import spaced
from mmhnet_cli.training.world.scene import Source


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Forks, knives and spoons: slim steel bars that touch a few times in a row, some of them on a plate.

    Held ones are damped by the hand, those that fall into a drawer ring out.
    """
    loose, on_plate = rng.uniform(0, 1), rng.choice([0.0, 0.0, 0.35])
    low_hz, pieces = rng.uniform(550, 1300), []
    for _ in range(5):
        hz = low_hz * rng.uniform(0.8, 1.7) * np.concatenate([BAR[:5], BAR[1:4] * rng.uniform(1.05, 1.3)])
        hz = hz[hz < 16000]
        life = (0.05 + 0.4 * loose) * rng.uniform(0.6, 1.3) * np.minimum(1, (hz / hz[0]) ** -0.25)
        pieces.append(Body(hz, life, rng.uniform(0.3, 1, len(hz)), 0.00006).ringer())
    plate = Body(rng.uniform(700, 1300) * PLATE[:5], np.full(5, 0.12), rng.uniform(0.4, 1, 5), 0.0002).ringer()
    spread_s, many = rng.uniform(0.03, 0.12), int(rng.integers(1, 6))

    def clink(index: int, strength: float) -> np.ndarray:
        touches = 1 + int(rng.integers(0, many + 1) * (0.4 + 0.6 * strength))
        times = np.concatenate([[0.0], np.sort(rng.uniform(0.012, spread_s, touches - 1))])
        parts = [(0.0, 0.3 * strength, burst(rng, 4000, 14000, 0.005)), (0.0, on_plate, plate(rng, strength**3))]
        for k, at in enumerate(times):
            size = 1.0 if k == 0 else rng.uniform(0.15, 0.65)
            hard = (strength * size) ** 3
            pair = rng.choice(5, 2, replace=False)
            parts += [(float(at), size * rng.uniform(0.6, 1.0), pieces[piece](rng, hard)) for piece in pair]
        return lowpass(mix(*parts), 2600 * 6**strength)

    return play_events(source, 0.28, clink)


def look(rng: np.random.Generator) -> Look:
    """A fork and a knife over a plate; they come together at the events."""
    steel, china = tint(rng, 0.75, 0.76, 0.8, 0.08), tint(rng, 0.92, 0.92, 0.9, 0.05)
    cloth, skin = rng.uniform(0.2, 0.6, 3), tint(rng, 0.85, 0.64, 0.5, 0.2)

    def still(c: Canvas) -> None:
        c.box(0, 0.1, 0.75, 0.42, cloth)
        c.ellipse(0, 0.14, 0.44, 0.33, china)
        c.ring(0, 0.14, 0.3, 0.22, 0.015, china * 0.8)

    def moving(c: Canvas, m: Moment) -> None:
        away = min(approach(m), smooth((m.age - 0.06) / 0.25)) if m.wait < 9 else smooth((m.age - 0.06) / 0.25)
        shake = 0.02 * tremble(m)
        for side in (-1, 1):
            x, y = side * (0.02 + 0.2 * away) + shake, 0.08 - 0.12 * away
            hand_x, hand_y = x + side * 0.34, y + 0.34
            c.capsule(hand_x, hand_y, hand_x + side * 0.25, hand_y + 0.15, 0.09, skin)
            c.capsule(x, y, hand_x, hand_y, 0.024, steel)
            if side < 0:
                for k in (-1, 0, 1):
                    c.capsule(x + 0.02 * k, y, x + 0.1 + 0.03 * k, y - 0.14 + 0.02 * k, 0.01, steel)
            else:
                c.capsule(x, y, x - 0.16, y - 0.16, 0.035, steel)
        if m.age < 0.18:
            hit = impact(m, 0.18)
            c.glow(0, 0.05, 0.65, (1.0, 1.0, 0.95), 1.0 * hit)
            for turn in (-2.4, -1.6, -0.8, 0.4):
                near, far = 0.1 + m.age, 0.24 + m.age
                dx, dy = float(np.cos(turn)), float(np.sin(turn))
                c.capsule(near * dx, 0.02 + near * dy, far * dx, 0.02 + far * dy, 0.016, (1.0, 1.0, 0.9), hit)

    return Look(still, moving)


KIND = Kind(
    category="FOODTware",
    family="impact",
    sound=sound,
    look=look,
    rhythm=spaced(0.3, 1.2),
    wording=Wording(
        nouns=(
            "cutlery",
            "a fork on a plate",
            "knives and forks",
            "silverware",
            "a spoon stirring a cup",
            "a spoon in a bowl",
            "eating with a knife and fork",
        ),
        clauses=("a fork scrapes on a plate", "a spoon stirs in a cup"),
        gentle=("a spoon gently stirring",),
        strong=("a drawer of cutlery rattling",),
        foreign={
            "de": ("Besteck", "Gabel", "Löffel", "Messer und Gabel", "umrühren"),
            "fr": ("couverts", "fourchette", "cuillère", "argenterie", "couteau et fourchette"),
            "es": ("cubiertos", "tenedor", "cuchara", "cubertería", "cuchillo y tenedor"),
            "it": ("posate", "forchetta", "cucchiaio", "coltello e forchetta"),
            "ja": ("カトラリー", "フォーク", "スプーン", "ナイフとフォーク"),
            "zh": ("刀叉", "叉子", "勺子", "银器"),
        },
    ),
)
