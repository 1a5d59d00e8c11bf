"""Gears that turn."""

import math

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import TURN, Look, Moment, tint
from mmhnet_cli.training.world.dsp import (
    LOUD_RMS,
    QUIET_RMS,
    at_samples,
    bandpass,
    impulses,
    lowpass,
    noise,
    phase,
    pulse_times,
    sample_count,
    sustained,
    unit_rms,
)
from mmhnet_cli.training.world.grit import ringing
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import continuous


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Tooth after tooth on tooth, uneven once per turn of either wheel; a pawl that drops, an axle that squeals.

    From clockwork, small and bright, to the wheels of a mill or a winch, slow and heavy.
    """
    count = sample_count(source)
    size = 10 ** rng.uniform(-0.4, 0.5)
    teeth_hz = rng.uniform(9, 15) / size**0.6 * rng.uniform(4, 6) ** source.curve
    meshes = np.concatenate([[0], pulse_times(teeth_hz, count)])
    small, large = int(rng.integers(7, 13)), int(rng.integers(17, 34))
    tooth = np.arange(len(meshes))
    uneven = 1 + 0.4 * np.sin(TURN * tooth / small) + 0.35 * np.sin(TURN * tooth / large + 1)
    blows = impulses(count, meshes, (uneven * rng.normal(1, 0.2, len(meshes))).clip(0.1))
    ratios = np.array([1, 1.83, 2.9, 4.3, 6.2]) * rng.uniform(0.92, 1.08, 5)
    lives = 0.035 * size**0.5 * np.array([1, 0.9, 0.7, 0.5, 0.35]) * rng.uniform(0.6, 1.8)
    tones = [(hz, t60, gain) for hz, t60, gain in zip(680 / size * ratios, lives, (0.8, 1, 1, 0.9, 0.8), strict=True)]
    clicks = unit_rms(ringing(blows, tones))
    every = small if rng.random() < 0.5 else large
    drops = impulses(count, meshes[::every], rng.uniform(0.6, 1, len(meshes[::every])))
    pawl = ringing(drops, [(0.45 * hz, 2 * t60, gain) for hz, t60, gain in tones])
    turn = phase(at_samples(teeth_hz / large, count))
    grind = unit_rms(bandpass(noise(rng, count), 500 / size**0.5, 4500) * (0.3 + lowpass(blows, 120).clip(min=0)))
    squeal_hz = rng.uniform(900, 2200) * (1 + 0.03 * np.sin(turn))
    squeal = np.sin(phase(squeal_hz)) * np.clip(np.sin(turn + rng.uniform(0, 6)) - 0.75, 0, 1) * 4
    speed = at_samples(source.curve, count)
    made = clicks + rng.uniform(0.3, 0.9) * unit_rms(pawl) + (0.15 + 0.5 * speed) * rng.uniform(0.3, 0.8) * grind
    made += rng.choice([0.0, rng.uniform(0.1, 0.4)]) * squeal
    return sustained(continuous(rng, made, 0.12, 0.9), source.curve, QUIET_RMS, 0.9 * LOUD_RMS)


def look(rng: np.random.Generator) -> Look:
    """Three toothed wheels in mesh."""
    metals = [tint(rng, 0.72, 0.55, 0.25, 0.2), tint(rng, 0.55, 0.56, 0.6), tint(rng, 0.62, 0.36, 0.22, 0.2)]
    wheels = ((-0.3, 0.1, 0.3, 16, 1.0), (0.22, -0.08, 0.2, 11, -16 / 11), (0.5, 0.26, 0.17, 9, 16 / 9))

    def moving(c: Canvas, m: Moment) -> None:
        turned = TURN * m.turns(0.12, 0.9)
        for metal, (x, y, radius, teeth, ratio) in zip(metals, wheels, strict=True):
            turn = turned * ratio + TURN * np.arange(teeth) / teeth
            dx, dy = np.cos(turn), np.sin(turn)
            near, far = 0.9 * radius, 1.12 * radius
            c.capsules(x + near * dx, y + near * dy, x + far * dx, y + far * dy, 0.03, metal)
            c.disc(x, y, radius, metal)
            c.disc(x, y, 0.75 * radius, metal * 0.75)
            for k in range(3):
                angle = turned * ratio + k * TURN / 6
                ox, oy = 0.7 * radius * math.cos(angle), 0.7 * radius * math.sin(angle)
                c.capsule(x - ox, y - oy, x + ox, y + oy, 0.025, metal)
            c.disc(x, y, 0.25 * radius, (0.15, 0.15, 0.16))

    return Look(lambda c: c.box(0.08, 0.08, 0.75, 0.46, (0.16, 0.16, 0.18)), moving)


KIND = Kind(
    category="MECHGear",
    family="machine",
    sound=sound,
    look=look,
    wording=Wording(
        nouns=(
            "gears",
            "clockwork gears turning",
            "a gear mechanism",
            "cogs",
            "a winch",
            "a ratchet",
            "a mechanism being wound up",
            "a factory machine",
            "an assembly line",
            "a music box being wound",
        ),
        clauses=("gears turn", "a mechanism ratchets"),
        gentle=("a tiny clockwork",),
        strong=("huge gears grinding",),
        foreign={
            "de": ("Zahnräder", "Getriebe", "Räderwerk", "Mechanik", "Kurbel", "Ratsche"),
            "fr": ("engrenages", "mécanisme", "rouages", "manivelle", "cliquet"),
            "es": ("engranajes", "mecanismo", "manivela", "trinquete"),
            "it": ("ingranaggi", "meccanismo", "manovella", "cricchetto"),
            "ja": ("歯車", "機械音", "ギア", "ぜんまい"),
            "zh": ("齿轮", "机械", "发条", "机器运转"),
        },
    ),
)
