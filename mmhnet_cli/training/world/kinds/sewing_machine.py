"""A sewing machine."""

import math

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import TURN, Look, Moment, tint
from mmhnet_cli.training.world.dsp import (
    LOUD_RMS,
    QUIET_RMS,
    at_samples,
    bandpass,
    harmonics,
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

PARTS = ((0.0, 1.0, 1.0), (0.31, 0.4, 1.7), (0.55, 0.65, 1.35), (0.8, 0.3, 2.3))
"""Needle bar, take-up lever, hook, feed dog: (when in the turn, how hard, how high)."""


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Four small blows per stitch on the arm of the machine, 3 to 16 stitches a second, and the motor on its belt.

    Old ones of iron clatter and have no motor, new ones of plastic rattle duller over a whine.
    """
    count = sample_count(source)
    stitches_hz = rng.uniform(2.5, 4) * rng.uniform(3.6, 4.6) ** source.curve
    needle = np.concatenate([[0], pulse_times(stitches_hz, count)])
    turn = np.diff(needle, append=2 * needle[-1] - needle[-2])
    iron, body = rng.uniform(0, 1), rng.uniform(420, 800)
    clatter = np.zeros(count)
    for when, hard, high in PARTS:
        at = (needle + (when + rng.uniform(-0.05, 0.05)) * turn).astype(np.int64).clip(0)
        blows = impulses(count, at, hard * rng.uniform(0.5, 1.4) * rng.normal(1, 0.12, len(at)))
        tones = ((1.0, 0.03, 1.0), (2.35, 0.018, 0.9), (4.2, 0.01, 0.6 + iron), (8.1, 0.006, 0.3 + 0.7 * iron))
        clatter += ringing(blows, [(body * high**0.6 * r, t60 * (0.6 + iron), g) for r, t60, g in tones])
    table = ringing(lowpass(impulses(count, needle, np.ones(len(needle))), 400), [(rng.uniform(90, 150), 0.06, 1.0)])
    speed = at_samples(stitches_hz, count)
    belt = phase(speed * rng.uniform(20, 30))
    motor = unit_rms(harmonics(belt, np.array([1, 0.7, 0.4, 0.45, 0.2, 0.2, 0.1]))) * (speed / speed.max())
    slide = bandpass(noise(rng, count), 2500, 7000) * (0.4 + np.abs(np.sin(phase(0.5 * speed))))
    made = (
        unit_rms(clatter) + 0.4 * unit_rms(table) + (1 - iron) * rng.uniform(0.3, 0.7) * motor + 0.12 * unit_rms(slide)
    )
    return sustained(continuous(rng, made, 0.12, 0.5), source.curve, QUIET_RMS, 0.8 * LOUD_RMS)


def look(rng: np.random.Generator) -> Look:
    """A sewing machine; the needle goes up and down and the cloth moves on."""
    paint, cloth = tint(rng, 0.2, 0.3, 0.38, 0.4), tint(rng, 0.8, 0.5, 0.55, 0.3)
    steel, thread = (0.8, 0.82, 0.85), tint(rng, 0.9, 0.2, 0.2, 0.3)

    def still(c: Canvas) -> None:
        c.box(0, 0.45, 0.8, 0.05, (0.42, 0.28, 0.16))
        c.box(0.1, 0.36, 0.55, 0.05, paint)
        c.box(0.45, 0.05, 0.12, 0.3, paint)
        c.box(0.02, -0.2, 0.5, 0.1, paint)
        c.box(-0.38, -0.1, 0.1, 0.14, paint)

    def moving(c: Canvas, m: Moment) -> None:
        angle = TURN * m.turns(1.0, 5.5)
        low = 0.08 * math.sin(angle)
        feed = m.turns(0.15, 0.8)
        c.box(-0.35, 0.31, 0.5, 0.02, cloth)
        stitch = -0.85 + (np.arange(10) / 10 + feed) % 1 * 0.5
        c.capsules(stitch, np.full(10, 0.3), stitch + 0.025, np.full(10, 0.3), 0.01, thread)
        c.capsule(-0.38, 0.02, -0.38, 0.12 + low, 0.022, steel)
        c.capsule(-0.38, 0.12 + low, -0.38, 0.23 + low, 0.008, steel)
        c.capsule(-0.3, -0.12 + 0.5 * low, -0.3, -0.24 + 0.5 * low, 0.014, steel)
        c.capsule(-0.3, -0.24 + 0.5 * low, -0.1, -0.4, 0.005, thread)
        c.box(-0.1, -0.38, 0.04, 0.07, thread)
        c.disc(0.6, -0.2, 0.13, steel)
        dx, dy = 0.1 * math.cos(angle), 0.1 * math.sin(angle)
        c.capsule(0.6 - dx, -0.2 - dy, 0.6 + dx, -0.2 + dy, 0.02, paint)

    return Look(still, moving)


KIND = Kind(
    category="MACHAppl",
    family="machine",
    sound=sound,
    look=look,
    wording=Wording(
        nouns=(
            "a sewing machine",
            "sewing",
            "a tailor at the sewing machine",
            "stitching",
            "an old treadle sewing machine",
            "a loom",
        ),
        clauses=("a sewing machine rattles", "a tailor sews"),
        gentle=("a sewing machine stitching slowly",),
        strong=("a sewing machine at full speed",),
        foreign={
            "de": ("Nähmaschine", "Nähen", "Näherin", "Webstuhl"),
            "fr": ("machine à coudre", "coudre", "couture", "métier à tisser"),
            "es": ("máquina de coser", "coser", "costura", "telar"),
            "it": ("macchina da cucire", "cucire", "cucitura", "telaio"),
            "ja": ("ミシン", "縫う", "裁縫", "機織り"),
            "zh": ("缝纫机", "缝纫", "缝衣", "织布机"),
        },
    ),
)
