"""A zip."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.collide import rung
from mmhnet_cli.training.world.contact import Look, Moment, impact, tint
from mmhnet_cli.training.world.dsp import (
    SAMPLE_RATE_HZ,
    bandpass,
    burst,
    mix,
    noise,
    play_events,
    samples_of,
    unit_peak,
)
from mmhnet_cli.training.world.grit import slips
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import spaced
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import free_s


def pull_s(strength: float) -> float:
    """Seconds that a pull takes: the harder, the quicker. Picture and sound share it."""
    return 0.7 - 0.4 * strength


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A slider over teeth: one snap a tooth, so fast that they make a pitch that climbs and falls with the hand.

    Metal teeth ring higher than plastic ones; the tape is a body of cloth, the stop at the end a small clack.
    """
    teeth, metal = rng.uniform(55, 140), rng.uniform(0, 1)
    tooth_hz = rng.uniform(900, 1500) * (1 + metal) * np.array([1, 1.74, 2.6, 3.8, 5.3])
    levels, life = rng.uniform(0.5, 1.2, 5), (0.004 + 0.006 * metal) * np.linspace(1.4, 0.6, 5)
    tape, uneven, eager = rng.uniform(0.05, 0.3), rng.uniform(0.03, 0.15), rng.uniform(0.6, 1.6)
    free = free_s(source)

    def pull(index: int, strength: float) -> np.ndarray:
        count = samples_of(min(pull_s(strength), 0.8 * free[index]))
        way = np.linspace(0, 1, count)
        speed = 0.35 + np.sin(np.pi * way**eager) ** 1.2 + 0.1 * np.sin(7 * way)
        rate = teeth * (0.6 + 0.5 * strength) * speed / speed.mean() / (count / SAMPLE_RATE_HZ)
        snaps = slips(rng, rate, uneven)
        snaps[0] = 1.0
        snaps *= rng.choice([-1, 1], count) * (0.4 + 0.6 * speed / speed.max())
        tilt = np.arange(1, 6) ** (-0.8 + 1.2 * strength)
        run = rung(np.concatenate([snaps, np.zeros(samples_of(0.03))]), tooth_hz, life, levels * tilt)
        cloth = bandpass(noise(rng, count), 500, 2500 + 3500 * strength) * speed * np.minimum(1, (1 - way) * 10)
        stop = mix((0, 1, burst(rng, 1500, 5000 + 4000 * metal, 0.02)), (0, 0.5, burst(rng, 300, 900, 0.05)))
        return mix(
            (0, 1, unit_peak(bandpass(run, 350, 16000))),
            (0, tape, unit_peak(cloth)),
            (count / SAMPLE_RATE_HZ, 0.6 * strength, stop),
        )

    return play_events(source, 0.3, pull)


def look(rng: np.random.Generator) -> Look:
    """A jacket front whose slider runs up and down."""
    cloth, metal, skin = rng.uniform(0.15, 0.65, 3), tint(rng, 0.8, 0.76, 0.6, 0.15), tint(rng, 0.85, 0.64, 0.5, 0.2)
    teeth = np.linspace(-0.45, 0.45, 16)

    def still(c: Canvas) -> None:
        c.box(0, 0, 0.5, 0.5, cloth)

    def moving(c: Canvas, m: Moment) -> None:
        moved = min(1.0, 0.2 + 0.8 * m.age / pull_s(m.strength)) if m.age < 9 else 1.0
        y = 0.42 - 0.84 * (moved if m.count % 2 == 0 else 1 - moved)
        gap = np.maximum(0, y - teeth) * 0.35
        # Above the slider the front stands open.
        if y > -0.4:
            wide = float(0.35 * (y + 0.5))
            c.convex([(-wide, -0.5), (wide, -0.5), (0.01, y), (-0.01, y)], (0.9, 0.88, 0.84))
        for side in (-1, 1):
            c.capsules(side * (gap + 0.01), teeth, side * (gap + 0.035), teeth, 0.014, metal)
        c.box(0, y, 0.04, 0.05, metal)
        c.capsule(0, y + 0.05, 0.02, y + 0.13, 0.022, metal * 0.8)
        c.capsule(0.06, y + 0.14, 0.4, y + 0.4, 0.07, skin)
        c.glow(0, y, 0.6, (1.0, 0.97, 0.85), 1.0 * impact(m, 0.18))
        c.disc(0, y, 0.07, (1.0, 1.0, 0.95), impact(m, 0.12))

    return Look(still, moving)


KIND = Kind(
    category="OBJZipr",
    family="one_shot",
    sound=sound,
    look=look,
    rhythm=spaced(0.8, 2.2),
    wording=Wording(
        nouns=("a zip", "a zipper", "unzipping a jacket", "zipping up a bag", "a tent zipper", "opening a zip"),
        clauses=("someone zips up a jacket", "a zipper is pulled open"),
        gentle=("a zip pulled slowly",),
        strong=("a zip torn open",),
        foreign={
            "de": ("Reißverschluss", "Reissverschluss", "Reißverschluss öffnen"),
            "fr": ("fermeture éclair", "zip de veste", "glissière"),
            "es": ("cremallera", "cierre relámpago", "abrir la cremallera"),
            "it": ("cerniera", "chiusura lampo", "cerniera lampo", "zip della giacca"),
            "ja": ("ファスナー", "ジッパー", "チャック"),
            "zh": ("拉链", "拉拉链", "拉开拉链"),
        },
    ),
)
