"""A piano."""

import math

import numpy as np

from mmhnet_cli.training.world.animal import sounding
from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, approach, smooth, tint
from mmhnet_cli.training.world.dsp import SAMPLE_RATE_HZ, burst, mix, play_events, samples_of, unit_rms
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.notes import held_s, melody, ring, string, tune
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import place

CHORDS = ((0, 4, 7), (0, 3, 7), (0, 5, 9), (0, 7), (0, 12), (-12, 0, 4, 7))
KEYS = 12


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Struck strings, two or three to a note and not quite in tune, felt that hardens with the blow, the key's knock.

    Weinreich's piano: strings of one note beat and lose their first loudness fast, their last slowly; stiff strings are
    sharper the higher the partial. Grand, upright, or out of tune in a saloon; pedalled or damped.
    """
    note_hz, chordal = melody(rng, 110, 1300, leap=4), rng.uniform(0, 0.6)
    lengths, pedal = held_s(source, 3.0), rng.random() < 0.5
    stiff, tuning = 10 ** rng.uniform(-3.9, -3.2), 10 ** rng.uniform(-3.9, -2.5)
    felt_hz, life_s, knock = rng.uniform(900, 2200), rng.uniform(4, 9), rng.uniform(0.05, 0.2)
    around = place(rng, 0.7)

    def struck(pitch: float, strength: float) -> np.ndarray:
        life = life_s * (220 / pitch) ** 0.6
        hz, t60, size = string(
            pitch, life, stiff * (pitch / 260) ** 1.2, 0.12, 0.25, felt_hz * (0.15 + 1.4 * strength**1.5)
        )
        apart = 1 + tuning * rng.uniform(-1, 1, 2)
        pair = np.r_[hz * apart[0], hz * apart[1], hz]
        return unit_rms(ring(pair, np.r_[t60, 0.9 * t60, 0.25 * t60], np.r_[size, 0.8 * size, 1.6 * size], 3.0))

    def note(index: int, strength: float) -> np.ndarray:
        steps = CHORDS[int(rng.integers(len(CHORDS)))] if rng.random() < chordal else (0,)
        sounded = mix(*((0.0, 1.0, struck(note_hz(index) * 2 ** (step / 12), strength)) for step in steps))
        if not pedal:
            # The damper falls back on the strings.
            after = np.maximum(np.arange(len(sounded)) / SAMPLE_RATE_HZ - max(0.12, lengths[index]), 0)
            sounded = (sounded * np.exp(-after / 0.06))[: samples_of(lengths[index] + 0.6)]
        hammer = mix((0, 1, burst(rng, 80, 900, 0.05)), (0, 0.4 * strength, burst(rng, 1000, 4000, 0.015)))
        return around(mix((0, 1, unit_rms(sounded)), (0, 4 * knock, hammer)))

    return play_events(source, 0.35, note)


def look(rng: np.random.Generator) -> Look:
    """Fingers on black and white keys; the struck key goes down and shines."""
    case, skin = tint(rng, 0.12, 0.08, 0.07, 0.2), tint(rng, 0.84, 0.64, 0.52, 0.2)
    order = rng.integers(0, KEYS, 64)
    x = (np.arange(KEYS) - (KEYS - 1) / 2) * 0.125

    def still(c: Canvas) -> None:
        c.box(0, -0.2, 0.82, 0.24, case)
        c.box(0, 0.4, 0.82, 0.08, case * 0.8)

    def moving(c: Canvas, m: Moment) -> None:
        last, coming = int(order[m.count % 64]), int(order[(m.count + 1) % 64])
        down = 0.03 * (1 - smooth((m.age - 0.15) / 0.15)) if math.isfinite(m.age) else 0.0
        for key in range(KEYS):
            y = 0.16 + (down if key == last else 0.0)
            c.box(x[key], y, 0.057, 0.18, (0.93, 0.92, 0.88))
        for key in (0, 1, 3, 4, 5, 7, 8, 10):
            c.box(x[key] + 0.062, 0.07, 0.034, 0.1, (0.05, 0.05, 0.05))
        for key, up in ((coming, approach(m)), (last, 0.8 * smooth((m.age - 0.1) / 0.2))):
            c.capsule(x[key], 0.24 - 0.12 * up, x[key] * 0.8, 0.5, 0.035, skin)
        for side in (-1, 1):
            c.ellipse(side * 0.35, 0.54, 0.2, 0.09, skin)
        sounding(c, float(x[last]), 0.2, m, 0.5, (1.0, 0.95, 0.8))

    return Look(still, moving)


KIND = Kind(
    category="MUSCKeyd",
    family="one_shot",
    sound=sound,
    look=look,
    rhythm=tune(0.3, 0.8),
    wording=Wording(
        nouns=(
            "a piano",
            "piano music",
            "someone playing the piano",
            "a grand piano",
            "piano keys",
            "a pianist",
            "an upright piano",
            "an organ",
            "a keyboard instrument",
        ),
        clauses=("someone plays the piano", "a pianist plays a chord"),
        gentle=("a soft piano melody",),
        strong=("thundering piano chords",),
        foreign={
            "de": ("Klavier", "Flügel und Klavier", "Klaviermusik", "Pianist", "Konzertflügel"),
            "fr": ("piano", "pianiste", "musique de piano", "piano à queue"),
            "es": ("piano", "pianista", "música de piano", "piano de cola"),
            "it": ("pianoforte", "pianista", "musica di pianoforte"),
            "ja": ("ピアノ", "ピアノの音", "ピアニスト", "鍵盤"),
            "zh": ("钢琴", "弹钢琴", "钢琴声", "钢琴曲"),
        },
    ),
)
