"""A tram."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, tint
from mmhnet_cli.training.world.driving import pipes, smoothed, way, wheel
from mmhnet_cli.training.world.dsp import (
    SAMPLE_RATE_HZ,
    at_samples,
    bandpass,
    harmonics,
    impulses,
    lowpass,
    noise,
    phase,
    sample_count,
    sustained,
    unit_peak,
    unit_rms,
    wander,
)
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.notes import ring
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import place


def _gong(rng: np.random.Generator, count: int) -> np.ndarray:
    """The driver's foot gong: two or three strokes on a small bell, once in a while."""
    hz = rng.uniform(700, 1300) * np.array([1, 1.01, 2.4, 2.42, 4.1, 5.9])
    stroke = ring(
        hz, rng.uniform(0.5, 1.1) / np.array([1, 1.1, 1.6, 1.7, 2.5, 3.5]), np.array([1, 0.7, 0.8, 0.5, 0.4, 0.2])
    )
    out, gap = np.zeros(count + len(stroke)), int(rng.uniform(0.16, 0.3) * SAMPLE_RATE_HZ)
    start = int(rng.uniform(0.2, 2.5) * SAMPLE_RATE_HZ)
    while start < count:
        for k in range(int(rng.integers(2, 4))):
            at = min(start + k * gap, count)
            out[at : at + len(stroke)] += stroke
        start += int(rng.uniform(2.5, 6) * SAMPLE_RATE_HZ)
    return out[:count]


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A tram: the whine of gears and motors that climbs with the speed, an inverter that sings, rails that grind.

    Motor and gear give tones at fixed ratios to the wheel's turns; a GTO inverter whistles a tone that jumps where it
    changes its pulses. Wheels scrape in the curves of the street, some ring their gong.
    """
    count = sample_count(source)
    speed = smoothed(source.curve, 1.2)
    fast = at_samples(speed, count)
    teeth = phase(at_samples(rng.uniform(60, 110) + rng.uniform(450, 900) * speed, count))
    whine = harmonics(teeth, np.array([1.0, 0.5, 0.35, 0.1, 0.2, 0.05, 0.08]) * rng.uniform(0.5, 1.4, 7))
    whine = unit_rms(whine) * (0.25 + fast) + 0.3 * np.sin(2.83 * teeth) * fast
    steps = np.array([1.0, 1.33, 1.78, 1.19, 1.5, 0.9])[np.clip((fast * 9).astype(np.int64) % 6, 0, 5)]
    pulsed = phase(rng.uniform(380, 620) * np.convolve(np.pad(steps, (300, 300), "edge"), np.ones(601) / 601, "valid"))
    singer = harmonics(pulsed, np.array([0.6, 1.0, 0.3, 0.5])) * np.clip(1.2 - fast, 0.2, 1)
    grind = bandpass(noise(rng, count), rng.uniform(250, 400), rng.uniform(900, 1600)) * (
        1 + 0.4 * wander(rng, count, 9)
    )
    rolling = unit_rms(grind) * (0.15 + fast) + 0.6 * unit_rms(lowpass(noise(rng, count), 130)) * (0.3 + fast)
    joints = np.flatnonzero(rng.random(count) < (0.3 + 1.5 * fast) / SAMPLE_RATE_HZ)
    knocks = pipes(
        impulses(count, np.r_[0, joints], np.ones(len(joints) + 1)), np.array([95.0, 310.0, 760.0]), (1, 0.8, 0.5), 0.07
    )
    out = rng.uniform(0.5, 0.9) * whine + rng.uniform(0, 0.35) * (rng.random() < 0.5) * unit_rms(singer)
    out += rng.uniform(0.6, 1.1) * rolling + 1.8 * unit_peak(knocks)
    if rng.random() < 0.4:
        scrape = np.clip(wander(rng, count, 0.9) - 0.2, 0, 1) * noise(rng, count)
        ringing = rng.uniform(0.9, 1.1) * np.array([1150.0, 2300.0, 3700.0])
        out += 0.4 * pipes(scrape, ringing, (0.6, 1.0, 0.8), 0.15) * (0.3 + fast)
    if rng.random() < 0.4:
        out += rng.uniform(0.5, 1.0) * _gong(rng, count)
    return sustained(place(rng, 0.4)(out)[:count], source.curve, 0.03, 0.1)


def look(rng: np.random.Generator) -> Look:
    """A tram under its wire, in the street; sparks at the bow."""
    paint, cream = tint(rng, *rng.uniform(0.15, 0.8, 3)), tint(rng, 0.9, 0.86, 0.74, 0.1)

    def moving(c: Canvas, m: Moment) -> None:
        way(c, m, 0.52, (0.45, 0.44, 0.42), fast=2.0)
        way(c, m, -0.47, (0.16, 0.16, 0.17), fast=2.0, width=0.015)
        sway = (0.003 + 0.008 * m.level) * np.sin(2 * np.pi * 2.7 * m.elapsed)
        c.capsule(-0.05, -0.2 + sway, 0.12, -0.34, 0.014, (0.25, 0.25, 0.27))
        c.capsule(0.12, -0.34, 0.0, -0.45, 0.014, (0.25, 0.25, 0.27))
        if m.turns(1.1, 7.0) % 1 < 0.15 + 0.3 * m.level:
            c.glow(0.0, -0.46, 0.25, (0.6, 0.8, 1.0), 0.3 + 0.8 * m.level)
        c.box(0, 0.02 + sway, 0.66, 0.24, cream)
        c.box(0, 0.18 + sway, 0.66, 0.12, paint)
        for k in range(6):
            c.box(-0.5 + 0.2 * k, -0.03 + sway, 0.075, 0.12, (0.4, 0.52, 0.62))
        c.disc(0.62, 0.2 + sway, 0.035, (1.0, 0.96, 0.75))
        for x in (-0.46, -0.28, 0.28, 0.46):
            wheel(c, x, 0.38, 0.085, m, (0.14, 0.14, 0.15), (0.5, 0.5, 0.5))
        c.capsule(-1.3, 0.47, 1.3, 0.47, 0.01, (0.72, 0.72, 0.74))

    return Look(lambda c: c.box(0, 0.52, 1.4, 0.07, (0.26, 0.26, 0.27)), moving)


KIND = Kind(
    category="TRNTram",
    family="machine",
    sound=sound,
    look=look,
    wording=Wording(
        nouns=(
            "a tram",
            "a streetcar",
            "a tram squealing round a bend",
            "a tram bell and rails",
            "a trolley car",
            "a cable car",
        ),
        clauses=("a tram squeals round the bend", "a tram rolls by"),
        gentle=("a tram rolling slowly",),
        strong=("a tram screeching",),
        foreign={
            "de": ("Straßenbahn", "Tram", "Trambahn", "Strassenbahn"),
            "fr": ("tramway", "le tram", "tramway qui passe"),
            "es": ("tranvía", "tranvías", "tranvía que pasa"),
            "it": ("tram", "tranvai", "filobus"),
            "ja": ("路面電車", "トラム", "市電"),
            "zh": ("电车", "有轨电车", "轨道电车"),
        },
    ),
)
