"""Bubbles under water."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, tint
from mmhnet_cli.training.world.dsp import (
    QUIET_RMS,
    at_samples,
    lowpass,
    noise,
    random_times,
    sample_count,
    samples_of,
    sustained,
    unit_rms,
    wander,
)
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.liquid import bubbles
from mmhnet_cli.training.world.scene import Source


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Air that is let go under water: rows of clear bloops, each row from large to small, through water that dulls.

    A diver, a straw in a glass, an aquarium: what differs is how large the bubbles are. After van den Doel.
    """
    count = sample_count(source)
    flow = at_samples(source.curve, count)
    rows = random_times(rng, 2.5 + 13 * flow)
    each = rng.integers(1, 5, len(rows))
    first = np.repeat(np.arange(len(rows)), each)
    within = np.arange(len(first)) - np.repeat(np.cumsum(each) - each, each)
    apart = samples_of(1) * rng.uniform(0.03, 0.085, len(rows))
    at = rows[first] + (within * apart[first] * rng.uniform(0.8, 1.2, len(first))).astype(np.int64)
    middle_mm = rng.uniform(2.8, 8.0)
    sizes = middle_mm * rng.lognormal(0, 0.3, len(rows)) * (0.8 + 0.5 * flow[rows])
    radii = sizes[first] * 0.86**within * rng.uniform(0.85, 1.15, len(first))
    inside = at < count
    bloops = bubbles(rng, count, at[inside], radii[inside].clip(1.5, 15), (0.1, 0.5))
    fizz_at = random_times(rng, 8 + 60 * flow**2)
    fizz = bubbles(rng, count, fizz_at, rng.uniform(0.9, 2.2, len(fizz_at)), (0.0, 0.2))
    dull_hz = rng.uniform(1200, 5000)
    swash = lowpass(noise(rng, count), rng.uniform(120, 300)) * np.clip(0.6 + 0.6 * wander(rng, count, 3), 0, None)
    whole = unit_rms(bloops) + (0.08 + 0.35 * flow) * unit_rms(fizz) + rng.uniform(0.03, 0.2) * unit_rms(swash)
    dulled = lowpass(whole, dull_hz)
    return sustained(dulled + 0.25 * flow * (whole - dulled), source.curve, 0.7 * QUIET_RMS, 0.085)


def look(rng: np.random.Generator) -> Look:
    """Bubbles that wobble upwards through blue water."""
    deep, pale = tint(rng, 0.08, 0.26, 0.42), (0.8, 0.93, 1.0)
    count = 26
    x, lag, pace = rng.normal(0, 0.22, count), rng.uniform(0, 1, count), rng.uniform(0.7, 1.3, count)
    size, reed = rng.uniform(0.02, 0.06, count), tint(rng, 0.15, 0.4, 0.25)

    def still(c: Canvas) -> None:
        c.box(0, 0, 0.75, 0.5, deep)
        for k in range(4):
            c.box(0, -0.4 + 0.08 * k, 0.75, 0.05, deep * (1.5 - 0.12 * k), 0.5)
        c.ellipse(0, 0.5, 0.7, 0.06, (0.4, 0.35, 0.25))
        for side in (-1, 1):
            c.capsule(0.6 * side, 0.48, 0.55 * side, 0.05, 0.03, reed)

    def moving(c: Canvas, m: Moment) -> None:
        some = slice(0, 4 + int(22 * m.level))
        life = (lag + pace * m.turns(0.25, 0.9))[some] % 1
        at = x[some] * (0.3 + 0.9 * life) + 0.05 * np.sin(14 * life + 7 * lag[some])
        y = 0.42 - 0.88 * life
        big = size[some] * (0.55 + 0.6 * life) * (0.7 + 0.6 * m.level)
        c.capsules(at - 0.3 * big, y, at + 0.3 * big, y, big, pale, 0.85)
        c.capsules(at, y + 0.15 * big, at, y + 0.15 * big, 0.65 * big, deep * 1.8)
        c.capsules(at - 0.4 * big, y - 0.4 * big, at - 0.4 * big, y - 0.4 * big, 0.22 * big, (1.0, 1.0, 1.0))

    return Look(still, moving)


KIND = Kind(
    category="WATRBubl",
    family="texture",
    sound=sound,
    look=look,
    depth=2,
    wording=Wording(
        nouns=(
            "bubbles",
            "underwater bubbles",
            "bubbling water",
            "air bubbles",
            "an aquarium",
            "blowing bubbles",
            "a diver under water",
        ),
        clauses=("bubbles rise", "air bubbles up through the water"),
        gentle=("a few bubbles",),
        strong=("violent bubbling",),
        foreign={
            "de": ("Blasen", "Luftblasen", "Blubbern", "Unterwasser", "Aquarium"),
            "fr": ("bulles", "bulles d'air", "bouillonnement", "sous l'eau", "aquarium"),
            "es": ("burbujas", "burbujeo", "bajo el agua", "acuario"),
            "it": ("bolle", "bolle d'aria", "gorgoglio", "sott'acqua", "acquario"),
            "ja": ("泡", "気泡", "水中", "あぶく", "水槽"),
            "zh": ("气泡", "泡泡", "水下", "冒泡", "水族箱"),
        },
    ),
)
