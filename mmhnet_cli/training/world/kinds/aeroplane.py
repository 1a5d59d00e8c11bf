"""An aeroplane."""

import math

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import TURN, Look, Moment, tint
from mmhnet_cli.training.world.driving import doppler, pipes, smoothed
from mmhnet_cli.training.world.dsp import (
    SAMPLE_RATE_HZ,
    at_samples,
    bandpass,
    harmonics,
    impulses,
    lowpass,
    noise,
    phase,
    pulse_times,
    sample_count,
    sustained,
    unit_rms,
    wander,
)
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.scene import Source


def _overhead(rng: np.random.Generator, sound: np.ndarray, height: np.ndarray) -> np.ndarray:
    """A sound (N,) and its echo from the ground, delayed by the path: the comb that sweeps as a plane passes."""
    delay = (0.0008 + rng.uniform(0.003, 0.007) * height) * SAMPLE_RATE_HZ
    at = np.arange(len(sound))
    return sound + 0.65 * np.interp(at - delay, at, sound)


def _jet(rng: np.random.Generator, thrust: np.ndarray, shift: np.ndarray, count: int) -> np.ndarray:
    push = at_samples(thrust, count)
    air = noise(rng, count)
    rumble = unit_rms(lowpass(air, rng.uniform(110, 220))) * (1 + 0.35 * wander(rng, count, 7))
    roar = unit_rms(bandpass(air, 150, rng.uniform(700, 1200))) * (1 + 0.35 * wander(rng, count, 13))
    tear = unit_rms(bandpass(air, 1200, rng.uniform(4000, 7000))) * push**1.5
    blades = phase(at_samples(rng.uniform(900, 1900) * (0.6 + 0.7 * thrust) * shift, count))
    buzz = np.sin(blades) + 0.5 * np.sin(2 * blades) + 0.3 * np.sin(1.31 * blades)
    return rumble + roar + rng.uniform(0.2, 0.8) * tear + rng.uniform(0.05, 0.35) * buzz


def _propeller(rng: np.random.Generator, thrust: np.ndarray, shift: np.ndarray, count: int) -> np.ndarray:
    engines, blade_hz = int(rng.choice([1, 1, 2, 4])), rng.uniform(55, 75)
    out = np.zeros(count)
    for _ in range(engines):
        # Engines that do not turn quite alike beat.
        hz = blade_hz * rng.uniform(0.99, 1.01) * (0.7 + 0.7 * thrust) * shift
        angle = phase(at_samples(hz, count) * (1 + 0.002 * wander(rng, count, 8))) + rng.uniform(0, TURN)
        out += harmonics(angle, np.arange(1.0, 25) ** -rng.uniform(0.6, 1.0) * rng.uniform(0.5, 1.2, 24))
        fired = pulse_times(1.5 * hz, count)
        motor = impulses(count, fired, rng.uniform(0.6, 1.0, 6)[np.arange(len(fired)) % 6])
        out += 0.6 * pipes(motor, rng.uniform(0.8, 1.2) * np.array([110.0, 240.0, 520.0]), (1, 0.8, 0.5), 0.02)
    air = unit_rms(bandpass(noise(rng, count), 300, 3500)) * (0.2 + at_samples(thrust, count))
    return unit_rms(out) + rng.uniform(0.15, 0.45) * air


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """An aeroplane overhead: jets tear the air and whine, propellers drone and beat; both sweep a comb over the ground.

    Propellers are harmonics of the blade rate (Gutin), jets broad roar with a fan tone; pitch falls as it passes.
    """
    count = sample_count(source)
    thrust, shift = smoothed(source.curve, 1.0), doppler(smoothed(source.curve, 0.8), 0.12)
    made = _jet if rng.random() < 0.55 else _propeller
    flying = made(rng, thrust, shift, count)
    high = 0.5 + 0.5 * np.cos(np.linspace(0, rng.uniform(2, 7), count) + rng.uniform(0, TURN))
    return sustained(_overhead(rng, flying, high), source.curve, 0.03, 0.12)


