"""A siren."""

import math

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import TURN, Look, Moment, tint
from mmhnet_cli.training.world.dsp import at_samples, harmonics, phase, sample_count, sustained
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.scene import Source


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A siren: one loud tone with harmonics that never stands still; the curve sets its height."""
    count = sample_count(source)
    sweep = 0.12 * np.sin(phase(np.full(count, rng.uniform(0.5, 2.5))) + rng.uniform(0, 2 * np.pi))
    pitch = rng.uniform(480, 680) * 2 ** (at_samples(1.2 * source.curve, count) + sweep)
    horn = harmonics(phase(pitch), np.array([1.0, 0.7, 0.45, 0.4, 0.2, 0.15]) * rng.uniform(0.6, 1.2, 6))
    return sustained(horn, source.curve, 0.06, 0.11)


def look(rng: np.random.Generator) -> Look:
    """A rescue vehicle with turning blue and red lamps."""
    paint, stripe = tint(rng, 0.85, 0.86, 0.88, 0.08), tint(rng, 0.8, 0.2, 0.15, 0.2)
    lamps = ((-0.14, (0.15, 0.3, 1.0)), (0.14, (1.0, 0.12, 0.12)))

    def still(c: Canvas) -> None:
        c.box(0, 0.22, 0.6, 0.18, paint)
        c.box(0, 0.24, 0.6, 0.04, stripe)
        c.convex([(-0.3, -0.12), (0.3, -0.12), (0.44, 0.05), (-0.44, 0.05)], paint)
        c.convex([(-0.26, -0.08), (0.26, -0.08), (0.36, 0.04), (-0.36, 0.04)], (0.12, 0.16, 0.2))
        for x in (-0.36, 0.36):
            c.disc(x, 0.4, 0.1, (0.06, 0.06, 0.06))
            c.disc(x, 0.4, 0.045, (0.5, 0.5, 0.5))
        c.box(0, -0.15, 0.26, 0.03, (0.2, 0.2, 0.22))

    def moving(c: Canvas, m: Moment) -> None:
        angle = TURN * m.turns(0.8, 2.4)
        for k, (x, colour) in enumerate(lamps):
            sweep = math.cos(angle + k * math.pi)
            bright = max(sweep, 0.0) ** 2
            c.box(x, -0.21, 0.09, 0.055, np.array(colour) * (0.35 + 0.65 * bright))
            c.glow(x, -0.21, 0.75, colour, 1.1 * bright)
            c.disc(x + 0.06 * math.sin(angle + k * math.pi), -0.21, 0.05, (1, 1, 1), bright)

    return Look(still, moving)


KIND = Kind(
    category="VEHSirn",
    family="machine",
    sound=sound,
    look=look,
    wording=Wording(
        nouns=(
            "siren",
            "a police siren",
            "an ambulance siren",
            "a wailing siren",
            "an emergency vehicle",
            "a police car",
            "a fire engine siren",
            "an ambulance",
        ),
        clauses=("a siren wails", "an ambulance passes with its siren on"),
        gentle=("a slowly wailing siren",),
        strong=("a frantic police siren",),
        foreign={
            "de": ("Sirene", "Polizeisirene", "Martinshorn", "Krankenwagen", "Polizeiauto", "Blaulicht"),
            "fr": ("sirène", "sirène de police", "ambulance", "voiture de police", "pompiers"),
            "es": ("sirena", "sirena de policía", "ambulancia", "coche de policía", "bomberos"),
            "it": ("sirena", "sirena della polizia", "ambulanza", "pompieri"),
            "ja": ("サイレン", "パトカー", "救急車", "消防車"),
            "zh": ("警笛", "警报器", "警车", "救护车", "消防车"),
        },
    ),
)
