"""An engine."""

import math

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import TURN, Look, Moment, tint
from mmhnet_cli.training.world.dsp import (
    bandpass,
    impulses,
    lowpass,
    noise,
    pulse_times,
    resonance,
    sample_count,
    sustained,
    unit_rms,
)
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.scene import Source


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A four-stroke engine: one pulse per ignition, cylinders of unequal strength, through the exhaust's resonances."""
    count = sample_count(source)
    cylinders = int(rng.choice([2, 4, 6]))
    idle, top = rng.uniform(14, 20) * np.array([1.0, rng.uniform(4.0, 6.0)])
    # 18 to 38 ignitions per second when idling: 4 cylinders at 30 per second turn 900 times a minute.
    ignitions = pulse_times(idle * (1 + 0.15 * cylinders) * (top / idle) ** source.curve, count)
    order = rng.uniform(0.6, 1.0, cylinders)[np.arange(len(ignitions)) % cylinders]
    pulses = impulses(count, ignitions, order * rng.normal(1, 0.08, len(ignitions)))
    exhaust = rng.uniform(0.8, 1.25) * np.array([75.0, 170.0, 340.0, 720.0])
    tone = np.zeros(count)
    for hz, gain in zip(exhaust, (0.8, 0.9, 0.7, 0.5), strict=True):
        tone += gain * unit_rms(resonance(pulses, hz, 0.04))
    rush = unit_rms(bandpass(noise(rng, count), 400, rng.uniform(1500, 2500)) * lowpass(pulses, 150))
    valves = unit_rms(resonance(pulses, rng.uniform(2300, 3800), 0.006))
    return sustained(tone + 0.5 * rush + 0.22 * valves, source.curve, 0.04, 0.12)


def look(rng: np.random.Generator) -> Look:
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


KIND = Kind(
    category="MOTRComb",
    family="machine",
    sound=sound,
    look=look,
    wording=Wording(
        nouns=(
            "engine",
            "a running motor",
            "a diesel engine",
            "engine noise",
            "a car engine",
            "a generator",
            "a tractor",
        ),
        clauses=("an engine runs", "a diesel engine rumbles"),
        gentle=("an idling engine",),
        strong=("a revving engine",),
        foreign={
            "de": ("Motor", "Motorengeräusch", "Dieselmotor", "laufender Motor", "Traktor"),
            "fr": ("moteur", "moteur diesel", "bruit de moteur", "tracteur"),
            "es": ("motor", "motor diésel", "ruido de motor", "tractor"),
            "it": ("motore", "motore diesel", "rumore di motore", "trattore"),
            "ja": ("エンジン", "エンジン音", "モーター", "ディーゼル", "トラクター"),
            "zh": ("引擎", "发动机", "马达", "引擎声", "拖拉机"),
        },
    ),
)
