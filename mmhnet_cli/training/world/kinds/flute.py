"""A flute."""

import math

import numpy as np

from mmhnet_cli.training.world.animal import sounding
from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, smooth, tint
from mmhnet_cli.training.world.dsp import (
    bandpass,
    decay,
    harmonics,
    noise,
    phase,
    play_events,
    resonance,
    samples_of,
    unit_rms,
    wander,
)
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.notes import breathed, held_s, melody, tune, vibrato
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import place


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Blown notes: a chiff of air at the edge, few soft harmonics, breath in the pipe; flute, recorder, panpipe.

    A jet drives a pipe: turbulence rings in the pipe's own modes as in Cook's flutes.
    """
    low_hz = rng.choice([260.0, 390.0, 520.0])
    note_hz, lengths = melody(rng, low_hz, 3.2 * low_hz), held_s(source, 2.5)
    even, breath, chiff = rng.uniform(0.1, 1.0), rng.uniform(0.02, 0.2), rng.uniform(0.2, 0.8)
    depth, rate_hz, attack_s = rng.uniform(0.0, 0.011), rng.uniform(4.4, 5.8), rng.uniform(0.03, 0.08)
    levels = np.array([1.0, 0.5 * even, 0.3, 0.14 * even, 0.08, 0.04 * even, 0.02]) * rng.uniform(0.7, 1.3, 7)
    around = place(rng, 0.9)

    def note(index: int, strength: float) -> np.ndarray:
        count, pitch = samples_of(max(0.1, float(lengths[index]))), note_hz(index)
        swing = vibrato(rng, count, depth, rate_hz)
        angle = phase(pitch * swing * (1 + 0.0015 * wander(rng, count, 20)))
        # Blown harder, the upper harmonics grow more than the lower ones.
        tone = harmonics(angle, levels * (0.45 + 0.65 * strength) ** np.arange(7))
        air = noise(rng, count)
        pipe = unit_rms(resonance(air, pitch, 0.03)) + 0.7 * unit_rms(bandpass(air, 2 * pitch, 7000))
        puff = decay(0.06)[:count] * chiff * strength
        gust = np.full(count, breath) * (1 + 12 * (swing - 1))
        gust[: len(puff)] += puff
        return around((unit_rms(tone) * (1 + 8 * (swing - 1)) + gust * pipe) * breathed(count, attack_s, 0.05, 0.4))

    return play_events(source, 0.3, note)


def look(rng: np.random.Generator) -> Look:
    """A player in profile with a flute; the fingers move with every note."""
    skin, shirt = tint(rng, 0.85, 0.65, 0.52, 0.2), rng.uniform(0.15, 0.6, 3)
    pipe = (tint(rng, 0.8, 0.8, 0.85), tint(rng, 0.55, 0.35, 0.18))[int(rng.integers(2))]
    order, sway = rng.integers(0, 6, 64), rng.uniform(0.2, 0.5)

    def moving(c: Canvas, m: Moment) -> None:
        lean = 0.02 * math.sin(2 * math.pi * sway * m.elapsed)
        c.capsule(-0.25 + lean, 0.22, -0.25, 0.5, 0.2, shirt)
        c.disc(-0.24 + lean, -0.14, 0.15, skin)
        c.ellipse(-0.28 + lean, -0.22, 0.15, 0.1, shirt * 0.3)
        c.capsule(-0.22 + lean, -0.07, 0.68, 0.03, 0.028, pipe)
        c.capsule(-0.2, 0.18, 0.28, 0.18, 0.055, shirt * 0.85)
        for finger in range(6):
            x = 0.14 + 0.08 * finger
            up = 0.06 * smooth(1 - m.age / 0.25) if finger == order[m.count % 64] else 0.0
            c.disc(x, -0.06 + 0.11 * x - up, 0.03, skin)
        sounding(c, 0.45, 0.0, m, 0.5)

    return Look(lambda c: c.ellipse(0, 0.52, 0.7, 0.05, (0.1, 0.09, 0.1), 0.6), moving)


KIND = Kind(
    category="MUSCWind",
    family="one_shot",
    sound=sound,
    look=look,
    rhythm=tune(0.35, 0.8),
    wording=Wording(
        nouns=(
            "a flute",
            "a flute melody",
            "someone playing the flute",
            "a recorder",
            "a pan pipe",
            "a wooden flute",
            "a clarinet",
            "an oboe",
        ),
        clauses=("someone plays the flute", "a flute plays a melody"),
        gentle=("a breathy quiet flute",),
        strong=("a shrill flute",),
        foreign={
            "de": ("Flöte", "Flötenspiel", "Querflöte", "Blockflöte", "Panflöte"),
            "fr": ("flûte", "flûtiste", "flûte traversière", "flûte à bec"),
            "es": ("flauta", "flautista", "melodía de flauta", "flauta dulce"),
            "it": ("flauto", "flautista", "flauto traverso", "melodia di flauto"),
            "ja": ("フルート", "笛", "尺八", "横笛", "リコーダー"),
            "zh": ("长笛", "笛子", "吹笛", "竹笛", "箫"),
        },
    ),
)
