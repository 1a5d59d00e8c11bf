"""A ball on a racket."""

import math

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import WHITE, Look, Moment, impact, smooth, tint
from mmhnet_cli.training.world.dsp import Body, burst, lowpass, mix, play_events
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import steady
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import surroundings


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Strings and ball in contact for some 5 ms: the pock of the string bed, the pop of a hollow ball, the frame's hum.

    A tennis bed rings near 500 Hz and its frame near 140 Hz (Brody; Cross); squash and badminton lie higher.
    """
    light = 10 ** rng.uniform(-0.1, 0.35)
    damped = rng.uniform(0.4, 1.6)
    strings = Body(
        rng.uniform(430, 560) * light * np.array([1, 1.59, 2.14, 2.65, 3.5, 5.1]),
        rng.uniform(0.08, 0.16) / damped * np.array([1, 0.9, 0.8, 0.6, 0.5, 0.4]),
        np.array([1, 0.8, 0.8, 0.8, 0.8, 0.7]),
        0.00012 / light,
    ).ringer()
    ball_hz = rng.uniform(900, 1500) * light
    ball = Body(ball_hz * np.array([1, 2.1, 3.3]), np.array([0.035, 0.025, 0.015]), np.ones(3), 0.0001).ringer()
    frame = Body(
        np.array([rng.uniform(120, 175), rng.uniform(340, 420)]) * light**0.5, np.array([0.2, 0.12]), np.ones(2), 0.0008
    )
    hum, pop, brush = frame.ringer(), rng.uniform(0.2, 0.8), rng.uniform(0.1, 0.3)
    heard = surroundings(rng, 0.2, 1.6)

    def stroke(index: int, strength: float) -> np.ndarray:
        made = mix(
            (0, 1, strings(rng, strength)),
            (0, pop, ball(rng, strength)),
            (0, 0.15, hum(rng, strength)),
            (0, 0.2 + 0.3 * strength, burst(rng, 1200, 6500, 0.012)),
            (0.005, brush * strength, burst(rng, 2000, 7000, 0.05)),
        )
        return heard(lowpass(made, 2200 * 7**strength))

    return play_events(source, 0.42, stroke)


def look(rng: np.random.Generator) -> Look:
    """A racket that swings at a ball, which comes in and flies off again."""
    frame, felt = tint(rng, 0.75, 0.15, 0.2, 0.3), tint(rng, 0.85, 0.95, 0.3, 0.1)
    court = tint(rng, 0.2, 0.42, 0.35, 0.2)

    def still(c: Canvas) -> None:
        c.convex([(-0.9, 0.4), (0.9, 0.4), (1.1, 0.56), (-1.1, 0.56)], court)
        c.capsule(-0.95, 0.45, 0.95, 0.45, 0.008, WHITE)

    def moving(c: Canvas, m: Moment) -> None:
        back = 0.0 if math.isinf(m.wait) else smooth(m.wait / 0.12) * smooth((m.age - 0.05) / 0.3)
        through = -0.5 * smooth(m.age / 0.1) * (1 - smooth((m.age - 0.15) / 0.3)) if m.age < 0.5 else 0.0
        angle = 0.25 + 0.8 * back + through
        x, y = 0.5 - 0.5 * math.cos(angle), 0.35 - 0.5 * math.sin(angle)
        c.capsule(0.62, 0.4, 0.5 * (x + 0.5), 0.5 * (y + 0.35), 0.025, frame * 0.5)
        grid = np.linspace(-0.13, 0.13, 6)
        c.capsules(x + grid, np.full(6, y - 0.15), x + grid, np.full(6, y + 0.15), 0.005, WHITE, 0.8)
        c.capsules(np.full(6, x - 0.15), y + grid, np.full(6, x + 0.15), y + grid, 0.005, WHITE, 0.8)
        c.ring(x, y, 0.17, 0.19, 0.04, frame)
        if m.age < 0.2:
            hit = impact(m)
            c.glow(-0.02, 0.2, 0.5, WHITE, 0.8 * hit)
            c.ring(-0.02, 0.2, 0.2 + 1.2 * m.age, 0.2 + 1.2 * m.age, 0.04, felt, hit)
        if m.wait < 0.25 and m.age > 0.3:
            c.disc(-0.08 - 4.5 * m.wait, 0.2 - 1.2 * m.wait + 3 * m.wait**2, 0.055, felt)
        elif m.age < 0.3:
            c.disc(-0.08 - 4.5 * m.age, 0.2 - 0.9 * m.age, 0.055, felt)

    return Look(still, moving)


KIND = Kind(
    category="SPRTCourt",
    family="impact",
    sound=sound,
    look=look,
    rhythm=steady(0.8, 1.7, jitter=0.15),
    wording=Wording(
        nouns=(
            "a tennis racket hitting a ball",
            "tennis",
            "a table tennis bat",
            "badminton",
            "ping pong",
            "a bat hitting a ball",
            "golf swing",
            "a baseball bat",
        ),
        clauses=("a racket hits the ball", "two players rally"),
        gentle=("a soft shot with a racket",),
        strong=("a powerful smash",),
        foreign={
            "de": ("Tennisschläger", "Tennis", "Schläger", "Tischtennis", "Federball"),
            "fr": ("raquette", "tennis", "raquette de tennis", "tennis de table", "batte"),
            "es": ("raqueta", "tenis", "ping-pong", "tenis de mesa", "bate"),
            "it": ("racchetta", "tennis", "racchetta da tennis", "ping-pong", "mazza"),
            "ja": ("ラケット", "テニス", "卓球", "バドミントン", "バット"),
            "zh": ("球拍", "网球", "羽毛球", "乒乓球拍", "球棒"),
        },
    ),
)
