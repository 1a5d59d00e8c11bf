"""A lorry."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, tint
from mmhnet_cli.training.world.driving import even, fumes, ignitions, pipes, revs, smoothed, way, wheel
from mmhnet_cli.training.world.dsp import (
    SAMPLE_RATE_HZ,
    at_samples,
    bandpass,
    impulses,
    lowpass,
    noise,
    phase,
    resonance,
    sample_count,
    samples_of,
    sustained,
    unit_rms,
    wander,
)
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import place


def _brakes(rng: np.random.Generator, curve: np.ndarray, count: int) -> np.ndarray:
    """Compressed air let go where the curve comes to rest: a sharp hiss that dies away in half a second."""
    low = np.flatnonzero((curve[1:] < 0.25) & (curve[:-1] >= 0.25)) * (SAMPLE_RATE_HZ // 25)
    hiss = bandpass(noise(rng, samples_of(0.9)), 1800, 9000)
    hiss *= np.exp(-np.arange(len(hiss)) / (rng.uniform(0.1, 0.22) * SAMPLE_RATE_HZ))
    out = np.zeros(count + len(hiss))
    for start in low:
        out[start : start + len(hiss)] += hiss
    return out[:count]


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A heavy diesel: deep even beat, the knock of each ignition, a turbo that whistles under load, brakes that sigh.

    Diesels burn at once, so every ignition also hits the block (a burst about 1.5 to 4 kHz); heavy motors turn slowly,
    ten to forty times a second. The trailer rattles.
    """
    count = sample_count(source)
    turning = revs(smoothed(source.curve, 0.6), int(rng.integers(3, 7)))
    turns_hz = rng.uniform(8.5, 11.5) + rng.uniform(16, 26) * turning
    fired = ignitions(rng, turns_hz, count, even(int(rng.choice([4, 6, 6, 8]))), 0.35)
    exhaust = rng.uniform(0.8, 1.2) * np.array([42.0, 88.0, 175.0, 330.0])
    deep = pipes(fired, exhaust, (1.0, 1.0, 0.6, 0.35), 0.045)
    block = rng.uniform(0.8, 1.25) * np.array([1300.0, 1900.0, 2900.0, 4100.0])
    struck = resonance(fired, 300.0, 0.01).clip(min=0) * noise(rng, count)
    knock = pipes(fired + 0.5 * struck, block, (0.8, 1.0, 0.7, 0.4), 0.006)
    load = at_samples(smoothed(source.curve, 0.5), count)
    turbo = load**1.5 * np.sin(
        phase(at_samples(rng.uniform(1700, 2600) * (1 + 1.2 * smoothed(source.curve, 1.0)), count))
    )
    hits = np.flatnonzero(rng.random(count) < (1 + 9 * load) / SAMPLE_RATE_HZ)
    rattle = resonance(impulses(count, hits, rng.lognormal(-0.5, 0.8, len(hits))), rng.uniform(350, 900), 0.06)
    road = unit_rms(lowpass(noise(rng, count), rng.uniform(250, 600))) * load * (1 + 0.3 * wander(rng, count, 6))
    out = deep + rng.uniform(0.2, 0.45) * knock + rng.uniform(0.02, 0.16) * turbo + 0.5 * road
    out += rng.uniform(0.0, 0.8) * rattle + rng.uniform(0.5, 1.2) * unit_rms(_brakes(rng, source.curve, count)) * 0.3
    return sustained(place(rng, 0.35)(out)[:count], source.curve, 0.045, 0.12)


def look(rng: np.random.Generator) -> Look:
    """A lorry with a box body that shakes; wheels turn, the stack smokes."""
    cab, box = tint(rng, *rng.uniform(0.15, 0.8, 3)), tint(rng, 0.72, 0.72, 0.7, 0.2)
    lag, pace = rng.uniform(0, 1, 6), rng.uniform(3, 5)

    def moving(c: Canvas, m: Moment) -> None:
        way(c, m, 0.51, (0.85, 0.82, 0.7), fast=2.0)
        jolt = (0.005 + 0.01 * m.level) * np.sin(2 * np.pi * pace * m.elapsed)
        fumes(c, m, 0.2, -0.38, lag, (0.3, 0.3, 0.31))
        c.box(-0.28, -0.05 + jolt, 0.46, 0.32, box)
        for x in np.linspace(-0.66, 0.1, 6):
            c.box(x, -0.05 + jolt, 0.008, 0.3, box * 0.8)
        c.capsule(0.22, -0.34 + jolt, 0.22, 0.2, 0.022, (0.75, 0.75, 0.78))
        c.box(0.47, 0.06 + jolt, 0.2, 0.24, cab)
        c.box(0.52, -0.05 + jolt, 0.13, 0.09, (0.55, 0.68, 0.78))
        c.box(-0.05, 0.3, 0.7, 0.03, (0.12, 0.12, 0.13))
        c.disc(0.65, 0.24 + jolt, 0.03, (1.0, 0.96, 0.75))
        for x in (-0.58, -0.32, 0.46):
            wheel(c, x, 0.36, 0.13, m, (0.06, 0.06, 0.07), (0.62, 0.62, 0.64))

    return Look(lambda c: c.box(0, 0.51, 1.4, 0.05, (0.2, 0.2, 0.2)), moving)


KIND = Kind(
    category="VEHTruck",
    family="machine",
    sound=sound,
    look=look,
    wording=Wording(
        nouns=(
            "a truck",
            "a lorry",
            "a heavy truck passing",
            "a bus",
            "a garbage truck",
            "a van",
            "a semi-trailer",
            "a fire engine driving",
        ),
        clauses=("a truck rumbles past", "a bus pulls away"),
        gentle=("a truck idling",),
        strong=("a heavy lorry climbing a hill",),
        foreign={
            "de": ("Lastwagen", "LKW", "Laster", "Bus", "Müllwagen"),
            "fr": ("camion", "poids lourd", "autobus", "camionnette", "autocar"),
            "es": ("camión", "autobús", "furgoneta", "tráiler"),
            "it": ("camion", "autocarro", "autobus", "furgone"),
            "ja": ("トラック", "大型トラック", "バス", "ダンプカー"),
            "zh": ("卡车", "货车", "公共汽车", "大货车", "巴士"),
        },
    ),
)
