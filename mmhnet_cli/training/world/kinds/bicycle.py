"""A bicycle."""

import math

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import TURN, Look, Moment, tint
from mmhnet_cli.training.world.driving import pipes, smoothed, way, wheel
from mmhnet_cli.training.world.dsp import (
    SAMPLE_RATE_HZ,
    at_samples,
    bandpass,
    impulses,
    noise,
    pulse_times,
    random_times,
    resonance,
    sample_count,
    sustained,
    unit_peak,
    unit_rms,
    wander,
)
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import place


def _bell(rng: np.random.Generator, count: int) -> np.ndarray:
    """The bell on the handlebar: a wheel of little hammers under a steel cap; tring, tring."""
    out, start = np.zeros(count), rng.uniform(0.3, 2.5)
    strokes = np.concatenate([start + 0.32 * k + np.arange(9) * rng.uniform(0.016, 0.026) for k in range(2)])
    at = (strokes * SAMPLE_RATE_HZ).astype(np.int64)
    struck = impulses(count, at[at < count], np.ones(int((at < count).sum())))
    for hz, level, life in zip(
        rng.uniform(2100, 3000) * np.array([1, 1.008, 2.31, 3.9]),
        (1, 0.8, 0.5, 0.3),
        (0.7, 0.65, 0.4, 0.2),
        strict=True,
    ):
        out += level * resonance(struck, hz, life)
    return out


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A bicycle: pawls that tick in the hub as it coasts, a chain that whirrs under the pedals, tyres that sing.

    Each tick is a tooth that falls on steel, so the ticks run at the speed of the wheel; loose fenders rattle on
    bumps; some ring their bell.
    """
    count = sample_count(source)
    speed = smoothed(source.curve, 0.8)
    teeth_hz = rng.uniform(9, 14) + rng.uniform(35, 70) * speed
    ticks, links = pulse_times(teeth_hz, count), pulse_times(0.8 * teeth_hz, count)
    coasting = np.clip(4 * (wander(rng, count, 0.6) + rng.uniform(-0.3, 0.6)), 0.05, 1)
    freewheel = impulses(count, ticks, coasting[ticks] * rng.uniform(0.8, 1.0, len(ticks)))
    hub = rng.uniform(0.85, 1.2) * np.array([1700.0, 3100.0, 5200.0, 7900.0])
    tick = pipes(freewheel, hub, (0.5, 0.9, 1.0, 0.5), rng.uniform(0.003, 0.009))
    chain = impulses(count, links, (1.05 - coasting[links]) * rng.lognormal(-0.3, 0.4, len(links)))
    whirr = pipes(chain, rng.uniform(0.85, 1.2) * np.array([750.0, 1500.0, 3400.0]), (0.8, 1.0, 0.6), 0.008)
    fast = at_samples(speed, count)
    tyre = unit_rms(bandpass(noise(rng, count), rng.uniform(200, 350), rng.uniform(900, 1900))) * (0.15 + 0.6 * fast)
    tyre += 0.5 * unit_rms(bandpass(noise(rng, count), 1800, 6000)) * fast**1.5
    grit = random_times(rng, 6 + 90 * fast)
    gravel = unit_rms(
        resonance(impulses(count, grit, rng.lognormal(0, 0.9, len(grit))), rng.uniform(2200, 4200), 0.004)
    )
    bumps = random_times(rng, 0.6 + 4 * fast)
    fender = rng.uniform(350, 800) * np.array([1, 2.2, 3.7])
    rattle = pipes(
        impulses(count, np.r_[0, bumps], rng.lognormal(-0.3, 0.6, len(bumps) + 1)), fender, (1, 0.7, 0.5), 0.05
    )
    out = (
        rng.uniform(2.5, 4.5) * unit_peak(tick)
        + rng.uniform(1.0, 2.2) * unit_peak(whirr)
        + rng.uniform(0.5, 1.0) * tyre
    )
    out += rng.uniform(0.5, 1.5) * unit_peak(gravel) + rng.uniform(0.0, 1.8) * unit_peak(rattle)
    if rng.random() < 0.3:
        out += rng.uniform(0.8, 2.0) * unit_peak(_bell(rng, count))
    return sustained(place(rng, 0.35)(out)[:count], source.curve, 0.02, 0.075)


def look(rng: np.random.Generator) -> Look:
    """A cyclist who pedals; wheels turn, the path passes."""
    frame, shirt = tint(rng, *rng.uniform(0.15, 0.85, 3)), tint(rng, *rng.uniform(0.2, 0.85, 3))
    skin, trousers = tint(rng, 0.82, 0.62, 0.5, 0.2), tint(rng, 0.2, 0.22, 0.3)

    def moving(c: Canvas, m: Moment) -> None:
        way(c, m, 0.51, (0.75, 0.7, 0.58), fast=2.4)
        for x in (-0.38, 0.38):
            wheel(c, x, 0.28, 0.21, m, (0.08, 0.08, 0.09), (0.62, 0.64, 0.66))
        for x0, y0, x1, y1 in (
            (-0.38, 0.28, -0.04, 0.28),
            (-0.04, 0.28, 0.28, 0.02),
            (-0.12, 0.04, 0.28, 0.02),
            (-0.12, 0.04, -0.38, 0.28),
            (-0.12, -0.02, -0.04, 0.28),
            (0.28, -0.06, 0.38, 0.28),
        ):
            c.capsule(x0, y0, x1, y1, 0.018, frame)
        turn = TURN * m.turns(0.35, 1.6)
        for lag, shade in ((math.pi, 0.7), (0.0, 1.0)):
            foot_x, foot_y = -0.04 + 0.1 * math.cos(turn + lag), 0.28 + 0.1 * math.sin(turn + lag)
            knee_x, knee_y = 0.1 + 0.35 * (foot_x + 0.04), 0.08 + 0.5 * (foot_y - 0.28)
            c.capsule(-0.12, -0.05, knee_x, knee_y, 0.05, trousers * shade)
            c.capsule(knee_x, knee_y, foot_x, foot_y, 0.04, trousers * shade)
        c.capsule(-0.12, -0.08, 0.02, -0.3, 0.08, shirt)
        c.capsule(0.02, -0.28, 0.27, -0.07, 0.035, shirt * 0.85)
        c.disc(0.08, -0.44, 0.085, skin)

    return Look(lambda c: c.box(0, 0.51, 1.4, 0.05, (0.34, 0.31, 0.26)), moving)


KIND = Kind(
    category="VEHBike",
    family="machine",
    sound=sound,
    look=look,
    wording=Wording(
        nouns=(
            "a bicycle",
            "a bike freewheeling",
            "a bicycle chain",
            "cycling",
            "a bicycle bell",
            "pedalling a bike",
            "a mountain bike",
        ),
        clauses=("someone rides a bicycle", "a bicycle freewheels"),
        gentle=("a bicycle rolling slowly",),
        strong=("a bicycle racing downhill",),
        foreign={
            "de": ("Fahrrad", "Rad fahren", "Fahrradkette", "Fahrräder", "Freilauf"),
            "fr": ("vélo", "bicyclette", "roue libre", "faire du vélo"),
            "es": ("bicicleta", "bici", "pedalear", "montar en bicicleta"),
            "it": ("bicicletta", "bici", "pedalare", "ruota libera"),
            "ja": ("自転車", "自転車の音", "サイクリング", "ペダル"),
            "zh": ("自行车", "单车", "骑车", "脚踏车"),
        },
    ),
)
