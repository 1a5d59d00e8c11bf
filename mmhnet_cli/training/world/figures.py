"""Figures that several kinds share: a walker, and a hammer swung by hand."""

import math
from collections.abc import Callable

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, impact, lift, smooth, tint


def walker(
    rng: np.random.Generator, shoe: np.ndarray, struck: Callable[[Canvas, float, Moment], None]
) -> Callable[[Canvas, Moment], None]:
    coat, trousers = tint(rng, 0.55, 0.3, 0.3, 0.25), tint(rng, 0.2, 0.26, 0.42)
    feet = (-0.15, 0.15)

    def moving(c: Canvas, m: Moment) -> None:
        stepping = (m.count + 1) % 2
        raised = _stride(m)
        for side in (1 - stepping, stepping):
            up = raised if side == stepping else 0.0
            x, foot = feet[side], 0.42 - 0.24 * up
            knee_x, knee_y = 0.8 * x + 0.14 * up, 0.06 - 0.12 * up
            leg = trousers * (0.75 if side else 1.0)
            c.capsule(0.6 * x, -0.26, knee_x, knee_y, 0.075, leg)
            c.capsule(knee_x, knee_y, x, foot - 0.03, 0.06, leg)
            c.capsule(x - 0.03, foot, x + 0.13, foot + 0.01, 0.048, shoe)
        # The weight comes down with the foot.
        c.box(0, -0.4 - 0.02 * raised + 0.06 * impact(m), 0.17, 0.16, coat)
        if m.age < 0.2:
            struck(c, feet[m.count % 2] + 0.05, m)

    return moving


def _stride(m: Moment) -> float:
    """Height of the foot that steps next: up after the other has landed, then down with a stamp."""
    if math.isinf(m.wait):
        return 0.0
    span = min(m.interval, 0.8)
    fall = min(0.14, 0.35 * span)
    return min(smooth(m.age / (0.5 * span)), 1.0 if m.wait > fall else 1 - (1 - m.wait / fall) ** 2)


def hammer(
    head: np.ndarray,
    half: tuple[float, float],
    block: Callable[[Canvas, Moment], None],
    struck: Callable[[Canvas, Moment], None],
) -> Look:
    """A head of the given half width and height, swung about a hand on the right; it touches at (-0.12, 0.17)."""

    def moving(c: Canvas, m: Moment) -> None:
        block(c, m)
        turn = 1.05 * lift(m)
        reach, pivot_x, pivot_y = 0.62, 0.5, 0.17 - half[1]
        x, y = pivot_x - reach * math.cos(turn), pivot_y - reach * math.sin(turn)
        c.capsule(pivot_x, pivot_y, x, y, 0.028, head * 0.6)
        c.box(x, y, *half, head, angle=turn)
        c.capsule(pivot_x - 0.05, pivot_y, 0.72, pivot_y + 0.14, 0.06, (0.8, 0.6, 0.48))
        if m.age < 0.2:
            struck(c, m)

    return Look(lambda c: c.ellipse(-0.1, 0.49, 0.5, 0.05, (0.08, 0.07, 0.07), 0.6), moving)
