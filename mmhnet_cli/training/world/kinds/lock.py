"""A lock."""

import math

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import TURN, Look, Moment, impact, smooth, tint
from mmhnet_cli.training.world.dsp import Body, bandpass, burst, lowpass, mix, noise, play_events, samples_of, unit_peak
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import spaced
from mmhnet_cli.training.world.scene import Source


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """The cam clacks, pins tick past, the bolt slides and lands in its plate; a door, or only a padlock, resounds."""
    door = rng.random() < 0.7
    works_hz = rng.uniform(1100, 2400) * (1.0 if door else 1.5) * np.array([1, 1.52, 2.27, 3.1, 4.4])
    works = Body(works_hz, rng.uniform(0.02, 0.06) * np.linspace(1.2, 0.5, 5), rng.uniform(0.5, 1, 5), 0.00008).ringer()
    frame_hz = (
        rng.uniform(110, 230) * np.array([1, 1.8, 2.9, 4.2])
        if door
        else rng.uniform(900, 1600) * np.array([1, 2.1, 3.4, 4.6])
    )
    frame = Body(
        frame_hz, rng.uniform(0.06, 0.14) * np.array([1, 0.8, 0.6, 0.4]), np.array([1, 0.8, 0.6, 0.4]), 0.0004
    ).ringer()
    throw_s, pins, heavy = rng.uniform(0.06, 0.2), int(rng.integers(0, 5)), rng.uniform(0.4, 1)

    def turn(index: int, strength: float) -> np.ndarray:
        throw = throw_s * (1.4 - 0.5 * strength)
        slide = bandpass(noise(rng, samples_of(throw)), 1500, 6000) * np.linspace(0.2, 1, samples_of(throw))
        parts = [
            (0.0, 0.8, works(rng, strength**5)),
            (0.0, 0.15 + 0.6 * strength**2, burst(rng, 1500, 4000 + 8000 * strength, 0.008)),
            (0.0, 0.35 * heavy, frame(rng, strength**4)),
            (0.004, 0.05, unit_peak(slide)),
            (throw, 0.7, works(rng, strength**5)),
            (throw, 0.8 * heavy, frame(rng, strength**4)),
            (throw + 0.006, 0.3, burst(rng, 800, 2500 + 6000 * strength, 0.012)),
        ]
        parts += [(float(at), 0.12, works(rng, 0.5)) for at in rng.uniform(0.01, throw, pins)]
        return lowpass(mix(*parts), 1100 * 13**strength)

    return play_events(source, 0.35, turn)


def look(rng: np.random.Generator) -> Look:
    """A lock from the side: a key turns, and the bolt shoots out or back."""
    brass, steel = tint(rng, 0.75, 0.6, 0.25, 0.2), tint(rng, 0.62, 0.63, 0.66)
    door, plate = tint(rng, 0.42, 0.3, 0.2, 0.25), tint(rng, 0.3, 0.3, 0.32)

    def still(c: Canvas) -> None:
        c.box(-0.2, 0, 0.42, 0.5, door)
        c.box(0.45, 0, 0.12, 0.5, door * 0.7)
        c.box(-0.05, 0, 0.22, 0.28, brass * 0.7)
        c.box(0.37, 0, 0.03, 0.2, plate)

    def moving(c: Canvas, m: Moment) -> None:
        moved = smooth(0.35 + m.age / 0.12) if m.age < 0.1 else 1.0
        out = moved if m.count % 2 == 0 else 1 - moved
        out = 0.0 if m.count < 0 else out
        c.box(0.15 + 0.24 * out, 0.0, 0.16, 0.07, steel)
        c.disc(-0.12, 0.0, 0.13, brass)
        turn = TURN / 4 * (m.count + moved)
        dx, dy = 0.11 * math.cos(turn), 0.11 * math.sin(turn)
        c.capsule(-0.12 - dx, -dy, -0.12 + dx, dy, 0.035, plate * 0.5)
        c.disc(-0.12 + 1.6 * dx, 1.6 * dy, 0.07, steel)
        if m.age < 0.16:
            hit = impact(m, 0.16)
            c.glow(0.05, 0, 0.65, (1.0, 0.95, 0.7), 1.0 * hit)
            c.ring(-0.12, 0, 0.2 + 0.8 * m.age, 0.2 + 0.8 * m.age, 0.03, (1.0, 0.95, 0.7), hit)

    return Look(still, moving)


KIND = Kind(
    category="MECHLock",
    family="impact",
    sound=sound,
    look=look,
    rhythm=spaced(0.5, 1.7),
    wording=Wording(
        nouns=(
            "a lock",
            "a key turning in a lock",
            "a door being locked",
            "a padlock",
            "a bolt sliding shut",
            "a combination lock",
            "a safe being opened",
        ),
        clauses=("a key turns in the lock", "someone bolts the door"),
        gentle=("a quiet click of a lock",),
        strong=("a heavy bolt thrown",),
        foreign={
            "de": ("Türschloss", "Schlüssel im Schloss", "Riegel", "Vorhängeschloss", "abschließen"),
            "fr": ("serrure", "verrou", "clé dans la serrure", "verrouiller"),
            "es": ("cerradura", "cerrojo", "candado", "llave en la cerradura"),
            "it": ("serratura", "lucchetto", "chiavistello", "chiave nella serratura"),
            "ja": ("錠", "鍵をかける", "南京錠", "施錠", "かんぬき"),
            "zh": ("锁", "上锁", "门锁", "挂锁", "开锁"),
        },
    ),
)
