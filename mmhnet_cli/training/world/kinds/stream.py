"""Running water."""

import math

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, tint
from mmhnet_cli.training.world.dsp import (
    LOUD_RMS,
    QUIET_RMS,
    SAMPLE_RATE_HZ,
    at_samples,
    bandpass,
    noise,
    random_times,
    sample_count,
    samples_of,
    scatter,
    sustained,
    unit_rms,
)
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.scene import Source


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Running water: many bubbles, each a short sine that rises as it closes, over a thin noise."""
    count = sample_count(source)
    times = random_times(rng, at_samples(35 + 75 * source.curve, count))
    time = np.arange(samples_of(0.04), dtype=np.float32) / SAMPLE_RATE_HZ
    pitch = (rng.uniform(500, 750) * 2 ** rng.uniform(0, 1.6, (len(times), 1))).astype(np.float32)
    # Minnaert: a large bubble is low and rings long.
    fall = (np.float32(0.05) * pitch) * rng.uniform(1.5, 4, (len(times), 1)).astype(np.float32)
    size = rng.lognormal(0, 0.6, (len(times), 1)).astype(np.float32)
    rise = rng.uniform(2, 9, (len(times), 1)).astype(np.float32)
    angle = np.float32(2 * np.pi) * pitch * time * (1 + rise * time)
    fade = np.minimum(1, (time[-1] - time) * 200)
    bubbles = scatter(count, times, size * np.exp(-fall * time) * np.sin(angle) * fade)
    flow = unit_rms(bandpass(noise(rng, count), 600, rng.uniform(2500, 4000)))
    return sustained(unit_rms(bubbles) + rng.uniform(0.15, 0.35) * flow, source.curve, QUIET_RMS, 0.8 * LOUD_RMS)


def look(rng: np.random.Generator) -> Look:
    """A brook between green banks: ripples run to one side, round stones."""
    water, bank, stone = tint(rng, 0.2, 0.42, 0.5), tint(rng, 0.25, 0.4, 0.16), tint(rng, 0.42, 0.4, 0.38)
    count = 46
    x, y = rng.uniform(0, 2.2, count), rng.uniform(0.02, 0.38, count)
    long, way = rng.uniform(0.04, 0.14, count), float(rng.choice([-1, 1]))
    stones = [(rng.uniform(-0.6, 0.6), rng.uniform(0.08, 0.34), rng.uniform(0.05, 0.09)) for _ in range(4)]

    def still(c: Canvas) -> None:
        c.box(0, 0.2, 1.15, 0.3, bank)
        c.box(0, 0.2, 1.15, 0.21, water)
        for at_x, at_y, size in stones:
            c.ellipse(at_x, at_y, 1.3 * size, size, stone)

    def moving(c: Canvas, m: Moment) -> None:
        run = (x + way * m.turns(0.25, 1.5) * (0.7 + y)) % 2.2 - 1.1
        rise = y + (0.006 + 0.02 * m.level) * np.sin(9 * run + 11 * m.elapsed)
        # Ripples vanish at the ends of the band instead of jumping from one to the other.
        shown = np.clip(5 * (1.05 - np.abs(run)), 0, 1) * (0.45 + 0.5 * m.level)
        half = slice(0, None, 2)
        rest = slice(1, None, 2)
        c.capsules(run[half], rise[half], run[half] + long[half], rise[half], 0.011, (0.85, 0.95, 1.0), shown[half])
        c.capsules(run[rest], rise[rest], run[rest] + long[rest], rise[rest], 0.014, water * 0.6, shown[rest])
        for at_x, at_y, size in stones:
            wash = size * (1.1 + 0.2 * math.sin(8 * m.elapsed + 9 * at_x))
            c.ellipse(at_x - way * 0.8 * size, at_y, 0.4 * wash, wash, (0.95, 0.98, 1.0), 0.35 + 0.5 * m.level)

    return Look(still, moving)


KIND = Kind(
    category="WATRFlow",
    family="texture",
    sound=sound,
    look=look,
    depth=2,
    wording=Wording(
        nouns=(
            "stream",
            "a babbling brook",
            "a small river flowing",
            "running water",
            "a creek",
            "a waterfall",
            "a river",
            "a fountain",
        ),
        clauses=("a stream flows", "a brook babbles over stones"),
        gentle=("a trickling brook",),
        strong=("a rushing stream",),
        foreign={
            "de": ("Bach", "Fluss", "fließendes Wasser", "Wasserfall", "Bachlauf", "Brunnen"),
            "fr": ("ruisseau", "rivière", "cascade", "eau qui coule", "fontaine"),
            "es": ("arroyo", "río", "cascada", "riachuelo", "agua corriente"),
            "it": ("ruscello", "fiume", "torrente", "cascata", "acqua corrente"),
            "ja": ("小川", "川", "滝", "せせらぎ", "水流"),
            "zh": ("小溪", "溪流", "河流", "瀑布", "流水"),
        },
    ),
)
