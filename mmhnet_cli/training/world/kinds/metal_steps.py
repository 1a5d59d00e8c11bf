"""Steps on metal."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, fly, impact, tint
from mmhnet_cli.training.world.dsp import Body, burst, lowpass, mix, play_events
from mmhnet_cli.training.world.figures import walker
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import steady
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import surroundings


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A sheet or grating under a sole: the many modes of a plate (Gaver), and bars that rattle in their frame."""
    count = 20
    ratios = 1 + 0.62 * np.arange(count) + rng.uniform(-0.25, 0.25, count)
    life = 10 ** rng.uniform(-0.6, 0.15)
    sole_s = 10 ** rng.uniform(-4.3, -3.3)
    base = 10 ** rng.uniform(2.0, 2.45)
    gains = rng.uniform(0.4, 1, count)
    plates = [Body(base * way * ratios, life / ratios**0.4, gains, sole_s).ringer() for way in (1.0, 1.06)]
    bars = Body(rng.uniform(1100, 2400) * np.array([1, 2.76, 5.4]), 0.12 * np.ones(3), np.ones(3), 0.00005).ringer()
    rattle, roll, scuff = rng.uniform(0, 0.35), rng.uniform(0.06, 0.13), rng.uniform(0.1, 0.3)
    heard = surroundings(rng, 0.2, 1.0)

    def step(index: int, strength: float) -> np.ndarray:
        plate = plates[index % 2]
        shaken = np.cumsum(rng.uniform(0.009, 0.035, 1 + int(4 * strength * rng.uniform(0.5, 1))))
        parts = [
            (0.0, 1.0, plate(rng, strength)),
            (0.0, scuff, burst(rng, 700, 4500, 0.03)),
            (roll, 0.4, plate(rng, 0.4 * strength)),
            (roll, 0.5 * scuff, burst(rng, 900, 5500, 0.08)),
        ]
        parts += [(float(at), rattle * 0.7**k, bars(rng, strength)) for k, at in enumerate(shaken)]
        return heard(lowpass(mix(*parts), 1500 * 8**strength))

    return play_events(source, 0.4, step)


def look(rng: np.random.Generator) -> Look:
    """A walker on a grating of steel."""
    steel, gap = tint(rng, 0.5, 0.53, 0.58), tint(rng, 0.12, 0.13, 0.15)
    fan = np.concatenate([rng.uniform(-0.5, 0.0, 6), np.pi + rng.uniform(0.0, 0.5, 6)])
    shine = (0.8, 0.92, 1.0)

    def still(c: Canvas) -> None:
        c.box(0, 0.53, 0.85, 0.1, gap)
        c.box(0, 0.445, 0.88, 0.018, steel)
        for x in np.linspace(-0.8, 0.8, 17):
            c.capsule(x, 0.45, 1.05 * x, 0.62, 0.014, steel)
        c.box(0, 0.62, 0.88, 0.018, steel)
        for x in (-0.8, 0.8):
            c.capsule(x, 0.44, x, -0.1, 0.02, steel * 0.8)

    def struck(c: Canvas, x: float, m: Moment) -> None:
        hit = impact(m)
        c.glow(x, 0.44, 0.4, shine, 0.7 * hit)
        for reach in (0.16, 0.3):
            c.ring(x, 0.47, reach + m.age, 0.3 * (reach + m.age), 0.035, shine, hit)
        fly(c, x, 0.45, fan, m, 0.42, 0.024, shine)

    return Look(still, walker(rng, shoe=tint(rng, 0.1, 0.1, 0.12), struck=struck))


KIND = Kind(
    category="FEETHmn",
    family="impact",
    sound=sound,
    look=look,
    rhythm=steady(0.4, 1.1, jitter=0.08),
    wording=Wording(
        nouns=(
            "footsteps on metal",
            "steps on a metal grating",
            "boots on a steel gangway",
            "walking on a metal staircase",
            "steps on a fire escape",
            "footsteps on a metal catwalk",
        ),
        clauses=("someone walks over a metal grating", "boots clang on steel stairs"),
        gentle=("soft steps on a metal stair",),
        strong=("heavy boots on a metal gangway",),
        foreign={
            "de": ("Schritte auf Metall", "Metalltreppe", "Gitterrost", "Stahltreppe"),
            "fr": ("pas sur le métal", "escalier métallique", "passerelle métallique", "grille métallique"),
            "es": ("pasos sobre metal", "escalera metálica", "rejilla metálica", "pasarela metálica"),
            "it": ("passi sul metallo", "scala metallica", "grata metallica", "passerella metallica"),
            "ja": ("金属の足音", "金属階段", "鉄階段", "鉄板の足音"),
            "zh": ("金属脚步", "金属楼梯", "铁板脚步", "铁楼梯"),
        },
    ),
)
