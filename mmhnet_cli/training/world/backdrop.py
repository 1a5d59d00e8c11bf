"""What is behind the sources of a shot: wall or sky, ground, still shapes, the camera's motion, silent passers-by."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas

MARGIN = 0.16
"""How far the painted background reaches beyond the picture for a moving camera, in picture heights."""


@dataclass(frozen=True)
class Camera:
    """Where the camera of a shot looks. Offsets in picture heights, within `MARGIN`."""

    pan: tuple[float, float]
    zoom: float
    shake: float
    lags: tuple[float, ...]
    length_s: float

    @property
    def still(self) -> bool:
        return self.pan == (0.0, 0.0) and self.zoom == 1.0 and self.shake == 0.0

    def pose(self, elapsed_s: float) -> tuple[float, float, float]:
        """Offset to the right, offset down, and magnification (at least 1) this long after the cut."""
        part = elapsed_s / self.length_s
        angle = 2 * math.pi * elapsed_s
        a, b, c, d = self.lags
        sway_x = 0.6 * math.sin(0.47 * angle + a) + 0.4 * math.sin(1.13 * angle + b)
        sway_y = 0.6 * math.sin(0.59 * angle + c) + 0.4 * math.sin(1.31 * angle + d)
        zoom = self.zoom**part if self.zoom >= 1 else self.zoom ** (part - 1)
        return self.pan[0] * (part - 0.5) + self.shake * sway_x, self.pan[1] * (part - 0.5) + self.shake * sway_y, zoom


def make_camera(rng: np.random.Generator, length_s: float) -> Camera:
    """Still in four of ten shots, else a slow pan, a slow zoom or a hand."""
    choice = rng.choice(4, p=(0.4, 0.2, 0.2, 0.2))
    angle, far = rng.uniform(0, 2 * math.pi), min(0.24, 0.035 * length_s)
    return Camera(
        pan=(far * math.cos(angle), 0.4 * far * math.sin(angle)) if choice == 1 else (0.0, 0.0),
        zoom=float(rng.choice([1.12, 1 / 1.12])) if choice == 2 else 1.0,
        shake=float(rng.uniform(0.005, 0.014)) if choice == 3 else 0.0,
        lags=tuple(rng.uniform(0, 2 * math.pi, 4)),
        length_s=length_s,
    )


def paint_background(canvas: Canvas, rng: np.random.Generator) -> None:
    """Wall or sky over ground with soft stains, still shapes and light from one side. Not bright: effects are."""
    height, width = canvas.pixels.shape[1:]
    x = ((np.arange(width, dtype=np.float32) + 0.5 - canvas.x) / canvas.scale)[None]
    y = ((np.arange(height, dtype=np.float32) + 0.5 - canvas.y) / canvas.scale)[:, None]
    grey = rng.uniform(0.14, 0.46)
    hue = rng.uniform(0.72, 1.25, (3, 3))
    top, bottom, ground = np.clip(grey * hue * np.array([[1.15], [0.9], [0.7]]), 0.04, 0.58)
    blend = np.clip((y + 0.6) / 1.1, 0, 1)
    canvas.pixels[...] = top[:, None, None] + blend * (bottom - top)[:, None, None]
    _still_shapes(canvas, rng, grey)
    horizon, slope = rng.uniform(0.18, 0.4), rng.uniform(-0.04, 0.04)
    canvas.below(lambda at: horizon + slope * at, ground)
    shade = np.ones((height, width), np.float32)
    for _ in range(9):
        (across, down), (lag_x, lag_y) = rng.normal(0, 9, 2), rng.uniform(0, 6.28, 2)
        shade += rng.uniform(0.01, 0.035) * np.sin(across * x + lag_x) * np.sin(down * y + lag_y)
    side = rng.uniform(-0.18, 0.18)
    canvas.pixels[...] *= shade * (1 + side * x) * (1 - 0.16 * (x * x + y * y))


def _still_shapes(canvas: Canvas, rng: np.random.Generator, grey: float) -> None:
    """Things that stand about: boxes, posts and round bushes in muted colours."""
    for _ in range(int(rng.integers(1, 6))):
        colour = np.clip(grey * rng.uniform(0.6, 1.35) * rng.uniform(0.8, 1.2, 3), 0.03, 0.6)
        x, y, size = rng.uniform(-1.0, 1.0), rng.uniform(-0.3, 0.35), rng.uniform(0.05, 0.22)
        shape = rng.integers(3)
        if shape == 0:
            canvas.box(x, y, size, size * rng.uniform(0.5, 1.6), colour)
        elif shape == 1:
            canvas.capsule(x, y, x + rng.uniform(-0.04, 0.04), 0.4, 0.2 * size, colour)
        else:
            canvas.ellipse(x, y, size, size * rng.uniform(0.6, 1.1), colour)


Drift = Callable[[Canvas, float], None]
"""Paints a silent thing at so many seconds after the cut."""


def make_distractors(rng: np.random.Generator, length_s: float) -> list[Drift]:
    """None, one or two silent things; all glide, none ever touches anything."""
    makers = (_blob, _tree, _passer_by)
    return [makers[rng.integers(3)](rng, length_s) for _ in range(rng.choice(3, p=(0.45, 0.35, 0.2)))]


def _muted(rng: np.random.Generator) -> np.ndarray:
    return rng.uniform(0.15, 0.5) * rng.uniform(0.75, 1.25, 3)


def _blob(rng: np.random.Generator, length_s: float) -> Drift:
    colour, size = _muted(rng), rng.uniform(0.04, 0.12)
    x, y, lag = rng.uniform(-0.7, 0.7), rng.uniform(-0.4, 0.2), rng.uniform(0, 6.28, 2)
    pace = rng.uniform(0.3, 1.0, 2)

    def paint(c: Canvas, time: float) -> None:
        at_x, at_y = x + 0.25 * math.sin(pace[0] * time + lag[0]), y + 0.1 * math.sin(pace[1] * time + lag[1])
        c.ellipse(at_x, at_y, size, 0.8 * size, colour, 0.85)

    return paint


def _tree(rng: np.random.Generator, length_s: float) -> Drift:
    colour, x = _muted(rng), rng.uniform(-0.85, 0.85)
    pace, lag, high = rng.uniform(0.8, 2.0), rng.uniform(0, 6.28), rng.uniform(0.3, 0.6)

    def paint(c: Canvas, time: float) -> None:
        lean = 0.05 * math.sin(pace * time + lag)
        c.capsule(x, 0.4, x + lean, 0.4 - high, 0.015, 0.6 * colour)
        c.ellipse(x + 1.2 * lean, 0.36 - high, 0.3 * high, 0.26 * high, colour)

    return paint


def _passer_by(rng: np.random.Generator, length_s: float) -> Drift:
    coat, y, size = _muted(rng), rng.uniform(0.0, 0.2), rng.uniform(0.1, 0.2)
    start, way = rng.uniform(-0.3, 1.0) * length_s, float(rng.choice([-1, 1]))
    speed = rng.uniform(0.15, 0.4)

    def paint(c: Canvas, time: float) -> None:
        x = way * (speed * (time - start) - 0.4)
        c.capsule(x, y - 0.4 * size, x, y + size, 0.3 * size, coat)
        c.disc(x, y - size, 0.24 * size, (0.5, 0.4, 0.33))

    return paint
