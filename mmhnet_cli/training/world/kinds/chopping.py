"""Chopping vegetables."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.collide import BAR, rattle, rung
from mmhnet_cli.training.world.contact import Look, Moment, fly, impact, lift, tint
from mmhnet_cli.training.world.dsp import Body, burst, lowpass, mix, play_events, samples_of, unit_peak
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import steady
from mmhnet_cli.training.world.scene import Source


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A knife goes through something crisp: cells burst, the board knocks, the blade sings a bit.

    Crunchy roots burst in a row of large cracks, leaves and onions in a soft hiss of small ones.
    """
    board_hz = rng.uniform(190, 480) * np.array([1, 1.7, 2.5, 3.8, 5.6])
    board = Body(board_hz, rng.uniform(0.04, 0.11) * np.linspace(1, 0.4, 5), rng.uniform(0.4, 1, 5), 0.0003).ringer()
    steel_hz = rng.uniform(900, 1500) * BAR[1:4]
    steel = Body(steel_hz, np.full(3, rng.uniform(0.03, 0.15)), np.array([1, 0.7, 0.5]), 0.0001).ringer()
    crisp, through_s, sings = rng.uniform(0, 1), rng.uniform(0.006, 0.025), rng.uniform(0.02, 0.15)
    cells_hz = rng.uniform(700, 1300) * (2 - crisp) * np.array([1, 1.9, 3.2, 5.0])

    def cut(index: int, strength: float) -> np.ndarray:
        cracks = int(rng.uniform(14, 40))
        times = np.concatenate([[0.0], rng.gamma(1.3, 0.6 * through_s, cracks)])
        sizes = np.concatenate([[2.5], rng.lognormal(0, 0.4 + 0.6 * crisp, cracks)]) * rng.choice([-1, 1], cracks + 1)
        levels = np.arange(1, 5) ** (-1 + 1.3 * strength)
        burst_open = rung(rattle(samples_of(0.1), times, sizes), cells_hz, np.full(4, 0.008), levels)
        lands = mix(
            (0, 1, board(rng, strength**4)),
            (0, 0.4, burst(rng, 500, 1500 + 5000 * strength, 0.012)),
            (0, sings, steel(rng, strength**3)),
        )
        return lowpass(mix((0, 0.45 + 0.4 * crisp, unit_peak(burst_open)), (through_s, 0.9, lands)), 1800 * 7**strength)

    return play_events(source, 0.38, cut)


def look(rng: np.random.Generator) -> Look:
    """A kitchen knife over a board with vegetables; slices fall off."""
    board, steel = tint(rng, 0.7, 0.52, 0.33, 0.15), tint(rng, 0.78, 0.8, 0.84, 0.06)
    food = [
        tint(rng, *base, 0.15) for base in ((0.95, 0.5, 0.15), (0.35, 0.7, 0.25), (0.85, 0.2, 0.18), (0.92, 0.88, 0.75))
    ][int(rng.integers(4))]
    skin, fan = tint(rng, 0.85, 0.64, 0.5, 0.2), -rng.uniform(0.2, np.pi - 0.2, 10)
    slices = rng.uniform(-0.05, 0.05, 8)

    def still(c: Canvas) -> None:
        c.box(0, 0.42, 0.75, 0.08, board)
        c.box(0, 0.48, 0.75, 0.03, board * 0.6)

    def moving(c: Canvas, m: Moment) -> None:
        c.capsule(0.06, 0.27, 0.5, 0.27, 0.085, food)
        c.disc(0.5, 0.22, 0.12, skin)
        for k in range(min(8, m.count + 1)):
            x, y = -0.1 - 0.075 * k, 0.3 + float(slices[k])
            c.ellipse(x, y, 0.045, 0.085, food * 0.7)
            c.ellipse(x - 0.012, y, 0.04, 0.08, food)
        high = 0.26 * lift(m)
        # The tip stays on the board; the handle goes up and down.
        c.convex(
            [
                (-0.62, 0.3 - 0.3 * high),
                (0.02, 0.06 - 0.75 * high),
                (0.02, 0.3 - 0.7 * high),
                (-0.6, 0.34 - 0.3 * high),
            ],
            steel,
        )
        c.capsule(0.02, 0.12 - 0.75 * high, 0.22, 0.02 - 0.8 * high, 0.04, (0.12, 0.1, 0.1))
        c.capsule(0.2, 0.0 - 0.8 * high, 0.5, -0.2 - 0.7 * high, 0.09, skin)
        if m.age < 0.16:
            hit = impact(m, 0.16)
            c.glow(-0.05, 0.25, 0.6, (1.0, 1.0, 0.92), 1.3 * hit)
            fly(c, -0.05, 0.28, fan, m, 0.4, 0.022, np.minimum(1, food * 1.2))
            c.capsule(-0.5, 0.36, 0.1, 0.36, 0.03, (1.0, 1.0, 0.95), hit)

    return Look(still, moving)


KIND = Kind(
    category="FOODIngr",
    family="impact",
    sound=sound,
    look=look,
    rhythm=steady(0.18, 0.6, jitter=0.08),
    wording=Wording(
        nouns=(
            "chopping vegetables",
            "a knife on a cutting board",
            "chopping onions",
            "cutting food",
            "slicing vegetables",
            "a kitchen knife chopping",
            "chopping wood with an axe",
        ),
        clauses=("someone chops vegetables", "a knife chops on a board"),
        gentle=("careful slicing",),
        strong=("fast hard chopping",),
        foreign={
            "de": ("Schneiden", "Gemüse schneiden", "Schneidebrett", "Hacken", "Messer auf Brett"),
            "fr": ("hacher", "couper des légumes", "planche à découper", "émincer", "couteau"),
            "es": ("picar verduras", "tabla de cortar", "cortar verduras", "cuchillo"),
            "it": ("tritare", "tagliare verdure", "tagliere", "affettare", "coltello"),
            "ja": ("包丁", "まな板", "野菜を切る", "刻む"),
            "zh": ("切菜", "菜刀", "砧板", "剁", "切洋葱"),
        },
    ),
)
