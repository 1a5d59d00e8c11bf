"""How single great events look: lightning, blasts, splashes, fly-bys and slamming doors."""

import math

import numpy as np

from mmhnet_cli.training.scenes.canvas import Canvas
from mmhnet_cli.training.scenes.contact import Look, Moment, burst, impact, smooth, tint, tremble


def thunder(rng: np.random.Generator) -> Look:
    """Lightning out of dark clouds; the sky flashes."""
    cloud = tint(rng, 0.16, 0.16, 0.22)
    steps = 9
    bolts = np.cumsum(rng.normal(0, 0.07, (8, steps)), 1)
    bolt_y = np.linspace(-0.3, 0.5, steps)
    drift = rng.uniform(0, 6.28, 7)

    def still(c: Canvas) -> None:
        c.light((0.06, 0.07, 0.13), 0.7)

    def moving(c: Canvas, m: Moment) -> None:
        if m.age < 0.35:
            flicker = 0.55 + 0.45 * math.cos(2 * math.pi * m.age / 0.09)
            c.light((0.82, 0.85, 1.0), 0.7 * impact(m, 0.3) * flicker)
            x = bolts[m.count % 8]
            for width, colour in ((0.03, (0.65, 0.7, 1.0)), (0.013, (1.0, 1.0, 1.0))):
                alpha = min(1.0, 1.6 * impact(m, 0.3))
                c.capsules(x[:-1], bolt_y[:-1], x[1:], bolt_y[1:], width, colour, alpha)
                fork = slice(3, 6)
                c.capsules(
                    x[3:6], bolt_y[fork], x[3] + 0.1 * np.arange(1, 4), bolt_y[fork] + 0.08, 0.6 * width, colour, alpha
                )
        lit = cloud * (1 + 1.6 * impact(m, 0.3))
        for k in range(7):
            x = (k - 3) * 0.2 + 0.03 * math.sin(0.3 * m.elapsed + drift[k])
            c.ellipse(x, -0.36 + 0.03 * math.sin(2.0 * k), 0.2, 0.11, lit * (0.85 + 0.05 * (k % 3)))

    return Look(still, moving)


def explosion(rng: np.random.Generator) -> Look:
    """A barrel that blows up: flash, growing fireball, smoke."""
    barrel = tint(rng, 0.6, 0.15, 0.12, 0.2)
    turn, far, size = rng.uniform(0, 6.28, 14), rng.uniform(0.3, 1.0, 14), rng.uniform(0.6, 1.0, 14)
    fan = rng.uniform(0, 6.28, 16)

    def still(c: Canvas) -> None:
        c.ellipse(0, 0.48, 0.5, 0.06, (0.08, 0.07, 0.07), 0.7)
        c.box(0, 0.3, 0.14, 0.18, barrel)
        for y in (0.2, 0.4):
            c.box(0, y, 0.15, 0.015, barrel * 0.5)

    def moving(c: Canvas, m: Moment) -> None:
        if m.age > 1.4:
            return
        growth = 1 - math.exp(-m.age / 0.13)
        radius = (0.16 + 0.34 * growth) * (0.75 + 0.25 * m.strength)
        heat, fade = math.exp(-m.age / 0.3), 1 - smooth((m.age - 0.5) / 0.9)
        rise = 0.22 - 0.3 * m.age
        hot = np.array([1.0, 0.55, 0.1]) * heat + np.array([0.22, 0.2, 0.19]) * (1 - heat)
        core = np.array([1.0, 0.95, 0.6]) * heat + np.array([0.35, 0.3, 0.27]) * (1 - heat)
        x, y = radius * far * np.cos(turn), rise + radius * far * np.sin(turn)
        c.capsules(x, y, x, y, 0.5 * radius * size, hot, fade)
        c.capsules(0.55 * x, rise + 0.55 * (y - rise), 0.55 * x, rise + 0.55 * (y - rise), 0.4 * radius, core, fade)
        if m.age < 0.3:
            c.glow(0, 0.2, 1.3, (1.0, 0.75, 0.4), 1.3 * impact(m, 0.3))
            c.disc(0, 0.2, 0.26, (1.0, 1.0, 0.92), impact(m, 0.1))
        burst(c, 0, 0.22, fan, m, 0.95, 0.016, (1.0, 0.8, 0.3))

    return Look(still, moving)


