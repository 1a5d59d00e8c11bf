"""How machines look: those that run as fast as the curve says, and those that beat at the events."""

import math

import numpy as np

from mmhnet_cli.training.scenes.canvas import Canvas
from mmhnet_cli.training.scenes.contact import Look, Moment, impact, smooth, tint, tremble

TURN = 2 * math.pi


def engine(rng: np.random.Generator) -> Look:
    """A motor with a flywheel and a piston; it shakes and smokes."""
    body, wheel = tint(rng, 0.28, 0.42, 0.32, 0.2), tint(rng, 0.6, 0.18, 0.14, 0.2)
    iron, lag = tint(rng, 0.45, 0.45, 0.48), rng.uniform(0, 1, 6)

    def moving(c: Canvas, m: Moment) -> None:
        turns = m.turns(0.6, 4.5)
        angle = TURN * turns
        shake = (0.006 + 0.012 * m.level) * math.sin(2 * angle)
        age = (lag + m.turns(0.4, 1.6)) % 1
        puff_x = -0.42 - 0.25 * age
        for k in range(6):
            c.disc(puff_x[k], -0.3 - 0.35 * age[k], 0.03 + 0.09 * age[k], (0.6, 0.6, 0.62), 0.6 * (1 - age[k]))
        c.box(-0.42, -0.12 + shake, 0.035, 0.16, iron * 0.7)
        c.box(-0.12, 0.2 + shake, 0.38, 0.24, body)
        c.box(-0.12, 0.02 + shake, 0.3, 0.05, body * 0.7)
        piston = -0.2 + 0.1 * math.cos(angle)
        c.box(-0.12, -0.06 + shake, 0.05, 0.14, iron * 0.6)
        c.box(-0.12, piston + shake, 0.11, 0.07, iron)
        c.ring(0.36, 0.2 + shake, 0.22, 0.22, 0.055, wheel)
        for spoke in range(3):
            turn = angle + spoke * math.pi / 3
            dx, dy = 0.21 * math.cos(turn), 0.21 * math.sin(turn)
            c.capsule(0.36 - dx, 0.2 - dy + shake, 0.36 + dx, 0.2 + dy + shake, 0.02, wheel)
        mark_x, mark_y = 0.36 + 0.22 * math.cos(angle), 0.2 + shake + 0.22 * math.sin(angle)
        c.disc(mark_x, mark_y, 0.045, (0.95, 0.9, 0.8))

    return Look(lambda c: c.box(0, 0.47, 0.6, 0.04, (0.12, 0.12, 0.13)), moving)


def fan(rng: np.random.Generator) -> Look:
    """A fan on a stand; its blades blur into a disc when it is fast."""
    blade, cage = tint(rng, 0.3, 0.5, 0.65, 0.25), tint(rng, 0.75, 0.75, 0.78)
    blades = int(rng.integers(3, 5))

    def still(c: Canvas) -> None:
        c.box(0, 0.36, 0.03, 0.14, cage * 0.6)
        c.ellipse(0, 0.48, 0.2, 0.04, cage * 0.6)
        c.disc(0, -0.08, 0.4, (0.1, 0.1, 0.12), 0.6)

    def moving(c: Canvas, m: Moment) -> None:
        angle = TURN * m.turns(0.3, 3.2)
        c.disc(0, -0.08, 0.35, blade, 0.12 + 0.4 * m.level)
        turn = angle + TURN * np.arange(blades) / blades
        for lag, alpha in ((0.35, 0.4 * m.level), (0.0, 1.0 - 0.35 * m.level)):
            dx, dy = np.cos(turn - lag), np.sin(turn - lag)
            c.capsules(0.1 * dx, 0.1 * dy - 0.08, 0.26 * dx, 0.26 * dy - 0.08, 0.085, blade, alpha)
        c.capsule(0, -0.08, 0.3 * math.cos(angle), 0.3 * math.sin(angle) - 0.08, 0.02, (0.95, 0.95, 0.9))
        c.disc(0, -0.08, 0.07, cage * 0.5)
        for radius in (0.4, 0.24):
            c.ring(0, -0.08, radius, radius, 0.018, cage)

    return Look(still, moving)


