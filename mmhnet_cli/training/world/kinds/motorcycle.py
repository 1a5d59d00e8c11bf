"""A motorcycle."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, tint
from mmhnet_cli.training.world.driving import doppler, even, fumes, ignitions, pipes, revs, way, wheel
from mmhnet_cli.training.world.dsp import (
    at_samples,
    bandpass,
    impulses,
    lowpass,
    noise,
    resonance,
    sample_count,
    sustained,
    unit_rms,
)
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import place

MOTORS = (
    ((0, 21), (7.0, 55.0), (70.0, 150.0, 310.0, 640.0)),
    ((0, 18), (9.0, 75.0), (90.0, 190.0, 380.0, 800.0)),
    ((0,), (11.0, 75.0), (80.0, 210.0, 420.0, 900.0)),
    (even(4), (13.0, 135.0), (180.0, 420.0, 900.0, 1800.0)),
    ((0, 24), (20.0, 120.0), (230.0, 520.0, 1100.0, 2300.0)),
)
"""V-twin of 45 degrees, parallel twin of 270, single, four in a row, and a two-stroke, which fires at every turn.

Each: ticks of ignition, turns a second from idle to top, resonances of the pipe.
"""


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A motorcycle: an open pipe close by, the uneven beat of its kind of motor, revved through the gears, with rasp.

    The pulses of the exhaust steepen on their way (here by a hyperbolic tangent): that is the bark. When the throttle
    closes, the pipe pops.
    """
    count = sample_count(source)
    order, (idle_hz, top_hz), pipe_hz = MOTORS[int(rng.choice(5, p=(0.3, 0.2, 0.15, 0.2, 0.15)))]
    passes = rng.random() < 0.4
    turning = revs(source.curve, int(rng.integers(2, 5)))
    turns_hz = rng.uniform(0.9, 1.1) * idle_hz * (top_hz / idle_hz) ** (0.92 * turning)
    fired = ignitions(rng, turns_hz * doppler(source.curve, 0.08 * passes), count, order, 0.3)
    tone = pipes(fired, rng.uniform(0.85, 1.2) * np.array(pipe_hz), (0.8, 1.0, 0.8, 0.6), 0.022)
    bark = unit_rms(np.tanh(rng.uniform(0.6, 2.2) * unit_rms(tone)))
    rasp = unit_rms(bandpass(noise(rng, count), 900, 5500) * resonance(fired, 40.0, 0.02).clip(min=0))
    valves = unit_rms(resonance(fired, rng.uniform(2800, 5200), 0.005))
    # A closing throttle: the curve falls.
    closing = np.clip(-np.gradient(source.curve, 1 / 25), 0, 1) if len(source.curve) > 1 else np.zeros(1)
    moments = np.flatnonzero(rng.random(len(closing)) < 0.35 * closing) * 1764 + int(rng.integers(1764))
    pops = impulses(count, moments[moments < count], rng.uniform(2, 7, int((moments < count).sum())))
    crackle = resonance(pops, 170, 0.05) + resonance(pops, 700, 0.02)
    load = at_samples(turning, count)
    edge = unit_rms(bandpass(bark, 450, 5000)) * (0.1 + 1.7 * load)
    out = bark + edge + rng.uniform(0.3, 0.8) * rasp * (0.1 + 1.2 * load) + rng.uniform(0.03, 0.1) * valves + crackle
    # At idle the silencer still swallows most of the treble.
    out = lowpass(out, 1100) * (1 - load) + out * load
    return sustained(place(rng, 0.4)(out)[:count], source.curve, 0.035, 0.12)


def look(rng: np.random.Generator) -> Look:
    """A rider on a motorcycle; the wheels turn, the pipe smokes, the road passes."""
    paint, leather = tint(rng, *rng.uniform(0.1, 0.8, 3)), tint(rng, 0.16, 0.15, 0.16, 0.3)
    helmet, lag = tint(rng, *rng.uniform(0.2, 0.95, 3)), rng.uniform(0, 1, 6)

    def moving(c: Canvas, m: Moment) -> None:
        way(c, m, 0.51, (0.85, 0.82, 0.6), fast=3.0)
        fumes(c, m, -0.5, 0.36, lag, (0.6, 0.6, 0.62))
        jolt = (0.004 + 0.01 * m.level) * np.sin(2 * np.pi * 7.3 * m.elapsed)
        for x in (-0.4, 0.42):
            wheel(c, x, 0.31, 0.17, m, (0.06, 0.06, 0.07), (0.6, 0.6, 0.62))
        c.capsule(0.42, 0.31, 0.25, -0.06 + jolt, 0.025, (0.7, 0.7, 0.72))
        c.capsule(-0.4, 0.31, 0.02, 0.28 + jolt, 0.035, (0.3, 0.3, 0.32))
        c.disc(0.02, 0.24 + jolt, 0.12, (0.4, 0.4, 0.42))
        c.capsule(0.0, 0.34, -0.52, 0.35, 0.03, (0.75, 0.75, 0.78))
        c.ellipse(0.08, 0.08 + jolt, 0.18, 0.09, paint)
        c.capsule(-0.38, 0.08 + jolt, -0.1, 0.1 + jolt, 0.045, leather)
        c.capsule(-0.12, 0.05 + jolt, 0.0, -0.24 + jolt, 0.09, leather * 1.4)
        c.capsule(0.0, -0.2 + jolt, 0.22, -0.05 + jolt, 0.045, leather * 1.3)
        c.capsule(-0.12, 0.06 + jolt, 0.12, 0.22, 0.06, leather)
        c.disc(0.05, -0.37 + jolt, 0.1, helmet)

    return Look(lambda c: c.box(0, 0.51, 1.4, 0.05, (0.2, 0.2, 0.21)), moving)


KIND = Kind(
    category="VEHMoto",
    family="machine",
    sound=sound,
    look=look,
    wording=Wording(
        nouns=(
            "a motorcycle",
            "a motorbike",
            "a moped",
            "a scooter",
            "a motorbike accelerating",
            "a chopper motorcycle",
            "a dirt bike",
        ),
        clauses=("a motorcycle roars past", "a motorbike accelerates"),
        gentle=("an idling motorbike",),
        strong=("a motorcycle at full throttle",),
        foreign={
            "de": ("Motorrad", "Moped", "Motorroller", "Motorräder"),
            "fr": ("moto", "motocyclette", "mobylette", "cyclomoteur"),
            "es": ("motocicleta", "moto", "ciclomotor", "escúter"),
            "it": ("motocicletta", "moto", "motorino", "ciclomotore"),
            "ja": ("バイク", "オートバイ", "原付", "単車"),
            "zh": ("摩托车", "摩托", "机车", "电单车"),
        },
    ),
)
