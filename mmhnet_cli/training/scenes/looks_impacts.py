"""How things look that strike one another: feet, balls, hammers, fists, sticks and keys."""

import math
from collections.abc import Callable

import numpy as np

from mmhnet_cli.training.scenes.canvas import Canvas
from mmhnet_cli.training.scenes.contact import Look, Moment, approach, burst, impact, lift, smooth, tint, tremble

WHITE = (1.0, 0.98, 0.92)


def footsteps(rng: np.random.Generator) -> Look:
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
        burst(c, x, 0.45, fan, m, 0.4, 0.028, WHITE)

    return Look(still, _walker(rng, shoe=tint(rng, 0.12, 0.08, 0.08), struck=struck))


def gravel_steps(rng: np.random.Generator) -> Look:
    """A walker in boots on loose stones, which jump."""
    bed, dark, pale = tint(rng, 0.42, 0.36, 0.27), tint(rng, 0.26, 0.22, 0.18), tint(rng, 0.66, 0.6, 0.5)
    x, y = rng.uniform(-0.78, 0.78, 90), rng.uniform(0.42, 0.62, 90)
    size = rng.uniform(0.01, 0.025, 90)
    fan, dust = -rng.uniform(0.1, np.pi - 0.1, 14), tint(rng, 0.88, 0.82, 0.7)

    def still(c: Canvas) -> None:
        c.ellipse(0, 0.53, 0.85, 0.13, bed)
        c.capsules(x[::2], y[::2], x[::2] + 0.02, y[::2], size[::2], dark)
        c.capsules(x[1::2], y[1::2], x[1::2] + 0.02, y[1::2], size[1::2], pale)

    def struck(c: Canvas, at: float, m: Moment) -> None:
        c.glow(at, 0.42, 0.36, dust, 0.5 * impact(m))
        c.ellipse(at, 0.46, 0.24, 0.07, dust, impact(m))
        burst(c, at, 0.45, fan, m, 0.4, 0.028, dust)

    return Look(still, _walker(rng, shoe=tint(rng, 0.38, 0.22, 0.1), struck=struck))


