"""Thunder."""

import math

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, impact, tint
from mmhnet_cli.training.world.dsp import (
    SAMPLE_RATE_HZ,
    burst,
    decay,
    lowpass,
    mix,
    noise,
    play_events,
    unit_peak,
    wander,
)
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import spaced
from mmhnet_cli.training.world.scene import Source


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A strike close by: a tearing crack, then a rumble that rolls for seconds."""
    roll_s = rng.uniform(2.2, 3.4)
    depth = rng.uniform(90, 160)

    def strike(index: int, strength: float) -> np.ndarray:
        envelope = decay(roll_s)
        time = np.arange(len(envelope)) / SAMPLE_RATE_HZ
        # Echoes of the channel's parts arrive unevenly: the rumble swells and sinks.
        swell = np.clip(0.55 + 0.6 * wander(rng, len(envelope), 4.0), 0.05, None) * (1 - np.exp(-time / 0.12))
        rumble = unit_peak(lowpass(noise(rng, len(envelope)), depth) * swell * envelope)
        tear = burst(rng, 700, 7000, 0.5)
        torn = tear * (0.25 + np.abs(wander(rng, len(tear), 60)))
        return mix((0, 0.9, rumble), (0, 0.9, torn), (0, 1, burst(rng, 900, 9000, 0.08)))

    return play_events(source, 0.65, strike)


def look(rng: np.random.Generator) -> Look:
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


KIND = Kind(
    category="THUN",
    family="one_shot",
    sound=sound,
    look=look,
    rhythm=spaced(1.2, 3.5),
    depth=5,
    wording=Wording(
        nouns=(
            "thunder",
            "thunder and lightning",
            "claps of thunder",
            "a thunderstorm",
            "rolling thunder",
            "a thunderclap",
            "a lightning strike",
        ),
        clauses=("thunder rumbles", "lightning strikes and thunder rolls"),
        gentle=("faint thunder",),
        strong=("booming thunder",),
        foreign={
            "de": ("Donner", "Gewitter", "Donnergrollen", "Blitz und Donner", "Blitzschlag"),
            "fr": ("tonnerre", "orage", "coup de tonnerre", "foudre"),
            "es": ("trueno", "truenos", "tormenta eléctrica", "relámpago"),
            "it": ("tuono", "tuoni", "temporale", "fulmine"),
            "ja": ("雷", "雷鳴", "雷音", "落雷"),
            "zh": ("雷", "雷声", "打雷", "雷暴"),
        },
    ),
)
