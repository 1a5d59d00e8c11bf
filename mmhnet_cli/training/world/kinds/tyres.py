"""Skidding tyres."""

import math

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import TURN, Look, Moment, fly, impact, smooth, tint
from mmhnet_cli.training.world.dsp import (
    SAMPLE_RATE_HZ,
    bandpass,
    harmonics,
    lowpass,
    noise,
    phase,
    play_events,
    samples_of,
    unit_rms,
    wander,
)
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import spaced
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import free_s, placed, tail


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Rubber that sticks to the road and slips: a few squeals that fall as the car slows, torn by roughness, and scrub.

    The tread blocks ring at a pitch of their own (Farnell's friction model); each tyre has another.
    """
    treads_hz = rng.uniform(480, 1050) * rng.uniform(0.88, 1.14, int(rng.integers(2, 5)))
    rough, scrub, long_s = rng.uniform(0.25, 0.9), rng.uniform(0.15, 0.7), rng.uniform(0.35, 1.3)
    fall, far_hz = rng.uniform(0.06, 0.28), rng.uniform(3500, 12000)
    street, share = tail(rng, rng.uniform(0.4, 1.2), 0.03, 4500), rng.uniform(0.1, 0.35)
    free = free_s(source)

    def skid(index: int, strength: float) -> np.ndarray:
        count = samples_of(max(0.2, min(long_s * (0.4 + 0.8 * strength), 0.75 * free[index])))
        time = np.arange(count) / SAMPLE_RATE_HZ
        slowing = (0.8 + 0.25 * strength) * (1 - fall * (time / time[-1]) ** 2)
        out = np.zeros(count)
        for hz in treads_hz:
            grip = 1 + 0.035 * wander(rng, count, 14) + 0.02 * rough * wander(rng, count, 160)
            tear = 1 + rough * wander(rng, count, 70) * np.sin(phase(np.full(count, rng.uniform(35, 80))))
            levels = np.arange(1, 11) ** -(0.7 + 1.2 * (1 - strength)) * rng.uniform(0.4, 1.2, 10)
            squeal = harmonics(phase(hz * slowing * grip), levels)
            out += unit_rms(squeal * tear) * np.clip(0.75 + 0.5 * wander(rng, count, 4), 0.2, None)
        rubber = bandpass(noise(rng, count), 500, 2200 + 3500 * strength) * (1 + 0.7 * wander(rng, count, 90))
        out = out / len(treads_hz) ** 0.5 + scrub * unit_rms(rubber)
        # The chirp of the first slip, then the slide itself swells.
        envelope = np.minimum(1, time / 0.004) * (1 - 0.55 * np.exp(-time / 0.08))
        envelope *= np.minimum(1, (time[-1] - time) / 0.09)
        return placed(lowpass(out * envelope, far_hz), street, share)

    return play_events(source, 0.45, skid)


def look(rng: np.random.Generator) -> Look:
    """A car from the side that brakes: it dives on its front wheels, and smoke rises from the tyres."""
    paint, glass, way = tint(rng, 0.3, 0.4, 0.65, 0.3), tint(rng, 0.7, 0.8, 0.85), float(rng.choice([-1, 1]))
    smoke, fan = (0.85, 0.85, 0.87), rng.uniform(0.1, 0.9, 10) - (np.pi if way > 0 else np.pi / 3)
    lag = rng.uniform(0, 0.5, 8)

    def moving(c: Canvas, m: Moment) -> None:
        slide = 1 - math.exp(-m.age / 0.25) if m.age < 9 else 0.0
        # Rolls on before it brakes again.
        run = slide if math.isinf(m.wait) else slide * (1 - smooth(1 - m.wait / 0.7))
        x, dive = way * (0.3 * run - 0.15), 0.05 * m.strength * max(0.0, 1 - m.age / 0.7)
        c.convex([(x - 0.3, -0.12), (x + 0.24, -0.12), (x + 0.42, 0.12), (x - 0.46, 0.12)], glass)
        c.box(x, 0.2, 0.62, 0.12, paint, angle=way * dive)
        for side in (-1, 1):
            c.disc(x + 0.36 * side, 0.34, 0.13, (0.07, 0.07, 0.08))
            turn = TURN * 2 * run + 0.4
            c.capsule(
                x + 0.36 * side,
                0.34,
                x + 0.36 * side + 0.08 * math.cos(turn),
                0.34 + 0.08 * math.sin(turn),
                0.02,
                glass,
            )
        if m.age < 0.9:
            hit = (0.5 + 0.5 * m.strength) * (1 - m.age / 0.9)
            for k in range(8):
                far = lag[k] + 0.9 * m.age
                c.disc(
                    x + 0.36 * (-1) ** k - way * 0.5 * far,
                    0.42 - 0.35 * far * lag[k],
                    0.08 + 0.14 * far,
                    smoke,
                    0.7 * hit,
                )
        if m.age < 0.2:
            c.glow(x, 0.42, 0.75, smoke, 0.8 * impact(m, 0.2))
            fly(c, x - way * 0.36, 0.44, fan, m, 0.45, 0.03, smoke)

    return Look(lambda c: c.box(0, 0.5, 1.0, 0.05, (0.15, 0.15, 0.16)), moving)


KIND = Kind(
    category="VEHSkid",
    family="one_shot",
    sound=sound,
    look=look,
    rhythm=spaced(0.9, 2.8),
    wording=Wording(
        nouns=(
            "screeching tyres",
            "a car skidding",
            "squealing tires",
            "an emergency stop",
            "a car braking hard",
            "a skid",
            "burnout",
            "drifting",
        ),
        clauses=("tyres screech", "a car skids round the corner"),
        gentle=("a short chirp of the tyres",),
        strong=("tyres screaming in a hard stop",),
        foreign={
            "de": ("quietschende Reifen", "Reifenquietschen", "Vollbremsung", "ins Schleudern geraten", "Reifen"),
            "fr": ("crissement de pneus", "pneus", "dérapage", "freinage brusque"),
            "es": ("chirrido de neumáticos", "neumáticos", "derrape", "frenazo"),
            "it": ("stridio di gomme", "gomme", "sgommata", "frenata", "pneumatici"),
            "ja": ("タイヤ", "スリップ音", "急ブレーキ", "ドリフト"),
            "zh": ("轮胎", "急刹车", "轮胎摩擦", "打滑", "漂移"),
        },
    ),
)
