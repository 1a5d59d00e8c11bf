"""An avalanche."""

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
    resonance,
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
    """A slope that comes down: a rumble that swells unevenly, a roar that widens upwards, blocks that thump within it.

    From powder, which hisses, to rock, which knocks and cracks. Far away only the rumble is left.
    """
    count = sample_count(source)
    rocky, near = rng.uniform(0, 1), rng.uniform(0.4, 1)
    flow = at_samples(source.curve, count)
    surge = np.clip(1 + 0.5 * wander(rng, count, 1.5) + 0.35 * wander(rng, count, 6), 0.1, None)
    mass = noise(rng, count)
    rumble = unit_rms(lowpass(mass, rng.uniform(55, 110)) * surge)
    roar = unit_rms(bandpass(mass, 110, rng.uniform(450, 800)) * surge)
    wash = unit_rms(
        bandpass(noise(rng, count), 700, rng.uniform(2500, 4500)) * (0.5 + 0.5 * np.abs(wander(rng, count, 25)))
    )
    powder = unit_rms(bandpass(noise(rng, count), 3000, 10000))
    times = random_times(rng, 3 + 22 * flow)
    blows = impulses(count, times, (1 + rng.pareto(1.6, len(times))).clip(max=8) * rng.choice([-1, 1], len(times)))
    thumps = unit_rms(resonance(blows, rng.uniform(50, 85), 0.3) + 0.8 * resonance(blows, rng.uniform(110, 190), 0.16))
    stones = random_times(rng, rocky * (8 + 160 * flow))
    knocks = impulses(count, stones, rng.lognormal(0, 0.9, len(stones)) * rng.choice([-1, 1], len(stones)))
    clatter = unit_rms(ringing(knocks, [(hz * rng.uniform(0.8, 1.2), 0.018, 1.0) for hz in (420, 780, 1350, 2300)]))
    made = rumble + (0.25 + 0.7 * flow) * roar + (0.3 + 0.5 * rocky) * thumps
    made += near * flow * (0.55 * wash + 0.3 * (1 - rocky) * powder) + near * rocky * (0.1 + 0.5 * flow) * clatter
    return sustained(continuous(rng, made, 0.5, 1.5), source.curve, QUIET_RMS, LOUD_RMS)


def look(rng: np.random.Generator) -> Look:
    """A mountainside that slides in billows, faster and wider as it grows."""
    rock, snow = tint(rng, 0.28, 0.3, 0.36), tint(rng, 0.9, 0.93, 0.98, 0.05)
    count = 36
    lag, across, size = rng.uniform(0, 1, count), rng.uniform(-0.3, 0.3, count), rng.uniform(0.04, 0.1, count)

    def still(c: Canvas) -> None:
        c.convex([(-0.1, -0.55), (0.9, 0.5), (-1.0, 0.5)], rock)
        c.convex([(-0.1, -0.55), (0.1, -0.34), (-0.28, -0.3)], snow)

    def moving(c: Canvas, m: Moment) -> None:
        way = (lag + m.turns(0.15, 1.1)) % 1
        wide = 0.35 + 0.9 * m.level
        x, y = -0.1 + 0.25 * way + across * (0.3 + way) * wide * 1.6, -0.42 + 0.92 * way
        puff = size * (0.5 + 1.2 * way) * (0.6 + 0.9 * m.level)
        shown = np.minimum(1, 6 * (1 - way)) * (0.35 + 0.6 * m.level)
        c.capsules(x, y, x, y, 1.25 * puff, snow * 0.72, shown)
        c.capsules(x - 0.3 * puff, y - 0.35 * puff, x - 0.3 * puff, y - 0.35 * puff, 0.8 * puff, snow, shown)

    return Look(still, moving)


KIND = Kind(
    category="NATDAval",
    family="texture",
    sound=sound,
    look=look,
    depth=1,
    wording=Wording(
        nouns=("avalanche", "a snow avalanche", "a snow slide", "masses of snow coming down a mountain", "a landslide"),
        clauses=("an avalanche thunders down the mountain", "a slope of snow breaks loose"),
        gentle=("a small snow slide",),
        strong=("a huge avalanche",),
        foreign={
            "de": ("Lawine", "Schneelawine", "Erdrutsch"),
            "fr": ("avalanche de neige", "une avalanche", "glissement de terrain", "coulée de neige"),
            "es": ("avalancha", "alud", "deslizamiento de nieve"),
            "it": ("valanga", "slavina", "frana"),
            "ja": ("雪崩", "なだれ", "土砂崩れ"),
            "zh": ("雪崩", "山崩", "滑坡"),
        },
    ),
)
