"""Rain."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, tint
from mmhnet_cli.training.world.dsp import (
    LOUD_RMS,
    QUIET_RMS,
    at_samples,
    bandpass,
    impulses,
    noise,
    random_times,
    sample_count,
    sustained,
    unit_rms,
)
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.scene import Source


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Drops on a surface: thousands of tiny impacts through its resonances, over the hiss of those further away."""
    count = sample_count(source)
    times = random_times(rng, at_samples(150 + 1000 * source.curve, count))
    drops = impulses(count, times, rng.lognormal(0, 0.9, len(times)).clip(max=7) * rng.choice([-1, 1], len(times)))
    surface = rng.uniform(1200, 2400)
    near = bandpass(drops, surface, 3.5 * surface)
    far = bandpass(noise(rng, count), 1800, 13000)
    return sustained(unit_rms(near) + rng.uniform(0.6, 1.1) * unit_rms(far), source.curve, QUIET_RMS, LOUD_RMS)


def look(rng: np.random.Generator) -> Look:
    """Streaks over the whole picture, and drops that splash on the ground; more of them when it is heavy."""
    water, slant = tint(rng, 0.72, 0.78, 0.88), rng.uniform(-0.25, 0.25)
    count = 110
    x, phase = rng.uniform(-1.6, 1.6, count), rng.uniform(0, 1, count)
    speed, rank = rng.uniform(1.6, 2.3, count), rng.permutation(count) / count
    splash_x, splash_y = rng.uniform(-1.3, 1.3, 40), rng.uniform(0.5, 0.85, 40)
    cloud = tint(rng, 0.3, 0.32, 0.37)

    def still(c: Canvas) -> None:
        c.light(cloud, 0.35)
        c.ellipse(0, 0.62, 0.9, 0.12, water * 0.5, 0.5)

    def moving(c: Canvas, m: Moment) -> None:
        falls = rank < 0.12 + 0.88 * m.level
        way = (phase + speed / 2.4 * m.elapsed)[falls]
        y = 2.4 * (way % 1) - 1.2
        at = x[falls] + slant * y
        long = 0.1 + 0.12 * m.level
        c.capsules(at, y, at + slant * long, y + long, 0.006 + 0.006 * m.level, water, 0.5 + 0.35 * m.level)
        some = slice(0, 4 + int(36 * m.level))
        # Each splash grows and fades twice to three times a second, all at other times.
        part = (phase[:40] + 1.3 * speed[:40] * m.elapsed)[some] % 1
        sx, sy, wide = splash_x[some], splash_y[some], 0.01 + 0.05 * part
        c.capsules(sx - wide, sy, sx + wide, sy, 0.009, water, 0.9 * (1 - part))

    return Look(still, moving)


KIND = Kind(
    category="RAIN",
    family="texture",
    sound=sound,
    look=look,
    depth=4,
    wording=Wording(
        nouns=(
            "rain",
            "rainfall",
            "rain on a tin roof",
            "a shower of rain",
            "downpour",
            "drizzle",
            "raindrops",
            "rain on a city street",
        ),
        clauses=("rain falls", "rain patters on the roof", "it is raining outside"),
        gentle=("light rain", "a drizzle"),
        strong=("heavy rain", "pouring rain"),
        foreign={
            "de": ("Regen", "Regenschauer", "Platzregen", "Nieselregen", "es regnet"),
            "fr": ("pluie", "averse", "il pleut", "gouttes de pluie"),
            "es": ("lluvia", "aguacero", "llueve", "llovizna"),
            "it": ("pioggia", "acquazzone", "piove", "pioggerella"),
            "ja": ("雨", "雨音", "豪雨", "小雨"),
            "zh": ("雨", "下雨", "雨声", "暴雨"),
        },
    ),
)
