"""Someone who whistles."""

import math

import numpy as np

from mmhnet_cli.training.world.animal import sounding, track
from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, smooth, tint
from mmhnet_cli.training.world.dsp import (
    SAMPLE_RATE_HZ,
    bandpass,
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
    """Lips or fingers: nearly a sine that slides into each note out of the one before, with the hiss of the breath.

    The mouth is a Helmholtz resonator: breath noise is loudest about the tone. Some call (up, or up and down), some
    whistle a tune, some through two fingers: louder, higher and harsher.
    """
    fingers, calls = rng.random() < 0.3, rng.random() < 0.3
    note_hz = melody(rng, 1100 if fingers else 700, 2900 if fingers else 2300)
    lengths = held_s(source, 0.7 if calls else 1.6)
    hiss, slide_s = rng.uniform(0.03, 0.2), rng.uniform(0.02, 0.07)
    depth, rate_hz = rng.uniform(0.0, 0.018), rng.uniform(4.5, 6.5)
    call = (0.0, rng.uniform(0.3, 0.8), rng.choice([rng.uniform(0.8, 1.0), -0.4]))
    around = place(rng, 0.9)

    def note(index: int, strength: float) -> np.ndarray:
        count, pitch = samples_of(max(0.1, float(lengths[index]))), note_hz(index)
        time = np.arange(count) / SAMPLE_RATE_HZ
        before = note_hz(index - 1) if index else 0.9 * pitch
        octaves = track(count, (0, 0.45, 1), call) if calls else np.log2(before / pitch) * np.exp(-time / slide_s)
        line = pitch * 2**octaves * vibrato(rng, count, depth, rate_hz) * (1 + 0.003 * wander(rng, count, 25))
        angle = phase(line)
        sharp = (0.3 if fingers else 0.05) * strength
        tone = np.sin(angle) + sharp * np.sin(2 * angle) + 0.4 * sharp * np.sin(3 * angle)
        air = noise(rng, count)
        breath = unit_rms(resonance(air, pitch, 0.012)) + 0.4 * unit_rms(bandpass(air, 2500, 9000))
        start = 1 + 3 * np.exp(-time / 0.02)
        return around((tone + hiss * (0.4 + 0.6 * strength) * start * breath) * breathed(count, 0.05, 0.05, 0.3))

    return play_events(source, 0.25, note)


def look(rng: np.random.Generator) -> Look:
    """A face with pursed lips that nods with every note."""
    skin, hair = tint(rng, 0.84, 0.64, 0.52, 0.25), tint(rng, 0.25, 0.17, 0.1, 0.4)
    shirt, sway = rng.uniform(0.15, 0.7, 3), rng.uniform(0.2, 0.5)

    def moving(c: Canvas, m: Moment) -> None:
        nod = 0.04 * smooth(1 - m.age / 0.3)
        x, y = 0.02 * math.sin(2 * math.pi * sway * m.elapsed), 0.02 + nod
        c.capsule(x, 0.5, x, 0.62, 0.32, shirt)
        c.capsule(x, 0.2, x, 0.4, 0.09, skin * 0.8)
        c.ellipse(x, y - 0.17, 0.27, 0.26, hair)
        c.ellipse(x, y - 0.02, 0.23, 0.3, skin)
        for side in (-0.09, 0.09):
            c.ellipse(x + side, y - 0.1, 0.035, 0.022, (0.95, 0.95, 0.95))
            c.disc(x + side, y - 0.1, 0.018, (0.1, 0.08, 0.06))
        c.capsule(x, y - 0.06, x + 0.02, y + 0.05, 0.02, skin * 0.85)
        blown = 0.02 * smooth(1 - m.age / 0.5)
        c.disc(x, y + 0.15, 0.055, (0.75, 0.38, 0.36))
        c.disc(x, y + 0.15, 0.02 + blown, (0.15, 0.04, 0.05))
        sounding(c, x, y + 0.15, m, 0.45)

    return Look(lambda c: c.ellipse(0, 0.62, 0.6, 0.06, (0.1, 0.1, 0.1), 0.6), moving)


KIND = Kind(
    category="WHSTHmn",
    family="one_shot",
    sound=sound,
    look=look,
    rhythm=tune(0.3, 0.75),
    wording=Wording(
        nouns=(
            "a whistle",
            "a referee's whistle",
            "blowing a whistle",
            "a train conductor's whistle",
            "a person whistling",
            "whistling a tune",
            "a police whistle",
        ),
        clauses=("someone blows a whistle", "a referee whistles"),
        gentle=("a short soft whistle",),
        strong=("a shrill whistle",),
        foreign={
            "de": ("Pfeife", "Trillerpfeife", "Pfeifen", "Pfiff", "Schiedsrichterpfiff"),
            "fr": ("sifflet", "siffler", "coup de sifflet", "siffler un air"),
            "es": ("silbato", "silbar", "pitido", "silbido"),
            "it": ("fischietto", "fischiare", "fischio", "fischio dell'arbitro"),
            "ja": ("笛を吹く", "ホイッスル", "口笛", "審判の笛"),
            "zh": ("哨子", "口哨", "吹哨", "哨声"),
        },
    ),
)
