"""A harp."""

import numpy as np

from mmhnet_cli.training.world.animal import sounding
from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, smooth, tint, tremble
from mmhnet_cli.training.world.dsp import mix, play_events, unit_rms
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.notes import colour, melody, ring, string, tune
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import place

STRINGS = 15


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Round, long tones plucked near the middle of the string; some events are a quick run over many strings.

    Plucked half way a string lacks its even partials; high strings fade sooner than low ones.
    """
    note_hz, run_hz = melody(rng, 130, 1500, leap=4), melody(rng, 260, 2100, leap=1)
    at, life_s = rng.uniform(0.33, 0.47), rng.uniform(2.2, 4.5)
    edge_hz, run_s = rng.uniform(1300, 2600), rng.uniform(0.03, 0.05)
    runs, wide = rng.uniform(0, 0.3), rng.random() < 0.5
    sounds_like = ((rng.uniform(140, 220), 6.0, 0.8), (rng.uniform(280, 420), 6.0, 0.6))
    around = place(rng, 1.0)

    def pluck(pitch: float, strength: float) -> np.ndarray:
        life = life_s * (260 / pitch) ** 0.45
        hz, t60, size = string(pitch, life, 2e-5, at, 0.5, edge_hz * (0.25 + strength**1.5))
        return unit_rms(ring(hz, t60, size * rng.uniform(0.8, 1.2, len(hz)), 3.0))

    def note(index: int, strength: float) -> np.ndarray:
        pitch = note_hz(index)
        if rng.random() < runs:
            first, many = int(rng.integers(64)), int(rng.integers(6, 12))
            glissando = [(k * run_s, 0.75 + 0.25 * (k == 0), pluck(run_hz(first + k), strength)) for k in range(many)]
            return around(colour(mix(*glissando), sounds_like))
        octave = (0.0, 0.6 * wide, pluck(0.5 * pitch if pitch > 300 else 2 * pitch, strength))
        return around(colour(mix((0.0, 1.0, pluck(pitch, strength)), octave), sounds_like))

    return play_events(source, 0.3, note)


def look(rng: np.random.Generator) -> Look:
    """A harp whose plucked string swings between two hands."""
    gold, skin = tint(rng, 0.78, 0.58, 0.24, 0.15), tint(rng, 0.85, 0.65, 0.53, 0.2)
    order = rng.integers(2, STRINGS - 2, 64)
    x = np.linspace(-0.34, 0.3, STRINGS)
    top, foot = -0.4 + 0.25 * np.sin(4 * (x + 0.34)) * (x + 0.1), 0.42 - 0.75 * (x + 0.34)

    def still(c: Canvas) -> None:
        c.capsule(-0.4, -0.44, -0.4, 0.46, 0.035, gold)
        c.capsule(-0.4, 0.46, 0.36, -0.14, 0.05, gold * 0.8)
        for k in range(8):
            left, right = -0.4 + 0.095 * k, -0.305 + 0.095 * k
            c.capsule(left, -0.45 + 0.03 * (k % 2) + 0.02 * k, right, -0.44 + 0.02 * k, 0.035, gold)
        c.capsule(0.36, -0.3, 0.36, -0.14, 0.035, gold)

    def moving(c: Canvas, m: Moment) -> None:
        played = int(order[m.count % 64])
        bend = np.zeros(STRINGS)
        bend[played] = 0.035 * tremble(m)
        mid = 0.5 * (top + foot)
        c.capsules(x, top, x + bend, mid, 0.006, (0.92, 0.9, 0.82))
        c.capsules(x + bend, mid, x, foot, 0.006, (0.92, 0.9, 0.82))
        pull = 0.06 * smooth(m.age / 0.15) if m.age < 1e6 else 0.06
        for side, at in ((-1, played), (1, int(order[(m.count + 1) % 64]))):
            hand_x, hand_y = x[at] + 0.05 + pull * (side < 0), mid[at] + 0.05 * side
            c.capsule(hand_x, hand_y, 0.62, 0.16 + 0.2 * side, 0.04, skin * (0.85 if side > 0 else 1.0))
        sounding(c, float(x[played]), float(mid[played]), m, 0.5, (1.0, 0.94, 0.75))

    return Look(still, moving)


KIND = Kind(
    category="MUSCStr",
    family="one_shot",
    sound=sound,
    look=look,
    rhythm=tune(0.3, 0.8),
    wording=Wording(
        nouns=("a harp", "harp glissando", "someone playing the harp", "harp strings", "a lyre", "a zither", "a koto"),
        clauses=("someone plays the harp", "a harp ripples"),
        gentle=("a gentle harp",),
        strong=("a sweeping harp glissando",),
        foreign={
            "de": ("Harfe", "Harfenspiel", "Harfenklänge", "Zither"),
            "fr": ("harpe", "harpiste", "lyre", "glissando de harpe"),
            "es": ("arpa", "arpista", "lira", "glissando de arpa"),
            "it": ("arpa", "arpista", "cetra", "glissando d'arpa"),
            "ja": ("ハープ", "竪琴", "琴", "ハープの音"),
            "zh": ("竖琴", "古筝", "竖琴声", "七弦琴"),
        },
    ),
)
