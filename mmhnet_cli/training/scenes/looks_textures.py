"""How weather, water, fire and crowds look; their amount and speed follow the curve."""

import math
from dataclasses import dataclass

import numpy as np

from mmhnet_cli.training.scenes.canvas import Canvas
from mmhnet_cli.training.scenes.contact import Look, Moment, tint


def rain(rng: np.random.Generator) -> Look:
    """Streaks over the whole picture, and drops that splash on the ground; more of them when it is heavy."""
    water, slant = tint(rng, 0.72, 0.78, 0.88), rng.uniform(-0.25, 0.25)
    count = 110
    x, phase = rng.uniform(-1.6, 1.6, count), rng.uniform(0, 1, count)
    speed, rank = rng.uniform(1.6, 2.3, count), rng.permutation(count) / count
    splash_x, splash_y = rng.uniform(-1.3, 1.3, 40), rng.uniform(0.5, 0.85, 40)
    cloud = tint(rng, 0.3, 0.32, 0.37)

    def still(c: Canvas) -> None:
        c.light(cloud, 0.35)
        c.ellipse(0, 0.62, 0.9, 0.12, water * 0.5, 0.5)

    def moving(c: Canvas, m: Moment) -> None:
        falls = rank < 0.12 + 0.88 * m.level
        way = (phase + speed / 2.4 * m.elapsed)[falls]
        y = 2.4 * (way % 1) - 1.2
        at = x[falls] + slant * y
        long = 0.1 + 0.12 * m.level
        c.capsules(at, y, at + slant * long, y + long, 0.006 + 0.006 * m.level, water, 0.5 + 0.35 * m.level)
        some = slice(0, 4 + int(36 * m.level))
        # Each splash grows and fades twice to three times a second, all at other times.
        part = (phase[:40] + 1.3 * speed[:40] * m.elapsed)[some] % 1
        sx, sy, wide = splash_x[some], splash_y[some], 0.01 + 0.05 * part
        c.capsules(sx - wide, sy, sx + wide, sy, 0.009, water, 0.9 * (1 - part))

    return Look(still, moving)


def wind(rng: np.random.Generator) -> Look:
    """Long grass that bends in gusts, and leaves carried by."""
    grass, dark = tint(rng, 0.42, 0.56, 0.2), tint(rng, 0.22, 0.36, 0.14)
    leaf = tint(rng, 0.8, 0.5, 0.15, 0.2)
    count = 44
    root, long, lag = rng.uniform(-0.8, 0.8, count), rng.uniform(0.35, 0.75, count), rng.uniform(0, 6.28, count)
    leaf_x, leaf_y, leaf_lag = rng.uniform(0, 2.6, 14), rng.uniform(-0.7, 0.3, 14), rng.uniform(0, 6.28, 14)

    def still(c: Canvas) -> None:
        c.ellipse(0, 0.56, 0.95, 0.14, dark)

    def moving(c: Canvas, m: Moment) -> None:
        gust = m.turns(0.5, 2.6)
        bend = 0.05 + 0.75 * m.level + (0.06 + 0.2 * m.level) * np.sin(2 * np.pi * gust - 2 * root + 0.4 * lag)
        mid_x, mid_y = root + 0.35 * long * bend, 0.5 - 0.55 * long * (1 - 0.2 * bend)
        tip_x, tip_y = root + long * bend, 0.5 - long * (1 - 0.45 * bend)
        for part, colour in ((slice(0, None, 2), dark), (slice(1, None, 2), grass)):
            c.capsules(root[part], np.full(root[part].shape, 0.52), mid_x[part], mid_y[part], 0.018, colour)
            c.capsules(mid_x[part], mid_y[part], tip_x[part], tip_y[part], 0.012, colour)
        flown = slice(0, int(14 * m.level + 0.5))
        if flown.stop:
            x = (leaf_x + m.turns(0.1, 2.2))[flown] % 2.6 - 1.3
            spin = 2 * np.pi * gust + leaf_lag[flown]
            y = leaf_y[flown] + 0.08 * np.sin(spin)
            dx, dy = 0.035 * np.cos(2 * spin), 0.035 * np.sin(2 * spin)
            c.capsules(x - dx, y - dy, x + dx, y + dy, 0.02, leaf)

    return Look(still, moving)


