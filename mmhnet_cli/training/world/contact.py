"""When things move: where an instant lies among a source's events, and the motion into a contact and out of it."""

import math
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas, Colour
from mmhnet_cli.training.world.scene import CONTROL_RATE_HZ, Source

TURN = 2 * math.pi
WHITE = (1.0, 0.98, 0.92)


@dataclass(frozen=True, slots=True)
class Moment:
    """One instant of a source. Seconds.

    elapsed: since the source began.
    count: index of the last event at or before now, -1 before the first.
    age, wait: since the last event and until the next; infinite where there is none.
    strength: of the last event.
    level, area: `Source.curve` now, and its integral since the source began.
    """

    elapsed: float
    count: int
    age: float
    wait: float
    strength: float
    level: float
    area: float

    @property
    def interval(self) -> float:
        """From the last event to the next."""
        return self.age + self.wait

    def turns(self, slow_hz: float, fast_hz: float) -> float:
        """Revolutions since the source began of a wheel that turns at `slow_hz` to `fast_hz` as the curve says."""
        return slow_hz * self.elapsed + (fast_hz - slow_hz) * self.area


@dataclass(frozen=True)
class Look:
    """How a source looks, in its own coordinates: centred, one unit high, ground at y = 0.5.

    still: paints what does not move, once into the background.
    moving: paints the rest on every frame.
    """

    still: Callable[[Canvas], None]
    moving: Callable[[Canvas, Moment], None]


class Timing:
    """Looks up the moments of one source."""

    def __init__(self, source: Source) -> None:
        self._start_s = source.start_s
        self._events = source.events_s.tolist()
        self._strengths = source.strengths.tolist()
        self._curve = source.curve.tolist()
        steps = (source.curve[1:] + source.curve[:-1]) / (2 * CONTROL_RATE_HZ)
        self._area = [0.0, *np.cumsum(steps).tolist()]

    def at(self, time_s: float) -> Moment:
        """The moment at `time_s` of the scene."""
        after = bisect_right(self._events, time_s)
        elapsed = time_s - self._start_s
        position = min(max(elapsed * CONTROL_RATE_HZ, 0.0), len(self._curve) - 1.0)
        left = min(int(position), max(len(self._curve) - 2, 0))
        right, part = min(left + 1, len(self._curve) - 1), position - left
        return Moment(
            elapsed=elapsed,
            count=after - 1,
            age=time_s - self._events[after - 1] if after else math.inf,
            wait=self._events[after] - time_s if after < len(self._events) else math.inf,
            strength=self._strengths[after - 1] if after else 0.0,
            level=self._curve[left] + part * (self._curve[right] - self._curve[left]),
            area=self._area[left] + part * (self._area[right] - self._area[left]),
        )


def smooth(value: float) -> float:
    """Cosine step from 0 at 0 to 1 at 1."""
    return (1 - math.cos(math.pi * min(max(value, 0.0), 1.0))) / 2


def approach(m: Moment) -> float:
    """Height of a thing about to strike: 0.8 at rest, drawn back to 1, then falling ever faster to 0 at the event."""
    pace = min(1.0, m.interval / 0.45)
    if m.wait > 0.25 * pace:
        return 0.8
    if m.wait > 0.12 * pace:
        return 1 - 0.2 * smooth((m.wait / pace - 0.12) / 0.13)
    return 1 - (1 - m.wait / (0.12 * pace)) ** 2


def lift(m: Moment) -> float:
    """Height of a thing that struck and will strike again: `approach`, after a short stop and a rebound."""
    pace = min(1.0, m.interval / 0.45)
    return min(approach(m), smooth((m.age / pace - 0.04) / 0.16))


def impact(m: Moment, fade_s: float = 0.16) -> float:
    """Size of a contact effect: it starts at the event, visible at any strength, and fades within `fade_s`."""
    return (0.5 + 0.5 * m.strength) * max(0.0, 1 - m.age / fade_s)


def tremble(m: Moment) -> float:
    """Swing in [-1, 1] of a struck thing, at 12 Hz; fully displaced at the event."""
    return m.strength * math.exp(-m.age / 0.07) * math.cos(2 * math.pi * 12 * m.age) if m.age < 0.4 else 0.0


def fly(
    canvas: Canvas, x: float, y: float, angles: np.ndarray, m: Moment, reach: float, width: float, colour: Colour
) -> None:
    """Bits that fly from (x, y) along `angles` (N,) for 0.2 s after an event, `reach` units far."""
    if m.age >= 0.2:
        return
    hit = impact(m, 0.2)
    # Already apart at the event itself, so that the first frame after it shows the burst.
    far = reach * (0.45 + 0.55 * smooth(m.age / 0.16)) * (0.6 + 0.4 * m.strength)
    near = 0.35 * far + 0.5 * far * (m.age / 0.2)
    dx, dy = np.cos(angles), np.sin(angles)
    canvas.capsules(x + near * dx, y + near * dy, x + far * dx, y + far * dy, width, colour, min(1.0, 0.3 + hit))


def tint(rng: np.random.Generator, red: float, green: float, blue: float, spread: float = 0.1) -> np.ndarray:
    """A colour (3,) near the given one: another brightness, and a little of another hue."""
    varied = np.array([red, green, blue]) * rng.uniform(1 - 1.5 * spread, 1 + 1.5 * spread)
    return np.clip(varied + rng.uniform(-spread, spread, 3) / 2, 0, 1).astype(np.float32)
