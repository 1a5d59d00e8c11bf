"""A shower."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.collide import rung
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
    wander,
)
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.liquid import bubbles
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import placed, tail


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Jets that hiss, drum on the tray and patter on somebody who turns, a drain that gurgles, between tiled walls."""
    count = sample_count(source)
    flow = at_samples(source.curve, count)
    turned = np.clip(0.65 + 0.55 * wander(rng, count, 1.2), 0.1, 1)
    jets = unit_rms(bandpass(noise(rng, count), rng.uniform(1500, 2600), rng.uniform(6000, 10000)))
    at = random_times(rng, 250 + 900 * flow)
    drops = impulses(count, at, rng.lognormal(0, 0.8, len(at)).clip(max=6) * rng.choice([-1, 1], len(at)))
    skin = unit_rms(bandpass(drops, 450, rng.uniform(1500, 2600)))
    tray_hz = rng.uniform(95, 210) * np.array([1, 1.7, 2.6, 3.9, 5.4]) * rng.uniform(0.93, 1.07, 5)
    tray = unit_rms(rung(drops, tray_hz, np.full(5, rng.uniform(0.04, 0.12)), np.array([1, 0.9, 0.7, 0.5, 0.4])))
    drain_at = random_times(rng, np.full(count, rng.uniform(4, 18)))
    drain = unit_rms(bubbles(rng, count, drain_at, rng.uniform(2.5, 7, len(drain_at)), (0.05, 0.4)))
    hiss = (0.5 + 0.7 * flow) * (0.6 + 0.4 * turned) * jets
    dry = (
        hiss
        + 0.5 * turned * skin
        + rng.uniform(0.1, 0.4) * (1.1 - 0.7 * turned) * tray
        + rng.uniform(0.05, 0.2) * drain
    )
    tiles = tail(rng, rng.uniform(0.35, 1.0), 0.004, 8000)
    return sustained(placed(dry, tiles, rng.uniform(0.5, 1.0))[:count], source.curve, QUIET_RMS, LOUD_RMS)


def look(rng: np.random.Generator) -> Look:
    """A shower head before tiles; water falls on somebody's shoulders and springs off them."""
    tile, steel = tint(rng, 0.62, 0.74, 0.76, 0.15), tint(rng, 0.75, 0.76, 0.79)
    skin, hair = tint(rng, 0.85, 0.64, 0.5, 0.25), tint(rng, 0.25, 0.16, 0.1, 0.3)
    count = 40
    x, lag, spread = rng.uniform(-0.1, 0.1, count), rng.uniform(0, 1, count), rng.uniform(-0.28, 0.28, count)
    off_x, off_lag = rng.choice([-1, 1], 14) * rng.uniform(0.12, 0.3, 14), rng.uniform(0, 1, 14)

    def still(c: Canvas) -> None:
        c.box(0, 0, 0.55, 0.52, tile)
        for k in range(-2, 3):
            c.capsule(0.22 * k, -0.5, 0.22 * k, 0.5, 0.006, tile * 0.75)
            c.capsule(-0.54, 0.2 * k, 0.54, 0.2 * k, 0.006, tile * 0.75)
        c.capsule(0.35, -0.5, 0.05, -0.48, 0.03, steel)
        c.ellipse(0, -0.44, 0.15, 0.04, steel)

    def moving(c: Canvas, m: Moment) -> None:
        sway = 0.05 * np.sin(1.3 * m.elapsed)
        c.ellipse(sway, 0.42, 0.26, 0.3, skin)
        c.disc(sway, 0.03, 0.13, hair)
        life = (lag + m.turns(1.6, 3.4)) % 1
        fall = 0.1 + 0.9 * life
        at, y = x + spread * life, -0.42 + 0.9 * life * fall
        shown = (0.35 + 0.65 * m.level) * (lag < 0.25 + 0.75 * m.level)
        c.capsules(at, y, at + 0.03 * spread, y + 0.07 + 0.1 * m.level, 0.012, (0.9, 0.97, 1.0), shown)
        spring = (off_lag + m.turns(1.5, 3.5)) % 1
        sx, sy = sway + off_x * (0.5 + spring), 0.16 - 0.4 * spring * (1 - spring) + 0.25 * spring
        c.capsules(sx, sy, sx, sy, 0.014, (0.95, 0.98, 1.0), (0.2 + 0.8 * m.level) * (1 - spring))
        for k in range(4):
            up = float((lag[k] + m.turns(0.1, 0.3)) % 1)
            c.disc(-0.3 + 0.2 * k, 0.4 - 0.8 * up, 0.12 + 0.1 * up, (0.95, 0.96, 0.97), 0.25 * m.level * (1 - up))

    return Look(still, moving)


KIND = Kind(
    category="WATRSpray",
    family="texture",
    sound=sound,
    look=look,
    wording=Wording(
        nouns=(
            "a shower running",
            "shower in a bathroom",
            "taking a shower",
            "a shower head",
            "a garden hose spraying",
            "a water sprinkler",
            "spraying water",
        ),
        clauses=("someone takes a shower", "water sprays from the shower head"),
        gentle=("a weak shower",),
        strong=("a powerful shower",),
        foreign={
            "de": ("Dusche", "duschen", "Duschkopf", "Gartenschlauch"),
            "fr": ("douche", "prendre une douche", "pomme de douche", "tuyau d'arrosage"),
            "es": ("ducha", "ducharse", "regadera", "manguera"),
            "it": ("doccia", "fare la doccia", "soffione", "tubo da giardino"),
            "ja": ("シャワー", "シャワー音", "ホース", "散水"),
            "zh": ("淋浴", "洗澡", "花洒", "喷水"),
        },
    ),
)
