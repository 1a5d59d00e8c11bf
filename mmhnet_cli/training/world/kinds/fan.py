"""A fan."""

import math

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import TURN, Look, Moment, tint
from mmhnet_cli.training.world.dsp import (
    at_samples,
    bandpass,
    harmonics,
    lowpass,
    noise,
    phase,
    sample_count,
    sustained,
    unit_rms,
)
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.scene import Source


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A ventilator: steady rush of air, gently beaten by the blades, over the hum of the motor."""
    count = sample_count(source)
    blades_hz = at_samples(rng.uniform(35, 55) * (1 + 1.8 * source.curve), count)
    angle = phase(blades_hz)
    hum = harmonics(2 * angle, np.array([1.0, 0.5, 0.6, 0.25, 0.15]))
    air = unit_rms(lowpass(bandpass(noise(rng, count), 150, rng.uniform(1500, 2600)), 4000))
    beaten = air * (1 + rng.uniform(0.15, 0.35) * np.sin(angle))
    return sustained(beaten + rng.uniform(0.6, 0.9) * unit_rms(hum), source.curve, 0.03, 0.09)


def look(rng: np.random.Generator) -> Look:
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


KIND = Kind(
    category="MACHFan",
    family="machine",
    sound=sound,
    look=look,
    wording=Wording(
        nouns=(
            "fan",
            "an electric fan",
            "a ventilator humming",
            "fan noise",
            "a desk fan",
            "an air conditioner",
            "a hair dryer",
            "ventilation",
            "a ceiling fan",
            "an air vent",
        ),
        clauses=("a fan spins", "an electric fan hums"),
        gentle=("a slow fan",),
        strong=("a fan at full speed",),
        foreign={
            "de": ("Ventilator", "Lüfter", "Gebläse", "Klimaanlage", "Haartrockner", "Föhn"),
            "fr": ("ventilateur", "ventilation", "climatisation", "sèche-cheveux", "climatiseur"),
            "es": ("ventilador", "ventilación", "aire acondicionado", "secador de pelo"),
            "it": ("ventilatore", "ventilazione", "condizionatore", "asciugacapelli", "ventola"),
            "ja": ("扇風機", "換気扇", "エアコン", "ドライヤー", "ファン"),
            "zh": ("风扇", "电扇", "空调", "吹风机", "通风"),
        },
    ),
)
