"""A motorboat."""

import math

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, tint
from mmhnet_cli.training.world.driving import even, ignitions, pipes, smoothed
from mmhnet_cli.training.world.dsp import (
    SAMPLE_RATE_HZ,
    at_samples,
    bandpass,
    lowpass,
    noise,
    random_times,
    sample_count,
    samples_of,
    scatter,
    sustained,
    unit_rms,
    wander,
)
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import place

MOTORS = (
    ((0, 16, 32), (13.0, 85.0), 0.3),
    (even(4), (11.0, 75.0), 0.2),
    ((0,), (9.0, 22.0), 0.5),
    (even(8), (9.0, 60.0), 0.2),
)
"""Outboards of three and four cylinders, a slow single (a fisherman's), a V8: ticks, turns a second, unevenness."""


def _bubbles(rng: np.random.Generator, rate_hz: np.ndarray) -> np.ndarray:
    """Air that rises (N,): sines whose pitch climbs as each bubble nears the surface (Minnaert; van den Doel)."""
    count, length = len(rate_hz), samples_of(0.06)
    times = random_times(rng, rate_hz)
    radius_mm = rng.lognormal(1.5, 0.5, len(times))[:, None].clip(1.2, 12)
    time = np.arange(length) / SAMPLE_RATE_HZ
    hz, decay = 3260 / radius_mm, 0.13 / radius_mm * 1000 + 0.0072 * (3260 / radius_mm) ** 1.5 / 20
    grains = np.exp(-decay * time) * np.sin(2 * np.pi * hz * time * (1 + 0.1 * decay * time))
    return scatter(count, times, grains * radius_mm**0.7 * (1 - time / time[-1]))


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A motorboat: an exhaust that gurgles half under water, spray along the hull, the slap of waves against the bow.

    Water opens and shuts the pipe a few times a second, so the motor's beat is muffled unevenly and bubbles follow it.
    """
    count = sample_count(source)
    order, (idle_hz, top_hz), uneven = MOTORS[int(rng.choice(4, p=(0.35, 0.3, 0.2, 0.15)))]
    speed = smoothed(source.curve, 0.8)
    fired = ignitions(rng, idle_hz * (top_hz / idle_hz) ** speed * rng.uniform(0.9, 1.1), count, order, uneven)
    tone = pipes(fired, rng.uniform(0.8, 1.25) * np.array([85.0, 180.0, 390.0, 820.0]), (1.0, 1.0, 0.7, 0.45), 0.03)
    fast = at_samples(speed, count)
    under = (0.5 + 0.5 * wander(rng, count, rng.uniform(4, 9))) * (1 - 0.6 * fast)
    motor = lowpass(tone, 350) * under * 1.3 + tone * (1 - under)
    gurgle = unit_rms(_bubbles(rng, 25 + 70 * (1 - fast) + 60 * under))
    spray = unit_rms(bandpass(noise(rng, count), 700, rng.uniform(3500, 7000))) * (0.06 + fast**1.3)
    wash = unit_rms(bandpass(noise(rng, count), 150, 900)) * (0.2 + 0.6 * fast) * (1 + 0.5 * wander(rng, count, 3))
    slaps = random_times(rng, 0.5 + 2.2 * fast)
    hull = bandpass(noise(rng, samples_of(0.25)), 70, 600) * np.exp(
        -np.arange(samples_of(0.25)) / (0.05 * SAMPLE_RATE_HZ)
    )
    slap = scatter(count, slaps, rng.uniform(0.3, 1.0, (len(slaps), 1)) * hull * (0.4 + fast[slaps])[:, None])
    out = motor + rng.uniform(0.2, 0.45) * gurgle + rng.uniform(0.25, 0.6) * spray + 0.5 * wash + 1.5 * slap
    return sustained(place(rng, 0.25)(out)[:count], source.curve, 0.03, 0.115)


def look(rng: np.random.Generator) -> Look:
    """A motorboat that lifts its bow and throws up spray; waves pass under it."""
    hull, deck, sea = (
        tint(rng, *rng.uniform(0.2, 0.9, 3)),
        tint(rng, 0.85, 0.83, 0.78, 0.1),
        tint(rng, 0.12, 0.32, 0.45),
    )
    up, lag = rng.uniform(0.2, 1.0, 16), rng.uniform(0, 1, 16)

    def moving(c: Canvas, m: Moment) -> None:
        roll, tilt = m.turns(0.5, 2.2), 0.12 * m.level
        bob = (0.015 + 0.03 * m.level) * math.sin(2 * math.pi * roll)

        def at(x: float, y: float) -> tuple[float, float]:
            """A point of the boat, tilted about its stern."""
            return x, y - tilt * (x + 0.5) + bob

        c.capsule(*at(-0.56, 0.1), *at(-0.58, 0.36), 0.04, (0.15, 0.15, 0.17))
        c.convex([at(-0.55, 0.12), at(0.68, 0.08), at(0.4, 0.38), at(-0.5, 0.38)], hull)
        c.convex([at(-0.15, -0.08), at(0.16, -0.08), at(0.3, 0.12), at(-0.2, 0.12)], deck)
        c.convex([at(0.05, -0.05), at(0.14, -0.05), at(0.24, 0.08), at(0.05, 0.08)], (0.45, 0.6, 0.72))
        age = (lag + m.turns(0.7, 2.0)) % 1
        x, y = -0.55 - 0.55 * age, 0.38 - 0.5 * m.level * up * 4 * age * (1 - age)
        c.capsules(x, y, x - 0.03, y, 0.02 + 0.05 * m.level, (0.9, 0.95, 0.98), (0.15 + 0.8 * m.level) * (1 - age))
        c.box(0, 0.5, 1.4, 0.13, sea)
        crest = (np.arange(9) * 0.32 - m.turns(0.2, 2.2)) % 2.8 - 1.4
        c.capsules(
            crest, np.full(9, 0.4), crest + 0.12, np.full(9, 0.39), 0.018, (0.75, 0.86, 0.92), 0.4 + 0.5 * m.level
        )

    return Look(lambda c: c.box(0, 0.52, 1.4, 0.16, sea), moving)


KIND = Kind(
    category="BOATMotr",
    family="machine",
    sound=sound,
    look=look,
    wording=Wording(
        nouns=(
            "a boat",
            "a motorboat",
            "an outboard motor",
            "a speedboat",
            "a ship",
            "a ferry",
            "a fishing boat",
            "a rowing boat",
            "a jet ski",
        ),
        clauses=("a motorboat passes", "a boat chugs across the lake"),
        gentle=("a boat drifting with its motor idling",),
        strong=("a speedboat at full throttle",),
        foreign={
            "de": ("Boot", "Motorboot", "Außenbordmotor", "Schiff", "Fähre", "Ruderboot"),
            "fr": ("bateau", "bateau à moteur", "hors-bord", "navire", "barque"),
            "es": ("barco", "lancha", "lancha motora", "buque", "barca"),
            "it": ("barca", "motoscafo", "fuoribordo", "nave", "traghetto"),
            "ja": ("ボート", "モーターボート", "船", "フェリー", "漁船"),
            "zh": ("船", "摩托艇", "快艇", "轮船", "小船"),
        },
    ),
)
