"""Steps on boards."""

from collections.abc import Callable

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, fly, impact, tint
from mmhnet_cli.training.world.dsp import Body, burst, lowpass, mix, play_events, unit_peak
from mmhnet_cli.training.world.figures import walker
from mmhnet_cli.training.world.grit import creak
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import steady
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import surroundings


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Boards over a hollow: heel and ball on bending modes (Gaver's bars); now and then a board creaks."""
    size, shoe = rng.uniform(0.7, 1.5), 10 ** rng.uniform(-3.9, -3.1)
    boards = [_board(rng, size, shoe) for _ in range(4)]
    roll, click_hz, click = rng.uniform(0.06, 0.14), rng.uniform(1500, 5000), rng.uniform(0.1, 0.6)
    creaky, squeak_hz = rng.choice([0.05, 0.5], p=(0.6, 0.4)), rng.uniform(450, 1100)
    heard = surroundings(rng, 0.2, 0.9)

    def step(index: int, strength: float) -> np.ndarray:
        heel, ball = (boards[int(rng.integers(4))](rng, part * strength) for part in (1.0, 0.5))
        parts = [
            (0.0, 1.0, heel),
            (0.0, click * strength, burst(rng, 0.5 * click_hz, 1.8 * click_hz, 0.025)),
            (roll, 0.45, ball),
            (roll, 0.08, burst(rng, 600, 3000, 0.08)),
        ]
        if rng.random() < creaky:
            modes = [(squeak_hz * ratio, 0.02, gain) for ratio, gain in ((1, 1), (1.72, 0.8), (2.9, 0.5), (4.4, 0.25))]
            groan = creak(rng, rng.uniform(0.12, 0.35), rng.uniform(45, 160), rng.uniform(45, 160), modes)
            parts.append((rng.uniform(0.02, 0.1), rng.uniform(0.1, 0.3), unit_peak(groan)))
        return heard(lowpass(mix(*parts), 900 * 9**strength))

    return play_events(source, 0.45, step)


def _board(rng: np.random.Generator, size: float, shoe_s: float) -> Callable[[np.random.Generator, float], np.ndarray]:
    """One board: the cavity below it, then its own modes, each a little elsewhere than in the board beside it."""
    modes = np.array([rng.uniform(75, 120), *(rng.uniform(150, 230) * np.array([1, 1.62, 2.4, 3.5, 5.1, 7.3, 10.2]))])
    lives = rng.uniform(0.12, 0.22) * np.array([1.4, 1, 0.8, 0.65, 0.5, 0.4, 0.3, 0.22])
    gains = np.array([0.55, 1, 1, 0.9, 0.8, 0.7, 0.6, 0.5])
    return Body(modes * rng.uniform(0.93, 1.07, 8) / size, lives * size**0.5, gains, shoe_s).ringer()


def look(rng: np.random.Generator) -> Look:
    """A walker on floorboards."""
    wood, joint = tint(rng, 0.55, 0.36, 0.2, 0.15), tint(rng, 0.28, 0.17, 0.09)
    fan, dust = -rng.uniform(0.05, np.pi - 0.05, 10), tint(rng, 1.0, 0.85, 0.6)

    def still(c: Canvas) -> None:
        c.box(0, 0.53, 0.85, 0.11, wood)
        for y in (0.45, 0.5, 0.56):
            c.capsule(-0.85, y, 0.85, y, 0.006, joint)
        for x in (-0.5, 0.1, 0.6):
            c.capsule(x, 0.45, x, 0.5, 0.006, joint)

    def struck(c: Canvas, x: float, m: Moment) -> None:
        hit = impact(m)
        c.glow(x, 0.44, 0.36, dust, 0.6 * hit)
        c.box(x, 0.475, 0.3, 0.035, dust, 0.9 * hit)
        fly(c, x, 0.44, fan, m, 0.4, 0.026, dust)

    return Look(still, walker(rng, shoe=tint(rng, 0.25, 0.12, 0.06), struck=struck))


KIND = Kind(
    category="FEETHmn",
    family="impact",
    sound=sound,
    look=look,
    rhythm=steady(0.4, 1.1, jitter=0.08),
    wording=Wording(
        nouns=(
            "footsteps on a wooden floor",
            "steps on floorboards",
            "walking on wood",
            "shoes on a wooden stage",
            "steps on wooden stairs",
            "creaky floorboards underfoot",
        ),
        clauses=("someone walks over floorboards", "shoes knock on a wooden floor"),
        gentle=("soft steps on floorboards",),
        strong=("heavy boots on a wooden floor",),
        foreign={
            "de": ("Schritte auf Holz", "Holzboden", "Dielen", "Schritte auf Holzboden", "Parkett", "Holztreppe"),
            "fr": ("pas sur le parquet", "parquet", "plancher", "pas sur le bois"),
            "es": ("pasos sobre madera", "suelo de madera", "entarimado", "pasos en la madera"),
            "it": ("passi sul legno", "pavimento di legno", "parquet di legno", "assi di legno"),
            "ja": ("木の床", "木の床の足音", "床板", "板の間"),
            "zh": ("木地板", "木地板脚步", "木板脚步", "木楼梯"),
        },
    ),
)
