"""Wind chimes."""

import math

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, tint
from mmhnet_cli.training.world.dsp import at_samples, impulses, random_times, resonance, sample_count, sustained
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.notes import SCALES
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import place

BAR = np.array([1.0, 2.756, 5.404, 8.933])
"""Modes of a bar or tube with free ends (Rayleigh)."""


def _tubes(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pitches (T,), T60 (4,) of the modes of the lowest, and their levels (4,): of metal, bamboo or glass."""
    material = str(rng.choice(["metal", "bamboo", "glass"], p=(0.6, 0.2, 0.2)))
    low, (life, short), tilt = {
        "metal": (rng.uniform(380, 1100), (rng.uniform(1.5, 4.0), 0.7), rng.uniform(0.35, 0.8)),
        "bamboo": (rng.uniform(280, 600), (rng.uniform(0.1, 0.22), 0.6), 0.35),
        "glass": (rng.uniform(1900, 3200), (rng.uniform(0.2, 0.6), 0.75), 0.6),
    }[material]
    scale = np.array(SCALES[int(rng.integers(2, len(SCALES)))])
    pitches = low * 2 ** (np.r_[scale, 12 + scale[:3]] / 12)
    if material != "metal":
        pitches = pitches * rng.uniform(0.95, 1.05, len(pitches))
    return pitches[: int(rng.integers(5, 9))], life * short ** np.arange(4.0), tilt ** np.arange(4)


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Tubes that a clapper strikes as the wind has it: more often and harder in gusts, in little flurries."""
    count = sample_count(source)
    pitches, t60, levels = _tubes(rng)
    first = random_times(rng, at_samples(0.7 + 5.5 * source.curve**1.3, count))
    # A clapper that has struck one tube swings on to the next.
    echoes = first[:, None] + np.round(44100 * np.cumsum(rng.uniform(0.05, 0.16, (len(first), 3)), 1)).astype(np.int64)
    follow = rng.random((len(first), 3)) < 0.45
    times = np.r_[0, first, echoes[follow]]
    times = times[times < count]
    gust = at_samples(source.curve, count)[times]
    sizes = rng.lognormal(-0.3, 0.5, len(times)) * (0.3 + 0.7 * gust)
    which = rng.integers(0, len(pitches), len(times))
    out = np.zeros(count)
    for tube, pitch in enumerate(pitches):
        mine = which == tube
        if not mine.any():
            continue
        for mode, (ratio, life, level) in enumerate(zip(BAR, t60, levels, strict=True)):
            # Harder strikes bring out the upper modes.
            struck = impulses(count, times[mine], sizes[mine] * (0.1 + 0.9 * gust[mine]) ** mode)
            hz = pitch * ratio * rng.uniform(0.997, 1.003)
            if hz < 16000:
                out += level * resonance(struck, hz, life * (pitches[0] / pitch) ** 0.5)
    heard = place(rng, 0.5)(out)[:count]
    return sustained(heard, source.curve, 0.025, 0.1)


def look(rng: np.random.Generator) -> Look:
    """Tubes on threads that swing about a clapper, more in gusts."""
    wood, tube = tint(rng, 0.45, 0.28, 0.15, 0.2), tint(rng, 0.75, 0.77, 0.82, 0.2)
    x, lag = np.linspace(-0.3, 0.3, 7), rng.uniform(0, 6.28, 8)
    foot = np.linspace(0.05, 0.36, 7)

    def moving(c: Canvas, m: Moment) -> None:
        swing = (0.02 + 0.13 * m.level) * np.sin(2 * math.pi * m.turns(0.8, 1.7) + lag[:7])
        c.capsules(x, np.full(7, -0.32), x + 0.5 * swing, np.full(7, -0.2), 0.006, (0.85, 0.82, 0.75))
        c.capsules(x + 0.5 * swing, np.full(7, -0.2), x + swing, foot, 0.035, tube)
        glint = np.clip(np.sin(2 * math.pi * m.turns(1.0, 4.0) + 3 * lag[:7]), 0, 1) * (0.2 + 0.8 * m.level)
        c.capsules(
            x + 0.6 * swing - 0.01, np.full(7, -0.1), x + 0.9 * swing - 0.01, foot - 0.1, 0.012, (1, 1, 0.95), glint
        )
        at = 1.6 * (0.02 + 0.13 * m.level) * math.sin(2 * math.pi * m.turns(0.7, 1.5) + lag[7])
        c.capsule(0, -0.32, at, 0.1, 0.008, wood)
        c.disc(at, 0.1, 0.07, wood)
        c.box(1.6 * at, 0.44, 0.05, 0.07, wood * 1.3, angle=-2 * at)

    return Look(lambda c: c.box(0, -0.36, 0.38, 0.045, wood), moving)


KIND = Kind(
    category="MUSCChim",
    family="texture",
    sound=sound,
    look=look,
    wording=Wording(
        nouns=(
            "wind chimes",
            "chimes in the breeze",
            "tinkling chimes",
            "a wind chime on a porch",
            "small tinkling bells",
            "sleigh bells",
            "a glockenspiel",
        ),
        clauses=("wind chimes tinkle", "chimes ring in the breeze"),
        gentle=("a few soft chimes",),
        strong=("wind chimes in a storm",),
        foreign={
            "de": ("Windspiel", "Klangspiel", "Glöckchen", "Windspiele"),
            "fr": ("carillon à vent", "carillon éolien", "clochettes", "mobile à vent"),
            "es": ("campanillas de viento", "carillón", "móvil de viento", "campanillas"),
            "it": ("campanelle a vento", "campanellini", "scacciapensieri a vento"),
            "ja": ("風鈴", "ウィンドチャイム", "鈴"),
            "zh": ("风铃", "铃铛", "风铃声"),
        },
    ),
)
