"""A songbird."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mmhnet_cli.training.world.animal import gape, sounding, track
from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, tint
from mmhnet_cli.training.world.dsp import SAMPLE_RATE_HZ, phase, play_events, samples_of
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import bursts
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import place


@dataclass(frozen=True)
class _Syllable:
    """One of a bird's figures: octaves from its base at start, middle and end; a trill of `depth` octaves."""

    length_s: float
    octaves: np.ndarray
    trill_hz: float
    depth: float


def _syllable(rng: np.random.Generator, wide: float) -> _Syllable:
    trilled = rng.random() < 0.35
    length = rng.uniform(0.12, 0.3) if trilled else rng.uniform(0.04, 0.16)
    return _Syllable(length, rng.uniform(-wide, wide, 3), rng.uniform(22, 55), rng.uniform(0.06, 0.3) * trilled)


def _voice(rng: np.random.Generator) -> Callable[[_Syllable, float], np.ndarray]:
    base_hz, overtones = 10 ** rng.uniform(3.26, 3.7), np.array([rng.uniform(0.03, 0.3), rng.uniform(0.0, 0.12)])

    def sing(s: _Syllable, strength: float) -> np.ndarray:
        count = samples_of(s.length_s * rng.uniform(0.95, 1.05))
        trill = np.sin(2 * np.pi * s.trill_hz * np.arange(count) / SAMPLE_RATE_HZ)
        octaves = track(count, (0, 0.5, 1), s.octaves) + s.depth * trill + 0.12 * (strength - 0.7)
        angle = phase(base_hz * 2**octaves)
        tone = np.sin(angle) + strength**2 * (overtones[0] * np.sin(2 * angle) + overtones[1] * np.sin(3 * angle))
        swell = track(count, (0, 0.003 / s.length_s, 0.3, 0.7, 1), (0, 0.5, 1, 0.8, 0))
        return tone * swell * (1 - min(1.0, 4 * s.depth) * 0.4 * (1 + trill))

    return sing


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Song: a syllable per event out of the bird's own few, each repeated for a while; near, or high in a wood.

    A syrinx is nearly a sine of quickly moving pitch, with trills (Farnell's birds).
    """
    sing, wide = _voice(rng), rng.uniform(0.12, 0.55)
    repertoire = [_syllable(rng, wide) for _ in range(int(rng.integers(2, 6)))]
    faithful, around = rng.uniform(0.3, 0.9), place(rng, 0.8)
    changes = rng.random(len(source.events_s)) > faithful
    chosen = (np.cumsum(changes) + rng.integers(8)) % len(repertoire)
    return play_events(source, 0.3, lambda index, strength: around(sing(repertoire[int(chosen[index])], strength)))


def look(rng: np.random.Generator) -> Look:
    """A small bird on a twig that opens its beak, its tail up, at every syllable."""
    plumage, breast = tint(rng, 0.35, 0.4, 0.5, 0.3), tint(rng, 0.85, 0.5, 0.3, 0.3)
    bark, leaf = tint(rng, 0.3, 0.2, 0.12), tint(rng, 0.3, 0.5, 0.2)
    leaf_x = rng.uniform(-0.6, 0.6, 12)

    def still(c: Canvas) -> None:
        c.capsule(-0.8, 0.42, 0.8, 0.34, 0.03, bark)
        c.capsules(leaf_x, 0.36 - 0.05 * leaf_x, leaf_x + 0.08, 0.28 - 0.05 * leaf_x, 0.035, leaf)

    def moving(c: Canvas, m: Moment) -> None:
        beak, bob = 0.1 * gape(m, 0.14), 0.03 * math.sin(2.2 * m.elapsed)
        up = 0.05 * gape(m, 0.14)
        c.capsule(-0.12, 0.15, -0.45, 0.22 - 3 * up, 0.045, plumage * 0.7)
        c.ellipse(0, 0.12, 0.22, 0.17, plumage)
        c.ellipse(0.08, 0.17, 0.14, 0.12, breast)
        c.disc(0.16, -0.1 - up + bob, 0.13, plumage)
        for way in (-1, 1):
            c.capsule(0.26, -0.1 - up + bob, 0.38, -0.1 - up + bob + way * beak, 0.022, (0.95, 0.75, 0.2))
        c.disc(0.2, -0.13 - up + bob, 0.025, (0.02, 0.02, 0.02))
        for leg in (-0.03, 0.06):
            c.capsule(leg, 0.26, leg, 0.37, 0.012, (0.6, 0.45, 0.3))
        sounding(c, 0.42, -0.12, m, 0.45)

    return Look(still, moving)


KIND = Kind(
    category="BIRDSong",
    family="one_shot",
    sound=sound,
    look=look,
    rhythm=bursts(0.14, 0.45, of=(2, 9)),
    wording=Wording(
        nouns=(
            "birds singing",
            "a bird",
            "birdsong",
            "chirping birds",
            "a songbird",
            "seagulls",
            "a crow cawing",
            "a rooster crowing",
            "an owl hooting",
            "a parrot",
            "ducks quacking",
        ),
        clauses=("birds sing", "a bird chirps in a tree"),
        gentle=("a single bird twittering",),
        strong=("a loud dawn chorus",),
        foreign={
            "de": ("Vogel", "Vögel", "Vogelgesang", "Vogelgezwitscher", "Möwen", "Zwitschern", "Hahn"),
            "fr": ("oiseau", "oiseaux", "chant d'oiseau", "gazouillis", "mouettes", "coq"),
            "es": ("pájaro", "pájaros", "canto de pájaros", "gaviotas", "gallo", "aves"),
            "it": ("uccello", "uccelli", "canto degli uccelli", "cinguettio", "gabbiani", "gallo"),
            "ja": ("鳥", "鳥の声", "小鳥", "さえずり", "カモメ"),
            "zh": ("鸟", "鸟叫", "鸟鸣", "海鸥", "鸟儿"),
        },
    ),
)
