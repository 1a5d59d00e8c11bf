"""A Geiger counter."""

import math

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, tint
from mmhnet_cli.training.world.dsp import (
    at_samples,
    bandpass,
    impulses,
    noise,
    random_times,
    sample_count,
    samples_of,
    scatter,
    soft_limit,
    unit_peak,
)
from mmhnet_cli.training.world.grit import ringing
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import surroundings


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """One and the same click, at times that nobody can foretell: a Poisson process of 3 to 150 counts a second.

    The tube is blind for a moment after each count. Some sets click through a bare loudspeaker, some chirp.
    """
    count = sample_count(source)
    rate = rng.uniform(2.5, 5) * rng.uniform(18, 30) ** source.curve
    fired = np.sort(random_times(rng, at_samples(rate, count)))
    counts = fired[np.diff(fired, prepend=-count) > samples_of(0.0012)]
    speaker, chirp = rng.uniform(900, 2600), rng.choice([0.006, rng.uniform(0.01, 0.025)])
    modes = [(speaker, chirp, 1.0), (2.3 * speaker, 0.006, 0.8), (4.6 * speaker, 0.003, 0.6)]
    blow = impulses(samples_of(0.05), np.zeros(1, int), np.ones(1))
    click = unit_peak(bandpass(ringing(blow, modes), 0.5 * speaker, 18000))
    place = surroundings(rng, 0.08, 0.4)
    size = 0.36 * at_samples(1 + 0.35 * source.curve, count)[counts]
    made = scatter(count, counts, size[:, None] * click)
    hiss = rng.uniform(0.001, 0.004) * bandpass(noise(rng, count), 400, 5000)
    return soft_limit(place(made)[:count] + hiss, 0.45, 0.7)


def look(rng: np.random.Generator) -> Look:
    """A yellow meter over glowing lumps: the needle climbs and trembles, the lamp flashes."""
    case, glowing = tint(rng, 0.85, 0.7, 0.12, 0.15), tint(rng, 0.3, 0.95, 0.3, 0.15)
    x, y, lag = rng.uniform(-0.6, 0.6, 16), rng.uniform(0.36, 0.5, 16), rng.uniform(0, 6.28, 16)
    beats = rng.uniform(17, 41, 3)

    def still(c: Canvas) -> None:
        c.ellipse(0, 0.5, 0.85, 0.08, (0.12, 0.14, 0.12))
        c.box(0, -0.12, 0.42, 0.3, case)
        c.box(0, -0.18, 0.33, 0.18, (0.95, 0.94, 0.88))
        c.capsule(0.42, -0.1, 0.65, 0.2, 0.02, (0.1, 0.1, 0.1))
        c.capsule(0.62, 0.2, 0.4, 0.34, 0.05, (0.6, 0.6, 0.62))

    def moving(c: Canvas, m: Moment) -> None:
        # Three clocks that share no beat look as irregular as decay.
        chance = sum(math.sin(beat * m.elapsed + k) for k, beat in enumerate(beats)) / 3
        angle = -2.5 + 1.8 * m.level + 0.25 * (0.2 + m.level) * chance
        c.capsule(0, -0.02, 0.27 * math.cos(angle), -0.02 + 0.27 * math.sin(angle), 0.014, (0.8, 0.08, 0.05))
        c.disc(0, -0.02, 0.03, (0.1, 0.1, 0.1))
        lit = 1.0 if chance > 0.5 - 0.7 * m.level else 0.15
        c.disc(0.3, 0.09, 0.05, np.array([1.0, 0.25, 0.15]) * lit)
        c.glow(0.3, 0.09, 0.35, (1.0, 0.3, 0.2), lit * (0.2 + 0.8 * m.level))
        pulse = 0.5 + 0.5 * np.sin(lag + 2 * math.pi * m.turns(0.4, 2.5))
        c.capsules(x, y, x + 0.03, y, 0.035, glowing, 0.25 + 0.65 * pulse * (0.2 + 0.8 * m.level))
        c.glow(0, 0.5, 0.9, glowing, (0.1 + 0.6 * m.level) * (0.8 + 0.2 * chance))

    return Look(still, moving)


KIND = Kind(
    category="EQUIPTech",
    family="machine",
    sound=sound,
    look=look,
    wording=Wording(
        nouns=(
            "a geiger counter",
            "radioactive clicks",
            "a radiation detector",
            "a geiger counter near a reactor",
            "clicking of radiation",
        ),
        clauses=("a geiger counter clicks", "a radiation meter crackles"),
        gentle=("a few clicks of a geiger counter",),
        strong=("a geiger counter going wild",),
        foreign={
            "de": ("Geigerzähler", "Geiger-Zähler", "Strahlungsmesser", "Radioaktivität"),
            "fr": ("compteur Geiger", "radioactivité", "détecteur de radiation"),
            "es": ("contador Geiger", "radiactividad", "detector de radiación"),
            "it": ("contatore Geiger", "radioattività", "rilevatore di radiazioni"),
            "ja": ("ガイガーカウンター", "放射線", "放射線測定器"),
            "zh": ("盖革计数器", "辐射", "辐射探测器"),
        },
    ),
)
