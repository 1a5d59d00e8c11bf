"""A heartbeat."""

import math

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, impact, tint
from mmhnet_cli.training.world.dsp import Body, burst, lowpass, mix, play_events
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import steady
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import free_s


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Lub and dub: the valves close twice, the second time shorter and higher, heard through the chest.

    The second sound follows by Bazett's rule, after a time that goes with the root of the beat's length.
    """
    chest_hz, boom = rng.uniform(38, 72), rng.uniform(0.14, 0.32)
    modes, lives = np.array([1, 1.7, 2.6, 3.8]), np.array([1, 0.6, 0.45, 0.3])
    lub = Body(chest_hz * modes, boom * lives, np.array([1, 0.9, 0.7, 0.5]), 0.0015).ringer()
    dub = Body(1.35 * chest_hz * modes, 0.7 * boom * lives, np.array([1, 0.9, 0.8, 0.6]), 0.0012).ringer()
    second, rush, ear_hz = rng.uniform(0.4, 0.8), rng.uniform(0.05, 0.5), rng.uniform(220, 900)
    free = free_s(source)

    def beat(index: int, strength: float) -> np.ndarray:
        systole_s = min(0.32 * math.sqrt(min(free[index], 1.1)), 0.6 * free[index])
        flow = burst(rng, 60, 350, 0.1)
        whole = mix(
            (0, 1, lub(rng, strength**3)),
            (0, 0.4 + rush, flow),
            (systole_s, second, dub(rng, strength**3)),
            (systole_s, 0.7 * rush, burst(rng, 90, 450, 0.06)),
        )
        return lowpass(whole, ear_hz * (0.3 + 0.7 * strength**2))

    return play_events(source, 0.6, beat)


def look(rng: np.random.Generator) -> Look:
    """A heart that contracts at every beat, over the line of a monitor."""
    flesh, lamp = tint(rng, 0.75, 0.12, 0.16, 0.15), tint(rng, 0.3, 0.95, 0.45, 0.15)
    screen = tint(rng, 0.06, 0.1, 0.1, 0.05)

    def moving(c: Canvas, m: Moment) -> None:
        hit = impact(m, 0.22)
        big = 1 + 0.35 * hit
        colour = flesh + 0.5 * hit * (1 - flesh)
        c.glow(0, -0.08, 0.8, (1.0, 0.3, 0.3), 0.9 * hit)
        for side in (-1, 1):
            c.disc(0.13 * big * side, -0.16, 0.17 * big, colour)
        c.convex([(-0.285 * big, -0.1), (0.285 * big, -0.1), (0, -0.1 + 0.36 * big)], colour)
        # The line runs to the left; the last beat stands where it was drawn.
        x = np.linspace(-0.7, 0.7, 29)
        since = (0.7 - x) / 0.9
        spike = 0.24 * m.strength * np.exp(-(((since - m.age) / 0.035) ** 2)) if m.age < 2 else 0 * x
        y = 0.42 - spike + 0.3 * np.roll(spike, 1)
        c.capsules(x[:-1], y[:-1], x[1:], y[1:], 0.015, lamp)

    return Look(lambda c: c.box(0, 0.38, 0.75, 0.14, screen), moving)


KIND = Kind(
    category="HMNHart",
    family="one_shot",
    sound=sound,
    look=look,
    rhythm=steady(0.42, 1.1, jitter=0.025),
    wording=Wording(
        nouns=("heartbeat", "a beating heart", "a racing heart", "a pulse", "a heart monitor", "a slow heartbeat"),
        clauses=("a heart beats", "a heart pounds"),
        gentle=("a slow calm heartbeat",),
        strong=("a pounding heart",),
        foreign={
            "de": ("Herzschlag", "Herz", "Herzklopfen", "Puls"),
            "fr": ("battement de cœur", "cœur", "battements de coeur", "pouls"),
            "es": ("latido", "corazón", "latidos", "pulso", "latido del corazón"),
            "it": ("battito", "cuore", "battito cardiaco", "pulsazioni"),
            "ja": ("心臓", "心音", "鼓動", "心拍"),
            "zh": ("心跳", "心脏", "心跳声", "脉搏"),
        },
    ),
)