def fire(rng: np.random.Generator) -> Look:
    """Flames over logs, higher and busier when it burns hard."""
    log, count = tint(rng, 0.24, 0.14, 0.08), 30
    x, phase = rng.normal(0, 0.15, count).clip(-0.32, 0.32), rng.uniform(0, 1, count)
    pace, sway = rng.uniform(0.9, 1.6, count), rng.uniform(0, 6.28, count)
    layers = (((0.85, 0.2, 0.04), 1.0), ((1.0, 0.55, 0.08), 0.66), ((1.0, 0.92, 0.5), 0.36))

    def still(c: Canvas) -> None:
        c.ellipse(0, 0.48, 0.55, 0.07, (0.07, 0.05, 0.05))
        for side in (-1, 1):
            c.capsule(-0.36 * side, 0.46, 0.3 * side, 0.36, 0.06, log)

    def moving(c: Canvas, m: Moment) -> None:
        flicker = 0.5 * math.sin(19 * m.elapsed + sway[0]) + 0.5 * math.sin(31 * m.elapsed + sway[1])
        c.glow(0, 0.1, 0.95, (1.0, 0.5, 0.15), (0.25 + 0.3 * m.level) * (1 + 0.3 * flicker))
        life = (phase + pace * m.elapsed * 1.3) % 1
        high = (0.35 + 0.6 * m.level) * (1 - 2 * np.abs(x))
        for colour, wide in layers:
            y = 0.38 - life * high * (0.55 + 0.45 * wide)
            at = x * (1 - 0.6 * life) * (0.5 + 0.5 * wide) + 0.05 * life * np.sin(7 * m.elapsed + sway)
            radius = (0.1 + 0.05 * m.level) * wide * (1 - life) + 0.01
            c.capsules(at, y, at, y - 1.2 * radius, radius, colour)
        up = (phase * 7 % 1 + 0.8 * pace * m.elapsed)[:10] % 1
        drift = 2.5 * x[:10] * up + 0.04 * np.sin(9 * m.elapsed + sway[:10])
        c.capsules(drift, 0.2 - 0.8 * up, drift, 0.18 - 0.8 * up, 0.009, (1.0, 0.7, 0.3), (1 - up) * m.level)

    return Look(still, moving)


def waves(rng: np.random.Generator) -> Look:
    """Rows of swell that roll towards the shore, with foam on their crests."""
    deep = tint(rng, 0.1, 0.3, 0.45)
    foam = tint(rng, 0.9, 0.94, 0.96, 0.04)
    lag = rng.uniform(0, 6.28, 4)

    def moving(c: Canvas, m: Moment) -> None:
        for row in range(4):
            near = row / 3
            roll = 2 * np.pi * m.turns(0.12, 0.5) + lag[row]
            swell = (0.02 + 0.09 * m.level) * (0.5 + near)
            level = -0.02 + 0.2 * row + 0.4 * swell * math.sin(roll)
            long = 7.0 - 3.0 * near

            white = 0.012 + 0.05 * m.level * (0.5 + near)
            c.below(_Swell(level, swell, long, roll), foam, 0.35 + 0.6 * m.level)
            c.below(_Swell(level + white, swell, long, roll), deep * (0.8 + 0.45 * near))

    return Look(lambda c: c.below(lambda x: np.full(x.shape, -0.06), deep * 0.7), moving)


@dataclass(frozen=True)
class _Swell:
    """One row of waves as a line y(x), for `Canvas.below`."""

    level: float
    height: float
    per_unit: float
    phase: float

    def __call__(self, x: np.ndarray) -> np.ndarray:
        # The square sharpens the crests.
        return self.level - self.height * (0.5 + 0.5 * np.sin(self.per_unit * x + self.phase)) ** 2


