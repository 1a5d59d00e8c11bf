"""Something heavy and soft that falls."""

import math

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, fly, impact, tint
from mmhnet_cli.training.world.dsp import Body, burst, lowpass, mix, play_events
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import spaced
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import surroundings


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A body or a sack on the ground: long soft contact, so nothing but the floor's lowest modes, and cloth.

    What hits second (shoulder after hip, arm after shoulder) is weaker and close behind.
    """
    heavy, hollow = rng.uniform(0.7, 1.5), rng.uniform(0, 1)
    floor = Body(
        rng.uniform(48, 85) / heavy**0.5 * np.array([1, 1.6, 2.5, 3.7, 5.6, 8.1]),
        rng.uniform(0.1, 0.18) * (0.7 + hollow) * np.array([1.3, 1, 0.8, 0.6, 0.45, 0.3]),
        np.array([1, 0.9, 0.7, 0.5 + 0.4 * hollow, 0.2 + 0.5 * hollow, 0.5 * hollow]),
        0.0012,
    ).ringer()
    cloth_hz, limp = rng.uniform(300, 900), rng.uniform(0.2, 0.6)
    second, third = rng.uniform(0.04, 0.13), rng.uniform(0.14, 0.32)
    heard = surroundings(rng, 0.15, 0.9)

    def fall(index: int, strength: float) -> np.ndarray:
        made = mix(
            (0, 1, floor(rng, strength)),
            (0, 0.5, burst(rng, 90, 500, 0.09)),
            (0, 0.12 + 0.25 * strength, burst(rng, cloth_hz, 4 * cloth_hz, 0.06)),
            (second, limp, floor(rng, 0.6 * strength)),
            (second, 0.3 * limp, burst(rng, cloth_hz, 3 * cloth_hz, 0.08)),
            (third * rng.uniform(0.8, 1.2), 0.4 * limp, floor(rng, 0.4 * strength)),
            (0.03, 0.1 * limp, burst(rng, 1500, 4500, 0.25)),
        )
        return heard(lowpass(made, 350 * 9**strength))

    return play_events(source, 0.55, fall)


def look(rng: np.random.Generator) -> Look:
    """A sack that drops to the ground and lies there; dust."""
    cloth, dust = tint(rng, 0.62, 0.52, 0.38, 0.2), tint(rng, 0.8, 0.76, 0.68)
    ground, fan = tint(rng, 0.25, 0.23, 0.22), np.concatenate([rng.uniform(-0.6, 0, 7), np.pi + rng.uniform(0, 0.6, 7)])

    def still(c: Canvas) -> None:
        c.ellipse(0, 0.5, 0.8, 0.09, ground)

    def moving(c: Canvas, m: Moment) -> None:
        above = 0.0
        if m.wait < 0.4 and (m.age > 0.3 or math.isinf(m.age)):
            above = 0.95 * (1 - (1 - m.wait / 0.4) ** 2)
        elif math.isinf(m.age):
            above = 0.95
        flat = 0.35 * math.exp(-m.age / 0.08) if m.age < 1 else 0.0
        y, wide = 0.36 - above + 0.1 * flat, 0.26 * (1 + flat)
        if m.age < 0.25:
            hit = impact(m, 0.25)
            c.glow(0, 0.42, 0.6, dust, 0.6 * hit)
            c.ellipse(0, 0.46 - 0.2 * m.age, 0.45 + 1.2 * m.age, 0.09 + 0.3 * m.age, dust, 0.9 * hit)
            fly(c, 0, 0.45, fan, m, 0.7, 0.04, dust)
        c.ellipse(0, y, wide, 0.17 * (1 - flat), cloth)
        c.capsule(0.7 * wide, y - 0.05, 1.05 * wide, y - 0.14, 0.045, cloth * 0.85)
        c.capsule(-0.4 * wide, y - 0.1, -0.1 * wide, y + 0.08, 0.012, cloth * 0.6)

    return Look(still, moving)


KIND = Kind(
    category="FGHTBf",
    family="one_shot",
    sound=sound,
    look=look,
    rhythm=spaced(1.0, 2.8),
    wording=Wording(
        nouns=(
            "a dull thud",
            "a body falling on the floor",
            "a heavy object dropped",
            "something heavy falling",
            "a bag dropped on the floor",
            "a fall",
            "a sack thrown down",
        ),
        clauses=("something heavy falls to the ground", "a body hits the floor"),
        gentle=("a soft thud",),
        strong=("a heavy crash to the ground",),
        foreign={
            "de": ("dumpfer Schlag", "Aufprall", "Körperfall", "fallen lassen", "Plumps", "Sturz zu Boden"),
            "fr": ("bruit sourd", "chute d'un corps", "chute", "tomber par terre", "impact sourd"),
            "es": ("golpe sordo", "caída", "cuerpo que cae", "porrazo"),
            "it": ("tonfo", "caduta", "corpo che cade", "botto sordo"),
            "ja": ("ドスン", "倒れる", "落下音", "鈍い音"),
            "zh": ("砰的一声", "摔倒", "重物落地", "闷响", "倒地"),
        },
    ),
)
