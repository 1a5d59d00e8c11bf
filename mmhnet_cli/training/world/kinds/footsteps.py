"""Steps on a hard floor."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import WHITE, Look, Moment, fly, impact, tint
from mmhnet_cli.training.world.dsp import Body, burst, mix, play_events
from mmhnet_cli.training.world.figures import walker
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import steady
from mmhnet_cli.training.world.scene import Source


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Heel, then sole: damped floor modes and the short scuff of a shoe; left and right differ."""
    floor = rng.uniform(120, 200) * np.array([1, 1.9, 3.2, 4.7])
    t60 = rng.uniform(0.05, 0.1) * np.array([1, 0.8, 0.6, 0.5])
    heels = [Body(floor * tuning, t60, np.array([1, 0.9, 0.6, 0.35]), 0.001).ringer() for tuning in (1.0, 1.07)]
    scuff = rng.uniform(1200, 2600)
    roll = rng.uniform(0.07, 0.12)

    def step(index: int, strength: float) -> np.ndarray:
        heel = heels[index % 2](rng, strength)
        return mix(
            (0.0, 1.0, heel),
            (0.0, 0.5, burst(rng, 300, scuff, 0.035)),
            (roll, 0.3, burst(rng, 500, 1.6 * scuff, 0.09)),
            (roll, 0.35, heel),
        )

    return play_events(source, 0.4, step)


def look(rng: np.random.Generator) -> Look:
    """A walker in shoes on a tiled floor."""
    floor, joint = tint(rng, 0.5, 0.47, 0.43), tint(rng, 0.3, 0.28, 0.27)
    fan = np.concatenate([rng.uniform(-0.5, 0.0, 5), np.pi + rng.uniform(0.0, 0.5, 5)])

    def still(c: Canvas) -> None:
        c.box(0, 0.52, 0.8, 0.1, floor)
        for x in np.linspace(-0.6, 0.6, 5):
            c.capsule(x, 0.43, 1.15 * x, 0.62, 0.008, joint)

    def struck(c: Canvas, x: float, m: Moment) -> None:
        hit = impact(m)
        c.glow(x, 0.44, 0.36, WHITE, 0.6 * hit)
        c.ellipse(x, 0.47, 0.2 + m.age, 0.06, WHITE, 0.9 * hit)
        fly(c, x, 0.45, fan, m, 0.4, 0.028, WHITE)

    return Look(still, walker(rng, shoe=tint(rng, 0.12, 0.08, 0.08), struck=struck))


KIND = Kind(
    category="FEETHmn",
    family="impact",
    sound=sound,
    look=look,
    rhythm=steady(0.4, 1.1, jitter=0.08),
    wording=Wording(
        nouns=(
            "footsteps",
            "shoes on a tiled floor",
            "steps in a hallway",
            "footsteps on a hard floor",
            "high heels",
            "someone walking",
            "a person walking on concrete",
            "running footsteps",
            "marching",
        ),
        clauses=("someone walks across a hard floor", "shoes click on tiles"),
        gentle=("soft footsteps indoors",),
        strong=("loud footsteps on a stone floor",),
        foreign={
            "de": ("Schritte", "Fußschritte", "Schritt", "gehen", "Absätze", "Stöckelschuhe"),
            "fr": ("pas", "bruits de pas", "talons", "marcher", "des pas"),
            "es": ("pasos", "pisadas", "tacones", "caminar"),
            "it": ("passi", "tacchi", "camminare", "rumore di passi"),
            "ja": ("足音", "歩く", "歩行", "ヒール", "靴音"),
            "zh": ("脚步", "脚步声", "走路", "高跟鞋", "行走"),
        },
    ),
)
