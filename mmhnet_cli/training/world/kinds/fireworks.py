"""Fireworks."""

import math

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import TURN, Look, Moment, impact, tint
from mmhnet_cli.training.world.dsp import (
    SAMPLE_RATE_HZ,
    bandpass,
    burst,
    decay,
    harmonics,
    impulses,
    lowpass,
    mix,
    noise,
    phase,
    play_events,
    random_times,
    samples_of,
    unit_peak,
)
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import spaced
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import free_s, placed, tail


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A shell bursts high up: a hollow bang softened by the air, echoes of the town, then stars that crackle or fizz.

    Some shows have rockets that whistle on their way up to the next burst.
    """
    boom_hz, far_hz = rng.uniform(55, 120), rng.uniform(2200, 7000)
    town, share = tail(rng, rng.uniform(1.0, 2.2), rng.uniform(0.03, 0.12), 2600), rng.uniform(0.3, 0.7)
    crackle, fizz = rng.choice([0.0, 0.25, 0.5]), rng.uniform(0.05, 0.2)
    stars_s, pop_hz, whistles = rng.uniform(0.5, 1.3), rng.uniform(1500, 4000), rng.random() < 0.5
    free = free_s(source)

    def shell(index: int, strength: float) -> np.ndarray:
        low = decay(0.35)
        time = np.arange(len(low)) / SAMPLE_RATE_HZ
        boom = low * np.sin(phase(boom_hz * (0.6 + np.exp(-time / 0.04))))
        bang = mix((0, 0.8, boom), (0, 1, burst(rng, 130, 3500, 0.09)))
        near = placed(lowpass(bang, far_hz * (0.3 + 0.7 * strength**1.5)), town, share)
        parts = [(0.0, 1.0, unit_peak(near)), (0.12, crackle * strength, _stars(rng, stars_s, pop_hz))]
        parts.append((0.05, fizz * strength, burst(rng, 2500, 9000, 0.9 * stars_s)))
        if whistles and 0.9 < free[index] < 3 and index + 1 < len(free):
            parts.append((free[index] - 0.65, 0.1, _whistle(rng)))
        return mix(*parts)

    return play_events(source, 0.6, shell)


def _stars(rng: np.random.Generator, length_s: float, pop_hz: float) -> np.ndarray:
    """Stars that pop one after another, (N,) of peak 1."""
    count = samples_of(1.6 * length_s)
    life = np.linspace(0, 1, count)
    times = random_times(rng, 130 * np.minimum(1, 12 * life) * (1 - life) ** 1.5)
    pops = impulses(count, times, rng.lognormal(0, 0.7, len(times)) * rng.choice([-1, 1], len(times)))
    snap = burst(rng, pop_hz, 3 * pop_hz, 0.012)
    return unit_peak(np.convolve(pops, snap)[:count] * np.minimum(1, (1 - life) * 8))


def _whistle(rng: np.random.Generator) -> np.ndarray:
    """A rocket that climbs for 0.6 s, (N,) of peak 1."""
    life = np.linspace(0, 1, samples_of(0.6))
    pipe = harmonics(phase(rng.uniform(900, 1500) * (1 + 1.3 * life)), np.array([1.0, 0.3, 0.1]))
    air = bandpass(noise(rng, len(life)), 1500, 6000)
    return unit_peak((pipe + 0.5 * air) * np.minimum(1, 8 * life) * np.minimum(1, (1 - life) * 12))


def look(rng: np.random.Generator) -> Look:
    """Rockets climb into a dark sky; each bursts into a sphere of stars that fall."""
    stars = 26
    colours = [tint(rng, *base, 0.15) for base in ((1.0, 0.4, 0.3), (0.4, 0.9, 0.5), (0.5, 0.6, 1.0), (1.0, 0.85, 0.4))]
    turn, reach = TURN * np.arange(stars) / stars + rng.uniform(0, 1), rng.uniform(0.35, 1.0, stars)
    places = rng.uniform(-0.2, 0.2, 16)

    def moving(c: Canvas, m: Moment) -> None:
        if m.wait < 0.7:
            x, y = float(places[(m.count + 1) % 16]), -0.1 + 0.55 * (m.wait / 0.7) ** 1.5
            c.capsule(x, y, x, y + 0.08, 0.014, (1.0, 0.8, 0.5), 0.8)
        if m.age < 1.3:
            x, colour, hit = float(places[m.count % 16]), colours[m.count % 4], impact(m, 1.3)
            far = 0.2 + 0.4 * (0.5 + 0.5 * m.strength) * (1 - math.exp(-m.age / 0.18))
            sx, sy = x + far * reach * np.cos(turn), -0.1 + far * reach * np.sin(turn) + 0.22 * m.age**2
            c.capsules(x + 0.9 * (sx - x), -0.1 + 0.9 * (sy + 0.1), sx, sy, 0.02, colour, min(1.0, 1.5 * hit))
            c.glow(x, -0.1, 0.9, colour, 1.2 * impact(m, 0.25))
            c.disc(x, -0.1, 0.1, (1.0, 1.0, 0.95), impact(m, 0.15))

    def still(c: Canvas) -> None:
        c.light((0.02, 0.02, 0.06), 0.6)
        for k in range(5):
            c.box(-0.6 + 0.3 * k, 0.5, 0.12, 0.06 + 0.05 * (k % 3), (0.05, 0.05, 0.07))

    return Look(still, moving)


KIND = Kind(
    category="FRWKComr",
    family="one_shot",
    sound=sound,
    look=look,
    rhythm=spaced(0.7, 2.4),
    depth=4,
    wording=Wording(
        nouns=(
            "fireworks",
            "a rocket and a bang in the sky",
            "new year's fireworks",
            "firecrackers",
            "a fireworks display",
            "sparklers",
        ),
        clauses=("fireworks burst in the sky", "a firework rocket whistles and bangs"),
        gentle=("distant fireworks",),
        strong=("a huge fireworks finale",),
        foreign={
            "de": ("Feuerwerk", "Böller", "Silvesterfeuerwerk", "Raketen", "Knallkörper"),
            "fr": ("feux d'artifice", "feu d'artifice", "pétards", "fusées"),
            "es": ("fuegos artificiales", "petardos", "cohetes", "pirotecnia"),
            "it": ("fuochi d'artificio", "petardi", "botti", "mortaretti"),
            "ja": ("花火", "爆竹", "打ち上げ花火", "花火大会"),
            "zh": ("烟花", "鞭炮", "烟火", "爆竹", "放烟花"),
        },
    ),
)
