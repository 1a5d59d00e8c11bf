"""An explosion."""

import math

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, fly, impact, smooth, tint
from mmhnet_cli.training.world.dsp import (
    SAMPLE_RATE_HZ,
    bandpass,
    decay,
    mix,
    noise,
    phase,
    play_events,
    unit_peak,
    unit_rms,
)
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import spaced
from mmhnet_cli.training.world.scene import Source


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """An explosion: a deep falling boom and a body of noise that darkens as the fireball cools."""
    boom_hz = rng.uniform(45, 75)
    life = rng.uniform(0.9, 1.5)

    def blast(index: int, strength: float) -> np.ndarray:
        envelope = decay(life)
        time = np.arange(len(envelope)) / SAMPLE_RATE_HZ
        boom = envelope * np.sin(phase(boom_hz * (0.5 + np.exp(-time / 0.15))))
        fireball = noise(rng, len(envelope))
        layers = [
            unit_rms(bandpass(fireball, low, high)) * np.exp(-time / (fade * life))
            for low, high, fade in ((80, 400, 0.16), (400, 1500, 0.1), (1500, 5000, 0.06))
        ]
        return mix((0, 1, boom), (0, 0.8, unit_peak(np.sum(layers, axis=0)) * envelope**0.3))

    return play_events(source, 0.65, blast)


def look(rng: np.random.Generator) -> Look:
    """A barrel that blows up: flash, growing fireball, smoke."""
    barrel = tint(rng, 0.6, 0.15, 0.12, 0.2)
    turn, far, size = rng.uniform(0, 6.28, 14), rng.uniform(0.3, 1.0, 14), rng.uniform(0.6, 1.0, 14)
    fan = rng.uniform(0, 6.28, 16)

    def still(c: Canvas) -> None:
        c.ellipse(0, 0.48, 0.5, 0.06, (0.08, 0.07, 0.07), 0.7)
        c.box(0, 0.3, 0.14, 0.18, barrel)
        for y in (0.2, 0.4):
            c.box(0, y, 0.15, 0.015, barrel * 0.5)

    def moving(c: Canvas, m: Moment) -> None:
        if m.age > 1.4:
            return
        growth = 1 - math.exp(-m.age / 0.13)
        radius = (0.16 + 0.34 * growth) * (0.75 + 0.25 * m.strength)
        heat, fade = math.exp(-m.age / 0.3), 1 - smooth((m.age - 0.5) / 0.9)
        rise = 0.22 - 0.3 * m.age
        hot = np.array([1.0, 0.55, 0.1]) * heat + np.array([0.22, 0.2, 0.19]) * (1 - heat)
        core = np.array([1.0, 0.95, 0.6]) * heat + np.array([0.35, 0.3, 0.27]) * (1 - heat)
        x, y = radius * far * np.cos(turn), rise + radius * far * np.sin(turn)
        c.capsules(x, y, x, y, 0.5 * radius * size, hot, fade)
        c.capsules(0.55 * x, rise + 0.55 * (y - rise), 0.55 * x, rise + 0.55 * (y - rise), 0.4 * radius, core, fade)
        if m.age < 0.3:
            c.glow(0, 0.2, 1.3, (1.0, 0.75, 0.4), 1.3 * impact(m, 0.3))
            c.disc(0, 0.2, 0.26, (1.0, 1.0, 0.92), impact(m, 0.1))
        fly(c, 0, 0.22, fan, m, 0.95, 0.016, (1.0, 0.8, 0.3))

    return Look(still, moving)


KIND = Kind(
    category="EXPLReal",
    family="one_shot",
    sound=sound,
    look=look,
    rhythm=spaced(1.2, 3.5),
    wording=Wording(
        nouns=(
            "explosion",
            "a blast",
            "explosions",
            "a bomb going off",
            "a detonation",
            "a grenade",
            "dynamite",
            "a building blown up",
            "an artillery shell",
        ),
        clauses=("something explodes", "a bomb goes off"),
        gentle=("a muffled blast",),
        strong=("a huge explosion",),
        foreign={
            "de": ("Explosion", "Detonation", "Bombe", "Sprengung", "Granate"),
            "fr": ("explosion", "détonation", "bombe", "grenade", "dynamite"),
            "es": ("explosión", "detonación", "bomba", "granada", "estallido"),
            "it": ("esplosione", "detonazione", "bomba", "granata", "scoppio"),
            "ja": ("爆発", "爆弾", "爆発音", "爆破", "手榴弾"),
            "zh": ("爆炸", "炸弹", "爆炸声", "爆破", "手榴弹"),
        },
    ),
)
