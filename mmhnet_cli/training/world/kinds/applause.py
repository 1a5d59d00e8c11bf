"""Applause."""

import numpy as np
from scipy import signal as dsp

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import TURN, Look, Moment, tint
from mmhnet_cli.training.world.dsp import (
    LOUD_RMS,
    QUIET_RMS,
    SAMPLE_RATE_HZ,
    at_samples,
    burst,
    impulses,
    mix,
    sample_count,
    sustained,
    unit_rms,
)
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import placed, tail


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A dozen people or a full hall: everyone claps at a pace of their own, with hands of their own.

    Hands held flat, crossed or cupped resonate higher or lower (Repp; Peltola et al. 2007). The eager clap through,
    the others join as it rises, and all clap faster.
    """
    count = sample_count(source)
    people = round(10 * 12 ** rng.uniform(0, 1))
    eager = at_samples(0.15 + 0.85 * source.curve, count)
    beats = np.cumsum(0.75 + 0.4 * eager) / SAMPLE_RATE_HZ
    times, sizes, hands = [], [], []
    for person in range(people):
        pace, share = rng.uniform(2.6, 4.6), (person + 0.5) / people
        clapped = np.cumsum(rng.normal(1, 0.06, int(beats[-1] * pace) + 2)) - rng.uniform()
        claps = np.searchsorted(beats, clapped / pace)
        claps = claps[(claps > 0) & (claps < count)]
        claps = claps[eager[claps] > share]
        times.append(claps)
        # A few sit near, most further away.
        sizes.append(rng.lognormal(0, 0.6) * rng.normal(1, 0.15, len(claps)))
        hands.append(np.full(len(claps), person % 6))
    at, size, hand = np.concatenate(times), np.concatenate(sizes), np.concatenate(hands)
    out = np.zeros(count)
    for k, hz in enumerate(rng.uniform(0.8, 1.2) * np.array([550, 800, 1100, 1500, 1900, 2500])):
        clap = mix((0, 1, burst(rng, 0.75 * hz, 1.6 * hz, 0.02)), (0, 0.35, burst(rng, 1500, 9000, 0.009)))
        out += dsp.fftconvolve(impulses(count, at[hand == k], size[hand == k]), clap)[:count]
    hall = placed(out, tail(rng, rng.uniform(0.4, 1.8), 0.01, 5000), rng.uniform(0.3, 0.9))[:count]
    return sustained(unit_rms(hall), source.curve, QUIET_RMS, LOUD_RMS)


def look(rng: np.random.Generator) -> Look:
    """Rows of hands that clap; more of them, and faster, when it swells."""
    row = np.repeat(np.arange(3), 6)
    x = (np.tile(np.arange(6), 3) - 2.5) * 0.28 + 0.1 * (row % 2) + rng.uniform(-0.03, 0.03, row.size)
    y = -0.18 + 0.26 * row + rng.uniform(-0.03, 0.03, row.size)
    pace, lag, share = (
        rng.uniform(0.8, 1.2, row.size),
        rng.uniform(0, 1, row.size),
        rng.permutation(row.size) / row.size,
    )
    skins = [tint(rng, *base) for base in ((0.9, 0.7, 0.56), (0.66, 0.46, 0.34), (0.42, 0.28, 0.2))]
    sleeves = [rng.uniform(0.15, 0.7, 3).astype(np.float32) for _ in range(3)]

    def moving(c: Canvas, m: Moment) -> None:
        joins = np.clip((0.15 + 0.85 * m.level - share) * 12, 0, 1)
        open_ = 0.02 + 0.09 * joins * np.abs(np.sin(TURN / 2 * pace * (m.turns(2.6, 4.0) + lag)))
        for line in range(3):
            who = slice(6 * line, 6 * line + 6)
            for side in (-1, 1):
                hand = x[who] + side * open_[who]
                top = y[who] - 0.06 * joins[who]
                c.capsules(x[who] + side * 0.13, y[who] + 0.24, hand, top + 0.08, 0.04, sleeves[line])
                c.capsules(hand, top + 0.06, hand - side * 0.01, top - 0.06, 0.035, skins[(line + (side > 0)) % 3])

    return Look(lambda c: c.box(0, 0.45, 1.0, 0.15, (0.08, 0.07, 0.1)), moving)


KIND = Kind(
    category="CRWDApls",
    family="texture",
    sound=sound,
    look=look,
    wording=Wording(
        nouns=("applause", "clapping hands", "an audience clapping", "a standing ovation", "a slow clap", "hand claps"),
        clauses=("the audience applauds", "people clap their hands"),
        gentle=("polite applause",),
        strong=("thunderous applause",),
        foreign={
            "de": ("Applaus", "Beifall", "Klatschen", "Händeklatschen"),
            "fr": ("applaudissements", "applaudir", "ovation", "claquement de mains"),
            "es": ("aplausos", "aplauso", "ovación", "palmas"),
            "it": ("applausi", "applauso", "ovazione", "battere le mani"),
            "ja": ("拍手", "喝采", "手拍子", "拍手喝采"),
            "zh": ("掌声", "鼓掌", "喝彩", "拍手"),
        },
    ),
)
