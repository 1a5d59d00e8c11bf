"""A car."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, tint
from mmhnet_cli.training.world.driving import doppler, even, fumes, ignitions, pipes, revs, smoothed, way, wheel
from mmhnet_cli.training.world.dsp import (
    at_samples,
    bandpass,
    lowpass,
    noise,
    phase,
    sample_count,
    sustained,
    unit_rms,
    wander,
)
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import place


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A car on the road: tyres hiss with the speed, a muffled motor climbs through its gears; passing by, or inside.

    Ignitions in the order of three to eight cylinders through an exhaust (Farnell's motors); an electric one whines.
    Tyre noise lies about 1 kHz and rises with the speed; a car that passes is higher coming than going.
    """
    count = sample_count(source)
    speed, passes = smoothed(source.curve, 0.8), rng.random() < 0.5
    shift = doppler(source.curve, 0.07 if passes else 0.0)
    turning = revs(speed, int(rng.integers(3, 6)))
    rolling, hiss = at_samples(speed, count), noise(rng, count)
    road_hz, wet, inside = rng.uniform(650, 1100), rng.uniform(0.2, 1.2) * (rng.random() < 0.25), rng.random() < 0.2

    tyres = unit_rms(bandpass(hiss, 0.55 * road_hz, 1.7 * road_hz)) * (0.1 + 1.1 * rolling)
    tyres += 0.5 * unit_rms(lowpass(hiss, 180)) * (0.3 + rolling) * (1 + 0.3 * wander(rng, count, 9))
    tyres += (0.25 + wet) * unit_rms(bandpass(noise(rng, count), 2500, 8500)) * rolling**1.3
    if rng.random() < 0.2:
        hum = phase(at_samples((120 + rng.uniform(600, 1100) * speed) * shift, count))
        motor = 0.25 * np.sin(hum) + 0.15 * np.sin(2.5 * hum) + 0.05 * np.sin(8 * hum)
    else:
        turns_hz = (rng.uniform(11, 15) + rng.uniform(45, 75) * turning) * shift
        fired = ignitions(rng, turns_hz, count, even(int(rng.choice([3, 4, 4, 6, 8]))), 0.25)
        exhaust = rng.uniform(0.8, 1.3) * np.array([62.0, 130.0, 260.0, 520.0])
        motor = pipes(lowpass(fired, 900), exhaust, (0.9, 1.0, 0.6, 0.25), 0.03)
    out = rng.uniform(0.4, 0.9) * motor + rng.uniform(0.8, 1.3) * tyres
    heard = lowpass(out, 500) + 0.12 * out if inside else place(rng, 0.4)(out)[:count]
    return sustained(heard, source.curve, 0.03, 0.11)


def look(rng: np.random.Generator) -> Look:
    """A car from the side; wheels turn, the road passes under it."""
    paint, glass = tint(rng, *rng.uniform(0.15, 0.85, 3)), tint(rng, 0.55, 0.68, 0.78, 0.08)
    lag, shake = rng.uniform(0, 1, 5), rng.uniform(5, 8)

    def moving(c: Canvas, m: Moment) -> None:
        way(c, m, 0.5, (0.85, 0.82, 0.7))
        fumes(c, m, -0.66, 0.34, lag, (0.55, 0.55, 0.57))
        jolt = 0.008 * m.level * np.sin(2 * np.pi * shake * m.elapsed)
        c.convex([(-0.36, -0.04 + jolt), (0.12, -0.04 + jolt), (0.34, 0.16), (-0.5, 0.16)], glass)
        c.capsule(-0.36, -0.04 + jolt, 0.12, -0.04 + jolt, 0.025, paint)
        c.box(-0.1, 0.05 + jolt, 0.02, 0.1, paint)
        c.box(0, 0.25 + jolt, 0.62, 0.1, paint)
        c.box(0, 0.33 + jolt, 0.64, 0.03, paint * 0.6)
        c.disc(0.6, 0.23 + jolt, 0.035, (1.0, 0.97, 0.8))
        c.disc(-0.6, 0.23 + jolt, 0.03, (0.8, 0.1, 0.08))
        for x in (-0.36, 0.36):
            wheel(c, x, 0.36, 0.13, m, (0.07, 0.07, 0.08), (0.7, 0.7, 0.73))

    return Look(lambda c: c.box(0, 0.51, 1.4, 0.06, (0.2, 0.2, 0.21)), moving)


KIND = Kind(
    category="VEHCar",
    family="machine",
    sound=sound,
    look=look,
    wording=Wording(
        nouns=(
            "a car",
            "a car driving by",
            "traffic",
            "a car passing on the road",
            "a sports car",
            "a racing car",
            "a taxi",
            "road traffic",
            "cars on a motorway",
        ),
        clauses=("a car drives past", "cars pass on the road"),
        gentle=("a car rolling slowly",),
        strong=("a racing car at full speed",),
        foreign={
            "de": ("Auto", "Autos", "Autoverkehr", "Straßenverkehr", "vorbeifahrendes Auto", "Rennwagen", "Verkehr"),
            "fr": ("voiture", "voitures", "circulation", "trafic", "automobile", "voiture de course"),
            "es": ("coche", "coches", "tráfico", "automóvil", "coche de carreras"),
            "it": ("automobile", "macchina", "traffico", "auto", "auto da corsa"),
            "ja": ("車", "自動車", "交通", "走行音", "レーシングカー"),
            "zh": ("汽车", "车", "车辆", "交通", "赛车"),
        },
    ),
)