def siren(rng: np.random.Generator) -> Look:
    """A rescue vehicle with turning blue and red lamps."""
    paint, stripe = tint(rng, 0.85, 0.86, 0.88, 0.08), tint(rng, 0.8, 0.2, 0.15, 0.2)
    lamps = ((-0.14, (0.15, 0.3, 1.0)), (0.14, (1.0, 0.12, 0.12)))

    def still(c: Canvas) -> None:
        c.box(0, 0.22, 0.6, 0.18, paint)
        c.box(0, 0.24, 0.6, 0.04, stripe)
        c.convex([(-0.3, -0.12), (0.3, -0.12), (0.44, 0.05), (-0.44, 0.05)], paint)
        c.convex([(-0.26, -0.08), (0.26, -0.08), (0.36, 0.04), (-0.36, 0.04)], (0.12, 0.16, 0.2))
        for x in (-0.36, 0.36):
            c.disc(x, 0.4, 0.1, (0.06, 0.06, 0.06))
            c.disc(x, 0.4, 0.045, (0.5, 0.5, 0.5))
        c.box(0, -0.15, 0.26, 0.03, (0.2, 0.2, 0.22))

    def moving(c: Canvas, m: Moment) -> None:
        angle = TURN * m.turns(0.8, 2.4)
        for k, (x, colour) in enumerate(lamps):
            sweep = math.cos(angle + k * math.pi)
            bright = max(sweep, 0.0) ** 2
            c.box(x, -0.21, 0.09, 0.055, np.array(colour) * (0.35 + 0.65 * bright))
            c.glow(x, -0.21, 0.75, colour, 1.1 * bright)
            c.disc(x + 0.06 * math.sin(angle + k * math.pi), -0.21, 0.05, (1, 1, 1), bright)

    return Look(still, moving)


def rotor(rng: np.random.Generator) -> Look:
    """A helicopter in the air, its rotor a blur."""
    hull, glass = tint(rng, 0.3, 0.38, 0.3, 0.3), tint(rng, 0.55, 0.75, 0.85)
    wash_x, wash_lag = rng.uniform(-0.6, 0.7, 14), rng.uniform(0, 1, 14)

    def moving(c: Canvas, m: Moment) -> None:
        x, y = 0.05 * math.sin(0.9 * m.elapsed), 0.05 * math.sin(1.3 * m.elapsed) - 0.05 * m.level
        angle = TURN * m.turns(2.0, 7.0)
        c = c.placed(x, y + 0.012 * m.level * math.sin(2.6 * angle), 1.0)
        # Air driven down, more of it the faster the rotor turns.
        fall = (wash_lag + m.turns(0.8, 2.6)) % 1
        down = -0.15 + 0.75 * fall
        wash = m.level * np.sin(math.pi * fall)
        c.capsules(wash_x, down, 1.08 * wash_x, down + 0.14, 0.012, (0.85, 0.87, 0.9), wash)
        c.capsule(-0.1, 0.06, -0.6, -0.02, 0.045, hull)
        c.ellipse(0.05, 0.1, 0.3, 0.19, hull)
        c.ellipse(0.18, 0.06, 0.13, 0.11, glass)
        for leg in (-0.08, 0.18):
            c.capsule(leg, 0.25, leg, 0.37, 0.014, hull * 0.6)
        c.capsule(-0.25, 0.38, 0.36, 0.38, 0.02, hull * 0.6)
        c.capsule(0.05, -0.08, 0.05, -0.2, 0.03, hull * 0.6)
        c.ellipse(0.05, -0.21, 0.72, 0.05, (0.75, 0.75, 0.78), 0.25 + 0.35 * m.level)
        for lag in (0.0, 0.5):
            wide = 0.72 * math.cos(angle + math.pi * lag)
            c.capsule(0.05 - wide, -0.21, 0.05 + wide, -0.21, 0.018, (0.08, 0.08, 0.09), 0.85)
        dx, dy = 0.14 * math.cos(1.7 * angle), 0.14 * math.sin(1.7 * angle)
        c.disc(-0.62, -0.03, 0.14, (0.75, 0.75, 0.78), 0.3)
        c.capsule(-0.62 - dx, -0.03 - dy, -0.62 + dx, -0.03 + dy, 0.018, (0.08, 0.08, 0.09))

    return Look(lambda c: c.ellipse(0, 0.66, 0.5, 0.05, (0.05, 0.05, 0.05), 0.5), moving)


