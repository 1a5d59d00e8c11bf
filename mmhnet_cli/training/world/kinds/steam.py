"""Steam that escapes."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, tint
from mmhnet_cli.training.world.dsp import (
    LOUD_RMS,
    QUIET_RMS,
    at_samples,
    bandpass,
    impulses,
    lowpass,
    noise,
    random_times,
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
    """A jet through a valve: the hiss climbs with the pressure (its peak lies at speed over width, after Lighthill).

    With little pressure it sputters water, with much it roars below and may whistle at the valve's edge.
    """
    count = sample_count(source)
    pressure = at_samples(source.curve, count)
    sputter = rng.uniform(0.2, 1) * (1 - pressure)
    gust = np.clip(1 + 0.12 * wander(rng, count, 9) + sputter * wander(rng, count, rng.uniform(12, 22)), 0.05, None)
    base = rng.uniform(650, 1300)
    place = 0.6 + 2.6 * pressure + 0.5 * wander(rng, count, 3)
    air, jet = noise(rng, count), np.zeros(count)
    for k in range(5):
        # Each band fades in around its place on the climb, broad and without an upper edge, as jets are.
        centre = base * 1.7**k
        jet += np.maximum(0.12, 1 - np.abs(place - k) / 2) * unit_rms(
            bandpass(air, 0.5 * centre, min(2.6 * centre, 18000))
        )
    roar = unit_rms(bandpass(noise(rng, count), 90, 500))
    spits = random_times(rng, 1 + 60 * sputter)
    drops = impulses(count, spits, rng.lognormal(0, 0.8, len(spits)))
    water = ringing(drops, [(hz * rng.uniform(0.8, 1.2), 0.012, 1.0) for hz in (450, 900, 1700)])
    edge = rng.uniform(1400, 3600)
    whistle = unit_rms(ringing(air, [(edge, 0.12, 1.0), (2 * edge, 0.08, 0.4)]))
    made = jet * gust + rng.uniform(0.1, 0.4) * (0.3 + pressure) * roar * gust
    made += 0.35 * unit_rms(water) * sputter + rng.uniform(0, 0.8) ** 3 * pressure * whistle
    return sustained(continuous(rng, lowpass(made, 17000), 0.1, 0.8), source.curve, QUIET_RMS, LOUD_RMS)


def look(rng: np.random.Generator) -> Look:
    """A pipe with a valve; a white jet shoots out, farther the higher the pressure."""
    pipe, wheel = tint(rng, 0.5, 0.34, 0.22, 0.2), tint(rng, 0.75, 0.12, 0.1, 0.2)
    count = 34
    lag, spread, size = rng.uniform(0, 1, count), rng.normal(0, 0.3, count), rng.uniform(0.5, 1, count)

    def still(c: Canvas) -> None:
        c.box(-0.5, 0.3, 0.5, 0.09, pipe)
        for x in (-0.75, -0.3):
            c.box(x, 0.3, 0.035, 0.13, pipe * 0.7)
        c.capsule(-0.1, 0.3, -0.02, 0.18, 0.07, pipe)
        c.capsule(-0.45, 0.3, -0.45, 0.08, 0.025, pipe * 0.7)
        c.ring(-0.45, 0.06, 0.14, 0.05, 0.03, wheel)

    def moving(c: Canvas, m: Moment) -> None:
        age = (lag + m.turns(0.5, 2.6)) % 1
        far = (0.25 + 0.85 * m.level) * age
        x, y = far * (0.75 + 0.25 * spread), 0.16 - far * (0.8 + 0.5 * spread)
        radius = (0.02 + 0.16 * age * (0.4 + m.level)) * size
        shown = (0.25 + 0.6 * m.level) * (1 - age)
        c.capsules(x, y, x, y, 1.2 * radius, (0.72, 0.75, 0.8), shown)
        c.capsules(x, y - 0.3 * radius, x, y - 0.3 * radius, 0.8 * radius, (0.95, 0.96, 0.98), shown)

    return Look(still, moving)


KIND = Kind(
    category="WATRStm",
    family="texture",
    sound=sound,
    look=look,
    wording=Wording(
        nouns=(
            "hissing steam",
            "steam from a pipe",
            "a steam leak",
            "an espresso machine",
            "a pressure cooker",
            "steam",
            "a gas leak",
        ),
        clauses=("steam hisses from a valve", "steam escapes from the pipe"),
        gentle=("a soft hiss of steam",),
        strong=("a violent blast of steam",),
        foreign={
            "de": ("Dampf", "Dampfzischen", "Zischen", "Espressomaschine"),
            "fr": ("vapeur", "jet de vapeur", "sifflement de vapeur", "machine à café"),
            "es": ("vapor", "escape de vapor", "silbido de vapor", "cafetera"),
            "it": ("vapore", "getto di vapore", "sibilo", "macchina del caffè"),
            "ja": ("蒸気", "蒸気音", "スチーム", "湯気"),
            "zh": ("蒸汽", "蒸气", "喷气", "咖啡机"),
        },
    ),
)