def splash(rng: np.random.Generator) -> Look:
    """A stone that falls into water; the crown of drops rises and falls back."""
    water, stone = tint(rng, 0.12, 0.38, 0.55), tint(rng, 0.35, 0.32, 0.3)
    foam = (0.92, 0.97, 1.0)
    drops = 22
    vx, vy = rng.normal(0, 0.45, drops), -rng.uniform(0.9, 2.1, drops)

    def still(c: Canvas) -> None:
        c.ellipse(0, 0.32, 0.8, 0.2, water)
        c.ellipse(-0.1, 0.3, 0.6, 0.12, water * 1.25)

    def moving(c: Canvas, m: Moment) -> None:
        if m.wait < 0.4:
            c.disc(0, 0.28 - 1.1 * (1 - (1 - m.wait / 0.4) ** 2) - 0.05, 0.09, stone)
        if m.age < 1.2:
            for lag in (0.0, 0.18):
                grown = max(m.age - lag, 0.0)
                wide = 0.16 + 0.45 * grown
                c.ring(0, 0.3, wide, 0.28 * wide, 0.022, foam, 0.7 * (1 - m.age / 1.2) * (grown > 0 or lag == 0))
        if m.age < 0.7:
            power = 0.7 + 0.3 * m.strength
            # Thrown 40 ms ahead, so that the crown stands clear of the water at the event itself.
            age = m.age + 0.04
            x, y = vx * age * power, 0.28 + vy * age * power + 2.6 * age * age
            up = y < 0.34
            if up.any():
                c.capsules(x[up], y[up], x[up], y[up] - 0.03, 0.022, foam, 1 - 0.5 * m.age)
            hit = impact(m, 0.3)
            c.convex(
                [
                    (-0.2 - 0.1 * m.age, 0.08 - 0.3 * hit),
                    (0.2 + 0.1 * m.age, 0.08 - 0.3 * hit),
                    (0.13, 0.31),
                    (-0.13, 0.31),
                ],
                foam,
                min(1.0, hit),
            )
            c.ellipse(0, 0.3, 0.24, 0.07, foam, min(1.0, 1.3 * hit))

    return Look(still, moving)


def whoosh(rng: np.random.Generator) -> Look:
    """Something that shoots across; it is in the middle at the event and leaves a trail."""
    body, way = tint(rng, 0.9, 0.8, 0.25, 0.25), float(rng.choice([-1, 1]))
    y, reach = rng.uniform(-0.2, 0.1), 1.5
    lines = rng.uniform(-0.22, 0.22, 9)
    shift = rng.uniform(-0.3, 0.2, 9)

    def moving(c: Canvas, m: Moment) -> None:
        if m.wait < 0.1 and m.wait < m.age:
            x = -way * reach * (m.wait / 0.1)
        elif m.age < 0.16:
            x = way * reach * (m.age / 0.16)
        else:
            x = math.inf
        if m.age < 0.3:
            hit = impact(m, 0.3)
            head = way * min(reach, reach * m.age / 0.16)
            tail = head - way * 1.1
            c.capsules(tail + way * shift, y + lines, np.full(9, head), y + 0.5 * lines, 0.014, (0.95, 0.97, 1.0), hit)
            c.glow(0, y, 0.7, (0.8, 0.9, 1.0), 0.6 * hit)
            c.ellipse(0, y, 0.5, 0.16, (0.95, 0.97, 1.0), 0.5 * hit)
        if math.isfinite(x):
            c.capsule(x - way * 0.5, y, x, y, 0.05, body, 0.5)
            c.ellipse(x, y, 0.24, 0.12, body)
            c.ellipse(x + way * 0.08, y - 0.03, 0.09, 0.05, (1.0, 1.0, 1.0))

    return Look(lambda c: c.capsule(-1.1, 0.47, 1.1, 0.47, 0.03, (0.14, 0.14, 0.15)), moving)


def slam(rng: np.random.Generator) -> Look:
    """A door that swings open slowly and slams shut."""
    door, frame = tint(rng, 0.3, 0.42, 0.5, 0.25), tint(rng, 0.8, 0.76, 0.7)
    room = tint(rng, 0.95, 0.85, 0.55, 0.1)
    fan = np.concatenate([rng.uniform(-0.9, 0.9, 6), np.pi + rng.uniform(-0.9, 0.9, 6)])

    def still(c: Canvas) -> None:
        c.box(0, 0, 0.37, 0.5, frame)
        c.box(0, 0.02, 0.3, 0.46, room)

    def moving(c: Canvas, m: Moment) -> None:
        shut = 1.0 if m.wait > 0.22 else 1 - (1 - m.wait / 0.22) ** 2
        ajar = min(smooth((m.age - 0.25) / 0.6), shut) if not math.isinf(m.wait) else 0.0
        shake = 0.02 * tremble(m)
        edge = -0.3 + 0.6 * math.cos(1.25 * ajar)
        lean = 0.12 * math.sin(1.25 * ajar)
        c.convex(
            [(-0.3, -0.44), (edge + shake, -0.44 - lean), (edge + shake, 0.48 + lean), (-0.3, 0.48)],
            door * (1 - 0.3 * ajar),
        )
        c.disc(edge - 0.07 * math.cos(1.25 * ajar) + shake, 0.03, 0.03, (0.9, 0.8, 0.4))
        if m.age < 0.2:
            hit = impact(m, 0.2)
            c.glow(0, 0, 0.75, (1.0, 0.95, 0.85), 0.6 * hit)
            for x0, y0, x1, y1 in ((-0.36, -0.49, 0.36, -0.49), (0.36, -0.49, 0.36, 0.49), (-0.36, 0.49, -0.36, -0.49)):
                c.capsule(x0, y0, x1, y1, 0.04, (1.0, 0.97, 0.9), min(1.0, 1.3 * hit))
            burst(c, 0.33 + 0.04, 0.0, fan[:6], m, 0.35, 0.03, (0.95, 0.92, 0.85))
            burst(c, -0.37, 0.0, fan[6:], m, 0.3, 0.03, (0.95, 0.92, 0.85))

    return Look(still, moving)


ONE_SHOTS = {"thunder": thunder, "explosion": explosion, "splash": splash, "whoosh": whoosh, "slam": slam}
"""Builders by name in `script.KINDS`."""
