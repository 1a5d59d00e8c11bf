"""Things that strike things: steps, ball, hammers, glass, knuckles, drum, keys.

Each function: (source, rng) to samples (sample_count(source),).
"""

import numpy as np

from mmhnet_cli.training.scenes.dsp import (
    SAMPLE_RATE_HZ,
    Body,
    burst,
    decay,
    impulses,
    phase,
    play_events,
    resonance,
    samples_of,
    unit_peak,
)
from mmhnet_cli.training.scenes.script import Source


def mix(*parts: tuple[float, float, np.ndarray]) -> np.ndarray:
    """Sum of (delay in seconds, gain, samples), as long as the longest needs."""
    out = np.zeros(max(samples_of(delay) + len(part) for delay, _, part in parts))
    for delay, gain, part in parts:
        out[samples_of(delay) : samples_of(delay) + len(part)] += gain * part
    return out


def footsteps(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Heel, then sole: damped floor modes and the short scuff of a shoe; left and right differ."""
    floor = rng.uniform(120, 200) * np.array([1, 1.9, 3.2, 4.7])
    t60 = rng.uniform(0.05, 0.1) * np.array([1, 0.8, 0.6, 0.5])
    heels = [Body(floor * tuning, t60, np.array([1, 0.9, 0.6, 0.35]), 0.001).ringer() for tuning in (1.0, 1.07)]
    scuff = rng.uniform(1200, 2600)
    roll = rng.uniform(0.07, 0.12)

    def step(index: int, strength: float) -> np.ndarray:
        heel = heels[index % 2](rng, strength)
        return mix(
            (0.0, 1.0, heel),
            (0.0, 0.5, burst(rng, 300, scuff, 0.035)),
            (roll, 0.3, burst(rng, 500, 1.6 * scuff, 0.09)),
            (roll, 0.35, heel),
        )

    return play_events(source, 0.4, step)


def gravel_steps(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A crunch: many stones, each a very short resonance, first under the heel and then under the toes."""
    stones_hz = rng.uniform(0.8, 1.25) * np.array([1500.0, 2600.0, 4300.0, 6800.0])
    length = rng.uniform(0.2, 0.32)
    count = samples_of(length + 0.04)

    def crunch(index: int, strength: float) -> np.ndarray:
        stones = int(rng.uniform(90, 160))
        heel = rng.gamma(1.2, 0.13, stones // 2)
        toes = 0.5 + rng.gamma(1.5, 0.12, stones - stones // 2)
        times = np.concatenate([[0.0], np.clip(np.concatenate([heel, toes]), 0, 1) * length])
        sizes = np.concatenate([[2.0], rng.lognormal(-0.5, 0.8, stones)]) * rng.choice([-1, 1], stones + 1)
        which = rng.integers(0, len(stones_hz), stones + 1)
        at = np.round(times * SAMPLE_RATE_HZ).astype(np.int64)
        parts = [
            resonance(impulses(count, at[which == k], sizes[which == k]), hz, 0.012)
            for k, hz in enumerate(stones_hz)
            if (which == k).any()
        ]
        first = burst(rng, 1200, 6000, 0.03)
        # Stones end softly: the last grains may ring at the end of the buffer.
        fade = np.minimum(1, np.arange(count, 0, -1) / samples_of(0.03))
        return mix((0.0, 1.0, unit_peak(np.sum(parts, axis=0)) * fade), (0.0, 0.4, first))

    return play_events(source, 0.4, crunch)


def bouncing_ball(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A hollow rubber ball: the air inside sings one clear pitch above the thud on the floor."""
    pitch = rng.uniform(420, 900)
    hollow = Body(
        pitch * np.array([1, 2.04, 2.95]),
        rng.uniform(0.13, 0.24) * np.array([1, 0.7, 0.5]),
        np.array([1, 0.5, 0.3]),
        0.0008,
    ).ringer()
    thud = Body(np.array([rng.uniform(75, 110)]), np.array([0.07]), np.ones(1), 0.002).ringer()
    return play_events(
        source, 0.45, lambda index, strength: mix((0, 1, hollow(rng, strength)), (0, 0.45, thud(rng, strength)))
    )


def hammer_wood(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Hammer on a wooden bar: strongly damped bending modes (ratios of a free bar) under a bright click."""
    bar = Body(
        rng.uniform(260, 520) * np.array([1, 2.756, 5.404, 8.933, 13.34]),
        rng.uniform(0.07, 0.13) * np.array([1, 0.75, 0.5, 0.35, 0.25]),
        np.array([0.7, 1, 0.9, 0.8, 0.6]),
        0.00015,
    ).ringer()
    return play_events(
        source,
        0.55,
        lambda index, strength: mix((0, 1, bar(rng, strength)), (0, 0.8, burst(rng, 2500, 9000, 0.025))),
    )


def hammer_metal(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Hammer on an iron plate: a dense cluster of inharmonic modes, bright and long."""
    count = 16
    # One mode in every band of a plate, at a place of its own: no two plates alike, none with holes in its spectrum.
    ratios = 1 + 0.75 * np.arange(count) + rng.uniform(-0.3, 0.3, count)
    frequencies = rng.uniform(550, 950) * ratios
    t60 = rng.uniform(0.5, 1.6) / ratios**0.35
    plate = Body(frequencies, t60, rng.uniform(0.5, 1, count), 0.00006).ringer()
    return play_events(
        source,
        0.5,
        lambda index, strength: mix((0, 1, plate(rng, strength)), (0, 0.5, burst(rng, 3000, 12000, 0.03))),
    )


def glass_tap(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A tapped glass: few pure high modes (ratios of a wine glass), soft contact."""
    rim = rng.uniform(2200, 3700)
    frequencies = rim * np.array([1, 2.32, 4.25])
    kept = frequencies < 16000
    glass = Body(
        frequencies[kept],
        (rng.uniform(0.25, 0.6) * np.array([1, 0.6, 0.35]))[kept],
        np.array([1, 0.7, 0.5])[kept],
        0.00005,
    ).ringer()
    return play_events(source, 0.3, lambda index, strength: glass(rng, strength))


def knock(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Knuckles on a door: a hollow panel, dull and short."""
    panel = Body(
        rng.uniform(150, 230) * np.array([1, 1.55, 2.4, 3.3, 4.9]),
        rng.uniform(0.08, 0.14) * np.array([1, 0.9, 0.7, 0.6, 0.4]),
        np.array([0.8, 1, 0.8, 0.6, 0.4]),
        0.0009,
    ).ringer()
    return play_events(
        source, 0.45, lambda index, strength: mix((0, 1, panel(rng, strength)), (0, 0.2, burst(rng, 700, 1800, 0.012)))
    )


def drum(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A drum: modes of a round membrane, the lowest gliding down as the skin relaxes, and the slap of the stick."""
    pitch = rng.uniform(70, 130)
    skin = Body(
        pitch * np.array([1.593, 2.136, 2.295, 2.653, 2.917]),
        rng.uniform(0.2, 0.35) * np.array([1, 0.8, 0.75, 0.6, 0.5]),
        np.array([0.6, 0.4, 0.35, 0.3, 0.25]),
        0.001,
    ).ringer()
    envelope = decay(rng.uniform(0.35, 0.7))
    relax = np.exp(-np.arange(len(envelope)) / (0.04 * SAMPLE_RATE_HZ))
    glide = rng.uniform(0.15, 0.4)

    def beat(index: int, strength: float) -> np.ndarray:
        low = envelope * np.sin(phase(pitch * (1 + glide * strength * relax)))
        slap = burst(rng, 1500, 5000, 0.05)
        return mix((0, 1, low), (0, 0.5, skin(rng, strength)), (0, 0.25, slap))

    return play_events(source, 0.6, beat)


def typing(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Keys: a click of plastic going down, a small resonance of the case, and a fainter click coming up."""
    ratios, t60 = np.array([1, 2.3, 3.9]), np.array([0.02, 0.015, 0.01])
    keys = [Body(rng.uniform(700, 1300) * ratios, t60, np.ones(3), 0.0001).ringer() for _ in range(4)]
    bright = rng.uniform(3000, 5000)
    release = rng.uniform(0.05, 0.08)

    def key(index: int, strength: float) -> np.ndarray:
        body = keys[int(rng.integers(len(keys)))](rng, strength)
        down, up = burst(rng, 1800, bright, 0.014), burst(rng, 2500, 1.4 * bright, 0.01)
        return mix((0, 0.6, body), (0, 1, down), (release, 0.3, up))

    return play_events(source, 0.3, key)
