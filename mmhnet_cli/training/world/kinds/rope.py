"""A rope under load."""

import math

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import WHITE, Look, Moment, impact, tint, tremble
from mmhnet_cli.training.world.dsp import bandpass, lowpass, mix, noise, play_events, unit_peak, wander
from mmhnet_cli.training.world.grit import creak, faded
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import spaced
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import surroundings


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Strands that slip past each other: a slow, dry row of slips through what the rope hangs from, and hissing fibres.

    Stick-slip after Farnell's creaking door, slower and duller: the rope itself damps.
    """
    thick = rng.uniform(0.6, 1.7)
    beam = rng.uniform(260, 420) / thick
    modes = [
        (beam * ratio * rng.uniform(0.95, 1.05), rng.uniform(0.012, 0.03), gain)
        for ratio, gain in ((1, 1), (1.9, 0.9), (3.1, 0.8), (4.8, 0.6), (7.4, 0.5), (11.0, 0.3))
    ]
    slow_hz = rng.uniform(14, 40) / thick
    length, fibre = rng.uniform(0.3, 0.8), rng.uniform(0.1, 0.4)
    heard = surroundings(rng, 0.15, 0.8)

    def strain(index: int, strength: float) -> np.ndarray:
        # As it is loaded the slips come faster, as it gives way slower.
        glide = rng.uniform(1.3, 3.0) ** (1 if index % 2 else -1)
        first = slow_hz * 2.2**strength * glide**-0.5
        slips = unit_peak(creak(rng, length * rng.uniform(0.7, 1.3), first, first * glide, modes))
        rub = bandpass(noise(rng, len(slips)), 700, 5000) * np.abs(wander(rng, len(slips), 90)) ** 2
        rubbed = unit_peak(rub * lowpass(np.abs(slips), 30))
        return heard(faded(lowpass(mix((0, 1, slips), (0, fibre, rubbed)), 1500 * 5**strength / thick), 0.08))

    return play_events(source, 0.38, strain)


def look(rng: np.random.Generator) -> Look:
    """A load on a rope over a beam: it swings, and jerks at each creak."""
    hemp, beam = tint(rng, 0.72, 0.58, 0.36, 0.15), tint(rng, 0.34, 0.22, 0.13)
    load = tint(rng, 0.5, 0.35, 0.2, 0.3)

    def moving(c: Canvas, m: Moment) -> None:
        jerk, hit = tremble(m), impact(m, 0.3)
        angle = 0.16 * math.sin(1.9 * m.elapsed) + 0.1 * jerk
        x, y = 0.72 * math.sin(angle), -0.4 + 0.72 * math.cos(angle) + 0.03 * jerk
        c.capsule(0, -0.4, x, y - 0.12, 0.03 + 0.025 * hit, hemp)
        part = np.linspace(0.08, 0.8, 10)
        knots_x, knots_y = part * x, -0.4 + part * (y + 0.4)
        c.capsules(knots_x - 0.025, knots_y - 0.015, knots_x + 0.025, knots_y + 0.015, 0.008, hemp * 0.6)
        c.box(x, y, 0.17, 0.15, load, angle=-angle)
        for side in (-0.09, 0.09):
            c.capsule(x + side, y - 0.15, x + side, y + 0.15, 0.014, load * 0.6)
        if m.age < 0.3:
            c.glow(0.4 * x, -0.15, 0.5, WHITE, 0.7 * hit)
            for k in range(4):
                at, wide = -0.3 + 0.14 * k, 0.1 + 0.4 * m.age
                c.capsule(x * 0.3 - wide - 0.05, at, x * 0.3 - wide, at + 0.03, 0.016, WHITE, hit)
                c.capsule(x * 0.3 + wide, at + 0.03, x * 0.3 + wide + 0.05, at, 0.016, WHITE, hit)

    def still(c: Canvas) -> None:
        c.box(0, -0.45, 0.6, 0.05, beam)

    return Look(still, moving)


KIND = Kind(
    category="ROPECreak",
    family="one_shot",
    sound=sound,
    look=look,
    rhythm=spaced(0.8, 2.2),
    wording=Wording(
        nouns=(
            "a creaking rope",
            "rope under tension",
            "a rope being pulled",
            "a ship's rigging creaking",
            "a swing creaking",
            "tying a knot",
            "a rope bridge",
        ),
        clauses=("a rope creaks under the load", "someone hauls on a rope"),
        gentle=("a rope slowly stretching",),
        strong=("a rope about to break",),
        foreign={
            "de": ("Seil", "Tau", "knarrendes Seil", "Seilknarren", "Strick"),
            "fr": ("corde", "cordage", "corde tendue", "corde qui grince"),
            "es": ("cuerda", "soga", "cuerda tensa", "maroma"),
            "it": ("corda", "fune", "corda tesa", "cordame"),
            "ja": ("ロープ", "縄", "綱", "ロープがきしむ"),
            "zh": ("绳子", "绳索", "绳子嘎吱", "缆绳"),
        },
    ),
)
