"""A guitar."""

import math

import numpy as np

from mmhnet_cli.training.world.animal import sounding
from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, smooth, tint, tremble
from mmhnet_cli.training.world.dsp import burst, mix, play_events, unit_rms
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.notes import colour, melody, ring, string, tune
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import place

CHORDS = ((0, 7, 12, 16, 19), (0, 7, 12, 15, 19), (0, 7, 12, 17), (0, 7, 10, 16))


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Plucked strings of nylon or steel on a wooden box; single notes, or chords strummed across the strings.

    Partials as a pluck at a point excites them, losses as in Chaigne's strings, the air of the hole at about 100 Hz.
    """
    steel, strums = rng.random() < 0.5, rng.random() < 0.45
    note_hz = melody(rng, 82, 250 if strums else 560, leap=3)
    at, stiff = rng.uniform(0.08, 0.32), rng.uniform(2e-5, 1.2e-4)
    body = tuple((hz * rng.uniform(0.9, 1.12), 12.0, rng.uniform(0.5, 1.6)) for hz in (102.0, 205.0, 390.0))
    life_s, damping = (rng.uniform(2.5, 4.5), 0.35) if steel else (rng.uniform(1.2, 2.2), 1.1)
    edge_hz, pick = (3200, 0.12) if steel else (1500, 0.05)
    sweep_s, around = rng.uniform(0.006, 0.016), place(rng, 0.6)

    def pluck(pitch: float, strength: float) -> np.ndarray:
        hz, t60, size = string(pitch, life_s, stiff, at, damping, edge_hz * (0.15 + strength**1.5))
        # The string swings in two planes, nearly in tune, and they lose their energy at different rates.
        across = ring(
            np.r_[hz, hz * 1.0008],
            np.r_[t60, 0.35 * t60],
            np.r_[size, 0.7 * size] * rng.uniform(0.8, 1.2, 2 * len(hz)),
            3.0,
        )
        return mix((0, 1, unit_rms(across)), (0, pick * (0.5 + strength) * 4, burst(rng, 800, 5000, 0.012)))

    def note(index: int, strength: float) -> np.ndarray:
        if not strums:
            return around(colour(pluck(note_hz(index), strength), body))
        steps = np.array(CHORDS[int(rng.integers(len(CHORDS)))])[:: 1 if index % 2 else -1]
        sounded = [
            (k * sweep_s, 1.0, pluck(note_hz(index) * 2 ** (step / 12), strength)) for k, step in enumerate(steps)
        ]
        return around(colour(mix(*sounded), body))

    return play_events(source, 0.35, note)


def look(rng: np.random.Generator) -> Look:
    """A guitar; a hand goes across its strings, which swing."""
    wood, skin = tint(rng, 0.8, 0.52, 0.25, 0.2), tint(rng, 0.82, 0.62, 0.5, 0.2)
    strings = np.linspace(-0.08, 0.08, 4)

    def still(c: Canvas) -> None:
        c.box(0.62, 0.08, 0.34, 0.05, wood * 0.4)
        c.disc(-0.3, 0.08, 0.33, wood)
        c.disc(0.08, 0.08, 0.25, wood)
        c.disc(-0.04, 0.08, 0.11, (0.08, 0.05, 0.04))
        c.box(-0.42, 0.08, 0.025, 0.12, wood * 0.4)

    def moving(c: Canvas, m: Moment) -> None:
        swing = 0.02 * tremble(m) * np.array([1, -1, 1, -1])
        bright = (0.95, 0.93, 0.85)
        c.capsules(np.full(4, -0.42), 0.08 + strings, np.full(4, -0.04), 0.08 + strings + swing, 0.01, bright)
        c.capsules(np.full(4, -0.04), 0.08 + strings + swing, np.full(4, 0.92), 0.08 + 0.5 * strings, 0.01, bright)
        way = 1 if m.count % 2 else -1
        stroke = smooth(m.age / 0.12) if math.isfinite(m.age) else 1.0
        y = 0.08 - way * 0.16 * (1 - 2 * stroke)
        c.capsule(-0.1, y, -0.2, 0.5 + 0.3 * y, 0.06, skin)
        c.disc(-0.09, y - 0.02, 0.07, skin)
        sounding(c, -0.04, 0.08, m, 0.5, (1.0, 0.9, 0.7))

    return Look(still, moving)


KIND = Kind(
    category="MUSCStr",
    family="one_shot",
    sound=sound,
    look=look,
    rhythm=tune(0.3, 0.75),
    wording=Wording(
        nouns=(
            "a guitar",
            "strumming a guitar",
            "an acoustic guitar",
            "an electric guitar",
            "someone playing the guitar",
            "a banjo",
            "a ukulele",
            "plucked strings",
        ),
        clauses=("someone strums a guitar", "a guitar plays"),
        gentle=("gentle guitar picking",),
        strong=("hard guitar strumming",),
        foreign={
            "de": ("Gitarre", "Gitarrenspiel", "Gitarrist", "akustische Gitarre"),
            "fr": ("guitare", "guitariste", "guitare acoustique", "gratter une guitare"),
            "es": ("guitarra", "guitarrista", "rasgueo", "guitarra acústica"),
            "it": ("chitarra", "chitarrista", "chitarra acustica", "strimpellare"),
            "ja": ("ギター", "ギターの音", "アコースティックギター", "弦を弾く"),
            "zh": ("吉他", "弹吉他", "吉他声", "木吉他"),
        },
    ),
)
