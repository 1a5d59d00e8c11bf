"""A washing machine."""

import math

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import TURN, Look, Moment, tint
from mmhnet_cli.training.world.dsp import (
    SAMPLE_RATE_HZ,
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
    unit_peak,
    unit_rms,
    wander,
)
from mmhnet_cli.training.world.grit import ringing
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.scene import CONTROL_RATE_HZ, Source
from mmhnet_cli.training.world.surroundings import continuous


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A drum from washing, 50 turns a minute, to spinning, 800: what tumbles in it, water, motor, an uneven load.

    Slow, wet clothes fall three times a turn and water sloshes; fast, they cling, the motor whines and the case shakes.
    """
    count = sample_count(source)
    slow_hz, fast_hz = rng.uniform(0.7, 1.0), rng.uniform(10, 15)
    drum = slow_hz * (fast_hz / slow_hz) ** (source.curve**1.3)
    spin = at_samples(source.curve, count)
    turn = phase(at_samples(drum, count))
    falls = pulse_times(3 * drum, count)
    clings = 1 - np.clip(
        2.2 * source.curve[np.minimum(falls * CONTROL_RATE_HZ // SAMPLE_RATE_HZ, len(source.curve) - 1)], 0, 1
    )
    soft = lowpass(impulses(count, falls, clings * rng.uniform(0.2, 1.2, len(falls))), 180)
    clothes = ringing(soft, [(rng.uniform(60, 95), 0.12, 1.0), (rng.uniform(140, 230), 0.07, 0.6)])
    wave = (0.5 + 0.5 * np.sin(3 * turn + rng.uniform(0, 6))) ** 3 * (1 + 0.5 * wander(rng, count, 20))
    slosh = unit_rms(bandpass(noise(rng, count), 350, rng.uniform(1500, 2800)) * wave)
    ratio = rng.uniform(26, 40)
    motor = harmonics(phase(at_samples(70 + ratio * drum, count)), np.array([1, 0.5, 0.35, 0.3, 0.15, 0.12]))
    brushes = bandpass(noise(rng, count), 1500, 5000) * (1 + 0.5 * np.sin(0.5 * ratio * turn))
    case = rng.uniform(55, 90)
    knocks = impulses(count, pulse_times(drum, count), np.ones(1).repeat(len(pulse_times(drum, count))))
    shake = unit_rms(ringing(knocks, [(case, 0.09, 1.0), (3.1 * case, 0.05, 0.5), (9.5 * case, 0.02, 0.25)]))
    rush = unit_rms(bandpass(noise(rng, count), 200, 1800) * (1 + 0.35 * np.sin(turn)))
    wet = np.clip(1.1 - 1.6 * spin, 0, 1)
    made = 3.0 * unit_peak(clothes) + rng.uniform(0.4, 0.9) * wet * slosh
    made += (0.15 + 0.75 * spin) * unit_rms(motor) + 0.06 * unit_rms(brushes) * (0.3 + spin)
    made += spin * (rng.uniform(0.2, 0.8) * shake + 0.9 * rush)
    return sustained(continuous(rng, made, 0.15, 0.7), source.curve, 0.04, 0.11)


def look(rng: np.random.Generator) -> Look:
    """A machine with a round window; the wash turns in it, and the case shakes when it spins."""
    case = tint(rng, 0.88, 0.89, 0.9, 0.08)
    cloths = [tint(rng, 0.8, 0.25, 0.25, 0.3), tint(rng, 0.25, 0.45, 0.8, 0.3), tint(rng, 0.9, 0.8, 0.4, 0.3)]
    start = rng.uniform(0, TURN)

    def moving(c: Canvas, m: Moment) -> None:
        shake = 0.02 * m.level**2 * math.sin(70 * m.elapsed)
        angle = start + TURN * m.turns(0.5, 3.3)
        c.box(shake, 0, 0.42, 0.48, case)
        c.box(shake, -0.38, 0.38, 0.07, case * 0.85)
        c.disc(shake + 0.28, -0.38, 0.04, case * 0.4)
        c.box(shake - 0.2, -0.38, 0.1, 0.03, (0.1, 0.25 + 0.5 * m.level, 0.3))
        c.disc(shake, 0.06, 0.32, (0.55, 0.57, 0.6))
        c.disc(shake, 0.06, 0.27, (0.1, 0.14, 0.18))
        for k, cloth in enumerate(cloths):
            turn = angle + k * TURN / 3
            far = 0.12 + 0.06 * m.level
            x, y = shake + far * math.cos(turn), 0.09 + far * math.sin(turn)
            c.ellipse(x, y, 0.11, 0.08, cloth)
            c.capsule(x, y, shake + 0.2 * math.cos(turn + 0.6), 0.07 + 0.2 * math.sin(turn + 0.6), 0.035, cloth)
        level = 0.14 - 0.03 * math.sin(3 * angle)
        if m.level < 0.6:
            c.ellipse(shake, level + 0.08, 0.22, 0.08, (0.6, 0.8, 0.95), 0.45 * (1 - m.level / 0.6))
        c.ring(shake, 0.06, 0.29, 0.29, 0.04, (0.75, 0.77, 0.8))

    return Look(lambda c: c.ellipse(0, 0.5, 0.55, 0.05, (0.08, 0.08, 0.09), 0.7), moving)


KIND = Kind(
    category="MACHAppl",
    family="machine",
    sound=sound,
    look=look,
    wording=Wording(
        nouns=(
            "a washing machine",
            "a spin cycle",
            "a tumble dryer",
            "laundry",
            "a dishwasher running",
            "a launderette",
        ),
        clauses=("a washing machine spins", "the laundry tumbles"),
        gentle=("a washing machine filling",),
        strong=("a washing machine in its spin cycle",),
        foreign={
            "de": ("Waschmaschine", "Schleudern", "Wäschetrockner", "Spülmaschine"),
            "fr": ("machine à laver", "lave-linge", "sèche-linge", "essorage", "lave-vaisselle"),
            "es": ("lavadora", "centrifugado", "secadora", "lavavajillas"),
            "it": ("lavatrice", "centrifuga", "asciugatrice", "lavastoviglie"),
            "ja": ("洗濯機", "脱水", "乾燥機", "食洗機"),
            "zh": ("洗衣机", "甩干", "烘干机", "洗碗机"),
        },
    ),
)
