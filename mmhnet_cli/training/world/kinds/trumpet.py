"""A trumpet."""

import math

import numpy as np

from mmhnet_cli.training.world.animal import sounding
from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, smooth, tint
from mmhnet_cli.training.world.dsp import (
    SAMPLE_RATE_HZ,
    bandpass,
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


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Brass: lips that buzz, and a tone that brightens with every bit of loudness, from horn to trumpet, some muted.

    Chowning's brass of 1973: frequency modulation at the pitch itself, as deep as the note is loud.
    """
    low_hz = rng.choice([110.0, 165.0, 233.0])
    note_hz, lengths = melody(rng, low_hz, 3.5 * low_hz, leap=3), held_s(source, 2.2)
    brass, attack_s = rng.uniform(2.6, 4.6), rng.uniform(0.03, 0.07)
    bell_hz, muted = rng.uniform(900, 1500), rng.random() < 0.2
    bore = ((bell_hz, 1.2, 0.9), (2.2 * bell_hz, 3.0, 0.4)) if not muted else ((1900.0, 4.0, 3.0), (3300.0, 6.0, 2.0))
    depth, rate_hz, around = rng.uniform(0.0, 0.008), rng.uniform(4.8, 6.0), place(rng, 0.8)

    def note(index: int, strength: float) -> np.ndarray:
        count = samples_of(max(0.1, float(lengths[index])))
        time = np.arange(count) / SAMPLE_RATE_HZ
        # The lips overshoot before they lock to the tube.
        scoop = 1 - 0.03 * np.exp(-time / 0.02) + 0.01 * np.exp(-time / 0.06)
        angle = phase(
            note_hz(index) * scoop * vibrato(rng, count, depth, rate_hz) * (1 + 0.002 * wander(rng, count, 40))
        )
        loud = breathed(count, attack_s, 0.06, 0.3) * (1 + 0.15 * np.exp(-time / 0.08))
        tone = np.sin(angle + brass * (0.1 + strength) * loud * np.sin(angle))
        spit = unit_rms(bandpass(noise(rng, count), 1500, 6000)) * (0.015 + 0.12 * strength * np.exp(-time / 0.015))
        return around(colour((tone + spit) * loud, bore))

    return play_events(source, 0.35, note)


def look(rng: np.random.Generator) -> Look:
    """A player with a trumpet whose valves go down; the bell shines at every note."""
    skin, suit = tint(rng, 0.8, 0.6, 0.48, 0.25), tint(rng, 0.12, 0.12, 0.18, 0.3)
    metal, order, sway = tint(rng, 0.85, 0.65, 0.22, 0.15), rng.integers(0, 3, 64), rng.uniform(0.2, 0.5)

    def moving(c: Canvas, m: Moment) -> None:
        lift = 0.03 * math.sin(2 * math.pi * sway * m.elapsed) - 0.03 * smooth(1 - m.age / 0.3)
        c.capsule(-0.48, 0.25, -0.48, 0.5, 0.2, suit)
        c.disc(-0.45, -0.1, 0.15, skin)
        c.capsule(-0.4, 0.25, -0.02, 0.12 + lift, 0.06, suit * 1.3)
        c.capsule(-0.32, -0.06, 0.5, -0.06 + lift, 0.022, metal)
        c.ring(0.02, 0.02 + lift, 0.18, 0.07, 0.03, metal * 0.85)
        for valve in range(3):
            down = 0.05 * smooth(1 - m.age / 0.3) if valve == order[m.count % 64] else 0.0
            x = -0.04 + 0.07 * valve
            c.capsule(x, -0.13 + down + lift, x, 0.09 + lift, 0.024, metal * 0.9)
            c.disc(x, -0.17 + down + lift, 0.03, skin)
        c.convex([(0.42, -0.08 + lift), (0.66, -0.2 + lift), (0.66, 0.08 + lift), (0.42, -0.04 + lift)], metal)
        c.ellipse(0.66, -0.06 + lift, 0.045, 0.15, metal * 0.5)
        sounding(c, 0.7, -0.06 + lift, m, 0.55, (1.0, 0.92, 0.7))

    return Look(lambda c: c.ellipse(0, 0.52, 0.7, 0.05, (0.1, 0.08, 0.08), 0.6), moving)


KIND = Kind(
    category="MUSCBrass",
    family="one_shot",
    sound=sound,
    look=look,
    rhythm=tune(0.3, 0.7),
    wording=Wording(
        nouns=(
            "a trumpet",
            "a trumpet call",
            "someone playing the trumpet",
            "a brass band",
            "a trombone",
            "a bugle",
            "a french horn",
            "a fanfare",
            "a tuba",
        ),
        clauses=("someone plays the trumpet", "a trumpet sounds"),
        gentle=("a muted trumpet",),
        strong=("a blaring trumpet",),
        foreign={
            "de": ("Trompete", "Trompeter", "Posaune", "Fanfare", "Blasmusik", "Blechbläser"),
            "fr": ("trompette", "trompettiste", "fanfare", "clairon", "cuivres"),
            "es": ("trompeta", "trompetista", "trombón", "corneta"),
            "it": ("tromba", "trombettista", "ottoni", "trombone a tiro"),
            "ja": ("トランペット", "ラッパ", "金管", "トロンボーン"),
            "zh": ("小号", "喇叭声", "吹小号", "铜管乐", "号角"),
        },
    ),
)
