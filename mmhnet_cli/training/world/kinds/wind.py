"""Wind."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, tint
from mmhnet_cli.training.world.dsp import (
    LOUD_RMS,
    QUIET_RMS,
    at_samples,
    bandpass,
    lowpass,
    noise,
    sample_count,
    sustained,
    unit_rms,
    wander,
)
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.scene import Source


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Gusts: noise whose narrow band climbs as the wind rises."""
    count = sample_count(source)
    base = rng.uniform(110, 170)
    centres = base * 1.65 ** np.arange(5)
    hiss = noise(rng, count)
    gust = at_samples(0.3 + 3.0 * source.curve, count) + 0.6 * wander(rng, count, 2.5)
    howl = np.zeros(count)
    for k, centre in enumerate(centres):
        # Each band fades in around its place on the climb: a moving filter without a filter that moves.
        weight = np.maximum(0, 1 - np.abs(gust - k) / 1.2)
        howl += weight * unit_rms(bandpass(hiss, 0.8 * centre, 1.25 * centre))
    rumble = unit_rms(lowpass(hiss, 140))
    return sustained(howl + 0.5 * rumble, source.curve, QUIET_RMS, LOUD_RMS)


def look(rng: np.random.Generator) -> Look:
    """Long grass that bends in gusts, and leaves carried by."""
    grass, dark = tint(rng, 0.42, 0.56, 0.2), tint(rng, 0.22, 0.36, 0.14)
    leaf = tint(rng, 0.8, 0.5, 0.15, 0.2)
    count = 44
    root, long, lag = rng.uniform(-0.8, 0.8, count), rng.uniform(0.35, 0.75, count), rng.uniform(0, 6.28, count)
    leaf_x, leaf_y, leaf_lag = rng.uniform(0, 2.6, 14), rng.uniform(-0.7, 0.3, 14), rng.uniform(0, 6.28, 14)

    def still(c: Canvas) -> None:
        c.ellipse(0, 0.56, 0.95, 0.14, dark)

    def moving(c: Canvas, m: Moment) -> None:
        gust = m.turns(0.5, 2.6)
        bend = 0.05 + 0.75 * m.level + (0.06 + 0.2 * m.level) * np.sin(2 * np.pi * gust - 2 * root + 0.4 * lag)
        mid_x, mid_y = root + 0.35 * long * bend, 0.5 - 0.55 * long * (1 - 0.2 * bend)
        tip_x, tip_y = root + long * bend, 0.5 - long * (1 - 0.45 * bend)
        for part, colour in ((slice(0, None, 2), dark), (slice(1, None, 2), grass)):
            c.capsules(root[part], np.full(root[part].shape, 0.52), mid_x[part], mid_y[part], 0.018, colour)
            c.capsules(mid_x[part], mid_y[part], tip_x[part], tip_y[part], 0.012, colour)
        flown = slice(0, int(14 * m.level + 0.5))
        if flown.stop:
            x = (leaf_x + m.turns(0.1, 2.2))[flown] % 2.6 - 1.3
            spin = 2 * np.pi * gust + leaf_lag[flown]
            y = leaf_y[flown] + 0.08 * np.sin(spin)
            dx, dy = 0.035 * np.cos(2 * spin), 0.035 * np.sin(2 * spin)
            c.capsules(x - dx, y - dy, x + dx, y + dy, 0.02, leaf)

    return Look(still, moving)


KIND = Kind(
    category="WIND",
    family="texture",
    sound=sound,
    look=look,
    depth=1,
    wording=Wording(
        nouns=(
            "wind",
            "wind in the trees",
            "gusts of wind",
            "wind blowing outdoors",
            "a gale",
            "a blizzard",
            "a breeze",
            "howling wind",
        ),
        clauses=("the wind blows", "wind howls over the field"),
        gentle=("a light breeze",),
        strong=("a howling gale",),
        foreign={
            "de": ("Wind", "Sturm", "Windböen", "Böen", "Brise"),
            "fr": ("le vent", "du vent", "vent fort", "bourrasque", "rafale"),
            "es": ("viento", "ráfaga", "vendaval", "brisa"),
            "it": ("vento", "raffica", "folata", "brezza"),
            "ja": ("風", "風音", "強風", "突風"),
            "zh": ("风", "风声", "大风", "刮风"),
        },
    ),
)
