"""A helicopter."""

import math

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import TURN, Look, Moment, tint
from mmhnet_cli.training.world.dsp import (
    at_samples,
    bandpass,
    impulses,
    noise,
    phase,
    pulse_times,
    resonance,
    sample_count,
    sustained,
    unit_rms,
)
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.scene import Source


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A helicopter: every blade that passes slaps the air, a deep beat that can be counted."""
    count = sample_count(source)
    slaps = pulse_times(rng.uniform(8, 11) * (1 + 0.9 * source.curve), count)
    pulses = impulses(count, slaps, rng.normal(1, 0.06, len(slaps)))
    body = resonance(pulses, rng.uniform(55, 85), 0.09) + 0.6 * resonance(pulses, rng.uniform(130, 190), 0.06)
    chop = resonance(pulses, 9.0, 0.12).clip(min=0)
    wash = unit_rms(bandpass(noise(rng, count), 180, rng.uniform(900, 1600)) * chop)
    turbine = np.sin(phase(at_samples(rng.uniform(2200, 3200) * (1 + 0.08 * source.curve), count)))
    return sustained(unit_rms(body) + 0.7 * wash + 0.04 * turbine, source.curve, 0.05, 0.12)


def look(rng: np.random.Generator) -> Look:
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


KIND = Kind(
    category="AEROHeli",
    family="machine",
    sound=sound,
    look=look,
    wording=Wording(
        nouns=(
            "helicopter",
            "helicopter rotor",
            "a helicopter hovering",
            "chopper blades",
            "a helicopter flying over",
            "a drone flying",
        ),
        clauses=("a helicopter flies overhead", "rotor blades chop the air"),
        gentle=("a helicopter with its rotor turning slowly",),
        strong=("a helicopter at full power",),
        foreign={
            "de": ("Hubschrauber", "Helikopter", "Rotorblätter", "Drohne"),
            "fr": ("hélicoptère", "rotor", "hélico", "drone"),
            "es": ("helicóptero", "rotor de helicóptero", "dron"),
            "it": ("elicottero", "rotore", "pale dell'elicottero"),
            "ja": ("ヘリコプター", "ヘリ", "ローター", "ドローン"),
            "zh": ("直升机", "直升飞机", "旋翼", "无人机"),
        },
    ),
)
