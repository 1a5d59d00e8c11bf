"""The hum of mains."""

import math

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, tint
from mmhnet_cli.training.world.dsp import (
    at_samples,
    bandpass,
    harmonics,
    impulses,
    noise,
    phase,
    pulse_times,
    sample_count,
    sustained,
    unit_rms,
    wander,
)
from mmhnet_cli.training.world.grit import ringing
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import continuous


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Iron that is pulled twice per period of 50 or 60 Hz: even harmonics, a buzz of loose sheets, a fizz of corona.

    Odd harmonics come from amplifiers with a bad earth. A second source close by beats with the first.
    """
    count = sample_count(source)
    mains = rng.choice([50.0, 60.0]) * (1 + 0.0006 * wander(rng, count, 0.5))
    number = np.arange(1, 25)
    amplitudes = rng.uniform(0.3, 1, 24) / number ** rng.uniform(0.7, 1.5)
    amplitudes[::2] *= rng.uniform(0.05, 0.7)
    angle = phase(mains)
    core = unit_rms(harmonics(angle, amplitudes))
    other = unit_rms(harmonics(1.0015 * angle + 1, amplitudes * rng.uniform(0.2, 1, 24)))
    level = at_samples(source.curve, count)
    pulls = pulse_times(2 * float(mains.mean()) * np.ones(len(source.curve)), count)
    loose = impulses(
        count, pulls, rng.normal(1, 0.1, len(pulls)) * np.where(np.arange(len(pulls)) % 2, 1, rng.uniform(0.4, 1))
    )
    sheet = rng.uniform(0.7, 1.4)
    buzz = unit_rms(ringing(loose, [(620 * sheet, 0.012, 0.5), (1450 * sheet, 0.008, 0.9), (3300 * sheet, 0.005, 1.0)]))
    fizz = unit_rms(bandpass(noise(rng, count), 3000, 9000) * np.clip(np.sin(2 * angle), 0, 1))
    made = core + rng.uniform(0, 0.6) * other
    made += (0.04 + rng.uniform(0.3, 0.8) * level**1.5) * buzz + rng.uniform(0, 0.2) * level**2 * fizz
    return sustained(continuous(rng, made, 0.1, 0.6), source.curve, 0.035, 0.11)


def look(rng: np.random.Generator) -> Look:
    """A transformer with insulators; it trembles, and light crawls along the wires."""
    tank, porcelain = tint(rng, 0.36, 0.42, 0.4, 0.2), tint(rng, 0.45, 0.22, 0.14)
    lag = rng.uniform(0, 1, 12)

    def still(c: Canvas) -> None:
        c.box(0, 0.47, 0.7, 0.04, (0.3, 0.3, 0.3))

    def moving(c: Canvas, m: Moment) -> None:
        shake = (0.006 + 0.014 * m.level) * math.sin(79 * m.elapsed)
        pulse = 0.5 + 0.5 * math.sin(2 * math.pi * m.turns(1.2, 5.0))
        c.box(shake, 0.2, 0.5, 0.25, tank)
        for k in range(7):
            c.box(shake - 0.45 + 0.15 * k, 0.22, 0.025, 0.22, tank * 0.7)
        c.convex([(shake - 0.12, 0.12), (shake + 0.12, 0.12), (shake, 0.32)], (0.95, 0.8, 0.1))
        for x in (-0.32, 0.0, 0.32):
            for y in (-0.08, -0.15, -0.22):
                c.ellipse(x + shake, y, 0.075, 0.03, porcelain)
            c.capsule(x + shake, -0.26, x, -0.65, 0.01, (0.12, 0.12, 0.12))
            c.disc(x + shake, -0.28, 0.035, (0.75, 0.75, 0.78))
            c.glow(x, -0.28, 0.3, (0.55, 0.6, 1.0), (0.15 + 0.7 * m.level) * pulse)
        run = (lag + m.turns(0.5, 2.5)) % 1
        at = np.repeat([-0.32, 0.0, 0.32], 4)
        c.capsules(at, -0.28 - 0.36 * run, at, -0.31 - 0.36 * run, 0.016, (0.8, 0.85, 1.0), 0.25 + 0.75 * m.level)

    return Look(still, moving)


KIND = Kind(
    category="ELECBuzz",
    family="machine",
    sound=sound,
    look=look,
    wording=Wording(
        nouns=(
            "an electric hum",
            "a transformer hum",
            "mains hum",
            "a humming refrigerator",
            "buzzing neon lights",
            "a fluorescent lamp buzzing",
            "an electric buzz",
            "power lines",
            "a server room",
        ),
        clauses=("a transformer hums", "a neon light buzzes"),
        gentle=("a faint electric hum",),
        strong=("a loud transformer hum",),
        foreign={
            "de": ("Brummen", "Netzbrummen", "Transformator", "Kühlschrank", "Summen", "Neonröhre"),
            "fr": ("bourdonnement électrique", "transformateur", "réfrigérateur", "ronflement électrique", "néon"),
            "es": ("zumbido eléctrico", "transformador", "nevera", "zumbido", "neón"),
            "it": ("ronzio", "ronzio elettrico", "trasformatore", "frigorifero", "neon che ronza"),
            "ja": ("ハム音", "変圧器", "冷蔵庫", "電気のうなり", "蛍光灯"),
            "zh": ("电流声", "变压器", "冰箱", "嗡嗡声", "日光灯"),
        },
    ),
)
