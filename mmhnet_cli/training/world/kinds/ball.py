"""A bouncing ball."""

import math

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import WHITE, Look, Moment, impact, tint
from mmhnet_cli.training.world.dsp import Body, mix, play_events
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import bounces
from mmhnet_cli.training.world.scene import Source


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A hollow rubber ball: the air inside sings one clear pitch above the thud on the floor."""
    pitch = rng.uniform(420, 900)
    hollow = Body(
        pitch * np.array([1, 2.04, 2.95]),
        rng.uniform(0.13, 0.24) * np.array([1, 0.7, 0.5]),
        np.array([1, 0.5, 0.3]),
        0.0008,
    ).ringer()
    thud = Body(np.array([rng.uniform(75, 110)]), np.array([0.07]), np.ones(1), 0.002).ringer()
    return play_events(
        source, 0.45, lambda index, strength: mix((0, 1, hollow(rng, strength)), (0, 0.45, thud(rng, strength)))
    )


def look(rng: np.random.Generator) -> Look:
    """A ball on parabolas that touch the ground at the events."""
    skin, stripe = tint(rng, 0.9, 0.35, 0.2, 0.25), tint(rng, 0.95, 0.9, 0.85)
    floor = tint(rng, 0.36, 0.33, 0.3)
    spin = rng.uniform(1.0, 3.0) * rng.choice([-1, 1])
    radius = rng.uniform(0.13, 0.18)

    def still(c: Canvas) -> None:
        c.ellipse(0, 0.5, 0.65, 0.09, floor)

    def moving(c: Canvas, m: Moment) -> None:
        span = min(m.interval, 1.6) if math.isinf(m.age) or math.isfinite(m.wait) else 0.4
        part = m.age / span
        if math.isinf(m.age):
            # Held up, and dropped in time for the first event.
            part = 0.5 + 0.5 * max(0.0, 1 - m.wait / 0.35) ** 2
        height = 4 * max(part * (1 - part), 0.0) * 0.75 * (1 - math.exp(-1.9 * span * span))
        squash = max(0.0, 1 - m.age / 0.06) * (0.25 + 0.2 * m.strength)
        y = 0.48 - radius * (1 - squash) - height
        c.ellipse(0, 0.49, radius * (1 - 0.4 * min(height, 1)), 0.03, (0.03, 0.03, 0.03), 0.7)
        if m.age < 0.2:
            hit, wide = impact(m), radius + 0.12 + 1.2 * m.age
            c.glow(0, 0.47, 0.5, WHITE, 0.6 * hit)
            c.ring(0, 0.49, wide, 0.07 + 0.2 * m.age, 0.05, WHITE, hit)
            c.ellipse(0, 0.49, wide, 0.05, WHITE, 0.6 * hit)
        c.ellipse(0, y, radius * (1 + squash), radius * (1 - squash), skin)
        turn = 2 * math.pi * spin * m.elapsed
        dx, dy = radius * 0.75 * math.cos(turn), radius * 0.75 * (1 - squash) * math.sin(turn)
        c.capsule(-dx, y - dy, dx, y + dy, 0.03, stripe)

    return Look(still, moving)


KIND = Kind(
    category="RUBRImpt",
    family="impact",
    sound=sound,
    look=look,
    rhythm=bounces,
    wording=Wording(
        nouns=(
            "bouncing ball",
            "a ball bouncing on the floor",
            "bounces of a rubber ball",
            "basketball",
            "a dropped ball",
            "a table tennis ball",
            "football",
            "dribbling a ball",
            "a ball",
        ),
        clauses=("a ball bounces", "a rubber ball bounces on the ground"),
        gentle=("a small ball bouncing softly",),
        strong=("a basketball bouncing hard",),
        foreign={
            "de": ("springender Ball", "Basketball", "Fußball", "Tischtennisball", "Ballprellen"),
            "fr": ("ballon", "balle", "balle qui rebondit", "rebond", "ballon de basket"),
            "es": ("pelota", "balón", "pelota que rebota", "rebote", "baloncesto"),
            "it": ("palla", "pallone", "palla che rimbalza", "rimbalzo", "pallacanestro"),
            "ja": ("ボール", "バウンド", "弾むボール", "バスケットボール", "ピンポン"),
            "zh": ("球", "弹球", "拍球", "篮球", "乒乓球"),
        },
    ),
)
