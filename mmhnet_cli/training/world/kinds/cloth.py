"""Rustling clothes."""

import math

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import TURN, Look, Moment, tint
from mmhnet_cli.training.world.dsp import (
    QUIET_RMS,
    SAMPLE_RATE_HZ,
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
from mmhnet_cli.training.world.scene import Source

SLOW_HZ, FAST_HZ = 0.5, 1.7
"""Swings of the arm per second at the least and the most of the curve; each swing rubs twice."""

WEAVES = ((250, 1900, 0.15), (400, 3500, 0.4), (500, 5500, 0.8), (1500, 10000, 1.6))
"""Wool, cotton, denim, nylon: the band in Hz in which they rub, and how much of it is single threads that catch."""


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Fabric rubs on fabric: countless threads, louder and brighter the faster it moves, and folds that catch."""
    count = sample_count(source)
    turn = np.cumsum(at_samples(SLOW_HZ + (FAST_HZ - SLOW_HZ) * source.curve, count)) / SAMPLE_RATE_HZ
    swing = np.abs(np.sin(TURN * turn)) * (0.75 + 0.35 * wander(rng, count, 3))
    low_hz, high_hz, catching = WEAVES[int(rng.integers(4))]
    low, high = low_hz * rng.uniform(0.8, 1.25), high_hz * rng.uniform(0.8, 1.25)
    speed = np.clip(swing * at_samples(0.35 + 0.65 * source.curve, count), 0, 1)
    threads = noise(rng, count) * np.clip(1 + 0.8 * wander(rng, count, 120), 0, None)
    soft, sharp = unit_rms(bandpass(threads, low, 0.4 * high)), unit_rms(bandpass(threads, 0.35 * high, high))
    at = random_times(rng, 60 + 900 * speed)
    folds = impulses(count, at, rng.lognormal(0, 0.7, len(at)).clip(max=4) * rng.choice([-1, 1], len(at)))
    caught = unit_rms(bandpass(folds, 0.3 * high, 1.2 * high))
    rub = (soft + 1.3 * speed * sharp) * (0.06 + speed) + catching * caught * (0.1 + speed)
    return sustained(rub, source.curve, 0.8 * QUIET_RMS, 0.09)


def look(rng: np.random.Generator) -> Look:
    """Somebody in a loose coat who moves the arms; its folds swing along."""
    coat, skin = rng.uniform(0.2, 0.7, 3), tint(rng, 0.85, 0.65, 0.52, 0.2)
    folds, lag = np.linspace(-0.26, 0.26, 7), rng.uniform(0, 0.6, 7)

    def moving(c: Canvas, m: Moment) -> None:
        turn = TURN * m.turns(SLOW_HZ, FAST_HZ)
        # The swing is fastest where the rub is loudest.
        reach = (0.25 + 0.4 * m.level) * math.cos(turn)
        c.disc(0, -0.38, 0.11, skin)
        c.convex([(-0.2, -0.26), (0.2, -0.26), (0.38 + 0.05 * reach, 0.48), (-0.38 + 0.05 * reach, 0.48)], coat)
        sway = folds + 0.12 * reach * np.sin(turn + 4 * lag)
        c.capsules(0.55 * folds, np.full(7, -0.18), 1.2 * sway, np.full(7, 0.44), 0.012, coat * 0.6)
        for side in (-1, 1):
            swung = side * reach
            elbow_x, elbow_y = side * 0.34 + 0.15 * swung, 0.02 - 0.1 * abs(swung)
            hand_x, hand_y = side * 0.3 + 0.55 * swung, 0.22 - 0.3 * abs(swung)
            c.capsule(side * 0.2, -0.2, elbow_x, elbow_y, 0.075, coat * 0.85)
            c.capsule(elbow_x, elbow_y, hand_x, hand_y, 0.065, coat * 0.75)
            c.disc(hand_x, hand_y, 0.05, skin)

    return Look(lambda c: c.ellipse(0, 0.5, 0.5, 0.05, (0.1, 0.1, 0.11), 0.6), moving)


KIND = Kind(
    category="CLOTHMvmt",
    family="texture",
    sound=sound,
    look=look,
    wording=Wording(
        nouns=(
            "rustling clothes",
            "cloth movement",
            "fabric rustling",
            "a coat put on",
            "a silk dress",
            "shaking out a blanket",
            "bed sheets",
            "a curtain",
            "clothing",
        ),
        clauses=("clothes rustle", "someone puts on a coat"),
        gentle=("a soft rustle of silk",),
        strong=("a blanket shaken out",),
        foreign={
            "de": ("Stoff", "Kleidung", "Kleiderrascheln", "Stoffrascheln", "Rascheln von Kleidung", "Vorhang"),
            "fr": ("tissu", "vêtements", "froissement de tissu", "étoffe", "rideau"),
            "es": ("tela", "ropa", "roce de ropa", "cortina", "vestido de seda"),
            "it": ("tessuto", "vestiti", "stoffa", "fruscio di vestiti", "tenda"),
            "ja": ("衣擦れ", "布", "服", "衣服", "カーテン"),
            "zh": ("衣服", "布料", "衣服摩擦", "布", "窗帘"),
        },
    ),
)
