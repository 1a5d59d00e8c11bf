"""A sail or a flag in the wind."""

import math

import numpy as np
from scipy.signal import lfilter

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, tint
from mmhnet_cli.training.world.dsp import (
    LOUD_RMS,
    QUIET_RMS,
    SAMPLE_RATE_HZ,
    at_samples,
    bandpass,
    impulses,
    lowpass,
    noise,
    pulse_times,
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
    """Canvas that fills and slackens: each flap a soft thump of air and a snap of cloth, two to nine a second, uneven.

    Large sails boom, small flags flutter. Wind is behind it, and a halyard may tap against the mast.
    """
    count = sample_count(source)
    area = 10 ** rng.uniform(-0.3, 0.4)
    wind = at_samples(source.curve, count)
    drift = np.exp(np.interp(np.arange(len(source.curve)) / 4, np.arange(199), rng.normal(0, 0.35, 199)))
    flaps = pulse_times(rng.uniform(1.6, 2.6) / area**0.5 * rng.uniform(2.8, 3.6) ** source.curve * drift, count)
    hard = rng.lognormal(0, 0.55, len(flaps)).clip(max=3)
    blows = impulses(count, flaps, hard)
    thump = unit_rms(
        ringing(lowpass(blows, 220), [(62 / area, 0.09, 1.0), (135 / area, 0.06, 0.8), (290 / area, 0.04, 0.5)])
    )
    life = rng.uniform(0.05, 0.1) * area**0.3
    snap_shape = lfilter([1.0], [1, -(10 ** (-3 / (life * SAMPLE_RATE_HZ)))], blows)
    flutter = 0.4 + np.abs(wander(rng, count, rng.uniform(45, 90)))
    cloth = noise(rng, count)
    snap_hz = rng.uniform(350, 800) / area**0.3
    snap = unit_rms(bandpass(cloth * snap_shape * flutter, snap_hz, 6 * snap_hz))
    crack = unit_rms(bandpass(cloth * snap_shape**2, 1800, rng.uniform(6000, 9000)))
    rustle = unit_rms(bandpass(noise(rng, count), 900, 4500) * np.abs(wander(rng, count, 30)) ** 1.5)
    blowing = unit_rms(lowpass(noise(rng, count), 400) * (1 + 0.5 * wander(rng, count, 2)))
    taps = random_times(rng, rng.choice([0.0, 2.5]) * (0.3 + wind))
    mast = rng.uniform(700, 1700)
    halyard = ringing(
        impulses(count, taps, rng.uniform(0.3, 1, len(taps))),
        [(mast, 0.25, 1), (2.76 * mast, 0.14, 0.8), (5.4 * mast, 0.07, 0.5)],
    )
    made = 0.6 * area**0.7 * thump + snap + (0.1 + 0.6 * wind) * crack + rng.uniform(0.1, 0.35) * rustle
    made += rng.uniform(0.1, 0.35) * blowing + 0.6 * halyard
    return sustained(continuous(rng, made, 0.05, 0.3), source.curve, QUIET_RMS, LOUD_RMS)


def look(rng: np.random.Generator) -> Look:
    """A sail on a mast; waves run through it towards its free edge."""
    cloth, mast = tint(rng, 0.9, 0.86, 0.76, 0.15), tint(rng, 0.36, 0.24, 0.14)
    stripe = tint(rng, 0.75, 0.2, 0.18, 0.4)

    def moving(c: Canvas, m: Moment) -> None:
        along = np.linspace(0, 1, 15)
        roll = TURN_AND_A_HALF * along - 2 * math.pi * m.turns(0.7, 3.2)
        wave = (0.02 + 0.11 * m.level) * along * np.sin(roll)
        x = -0.42 + (0.95 - 0.12 * m.level) * along
        shade = 0.8 + 0.25 * np.cos(roll)
        for k in range(14):
            top, bottom = -0.42 + 0.2 * along[k], 0.32 - 0.12 * along[k]
            next_top, next_bottom = -0.42 + 0.2 * along[k + 1], 0.32 - 0.12 * along[k + 1]
            points = [
                (x[k], top + wave[k]),
                (x[k + 1] + 0.01, next_top + wave[k + 1]),
                (x[k + 1] + 0.01, next_bottom + wave[k + 1]),
                (x[k], bottom + wave[k]),
            ]
            c.convex(points, np.clip(cloth * shade[k], 0, 1))
        middle = -0.05 + 0.04 * along + wave
        c.capsules(x[:-1], middle[:-1], x[1:], middle[1:], 0.035, stripe)
        c.capsule(-0.44, -0.5, -0.44, 0.5, 0.028, mast)

    return Look(lambda c: c.ellipse(-0.3, 0.5, 0.5, 0.04, (0.1, 0.1, 0.12), 0.6), moving)


TURN_AND_A_HALF = 3 * math.pi
"""Phase from the mast to the free edge."""

KIND = Kind(
    category="CLOTHFlp",
    family="texture",
    sound=sound,
    look=look,
    wording=Wording(
        nouns=(
            "a flapping sail",
            "a flag flapping in the wind",
            "a sailing boat",
            "canvas flapping",
            "a tarpaulin in the wind",
            "a parachute",
            "a banner in the wind",
            "a tent in the wind",
        ),
        clauses=("a sail flaps", "a flag flutters in the wind"),
        gentle=("a sail hanging slack",),
        strong=("a sail cracking in a storm",),
        foreign={
            "de": ("Segel", "Flagge", "Fahne", "flatterndes Segel", "Segelboot", "Plane"),
            "fr": ("voile", "drapeau", "drapeau qui claque", "voilier", "bâche"),
            "es": ("bandera", "vela de barco", "velero", "lona", "bandera ondeando"),
            "it": ("vela che sbatte", "bandiera", "barca a vela", "telone"),
            "ja": ("帆", "旗", "はためく旗", "ヨット", "帆船"),
            "zh": ("帆", "旗帜", "帆船", "旗子飘动", "飘扬"),
        },
    ),
)
