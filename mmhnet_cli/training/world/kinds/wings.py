"""Beating wings."""

import math

import numpy as np

from mmhnet_cli.training.world.animal import sounding, track
from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, smooth, tint
from mmhnet_cli.training.world.dsp import (
    SAMPLE_RATE_HZ,
    bandpass,
    impulses,
    noise,
    play_events,
    resonance,
    samples_of,
    unit_rms,
)
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import bursts
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import place


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Flaps: the clap of the downstroke, air that a wing pushes away, feathers that rustle; from pigeon to swan.

    Large wings are slower and darker; some whistle, as those of doves and swans do.
    """
    size = rng.uniform(0, 1)
    air_hz, length_s = 850 * 0.25**size * rng.uniform(0.8, 1.2), 0.055 + 0.085 * size
    whistle_hz, whistle = rng.uniform(900, 2400), 0.5 * (rng.random() < 0.35)
    rustle, clap, around = rng.uniform(0.2, 0.9), rng.uniform(0.3, 1.2), place(rng, 0.45)

    def flap(index: int, strength: float) -> np.ndarray:
        count = samples_of(length_s * rng.uniform(0.9, 1.1))
        push = track(count, (0, 0.015, 0.3, 1), (0.3, 0.6, 1.0, 0.0)) ** 1.3
        air = unit_rms(bandpass(noise(rng, count), 0.45 * air_hz, (1.2 + 1.4 * strength) * air_hz)) * push
        barbs = int(rng.integers(25, 60))
        at = np.minimum((rng.beta(1.2, 2.5, barbs) * count).astype(np.int64), count - 1)
        at[0] = 0
        clicks = impulses(count, at, rng.lognormal(-0.5, 0.7, barbs) * rng.choice([-1, 1], barbs))
        feathers = unit_rms(resonance(clicks, rng.uniform(2200, 4500), 0.004))
        snap = unit_rms(bandpass(noise(rng, count), 0.8 * air_hz, 3200)) * np.exp(
            -np.arange(count) / (0.006 * SAMPLE_RATE_HZ)
        )
        tone = np.sin(2 * np.pi * whistle_hz * np.cumsum(track(count, (0, 0.4, 1), (0.9, 1.0, 0.85))) / SAMPLE_RATE_HZ)
        out = air + rustle * strength * push * feathers + clap * strength * snap + whistle * push * tone
        return around(out * track(count, (0, 0.8, 1), (1, 1, 0)))

    return play_events(source, 0.35, flap)


def look(rng: np.random.Generator) -> Look:
    """A bird in the air whose wings come down at every event."""
    plumage = tint(rng, 0.72, 0.72, 0.76, 0.25)
    tip, pace = plumage * rng.uniform(0.35, 0.8), rng.uniform(0.3, 0.6)

    def moving(c: Canvas, m: Moment) -> None:
        y = 0.05 * math.sin(2 * math.pi * pace * m.elapsed) - 0.05 * smooth(1 - m.age / 0.25)
        span = min(m.interval, 0.5)
        raised = 1.0 if math.isinf(m.age) else smooth((m.age / span - 0.25) / 0.6)
        angle = 1.0 - 1.7 * (1 - raised)
        c.convex([(-0.38, y - 0.06), (-0.15, y), (-0.15, y + 0.08), (-0.38, y + 0.14)], plumage * 0.75)
        c.ellipse(0, y + 0.04, 0.24, 0.09, plumage)
        c.disc(0.24, y - 0.02, 0.08, plumage)
        c.capsule(0.31, y - 0.01, 0.39, y + 0.01, 0.018, (0.95, 0.7, 0.25))
        for side in (-1, 1):
            x = side * 0.05
            mid_x, mid_y = x + side * 0.26 * math.cos(angle), y - 0.26 * math.sin(angle)
            end_x = mid_x + side * 0.3 * math.cos(angle - 0.35)
            end_y = mid_y - 0.3 * math.sin(angle - 0.35)
            c.capsule(x, y, mid_x, mid_y, 0.075, plumage * 0.9)
            c.capsule(mid_x, mid_y, end_x, end_y, 0.05, tip)
        sounding(c, 0, y, m, 0.55)

    return Look(lambda c: c.ellipse(0, 0.6, 0.35, 0.04, (0.06, 0.06, 0.06), 0.5), moving)


KIND = Kind(
    category="WINGBird",
    family="one_shot",
    sound=sound,
    look=look,
    rhythm=bursts(0.12, 0.24, of=(3, 12)),
    wording=Wording(
        nouns=(
            "flapping wings",
            "birds taking off",
            "a bird flapping its wings",
            "pigeons flying up",
            "wing beats",
            "a butterfly",
            "a bat flying",
        ),
        clauses=("wings flap", "a flock of pigeons takes off"),
        gentle=("the flutter of small wings",),
        strong=("a big bird beating its wings",),
        foreign={
            "de": ("Flügel", "Flügelschlag", "Flügelschläge", "auffliegende Tauben"),
            "fr": ("ailes", "battement d'ailes", "envol", "pigeons qui s'envolent"),
            "es": ("alas", "aleteo", "batir de alas", "palomas volando"),
            "it": ("ali", "battito d'ali", "frullo d'ali", "piccioni in volo"),
            "ja": ("羽ばたき", "翼", "羽音", "鳩が飛び立つ"),
            "zh": ("翅膀", "拍翅膀", "振翅", "鸽子起飞"),
        },
    ),
)
