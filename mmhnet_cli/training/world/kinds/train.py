"""A train."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, tint
from mmhnet_cli.training.world.driving import even, ignitions, pipes, smoothed, way, wheel
from mmhnet_cli.training.world.dsp import (
    SAMPLE_RATE_HZ,
    at_samples,
    bandpass,
    impulses,
    lowpass,
    noise,
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


def axles(rng: np.random.Generator, way_m: np.ndarray) -> np.ndarray:
    """Samples at which axles pass a joint, given the way (N,) in metres: two bogies of two axles a carriage."""
    car_m, bogie_m, inset_m = rng.uniform(12, 24), rng.uniform(1.8, 2.8), rng.uniform(1.5, 3.5)
    on_car = np.array([inset_m, inset_m + bogie_m, car_m - inset_m - bogie_m, car_m - inset_m])
    cars = np.arange(int(way_m[-1] / car_m) + 2) - rng.uniform(0, 1)
    places = np.sort((cars[:, None] * car_m + on_car).ravel())
    return np.searchsorted(way_m, places[(places > 0) & (places < way_m[-1])])


def squeal(rng: np.random.Generator, amount: np.ndarray) -> np.ndarray:
    """Flanges (N,) that stick and slip in curves: a few high whistles that come and go with `amount` (N,)."""
    count, out = len(amount), np.zeros(len(amount))
    for hz in rng.uniform(1800, 5200) * np.array([1, rng.uniform(1.3, 1.5), rng.uniform(1.9, 2.3)]):
        bent = hz * (1 + 0.012 * wander(rng, count, 3))
        gate = np.clip(wander(rng, count, 1.3) - 0.25, 0, 1) ** 1.5
        out += gate * np.sin(np.cumsum(bent) * (2 * np.pi / SAMPLE_RATE_HZ)) * (1 + 0.4 * noise(rng, count))
    return out * amount


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A train: ta-tam, ta-tam, as pairs of axles pass the joints, over the roar of steel wheels; some brake and squeal.

    The rhythm follows from metres: carriages, bogies and axles at the speed of the train. Some have a diesel ahead.
    """
    count = sample_count(source)
    speed = smoothed(source.curve, 1.2)
    metres_s = at_samples(rng.uniform(3.5, 6) + rng.uniform(10, 22) * speed, count)
    passed = axles(rng, np.cumsum(metres_s) / SAMPLE_RATE_HZ)
    fast = at_samples(speed, count)
    hits = impulses(count, passed, rng.uniform(0.6, 1.0, len(passed)) * (0.4 + 0.8 * fast[passed]))
    rail = rng.uniform(0.85, 1.2) * np.array([75.0, 160.0, 430.0, 980.0, 2100.0])
    clack = pipes(hits, rail, (0.9, 1.0, 0.8, 0.6, 0.35), rng.uniform(0.05, 0.12))
    clack += 0.4 * unit_rms(resonance(hits, 120.0, 0.05).clip(min=0) * bandpass(noise(rng, count), 500, 4500))
    steel = bandpass(noise(rng, count), rng.uniform(350, 550), rng.uniform(1300, 2400)) * (
        1 + 0.3 * wander(rng, count, 11)
    )
    roar = unit_rms(steel) * (0.15 + fast) + unit_rms(lowpass(noise(rng, count), 140)) * (0.4 + 0.6 * fast)
    out = rng.uniform(3.5, 6.5) * unit_peak(clack) + rng.uniform(0.6, 1.1) * roar
    if rng.random() < 0.45:
        out += rng.uniform(0.1, 0.5) * squeal(rng, 0.4 + 0.6 * fast)
    if rng.random() < 0.4:
        fired = ignitions(rng, rng.uniform(6, 9) + 9 * speed, count, even(12), 0.4)
        out += 0.8 * pipes(fired, rng.uniform(0.85, 1.2) * np.array([48.0, 96.0, 210.0]), (1.0, 0.9, 0.5), 0.05)
    return sustained(place(rng, 0.4)(out)[:count], source.curve, 0.035, 0.12)


def look(rng: np.random.Generator) -> Look:
    """Carriages on rails; wheels turn, sleepers and masts pass."""
    paint, stripe = tint(rng, *rng.uniform(0.1, 0.7, 3)), tint(rng, 0.85, 0.8, 0.6, 0.2)
    lag = rng.uniform(0, 1)

    def moving(c: Canvas, m: Moment) -> None:
        x = (lag - m.turns(0.1, 1.1)) % 1 * 2.8 - 1.4
        c.capsule(x, -0.5, x, 0.42, 0.02, (0.3, 0.3, 0.3))
        way(c, m, 0.5, (0.38, 0.28, 0.2), fast=2.6, width=0.025)
        jolt = (0.003 + 0.008 * m.level) * np.sin(2 * np.pi * 4.1 * m.elapsed)
        for middle in (-0.58, 0.58):
            c.box(middle, 0.02 + jolt, 0.54, 0.26, paint)
            c.box(middle, 0.16 + jolt, 0.54, 0.03, stripe)
            for k in range(4):
                c.box(middle - 0.39 + 0.26 * k, -0.05 + jolt, 0.09, 0.09, (0.95, 0.88, 0.6))
            for place_x in (-0.4, -0.24, 0.24, 0.4):
                wheel(c, middle + place_x, 0.36, 0.075, m, (0.15, 0.15, 0.16), (0.5, 0.5, 0.52))
        c.capsule(-1.3, 0.44, 1.3, 0.44, 0.014, (0.7, 0.7, 0.72))

    return Look(lambda c: c.box(0, 0.52, 1.4, 0.07, (0.3, 0.27, 0.24)), moving)


KIND = Kind(
    category="TRNDiesl",
    family="machine",
    sound=sound,
    look=look,
    wording=Wording(
        nouns=(
            "a train",
            "a freight train",
            "a train passing",
            "a steam locomotive",
            "railway cars on the tracks",
            "a subway train",
            "a train on the rails",
        ),
        clauses=("a train passes", "a train rolls over the rails"),
        gentle=("a train slowly rolling into a station",),
        strong=("an express train thundering past",),
        foreign={
            "de": ("Zug", "Eisenbahn", "Güterzug", "Dampflok", "Lokomotive", "U-Bahn"),
            "fr": ("le train", "un train", "chemin de fer", "locomotive", "métro", "train de marchandises"),
            "es": ("tren", "ferrocarril", "locomotora", "tren de carga"),
            "it": ("treno", "ferrovia", "locomotiva", "treno merci", "metropolitana"),
            "ja": ("電車", "列車", "汽車", "鉄道", "地下鉄"),
            "zh": ("火车", "列车", "铁路", "火车经过", "地铁"),
        },
    ),
)
