"""A telephone that rings."""

import math
from collections.abc import Callable

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import WHITE, Look, Moment, impact, tint
from mmhnet_cli.training.world.dsp import (
    Body,
    bandpass,
    burst,
    harmonics,
    lowpass,
    mix,
    phase,
    play_events,
    samples_of,
)
from mmhnet_cli.training.world.grit import faded
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import steady
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import surroundings


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """One ring per event: a clapper between two gongs, 25 blows a second, or the warble of an electronic ringer."""
    length = rng.uniform(0.45, 1.1)
    ring = (_gongs if rng.random() < 0.5 else _warble)(rng, length)
    heard = surroundings(rng, 0.15, 0.8)
    # A telephone does not ring over itself: each ring ends where the next begins.
    ends = np.diff(source.events_s, append=np.inf).clip(max=9) - 0.03

    def once(index: int, strength: float) -> np.ndarray:
        rung = faded(ring(rng, strength)[: samples_of(ends[index])], 0.02)
        return heard(lowpass(rung, 1800 * 7**strength))

    return play_events(source, 0.32, once)


def _gongs(rng: np.random.Generator, length_s: float) -> Callable[[np.random.Generator, float], np.ndarray]:
    """The old ringer: two small gongs, a third or so apart, struck in turn."""
    pitch, ratios = rng.uniform(1000, 1750), np.array([1, 1.006, 2.35, 3.95, 5.7])
    life, gains = rng.uniform(0.35, 0.9), np.array([1, 0.6, 0.8, 0.5, 0.3])
    gongs = [
        Body(tuning * pitch * ratios, life * np.array([1, 0.95, 0.6, 0.4, 0.25]), gains, 0.00003).ringer()
        for tuning in (1.0, rng.uniform(1.15, 1.3))
    ]
    gap = 0.5 / rng.uniform(11, 14)

    def ring(rng: np.random.Generator, strength: float) -> np.ndarray:
        blows = range(int(length_s / gap))
        struck = [(gap * k, rng.uniform(0.7, 1.0), gongs[k % 2](rng, strength)) for k in blows]
        clicks = [(gap * k, 0.3, burst(rng, 1500, 6000, 0.008)) for k in blows]
        return mix(*struck, *clicks)

    return ring


def _warble(rng: np.random.Generator, length_s: float) -> Callable[[np.random.Generator, float], np.ndarray]:
    """The electronic ringer: two to four tones in quick turn, square-like, through a small loudspeaker."""
    tones = rng.uniform(600, 1300) * np.array([1.0, rng.uniform(1.1, 1.35), rng.choice([1.5, 2.0]), 1.25])
    turns_hz, used = rng.uniform(7, 20), int(rng.integers(2, 5))
    timbre = np.array([1.0, rng.uniform(0, 0.3), rng.uniform(0.2, 0.5), 0.05, rng.uniform(0.05, 0.3), 0, 0.1])
    count = samples_of(length_s)
    tone = tones[(np.arange(count) / count * length_s * turns_hz).astype(np.int64) % used]
    edge = np.minimum(1, np.arange(count) / samples_of(0.002))
    made = bandpass(edge * harmonics(phase(tone), timbre), 450, rng.uniform(4000, 8000))
    return lambda rng, strength: made


def look(rng: np.random.Generator) -> Look:
    """A telephone whose receiver jumps at each ring."""
    case, dial = tint(rng, 0.7, 0.12, 0.12, 0.35), tint(rng, 0.9, 0.88, 0.8, 0.06)

    def still(c: Canvas) -> None:
        c.box(0, 0.48, 0.7, 0.04, (0.36, 0.24, 0.15))
        c.convex([(-0.25, -0.08), (0.25, -0.08), (0.46, 0.44), (-0.46, 0.44)], case)
        c.disc(0, 0.2, 0.18, dial)
        for k in range(10):
            c.disc(0.125 * math.cos(0.55 * k - 0.8), 0.2 + 0.125 * math.sin(0.55 * k - 0.8), 0.028, case * 0.5)

    def moving(c: Canvas, m: Moment) -> None:
        ringing = max(0.0, 1 - m.age / 0.6)
        shake = 0.02 * ringing * math.sin(150 * m.age) if ringing else 0.0
        y = -0.17 - 0.06 * ringing
        c.capsule(-0.36, y + 0.02 + shake, 0.36, y - 0.02 - shake, 0.05, case * 0.8)
        for side in (-1, 1):
            c.ellipse(side * 0.38, y + 0.06, 0.12, 0.09, case * 0.8)
        if m.age < 0.4:
            hit = impact(m, 0.4)
            c.glow(0, -0.1, 0.75, WHITE, 0.7 * hit)
            for reach in (0.55, 0.68):
                for side in (-1, 1):
                    turn = np.linspace(-0.5, 0.5, 6)
                    x, z = side * (reach + 0.3 * m.age) * np.cos(turn), -0.15 + (reach + 0.3 * m.age) * np.sin(turn)
                    c.capsules(x[:-1], z[:-1], x[1:], z[1:], 0.026, (1.0, 0.95, 0.6), hit)

    return Look(still, moving)


KIND = Kind(
    category="COMTelph",
    family="machine",
    sound=sound,
    look=look,
    rhythm=steady(1.3, 2.6, jitter=0.03),
    wording=Wording(
        nouns=(
            "a ringing telephone",
            "a phone",
            "a mobile phone ringtone",
            "an old rotary telephone",
            "a phone call",
            "dialling a number",
            "a phone vibrating",
            "a doorbell",
        ),
        clauses=("a telephone rings", "a mobile phone vibrates on the table"),
        gentle=("a phone ringing in another room",),
        strong=("a shrill old telephone",),
        foreign={
            "de": ("Telefon", "Telefonklingeln", "Handy", "Klingelton", "klingelndes Telefon", "Wählscheibe"),
            "fr": ("téléphone", "sonnerie", "sonnerie de téléphone", "portable", "téléphone qui sonne"),
            "es": ("teléfono", "teléfono sonando", "móvil", "tono de llamada"),
            "it": ("telefono", "squillo", "suoneria", "cellulare", "telefono che squilla"),
            "ja": ("電話", "電話のベル", "着信音", "携帯電話", "黒電話"),
            "zh": ("电话", "电话铃", "手机", "铃声", "来电"),
        },
    ),
)
