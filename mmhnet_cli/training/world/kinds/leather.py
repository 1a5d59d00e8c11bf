"""Creaking leather."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.collide import rung
from mmhnet_cli.training.world.contact import Look, Moment, impact, smooth, tint
from mmhnet_cli.training.world.dsp import bandpass, lowpass, mix, noise, play_events, samples_of, unit_peak, unit_rms
from mmhnet_cli.training.world.grit import slips
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import spaced
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import free_s


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A hide that is bent: fibres stick and slip at an uneven rate that swells and sinks, dull and dry, and a soft rub.

    Farnell's creak, in a body that rings for a few milliseconds only.
    """
    slow, fast, uneven = rng.uniform(18, 45), rng.uniform(60, 190), rng.uniform(0.2, 0.55)
    hide_hz = rng.uniform(0.7, 1.5) * np.array([260, 560, 980, 1700, 2700]) * rng.uniform(0.85, 1.15, 5)
    life, rub, long_s = (
        rng.uniform(0.008, 0.022) * np.array([1.5, 1.2, 1, 0.8, 0.6]),
        rng.uniform(0.05, 0.35),
        rng.uniform(0.15, 0.6),
    )
    free = free_s(source)

    def creak(index: int, strength: float) -> np.ndarray:
        count = samples_of(min(long_s * rng.uniform(0.7, 1.4), 0.75 * free[index]))
        way = np.linspace(0, 1, count)
        bent = np.sin(np.pi * way ** rng.uniform(0.5, 1.2)) * rng.uniform(0.6, 1)
        pulses = slips(rng, slow * (fast / slow) ** (bent * (0.4 + 0.6 * strength)), uneven)
        pulses[0] = 2.2
        pulses *= (0.55 + 0.45 * bent) * np.minimum(1, (1 - way) * 6)
        levels = np.arange(1, 6) ** (-1.3 + 1.5 * strength) * rng.uniform(0.7, 1.3, 5)
        fibres = rung(np.concatenate([pulses, np.zeros(samples_of(0.04))]), hide_hz, life, levels)
        surface = bandpass(noise(rng, count), 500, 1800 + 2500 * strength) * np.sin(np.pi * way)
        return mix((0, 1, unit_peak(fibres)), (0, 0.3 * rub, unit_rms(lowpass(surface, 5000))))

    return play_events(source, 0.3, creak)


def look(rng: np.random.Generator) -> Look:
    """A boot that bends at the ankle; its creases deepen as it creaks."""
    hide, sole = tint(rng, 0.36, 0.2, 0.11, 0.25), tint(rng, 0.12, 0.1, 0.09)
    shine, lean_to = tint(rng, 0.85, 0.68, 0.5), float(rng.choice([-1, 1]))

    def moving(c: Canvas, m: Moment) -> None:
        bent = (1 - smooth(m.age / 0.45)) * (0.6 + 0.4 * m.strength) if m.age < 0.45 else 0.0
        lean = lean_to * 0.2 * bent
        colour = hide + 0.25 * impact(m, 0.2) * (1 - hide)
        c.capsule(-0.12, 0.3, 0.3, 0.33, 0.13, colour)
        c.box(0.08, 0.46, 0.36, 0.045, sole)
        c.convex([(-0.27 + lean, -0.45), (0.11 + lean, -0.45), (0.07, 0.2), (-0.26, 0.3)], colour)
        c.ellipse(-0.08 + lean, -0.45, 0.19, 0.04, hide * 0.4)
        for k in range(4):
            y, deep = 0.06 + 0.07 * k, 0.012 + 0.03 * bent
            c.capsule(-0.24 + 0.02 * k, y, 0.02 + 0.05 * k, y + 0.05 + 0.06 * bent, deep, hide * 0.45)
        if m.age < 0.2:
            c.glow(-0.05, 0.1, 0.6, shine, 0.9 * impact(m, 0.2))
            for k in range(3):
                c.ring(-0.05, 0.12, 0.3 + 0.1 * k + m.age, 0.24 + 0.1 * k + m.age, 0.025, shine, impact(m, 0.2))

    return Look(lambda c: c.ellipse(0.05, 0.52, 0.55, 0.05, (0.1, 0.09, 0.08), 0.7), moving)


KIND = Kind(
    category="LETHRCreak",
    family="one_shot",
    sound=sound,
    look=look,
    rhythm=spaced(0.45, 1.6),
    wording=Wording(
        nouns=(
            "creaking leather",
            "a leather jacket",
            "a leather saddle",
            "a leather sofa",
            "leather gloves",
            "a leather belt",
        ),
        clauses=("leather creaks", "a saddle creaks"),
        gentle=("a faint creak of leather",),
        strong=("a saddle creaking loudly",),
        foreign={
            "de": ("Leder", "Lederjacke", "Lederknarren", "Sattel"),
            "fr": ("cuir", "blouson de cuir", "cuir qui grince", "selle"),
            "es": ("cuero", "chaqueta de cuero", "silla de montar"),
            "it": ("cuoio", "pelle che scricchiola", "giacca di pelle", "sella"),
            "ja": ("革", "革ジャン", "革の軋み", "レザー"),
            "zh": ("皮革", "皮夹克", "皮革摩擦", "皮衣"),
        },
    ),
)
