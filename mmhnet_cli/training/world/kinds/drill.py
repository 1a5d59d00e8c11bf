"""An electric drill."""

import math

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import TURN, Look, Moment, tint
from mmhnet_cli.training.world.dsp import (
    at_samples,
    bandpass,
    harmonics,
    noise,
    phase,
    sample_count,
    sustained,
    unit_rms,
    wander,
)
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.scene import Source


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """An electric drill: the whine of its gears, rich in harmonics, grinding at high frequencies."""
    count = sample_count(source)
    turns = at_samples(rng.uniform(190, 270) * (1 + 1.5 * source.curve), count) * (1 + 0.02 * wander(rng, count, 20))
    angle = phase(turns)
    whine = harmonics(angle, (1 / np.arange(1, 17) ** 0.6) * rng.uniform(0.5, 1.2, 16))
    grind = bandpass(noise(rng, count), 3000, 9000) * (1 + 0.8 * np.sin(angle))
    return sustained(unit_rms(whine) + rng.uniform(0.3, 0.5) * unit_rms(grind), source.curve, 0.04, 0.1)


def look(rng: np.random.Generator) -> Look:
    """A power drill into a wall: its bit turns, chips and dust fly."""
    body, wall = tint(rng, 0.95, 0.65, 0.1, 0.2), tint(rng, 0.55, 0.52, 0.5)
    steel, chips = tint(rng, 0.7, 0.7, 0.74), 16
    up, phase = rng.uniform(-1.0, 0.6, chips), rng.uniform(0, 1, chips)

    def moving(c: Canvas, m: Moment) -> None:
        turns = m.turns(0.8, 6.0)
        shake = (0.004 + 0.016 * m.level) * math.sin(TURN * 2.3 * turns)
        c = c.placed(0.5 * shake, shake, 1.0)
        c.capsule(-0.38, 0, -0.02, 0, 0.05, steel)
        for k in range(4):
            x = -0.38 + 0.085 * ((k + 2 * turns) % 4)
            c.capsule(x - 0.02, 0.035, x + 0.02, -0.035, 0.016, (0.1, 0.1, 0.12))
        c.box(0.04, 0, 0.07, 0.07, steel * 0.5)
        c.box(0.27, -0.02, 0.2, 0.12, body)
        c.box(0.38, 0.2, 0.07, 0.2, body * 0.75, angle=-0.2)
        c.capsule(0.44, 0.18, 0.75, 0.38, 0.09, (0.8, 0.6, 0.48))
        for k in range(3):
            c.box(0.18 + 0.08 * k, -0.02, 0.012, 0.07, (0.1, 0.1, 0.1))
        c.disc(-0.38, 0, 0.06 + 0.14 * m.level, (0.85, 0.8, 0.72), 0.2 + 0.35 * m.level)
        some = slice(0, 2 + int(14 * m.level))
        life = (phase + m.turns(1.2, 3.0))[some] % 1
        chip_x, chip_y = -0.38 + 0.42 * life, 0.7 * up[some] * life + 0.6 * life * life
        c.capsules(chip_x, chip_y, chip_x + 0.03, chip_y, 0.016, (0.95, 0.85, 0.65), 1 - 0.6 * life)

    return Look(lambda c: c.box(-0.56, 0, 0.18, 0.5, wall), moving)


KIND = Kind(
    category="TOOLPowr",
    family="machine",
    sound=sound,
    look=look,
    wording=Wording(
        nouns=(
            "drill",
            "power drill",
            "drilling into a wall",
            "an electric drill",
            "drilling",
            "a jackhammer",
            "an angle grinder",
            "an electric screwdriver",
            "a circular saw",
        ),
        clauses=("someone drills a hole", "a power drill whines"),
        gentle=("careful drilling",),
        strong=("loud drilling into concrete",),
        foreign={
            "de": ("Bohrer", "Bohrmaschine", "Bohren", "Presslufthammer", "Schlagbohrer", "Akkuschrauber"),
            "fr": ("perceuse", "percer", "marteau-piqueur", "percer un mur", "visseuse"),
            "es": ("taladro", "taladrar", "taladradora", "martillo neumático"),
            "it": ("trapano", "trapanare", "martello pneumatico", "avvitatore"),
            "ja": ("ドリル", "電動ドリル", "穴を開ける", "削岩機"),
            "zh": ("电钻", "钻孔", "钻头", "打孔", "风镐"),
        },
    ),
)