def stream(rng: np.random.Generator) -> Look:
    """A brook between green banks: ripples run to one side, round stones."""
    water, bank, stone = tint(rng, 0.2, 0.42, 0.5), tint(rng, 0.25, 0.4, 0.16), tint(rng, 0.42, 0.4, 0.38)
    count = 46
    x, y = rng.uniform(0, 2.2, count), rng.uniform(0.02, 0.38, count)
    long, way = rng.uniform(0.04, 0.14, count), float(rng.choice([-1, 1]))
    stones = [(rng.uniform(-0.6, 0.6), rng.uniform(0.08, 0.34), rng.uniform(0.05, 0.09)) for _ in range(4)]

    def still(c: Canvas) -> None:
        c.box(0, 0.2, 1.15, 0.3, bank)
        c.box(0, 0.2, 1.15, 0.21, water)
        for at_x, at_y, size in stones:
            c.ellipse(at_x, at_y, 1.3 * size, size, stone)

    def moving(c: Canvas, m: Moment) -> None:
        run = (x + way * m.turns(0.25, 1.5) * (0.7 + y)) % 2.2 - 1.1
        rise = y + (0.006 + 0.02 * m.level) * np.sin(9 * run + 11 * m.elapsed)
        # Ripples vanish at the ends of the band instead of jumping from one to the other.
        shown = np.clip(5 * (1.05 - np.abs(run)), 0, 1) * (0.45 + 0.5 * m.level)
        half = slice(0, None, 2)
        rest = slice(1, None, 2)
        c.capsules(run[half], rise[half], run[half] + long[half], rise[half], 0.011, (0.85, 0.95, 1.0), shown[half])
        c.capsules(run[rest], rise[rest], run[rest] + long[rest], rise[rest], 0.014, water * 0.6, shown[rest])
        for at_x, at_y, size in stones:
            wash = size * (1.1 + 0.2 * math.sin(8 * m.elapsed + 9 * at_x))
            c.ellipse(at_x - way * 0.8 * size, at_y, 0.4 * wash, wash, (0.95, 0.98, 1.0), 0.35 + 0.5 * m.level)

    return Look(still, moving)


def crowd(rng: np.random.Generator) -> Look:
    """Rows of heads that bob, and arms that go up when it gets loud."""
    seats = 7
    row = np.repeat(np.arange(3), seats)
    x = (np.tile(np.arange(seats), 3) - 3) * 0.25 + 0.12 * (row % 2) + rng.uniform(-0.03, 0.03, row.size)
    y = -0.05 + 0.2 * row + rng.uniform(-0.03, 0.03, row.size)
    pace, lag = rng.uniform(0.6, 1.5, row.size), rng.uniform(0, 6.28, row.size)
    eager = rng.permutation(row.size) / row.size
    skins = [tint(rng, *base) for base in ((0.9, 0.7, 0.56), (0.66, 0.46, 0.34), (0.42, 0.28, 0.2))]
    shirts = [rng.uniform(0.15, 0.75, 3).astype(np.float32) for _ in range(6)]

    def moving(c: Canvas, m: Moment) -> None:
        angle = 2 * np.pi * pace * m.turns(0.5, 2.2) + lag
        top = y - (0.008 + 0.05 * m.level) * np.sin(angle)
        side = x + (0.01 + 0.02 * m.level) * np.sin(0.5 * angle)
        up = np.clip((m.level - 0.35 - 0.4 * eager) * 5, 0, 1)
        hand_x, hand_y = side + 0.13 + 0.08 * np.sin(2 * angle), top + 0.2 - 0.4 * up
        for line in range(3):
            # Back row first; neighbours wear the two colours of their row.
            for group in range(2):
                who = slice(seats * line + group, seats * (line + 1), 2)
                c.capsules(side[who], top[who] + 0.24, side[who], top[who] + 0.36, 0.11, shirts[2 * line + group])
            who = slice(seats * line, seats * (line + 1))
            c.capsules(side[who], top[who], side[who], top[who] + 0.02, 0.075, skins[line])
            if up[who].any():
                c.capsules(side[who] + 0.1, top[who] + 0.22, hand_x[who], hand_y[who], 0.028, skins[line], up[who])

    return Look(lambda c: c.box(0, 0.45, 1.0, 0.12, (0.1, 0.1, 0.13)), moving)


TEXTURES = {"rain": rain, "wind": wind, "fire": fire, "waves": waves, "stream": stream, "crowd": crowd}
"""Builders by name in `script.KINDS`."""
