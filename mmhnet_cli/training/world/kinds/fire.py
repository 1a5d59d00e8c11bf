"""A fire."""

import math

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, tint
from mmhnet_cli.training.world.dsp import (
    LOUD_RMS,
    QUIET_RMS,
    at_samples,
    impulses,
    lowpass,
    noise,
    random_times,
    resonance,
    sample_count,
    sustained,
    unit_rms,
    wander,
)
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.scene import Source


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A fire: sharp crackles of very different size over a fluttering low roar."""
    count = sample_count(source)
    times = random_times(rng, at_samples(7 + 28 * source.curve, count))
    sizes = (1 + rng.pareto(2.2, len(times))).clip(max=5) * rng.choice([-1, 1], len(times))
    woods = rng.uniform(0.8, 1.25) * np.array([1100.0, 2300.0, 4200.0])
    which = rng.integers(0, len(woods), len(times))
    crackle = np.sum(
        [resonance(impulses(count, times[which == k], sizes[which == k]), hz, 0.008) for k, hz in enumerate(woods)],
        axis=0,
    )
    flutter = 1 + 0.6 * wander(rng, count, rng.uniform(8, 14))
    roar = unit_rms(lowpass(noise(rng, count), rng.uniform(110, 190)) * flutter)
    return sustained(unit_rms(crackle) + rng.uniform(0.8, 1.2) * roar, source.curve, QUIET_RMS, 0.6 * LOUD_RMS)


def look(rng: np.random.Generator) -> Look:
    """Flames over logs, higher and busier when it burns hard."""
    log, count = tint(rng, 0.24, 0.14, 0.08), 30
    x, phase = rng.normal(0, 0.15, count).clip(-0.32, 0.32), rng.uniform(0, 1, count)
    pace, sway = rng.uniform(0.9, 1.6, count), rng.uniform(0, 6.28, count)
    layers = (((0.85, 0.2, 0.04), 1.0), ((1.0, 0.55, 0.08), 0.66), ((1.0, 0.92, 0.5), 0.36))

    def still(c: Canvas) -> None:
        c.ellipse(0, 0.48, 0.55, 0.07, (0.07, 0.05, 0.05))
        for side in (-1, 1):
            c.capsule(-0.36 * side, 0.46, 0.3 * side, 0.36, 0.06, log)

    def moving(c: Canvas, m: Moment) -> None:
        flicker = 0.5 * math.sin(19 * m.elapsed + sway[0]) + 0.5 * math.sin(31 * m.elapsed + sway[1])
        c.glow(0, 0.1, 0.95, (1.0, 0.5, 0.15), (0.25 + 0.3 * m.level) * (1 + 0.3 * flicker))
        life = (phase + pace * m.elapsed * 1.3) % 1
        high = (0.35 + 0.6 * m.level) * (1 - 2 * np.abs(x))
        for colour, wide in layers:
            y = 0.38 - life * high * (0.55 + 0.45 * wide)
            at = x * (1 - 0.6 * life) * (0.5 + 0.5 * wide) + 0.05 * life * np.sin(7 * m.elapsed + sway)
            radius = (0.1 + 0.05 * m.level) * wide * (1 - life) + 0.01
            c.capsules(at, y, at, y - 1.2 * radius, radius, colour)
        up = (phase * 7 % 1 + 0.8 * pace * m.elapsed)[:10] % 1
        drift = 2.5 * x[:10] * up + 0.04 * np.sin(9 * m.elapsed + sway[:10])
        c.capsules(drift, 0.2 - 0.8 * up, drift, 0.18 - 0.8 * up, 0.009, (1.0, 0.7, 0.3), (1 - up) * m.level)

    return Look(still, moving)


KIND = Kind(
    category="FIREBurn",
    family="texture",
    sound=sound,
    look=look,
    wording=Wording(
        nouns=(
            "fire",
            "a crackling campfire",
            "burning wood",
            "flames",
            "a fireplace",
            "a bonfire",
            "a house on fire",
            "a blaze",
        ),
        clauses=("fire crackles", "logs burn and pop"),
        gentle=("quiet embers",),
        strong=("a roaring blaze",),
        foreign={
            "de": ("Feuer", "Lagerfeuer", "Kaminfeuer", "Flammen", "Brand"),
            "fr": ("feu", "feu de camp", "flammes", "cheminée", "incendie"),
            "es": ("fuego", "hoguera", "llamas", "fogata", "incendio"),
            "it": ("fuoco", "falò", "fiamme", "caminetto", "incendio"),
            "ja": ("火", "焚き火", "炎", "暖炉", "たき火"),
            "zh": ("火", "篝火", "火焰", "壁炉", "燃烧"),
        },
    ),
)
