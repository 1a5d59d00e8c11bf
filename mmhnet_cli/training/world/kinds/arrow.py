"""An arrow, shot into a target."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, impact, smooth, tint, tremble
from mmhnet_cli.training.world.dsp import (
    SAMPLE_RATE_HZ,
    Body,
    bandpass,
    burst,
    decay,
    harmonics,
    lowpass,
    mix,
    noise,
    phase,
    play_events,
    samples_of,
    unit_peak,
)
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import spaced
from mmhnet_cli.training.world.scene import Source

FLIGHT_S = 0.2
"""From the string to the target."""


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """The string slaps and hums, the limbs knock, feathers hiss away, and the shaft quivers in the target."""
    string_hz, hum = rng.uniform(45, 110), rng.uniform(0.25, 0.7)
    limbs = Body(
        rng.uniform(170, 380) * np.array([1, 2.3, 3.7]), np.array([0.06, 0.04, 0.03]), np.ones(3), 0.0007
    ).ringer()
    wood = rng.uniform(160, 420) * np.array([1, 1.6, 2.4, 3.9])
    target = Body(
        wood, rng.uniform(0.05, 0.11) * np.array([1, 0.8, 0.6, 0.4]), np.array([1, 0.8, 0.5, 0.4]), 0.0006
    ).ringer()
    shaft_hz, quiver, air_hz = rng.uniform(28, 65), rng.uniform(0.15, 0.5), rng.uniform(1500, 3000)
    hit = rng.choice([0.25, 0.5, 0.8])

    def shoot(index: int, strength: float) -> np.ndarray:
        fade = decay(rng.uniform(0.15, 0.3))
        hum_levels = np.arange(1, 25) ** -(0.6 + 1.2 * (1 - strength))
        twang = fade * harmonics(phase(string_hz * (1 + 0.25 * np.exp(-np.arange(len(fade)) / 900))), hum_levels)
        way = np.linspace(0, 1, samples_of(FLIGHT_S))
        hiss = noise(rng, len(way))
        flight = bandpass(hiss, air_hz, 3 * air_hz) * (1 - way) + bandpass(hiss, 0.6 * air_hz, 1.6 * air_hz) * way
        shake = decay(0.3)
        buzz = (
            lowpass(noise(rng, len(shake)), 700)
            * shake
            * np.sin(shaft_hz * np.pi * np.arange(len(shake)) / SAMPLE_RATE_HZ) ** 2
        )
        thud = mix(
            (0, 1, target(rng, strength**4)),
            (0, 0.5, burst(rng, 250, 1200 + 3500 * strength, 0.04)),
            (0.004, quiver, unit_peak(buzz)),
        )
        return mix(
            (0, 1, burst(rng, 900, 2500 + 7000 * strength, 0.025)),
            (0, 0.6, limbs(rng, strength**4)),
            (0.002, hum, unit_peak(twang)),
            (0.004, 0.16 + 0.3 * strength**2, unit_peak(flight * np.sin(np.pi * way**0.5) ** 0.5)),
            (FLIGHT_S, hit, unit_peak(thud)),
        )

    return play_events(source, 0.4, shoot)


def look(rng: np.random.Generator) -> Look:
    """A bow that is drawn and let go; the arrow crosses to a target and stays in it."""
    wood, skin = tint(rng, 0.45, 0.28, 0.14), tint(rng, 0.85, 0.64, 0.5)
    rings = [tint(rng, 0.95, 0.92, 0.85, 0.05), tint(rng, 0.8, 0.2, 0.18), tint(rng, 0.95, 0.8, 0.25)]
    heights = rng.uniform(-0.12, 0.12, 12)

    def still(c: Canvas) -> None:
        for radius, colour in zip((0.36, 0.24, 0.11), rings, strict=True):
            c.ellipse(0.6, 0, 0.45 * radius, radius, colour)

    def moving(c: Canvas, m: Moment) -> None:
        drawn = smooth(1 - (m.wait - 0.08) / 0.5) if m.wait < 0.6 and m.wait < m.age else 0.0
        nock = -0.5 - 0.22 * drawn + 0.05 * tremble(m)
        c.capsule(-0.5, -0.42, -0.42, -0.2, 0.03, wood)
        c.capsule(-0.42, -0.2, -0.42, 0.2, 0.035, wood)
        c.capsule(-0.42, 0.2, -0.5, 0.42, 0.03, wood)
        for end in (-0.42, 0.42):
            c.capsule(-0.5, end, nock, 0, 0.01, (0.9, 0.9, 0.85))
        c.disc(-0.42, 0, 0.06, skin)
        c.disc(nock - 0.03, 0, 0.05, skin)
        if drawn > 0:
            c.capsule(nock, 0, nock + 0.45, 0, 0.014, (0.9, 0.85, 0.7))
        stuck = range(max(0, m.count - 4), m.count + (m.age >= FLIGHT_S))
        for k in stuck:
            c.capsule(0.25, float(heights[k % 12]), 0.58, float(heights[k % 12]), 0.014, (0.9, 0.85, 0.7))
        if m.age < FLIGHT_S:
            x = -0.42 + 0.6 * m.age / FLIGHT_S
            y = float(heights[m.count % 12]) * m.age / FLIGHT_S
            c.capsule(x, y, x + 0.4, y, 0.03, (1.0, 0.97, 0.85))
            c.capsule(x - 0.3, y, x, y, 0.03, (0.8, 0.88, 0.95), 0.6)
            c.glow(-0.42, 0, 0.75, (0.9, 0.95, 1.0), 0.8 * impact(m, 0.15))
            c.glow(0.1, 0, 0.5, (0.9, 0.95, 1.0), 0.5 * impact(m, 0.15))

    return Look(still, moving)


KIND = Kind(
    category="WEAPArro",
    family="one_shot",
    sound=sound,
    look=look,
    rhythm=spaced(0.9, 2.6),
    wording=Wording(
        nouns=(
            "an arrow",
            "an arrow hitting a target",
            "a bow and arrow",
            "an arrow whizzing past",
            "archery",
            "a crossbow",
            "a dart hitting a board",
        ),
        clauses=("an arrow hits the target", "an archer shoots an arrow"),
        gentle=("an arrow loosed softly",),
        strong=("a volley of arrows",),
        foreign={
            "de": ("Pfeil", "Pfeil und Bogen", "Bogenschießen", "Bogenschütze", "Armbrust"),
            "fr": ("flèche", "arc et flèche", "tir à l'arc", "arbalète"),
            "es": ("flecha", "arco y flecha", "tiro con arco", "ballesta"),
            "it": ("freccia", "arco e freccia", "tiro con l'arco", "balestra"),
            "ja": ("矢", "弓矢", "弓", "アーチェリー"),
            "zh": ("箭", "弓箭", "射箭", "弩"),
        },
    ),
)
