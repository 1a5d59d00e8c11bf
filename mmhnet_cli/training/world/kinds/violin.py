"""A violin."""

import math

import numpy as np

from mmhnet_cli.training.world.animal import sounding
from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, smooth, tint
from mmhnet_cli.training.world.dsp import (
    SAMPLE_RATE_HZ,
    bandpass,
    harmonics,
    noise,
    phase,
    play_events,
    samples_of,
    unit_rms,
    wander,
)
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.notes import breathed, colour, held_s, melody, tune, vibrato
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import place

BODY = ((275.0, 12.0, 1.6), (460.0, 14.0, 1.2), (540.0, 14.0, 1.6), (1100.0, 5.0, 0.8), (2500.0, 2.0, 1.6))
"""A violin's air and plate modes and its bridge hill: Hz, Q, gain. Larger instruments have the same, lower."""


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Bowed notes of a violin, viola or cello: stick and slip, the bite of the rosin, vibrato, a wooden body.

    Helmholtz motion is a sawtooth without the harmonics that have a node under the bow; the body's resonances stand
    still while the pitch moves, which gives vibrato its shimmer (Mathews and Kohut).
    """
    lower, (low_hz, high_hz) = ((1.0, (196, 1100)), (0.75, (131, 700)), (0.42, (65, 400)))[
        int(rng.choice(3, p=(0.5, 0.2, 0.3)))
    ]
    note_hz, lengths = melody(rng, low_hz, high_hz), held_s(source, 2.5)
    body = tuple((hz * lower**0.8 * rng.uniform(0.92, 1.08), q, g * rng.uniform(0.5, 1.5)) for hz, q, g in BODY)
    bow, attack_s, rosin = rng.uniform(0.07, 0.14), rng.uniform(0.03, 0.12), rng.uniform(0.02, 0.09)
    depth, rate_hz, around = rng.uniform(0.002, 0.012), rng.uniform(4.8, 6.4), place(rng, 0.9)

    def note(index: int, strength: float) -> np.ndarray:
        count, pitch = samples_of(max(0.1, float(lengths[index]))), note_hz(index)
        time = np.arange(count) / SAMPLE_RATE_HZ
        angle = phase(pitch * vibrato(rng, count, depth, rate_hz) * (1 + 0.002 * wander(rng, count, 30)))
        k = np.arange(1, int(np.clip(10000 / pitch, 8, 60)) + 1)
        slips = harmonics(
            angle,
            np.abs(np.sin(np.pi * bow * k)) / (bow * k**1.4) / (1 + (k * pitch / (500 + 5500 * strength**1.5)) ** 2),
        )
        # Until the string moves regularly the bow scratches.
        scratch = unit_rms(bandpass(noise(rng, count), 1500, 7500)) * (0.7 + 0.3 * np.cos(angle))
        grain = rosin * (0.3 + 0.7 * strength) * (1 + 7 * np.exp(-time / 0.03))
        bowed = (unit_rms(slips) + grain * scratch) * breathed(count, attack_s, 0.07, 0.4)
        return around(colour(bowed, body))

    return play_events(source, 0.35, note)


def look(rng: np.random.Generator) -> Look:
    """A fiddle, and a bow that turns at every note."""
    wood, hair = tint(rng, 0.6, 0.28, 0.12, 0.2), tint(rng, 0.92, 0.9, 0.84, 0.05)
    tilt = rng.uniform(-0.12, 0.12)

    def moving(c: Canvas, m: Moment) -> None:
        c.capsule(0, -0.1, 0, -0.46, 0.03, (0.1, 0.08, 0.07))
        for y, wide, high in ((0.26, 0.25, 0.18), (0.0, 0.19, 0.14), (0.14, 0.15, 0.14)):
            c.ellipse(0, y, wide, high, wood)
        for side in (-1, 1):
            c.capsule(side * 0.09, 0.08, side * 0.1, 0.2, 0.01, (0.08, 0.05, 0.04))
            shake = 0.012 * math.sin(2 * math.pi * 11 * m.age) * math.exp(-m.age) if m.age < 3 else 0.0
            c.capsule(side * 0.012, -0.44, side * 0.02 + shake, 0.38, 0.005, hair)
        c.box(0, 0.22, 0.06, 0.012, hair * 0.8)
        # Each note is a stroke of its own: the bow starts quickly and slows down.
        way = 1 if m.count % 2 else -1
        drawn = 1 - math.exp(-m.age / 0.35) if math.isfinite(m.age) else 1.0
        x = way * (0.35 - 0.7 * drawn)
        c.capsule(x - 0.62, 0.14 - tilt, x + 0.62, 0.14 + tilt, 0.014, hair)
        c.capsule(x - 0.62, 0.1 - tilt, x + 0.62, 0.1 + tilt, 0.012, wood * 0.6)
        c.disc(x + 0.62, 0.13 + tilt, 0.06 + 0.01 * smooth(1 - m.age), (0.82, 0.62, 0.5))
        sounding(c, 0, 0.12, m, 0.5, (1.0, 0.93, 0.75))

    return Look(lambda c: c.ellipse(0, 0.5, 0.5, 0.05, (0.08, 0.07, 0.07), 0.6), moving)


KIND = Kind(
    category="MUSCStr",
    family="one_shot",
    sound=sound,
    look=look,
    rhythm=tune(0.35, 0.9),
    wording=Wording(
        nouns=(
            "a violin",
            "a violin solo",
            "someone playing the violin",
            "a cello",
            "a string quartet",
            "a fiddle",
            "a bow on strings",
            "a viola",
        ),
        clauses=("someone plays the violin", "a violin sings"),
        gentle=("a soft violin",),
        strong=("a passionate violin",),
        foreign={
            "de": ("Geige", "Violine", "Geiger", "Cello", "Streichquartett"),
            "fr": ("violon", "violoniste", "violoncelle", "quatuor à cordes"),
            "es": ("violín", "violinista", "violonchelo", "cuarteto de cuerda"),
            "it": ("violino", "violinista", "violoncello", "quartetto d'archi"),
            "ja": ("バイオリン", "ヴァイオリン", "チェロ", "弦楽器"),
            "zh": ("小提琴", "大提琴", "拉小提琴", "提琴"),
        },
    ),
)
