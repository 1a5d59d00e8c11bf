"""Things that drive: ignitions, gears, pipes and the Doppler effect; wheels and the road that passes."""

import math

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas, Colour
from mmhnet_cli.training.world.contact import TURN, Moment
from mmhnet_cli.training.world.dsp import impulses, pulse_times, resonance, unit_rms
from mmhnet_cli.training.world.scene import CONTROL_RATE_HZ

CYCLE = 48
"""Ticks of 15 degrees in the two turns after which a four-stroke engine repeats."""


def even(cylinders: int) -> tuple[int, ...]:
    """Ticks at which an engine fires whose ignitions are evenly spaced."""
    return tuple(range(0, CYCLE, CYCLE // cylinders))


def ignitions(
    rng: np.random.Generator, turns_hz: np.ndarray, count: int, order: tuple[int, ...], uneven: float
) -> np.ndarray:
    """Impulses (count,), one per ignition of a four-stroke engine that makes `turns_hz` (C,), at 25 Hz, turns a second.

    order: ticks of `CYCLE` at which a cylinder fires. uneven: how much cylinders differ, and cycles a tenth of it.
    """
    # No motor turns evenly.
    hunting = np.convolve(rng.standard_normal(len(turns_hz) + 4), np.ones(5) / 5, "valid")
    ticks = pulse_times(turns_hz * (1 + 0.012 * hunting) * CYCLE / 2, count)
    strengths = np.zeros(CYCLE)
    strengths[list(order)] = rng.uniform(1 - uneven, 1, len(order))
    sizes = strengths[np.arange(len(ticks)) % CYCLE] * rng.normal(1, 0.03 + 0.1 * uneven, len(ticks))
    return impulses(count, ticks, sizes)


def pipes(pulses: np.ndarray, frequencies_hz: np.ndarray, gains: tuple[float, ...], t60_s: float) -> np.ndarray:
    """Pulses (N,) through the resonances of an exhaust, side by side."""
    return np.sum(
        [g * unit_rms(resonance(pulses, f, t60_s)) for f, g in zip(frequencies_hz, gains, strict=True)], axis=0
    )


def revs(speed: np.ndarray, gears: int) -> np.ndarray:
    """How fast an engine turns, 0 to 1 (C,), at a speed from 0 to 1 (C,): up in each gear, down at every shift."""
    place = np.clip(speed, 0, 0.999) * gears
    turns = place / (np.floor(place) + 1)
    return np.convolve(np.pad(turns, (3, 3), "edge"), np.ones(7) / 7, "valid")


def doppler(nearness: np.ndarray, most: float) -> np.ndarray:
    """Factor of pitch (C,), at most 1 +- `most`: what gets louder comes nearer, what gets softer goes away."""
    smoothed = np.convolve(np.pad(nearness, (6, 6), "edge"), np.ones(13) / 13, "valid")
    slope = np.gradient(smoothed) * CONTROL_RATE_HZ if len(smoothed) > 1 else np.zeros_like(smoothed)
    return np.asarray(1 + most * np.tanh(2.5 * slope))


def smoothed(curve: np.ndarray, length_s: float) -> np.ndarray:
    """A control (C,) that follows as slowly as something heavy does."""
    steps = int(length_s * CONTROL_RATE_HZ / 2)
    return np.convolve(np.pad(curve, (steps, steps), "edge"), np.ones(2 * steps + 1) / (2 * steps + 1), "valid")


def wheel(c: Canvas, x: float, y: float, radius: float, m: Moment, tyre: Colour, hub: Colour) -> None:
    """A wheel whose spokes turn with the curve."""
    c.disc(x, y, radius, tyre)
    c.disc(x, y, 0.68 * radius, hub)
    angle = TURN * m.turns(0.25, 2.3)
    for spoke in range(3):
        turn = angle + spoke * math.pi / 3
        dx, dy = 0.62 * radius * math.cos(turn), 0.62 * radius * math.sin(turn)
        c.capsule(x - dx, y - dy, x + dx, y + dy, 0.09 * radius, tyre)


def way(c: Canvas, m: Moment, y: float, colour: Colour, fast: float = 2.6, width: float = 0.02) -> None:
    """Dashes of the road (or sleepers, or lines of the air) that pass, the faster the higher the curve."""
    x = (np.arange(7) * 0.4 - m.turns(0.25, fast)) % 2.8 - 1.4
    c.capsules(x, np.full(7, y), x + 0.08 + 0.14 * m.level, np.full(7, y), width, colour)


def fumes(c: Canvas, m: Moment, x: float, y: float, lag: np.ndarray, colour: Colour) -> None:
    """Puffs of exhaust from (x, y) to the left, more and wider the higher the curve; `lag` (P,) spreads them."""
    age = (lag + m.turns(0.4, 1.6)) % 1
    px, py = x - 0.45 * age, y - 0.14 * age
    c.capsules(px, py, px, py, (0.02 + 0.07 * age) * (0.5 + 0.7 * m.level), colour, 0.7 * (1 - age))
