"""A clock."""

import math

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import TURN, Look, Moment, impact, tint, tremble
from mmhnet_cli.training.world.dsp import Body, burst, mix, play_events
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import steady
from mmhnet_cli.training.world.scene import Source


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A clock: tick and tock, each the escapement's few small blows on a hard case."""
    case = rng.uniform(1250, 1750) * np.array([1, 1.62, 2.4, 4.1])
    t60, levels = np.array([0.05, 0.04, 0.03, 0.02]), np.array([1, 0.6, 0.5, 0.5])
    sides = [Body(tuning * case, t60, levels, 0.00002).ringer() for tuning in (1.0, rng.uniform(0.8, 0.9))]
    drop = rng.uniform(0.008, 0.016)

    def tick(index: int, strength: float) -> np.ndarray:
        blow = sides[index % 2](rng, strength)
        return mix((0, 0.9, blow), (drop, 0.45, blow), (0, 0.35, burst(rng, 5000, 12000, 0.008)))

    return play_events(source, 0.3, tick)


def look(rng: np.random.Generator) -> Look:
    """A wall clock whose second hand jumps, over a pendulum that turns back at each tick."""
    case, face = tint(rng, 0.32, 0.18, 0.1, 0.2), tint(rng, 0.9, 0.88, 0.8, 0.05)
    start, step = rng.uniform(0, TURN), TURN / 12
    hours = rng.uniform(0, TURN)

    def still(c: Canvas) -> None:
        c.box(0, 0.18, 0.2, 0.34, case)
        c.disc(0, -0.14, 0.37, case)
        c.disc(0, -0.14, 0.32, face)
        turn = TURN * np.arange(12) / 12
        dx, dy = np.cos(turn), np.sin(turn)
        c.capsules(0.26 * dx, 0.26 * dy - 0.14, 0.29 * dx, 0.29 * dy - 0.14, 0.014, case)
        for length, angle in ((0.16, hours), (0.23, 12 * hours)):
            c.capsule(0, -0.14, length * math.cos(angle), length * math.sin(angle) - 0.14, 0.02, (0.1, 0.1, 0.1))

    def moving(c: Canvas, m: Moment) -> None:
        angle = start + step * (m.count + 1) + 0.3 * step * tremble(m)
        hit = impact(m, 0.13)
        x, y = 0.27 * math.cos(angle), 0.27 * math.sin(angle) - 0.14
        if m.age < 0.13:
            c.convex([(0.0, -0.14), *_wedge(angle - step, angle, 0.3)], (0.85, 0.1, 0.05), min(1.0, 1.5 * hit))
            c.ring(0, -0.14, 0.38 + 0.4 * m.age, 0.38 + 0.4 * m.age, 0.035, (1.0, 0.8, 0.4), hit)
        c.capsule(-0.25 * x, -0.14 - 0.25 * (y + 0.14), x, y, 0.018, (0.85, 0.1, 0.08))
        c.disc(0, -0.14, 0.03, (0.1, 0.1, 0.1))
        part = 0.0 if math.isinf(m.age) else 1.0 if math.isinf(m.wait) else m.age / m.interval
        swing = (0.12 if m.count % 2 else -0.12) * math.cos(math.pi * part)
        c.box(0, 0.33, 0.17, 0.15, case * 0.4)
        c.capsule(0, 0.15, swing, 0.38, 0.012, (0.8, 0.65, 0.3))
        c.disc(swing, 0.38, 0.055, np.array([0.85, 0.7, 0.3]) + hit * np.array([0.15, 0.3, 0.6]))

    return Look(still, moving)


def _wedge(start: float, end: float, radius: float) -> list[tuple[float, float]]:
    """Corners of the clock face from one angle to the next."""
    turns = (start, (start + end) / 2, end)
    return [(radius * math.cos(turn), radius * math.sin(turn) - 0.14) for turn in turns]


KIND = Kind(
    category="CLOCKTick",
    family="machine",
    sound=sound,
    look=look,
    rhythm=steady(0.4, 1.1, jitter=0.01),
    wording=Wording(
        nouns=(
            "clock",
            "ticking clock",
            "a grandfather clock",
            "clock ticks",
            "the tick of a clock",
            "a wall clock",
            "a stopwatch",
            "a wristwatch",
            "a metronome",
        ),
        clauses=("a clock ticks", "a wall clock ticks away"),
        gentle=("a quiet ticking clock",),
        strong=("loud ticking",),
        foreign={
            "de": ("Uhr", "Uhrticken", "tickende Uhr", "Wanduhr", "Ticken", "Standuhr"),
            "fr": ("horloge", "montre", "tic-tac", "pendule", "horloge qui tique"),
            "es": ("reloj", "tictac", "reloj de pared", "cronómetro"),
            "it": ("orologio", "ticchettio", "orologio a pendolo", "cronometro"),
            "ja": ("時計", "時計の音", "チクタク", "柱時計", "秒針"),
            "zh": ("时钟", "钟表", "滴答", "挂钟", "手表"),
        },
    ),
)