def look(rng: np.random.Generator) -> Look:
    """An aeroplane in the sky; clouds pass, its propeller or its exhaust shows how hard it works."""
    hull, mark = tint(rng, 0.85, 0.86, 0.88, 0.1), tint(rng, *rng.uniform(0.1, 0.8, 3))
    jet, lag = rng.random() < 0.55, rng.uniform(0, 2.8, 6)
    cloud_y = rng.uniform(-0.5, 0.5, 6)

    def moving(c: Canvas, m: Moment) -> None:
        x = (lag - m.turns(0.15, 1.8)) % 2.8 - 1.4
        c.capsules(x, cloud_y, x + 0.25, cloud_y, 0.06, (0.75, 0.8, 0.86), 0.7)
        y = 0.02 * math.sin(1.3 * m.elapsed) - 0.04 * m.level
        y += 0.006 * m.level * math.sin(TURN * 6.7 * m.elapsed)
        tail = 0.5 + 0.5 * math.sin(TURN * m.turns(2.0, 5.0))
        if jet:
            c.capsule(
                -0.3,
                y + 0.14,
                -0.4 - (0.2 + 0.1 * tail) * m.level,
                y + 0.14,
                0.03,
                (1.0, 0.75, 0.45),
                0.3 + 0.6 * m.level,
            )
        c.convex([(-0.62, y - 0.28), (-0.5, y - 0.28), (-0.3, y), (-0.55, y)], mark)
        c.capsule(-0.5, y, 0.45, y + 0.02, 0.1, hull)
        c.capsule(-0.5, y + 0.04, 0.45, y + 0.05, 0.02, mark)
        windows = np.linspace(-0.35, 0.3, 8)
        c.capsules(windows, np.full(8, y - 0.03), windows, np.full(8, y - 0.02), 0.018, (0.2, 0.28, 0.36))
        c.convex([(-0.1, y + 0.05), (0.12, y + 0.05), (-0.18, y + 0.38), (-0.34, y + 0.38)], hull * 0.7)
        if jet:
            c.capsule(-0.22, y + 0.15, -0.05, y + 0.15, 0.055, hull * 0.5)
        else:
            long = 0.22 * math.cos(TURN * m.turns(1.5, 6.0))
            c.ellipse(0.58, y + 0.02, 0.03, 0.24, (0.8, 0.8, 0.82), 0.2 + 0.4 * m.level)
            c.capsule(0.58, y + 0.02 - long, 0.58, y + 0.02 + long, 0.02, (0.1, 0.1, 0.1))

    return Look(lambda c: c.ellipse(0, 0.0, 1.2, 0.75, (0.32, 0.5, 0.7), 0.6), moving)


KIND = Kind(
    category="AEROJet",
    family="machine",
    sound=sound,
    look=look,
    wording=Wording(
        nouns=(
            "an aeroplane",
            "a jet taking off",
            "an airplane flying over",
            "a propeller plane",
            "a jet fighter",
            "an airliner",
            "a plane landing",
            "a rocket launch",
        ),
        clauses=("a plane flies over", "a jet takes off"),
        gentle=("a distant plane high up",),
        strong=("a jet fighter screaming over",),
        foreign={
            "de": ("Flugzeug", "Düsenjet", "Düsenflugzeug", "Propellerflugzeug", "Kampfjet"),
            "fr": ("avion", "avion à réaction", "avion qui décolle", "avion à hélice"),
            "es": ("avión", "avión a reacción", "avioneta", "avión despegando"),
            "it": ("aereo", "aeroplano", "jet", "aereo a elica", "decollo"),
            "ja": ("飛行機", "ジェット機", "旅客機", "プロペラ機", "戦闘機"),
            "zh": ("飞机", "喷气机", "飞机起飞", "客机", "战斗机"),
        },
    ),
)