def _walker(
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


def bouncing_ball(rng: np.random.Generator) -> Look:
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


def hammer_wood(rng: np.random.Generator) -> Look:
    """A mallet on a wooden block; chips fly."""
    wood, dark = tint(rng, 0.6, 0.4, 0.2), tint(rng, 0.36, 0.22, 0.1)
    fan = -rng.uniform(0.15, np.pi - 0.15, 8)

    def block(c: Canvas, m: Moment) -> None:
        drop = 0.02 * tremble(m)
        c.box(-0.12, 0.34 + drop, 0.3, 0.15, wood)
        for y in (0.25, 0.33, 0.41):
            c.capsule(-0.38, y + drop, 0.14, y + 0.02 + drop, 0.008, dark)

    def struck(c: Canvas, m: Moment) -> None:
        hit = impact(m)
        c.glow(-0.12, 0.19, 0.42, (1.0, 0.8, 0.5), 0.6 * hit)
        c.ellipse(-0.12, 0.19, 0.3, 0.07, (1.0, 0.85, 0.6), hit)
        burst(c, -0.12, 0.17, fan, m, 0.5, 0.03, (0.95, 0.78, 0.5))

    return _hammer(tint(rng, 0.5, 0.3, 0.14), (0.12, 0.09), block, struck)


def hammer_metal(rng: np.random.Generator) -> Look:
    """A steel hammer on an anvil; sparks fly."""
    steel, shine = tint(rng, 0.4, 0.42, 0.46), tint(rng, 0.62, 0.64, 0.68)
    fan = -rng.uniform(-0.2, np.pi + 0.2, 14)

    def block(c: Canvas, m: Moment) -> None:
        drop = 0.012 * tremble(m)
        c.convex([(-0.5, 0.2 + drop), (0.2, 0.2 + drop), (0.1, 0.33 + drop), (-0.3, 0.33 + drop)], steel)
        c.box(-0.1, 0.38, 0.1, 0.08, steel * 0.8)
        c.box(-0.1, 0.46, 0.24, 0.04, steel * 0.65)
        c.capsule(-0.44, 0.215 + drop, 0.17, 0.215 + drop, 0.014, shine)

    def struck(c: Canvas, m: Moment) -> None:
        hit = impact(m)
        c.glow(-0.12, 0.17, 0.45, (1.0, 0.7, 0.25), 0.9 * hit)
        c.disc(-0.12, 0.18, 0.1 * (0.5 + hit), (1.0, 0.97, 0.8), hit)
        burst(c, -0.12, 0.17, fan, m, 0.6, 0.014, (1.0, 0.85, 0.35))

    return _hammer(tint(rng, 0.3, 0.3, 0.34), (0.09, 0.08), block, struck)


def glass_tap(rng: np.random.Generator) -> Look:
    """A spoon against a glass of water."""
    glass, water = np.array([0.75, 0.9, 0.95]), tint(rng, 0.35, 0.6, 0.75)

    def block(c: Canvas, m: Moment) -> None:
        dx = 0.02 * tremble(m)
        c.convex([(-0.34 + dx, 0.12), (0.1 + dx, 0.12), (0.05, 0.48), (-0.29, 0.48)], glass, 0.35)
        ripple = 0.02 * tremble(m)
        c.convex([(-0.32, 0.26 - ripple), (0.08, 0.26 + ripple), (0.05, 0.48), (-0.29, 0.48)], water, 0.75)
        for x, foot in ((-0.34, -0.29), (0.1, 0.05)):
            c.capsule(x + dx, 0.12, foot, 0.48, 0.014, glass)
        c.ring(-0.12 + dx, 0.12, 0.22, 0.03, 0.018, glass)

    def struck(c: Canvas, m: Moment) -> None:
        hit = impact(m)
        c.glow(-0.12, 0.14, 0.42, (0.7, 0.9, 1.0), 0.5 * hit)
        for reach in (0.1, 0.24):
            c.ring(-0.12, 0.14, reach + 1.5 * m.age, reach + 1.5 * m.age, 0.035, (0.8, 0.95, 1.0), hit)
        c.disc(-0.06, 0.12, 0.06, (1.0, 1.0, 1.0), hit)

    return _hammer(tint(rng, 0.75, 0.72, 0.68), (0.04, 0.055), block, struck)


def _hammer(
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


def knock(rng: np.random.Generator) -> Look:
    """Knuckles on a door."""
    door, frame = tint(rng, 0.42, 0.24, 0.14, 0.2), tint(rng, 0.75, 0.7, 0.62)
    hand, sleeve = tint(rng, 0.85, 0.64, 0.5), tint(rng, 0.25, 0.3, 0.5, 0.25)

    def moving(c: Canvas, m: Moment) -> None:
        shake = 0.018 * tremble(m)
        c.box(-0.2 + shake, 0, 0.29, 0.46, door)
        for y in (-0.22, 0.22):
            c.box(-0.2 + shake, y, 0.2, 0.15, door * 1.25)
        c.disc(0.02 + shake, 0.04, 0.03, (0.85, 0.7, 0.3))
        away = lift(m)
        x, y = -0.12 + 0.42 * away, -0.08 + 0.1 * away
        if m.age < 0.2:
            hit = impact(m)
            c.glow(-0.16, -0.08, 0.45, WHITE, 0.6 * hit)
            for reach in (0.15, 0.27):
                c.ring(-0.16, -0.08, reach + 0.9 * m.age, reach + 0.9 * m.age, 0.045, WHITE, hit)
        c.capsule(x + 0.14, y + 0.02, 0.75, 0.2, 0.08, sleeve)
        c.disc(x, y, 0.115, hand)
        for knuckle in (-0.06, 0.0, 0.06):
            c.disc(x - 0.09, y + knuckle, 0.03, hand * 0.8)

    return Look(lambda c: c.box(-0.2, 0, 0.36, 0.5, frame), moving)


def drum(rng: np.random.Generator) -> Look:
    """Two sticks, in turn, on a drum whose skin flashes."""
    shell, rim, skin = tint(rng, 0.7, 0.12, 0.14, 0.25), tint(rng, 0.8, 0.75, 0.6), tint(rng, 0.72, 0.68, 0.58)
    wood = tint(rng, 0.8, 0.6, 0.35)

    def still(c: Canvas) -> None:
        c.box(0, 0.3, 0.42, 0.17, shell)
        c.ellipse(0, 0.47, 0.42, 0.07, shell)
        for x in np.linspace(-0.35, 0.35, 6):
            c.capsule(x, 0.16, x + 0.06, 0.46, 0.01, rim)

    def moving(c: Canvas, m: Moment) -> None:
        hit = impact(m)
        c.ellipse(0, 0.13, 0.43, 0.12, rim)
        c.ellipse(0, 0.125, 0.39, 0.1, skin + hit * (1 - skin))
        if m.age < 0.2:
            c.glow(0, 0.1, 0.55, WHITE, 0.4 * hit)
            c.ring(0, 0.125, 0.12 + 1.6 * m.age, 0.035 + 0.4 * m.age, 0.03, shell, hit)
            c.ring(0, 0.1, 0.5 + 0.6 * m.age, 0.17 + 0.3 * m.age, 0.03, WHITE, hit)
        for side in (0, 1):
            up = approach(m) if side == (m.count + 1) % 2 else 0.8 * smooth(m.age / 0.2)
            sign = 2 * side - 1
            c.capsule(sign * 0.12, 0.1 - 0.4 * up, sign * 0.5, -0.12 - 0.3 * up, 0.024, wood)
            c.disc(sign * 0.12, 0.1 - 0.4 * up, 0.04, wood)

    return Look(still, moving)


def typing(rng: np.random.Generator) -> Look:
    """Fingers on a keyboard; the struck key lights up."""
    case, keys, lamp = tint(rng, 0.14, 0.14, 0.17), tint(rng, 0.36, 0.36, 0.4), tint(rng, 0.5, 0.9, 1.0, 0.15)
    hand = tint(rng, 0.85, 0.64, 0.5)
    order = rng.permutation(8)
    rows = rng.integers(0, 3, 64)
    grid_x, grid_y = (grid.ravel() for grid in np.meshgrid((np.arange(8) - 3.5) * 0.17, (0.02, 0.15, 0.28)))

    def still(c: Canvas) -> None:
        c.convex([(-0.7, -0.08), (0.7, -0.08), (0.8, 0.42), (-0.8, 0.42)], case)
        for x, y in zip(grid_x, grid_y, strict=True):
            c.box(x, y, 0.07, 0.05, keys)
        c.box(0, -0.3, 0.5, 0.18, case)
        c.box(0, -0.3, 0.46, 0.15, (0.05, 0.1, 0.12))

    def moving(c: Canvas, m: Moment) -> None:
        coming, last = int(order[(m.count + 1) % 8]), int(order[m.count % 8])
        if m.count >= 0:
            # A letter on the screen for every key.
            letter = np.arange(m.count % 18 + 1)
            text_x, text_y = -0.4 + 0.1 * (letter % 9), -0.36 + 0.12 * (letter // 9)
            c.capsules(text_x, text_y, text_x + 0.05, text_y, 0.02, lamp)
        if m.age < 0.2:
            hit, x, y = impact(m), (last - 3.5) * 0.17, 0.02 + 0.13 * int(rows[m.count % 64])
            c.box(x, y, 0.085, 0.065, lamp, min(1.0, 1.4 * hit))
            c.glow(x, y, 0.34, lamp, 0.9 * hit)
        for finger in range(8):
            # All hover; the one that strikes next comes down on its key, the last one leaves it.
            up = approach(m) if finger == coming else 0.8 * smooth(m.age / 0.15) if finger == last else 0.8
            x = (finger - 3.5) * 0.17
            c.capsule(x, 0.24 - 0.1 * up, 0.45 * x + 0.25 * (1 if finger > 3 else -1), 0.52, 0.038, hand)
        for side in (-1, 1):
            c.ellipse(side * 0.36, 0.54, 0.2, 0.1, hand)

    return Look(still, moving)


IMPACTS = {
    "footsteps": footsteps,
    "gravel_steps": gravel_steps,
    "bouncing_ball": bouncing_ball,
    "hammer_wood": hammer_wood,
    "hammer_metal": hammer_metal,
    "glass_tap": glass_tap,
    "knock": knock,
    "drum": drum,
    "typing": typing,
}
"""Builders by name in `script.KINDS`."""