def drill(rng: np.random.Generator) -> Look:
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


def alarm(rng: np.random.Generator) -> Look:
    """A warning lamp that flashes."""
    lamp, base = tint(rng, 0.95, 0.18, 0.08, 0.12), tint(rng, 0.22, 0.22, 0.25)
    rays = np.linspace(math.pi, TURN, 7)
    dx, dy = np.cos(rays), np.sin(rays)

    def still(c: Canvas) -> None:
        c.box(0, 0.4, 0.3, 0.09, base)
        c.box(0, 0.3, 0.22, 0.04, base * 0.7)

    def moving(c: Canvas, m: Moment) -> None:
        hit = impact(m, 0.2)
        glass = lamp * 0.32 + hit * (np.array([1.0, 0.75, 0.6]) - lamp * 0.32)
        c.box(0, 0.14, 0.19, 0.14, glass)
        c.ellipse(0, 0.0, 0.19, 0.17, glass)
        if m.age < 0.2:
            c.glow(0, 0.05, 1.0, lamp, 1.1 * hit)
            far = 0.42 + 0.5 * m.age
            c.capsules(0.27 * dx, 0.05 + 0.27 * dy, far * dx, 0.05 + far * dy, 0.022, (1.0, 0.8, 0.5), hit)

    return Look(still, moving)


def bell(rng: np.random.Generator) -> Look:
    """A bell that swings from one side to the other; its clapper strikes where it turns back."""
    bronze, beam = tint(rng, 0.75, 0.55, 0.2, 0.15), tint(rng, 0.35, 0.22, 0.12)

    def moving(c: Canvas, m: Moment) -> None:
        side = 1.0 if m.count % 2 else -1.0
        if math.isinf(m.age):
            swing = side * math.cos(math.pi * max(0.0, 1 - m.wait / 0.8))
        elif math.isinf(m.wait):
            swing = side * math.cos(math.pi * m.age / 0.9) * math.exp(-m.age / 1.2)
        else:
            swing = side * math.cos(math.pi * m.age / m.interval)
        angle = 0.55 * swing
        cos, sin = math.cos(angle), math.sin(angle)

        def at(x: float, y: float) -> tuple[float, float]:
            """A point of the bell, hung at (0, -0.38), after the swing."""
            return x * cos - y * sin, -0.38 + x * sin + y * cos

        hit = impact(m, 0.2)
        metal = bronze + hit * 0.75 * (1 - bronze)
        lean = side * (0.19 * smooth(1 - m.age / 0.12) + 0.12 * swing * side)
        ball = at(-lean, 0.62)
        c.capsule(*at(0, 0.2), *ball, 0.02, bronze * 0.5)
        c.disc(*ball, 0.055, bronze * 0.45)
        c.convex([at(-0.12, 0.06), at(0.12, 0.06), at(0.2, 0.4), at(-0.2, 0.4)], metal)
        c.convex([at(-0.2, 0.4), at(0.2, 0.4), at(0.31, 0.55), at(-0.31, 0.55)], metal)
        c.disc(*at(0, 0.08), 0.12, metal)
        c.capsule(*at(-0.3, 0.54), *at(0.3, 0.54), 0.025, metal * 0.7)
        if m.age < 0.2:
            x, y = at(0.0, 0.35)
            for reach in (0.34, 0.48):
                c.ring(x, y, reach + 0.7 * m.age, reach + 0.7 * m.age, 0.03, (1.0, 0.93, 0.7), 0.9 * hit)

    return Look(lambda c: c.box(0, -0.44, 0.5, 0.05, beam), moving)


def clock(rng: np.random.Generator) -> Look:
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


MACHINES = {
    "engine": engine,
    "fan": fan,
    "siren": siren,
    "rotor": rotor,
    "drill": drill,
    "alarm": alarm,
    "bell": bell,
    "clock": clock,
}
"""Builders by name in `script.KINDS`."""
