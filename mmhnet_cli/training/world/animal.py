"""Voices of animals, as source and filter, and the figures of those that call."""

import math
from collections.abc import Sequence

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas, Colour
from mmhnet_cli.training.world.contact import WHITE, Moment, impact, smooth
from mmhnet_cli.training.world.dsp import harmonics, noise, phase, resonance, unit_rms, wander

Values = Sequence[float] | np.ndarray
"""Numbers in a row."""


def track(count: int, places: Values, values: Values) -> np.ndarray:
    """A line (count,) through `values` at `places`, which go from 0, the start, to 1, the end."""
    return np.interp(np.linspace(0, 1, count), places, values)


def larynx(rng: np.random.Generator, pitch_hz: np.ndarray, tilt: float, rough: float, breath: float) -> np.ndarray:
    """What vocal folds send into a throat, (N,), RMS about 1; it starts with the first closure of the folds.

    pitch_hz: (N,). tilt: power by which harmonics fall, 0.6 (shouted) to 1.5 (soft). rough: 0 to 1, how unequal
    neighbouring periods are (subharmonics, as in barks and bleats). breath: RMS of the air let through.
    """
    count = len(pitch_hz)
    angle = phase(pitch_hz * (1 + (0.004 + 0.03 * rough) * wander(rng, count, 70)))
    partials = int(np.clip(11000 / pitch_hz.max(), 3, 110))
    folds = harmonics(angle, np.arange(1.0, partials + 1) ** -tilt)
    folds *= 1 + 0.8 * rough * np.cos(angle / 2)
    air = noise(rng, count) * (0.6 + 0.4 * np.cos(angle))
    return unit_rms(folds) + breath * unit_rms(air)


def throat(voice: np.ndarray, formants_hz: Values, t60_s: float = 0.016) -> np.ndarray:
    """A voice (N,) through formants side by side, signs in turn as in Klatt's synthesiser; higher ones are wider.

    A tube has more formants than the first few, which all vowels share: without them treble would end like cut off.
    """
    last, apart = formants_hz[-1], max(formants_hz[-1] - formants_hz[-2], 700.0)
    upper = last + apart * np.arange(1, max(2, int((8500 - last) / apart)))
    heard = np.zeros_like(voice)
    for k, hz in enumerate([*formants_hz, *upper]):
        heard += (-1) ** k * 0.88**k * resonance(voice, hz, t60_s / (1 + 0.35 * k))
    return heard


def mouth(voice: np.ndarray, shapes: Sequence[tuple[np.ndarray, Values]], t60_s: float = 0.016) -> np.ndarray:
    """A voice through a mouth that moves: each shape has its share (N,) at every sample, and its formants in Hz."""
    return np.sum([share * unit_rms(throat(voice, formants, t60_s)) for share, formants in shapes], axis=0)


def sounding(c: Canvas, x: float, y: float, m: Moment, reach: float = 0.5, colour: Colour = WHITE) -> None:
    """Light and rings about what gives a sound at an event; they fade within 0.2 s."""
    if m.age >= 0.2:
        return
    hit = impact(m, 0.2)
    c.glow(x, y, 1.2 * reach, colour, 0.55 * hit)
    for near in (0.35, 0.65):
        wide = near * reach + 0.9 * m.age
        c.ring(x, y, wide, wide, 0.03, colour, 0.9 * hit)


def gape(m: Moment, length_s: float) -> float:
    """How far a mouth is open, 0 to 1, during a call of `length_s` that begins with the event."""
    return 1 - smooth((m.age - 0.5 * length_s) / (0.5 * length_s)) if m.age < length_s else 0.0


def beast(
    c: Canvas, m: Moment, coat: np.ndarray, body: tuple[float, float], leg: float, head: float, length_s: float
) -> tuple[float, float]:
    """An animal on four legs that lifts its head and opens its mouth to call; returns where its head is.

    body: half axes. leg: length below the body. head: radius. length_s: of a call.
    """
    open_, (long, thick) = gape(m, length_s), body
    back = 0.5 - leg - thick
    for x in (-0.75, -0.5, 0.45, 0.7):
        c.capsule(x * long, back, x * long, 0.47, 0.035, coat * (0.6 if x in (-0.5, 0.45) else 0.8))
    c.ellipse(0, back, long, thick, coat)
    x, y = long + 0.4 * head, back - thick - 0.5 * head - 0.07 * open_
    c.capsule(0.7 * long, back - 0.2 * thick, x - 0.2 * head, y + 0.1, 0.6 * head, coat * 0.92)
    c.disc(x, y, head, coat)
    muzzle = x + 1.25 * head
    if open_:
        c.disc(muzzle - 0.3 * head, y + 0.35 * head, 0.3 * head + 0.03, (0.55, 0.1, 0.1))
    gap = 0.75 * head * open_
    c.capsule(x + 0.3 * head, y, muzzle, y + 0.1 * head - 0.4 * gap, 0.34 * head, coat * 0.95)
    c.capsule(x + 0.2 * head, y + 0.5 * head, muzzle - 0.2 * head, y + 0.5 * head + gap, 0.2 * head, coat * 0.8)
    c.disc(muzzle + 0.2 * head, y - 0.4 * gap, 0.13 * head, (0.05, 0.04, 0.04))
    c.disc(x + 0.25 * head, y - 0.3 * head, 0.15 * head, (0.04, 0.04, 0.04))
    sounding(c, muzzle + 0.1, y, m, 0.45)
    return x, y


def wag(c: Canvas, x: float, y: float, length: float, swing: float, colour: np.ndarray) -> None:
    """A tail from (x, y) up and to the left, `swing` radians out of its rest."""
    turn = 0.75 * math.pi + swing
    c.capsule(x, y, x + length * math.cos(turn), y - length * math.sin(turn), 0.028, colour)
