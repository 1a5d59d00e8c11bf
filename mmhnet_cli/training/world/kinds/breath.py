"""Breath."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, tint
from mmhnet_cli.training.world.dsp import (
    QUIET_RMS,
    SAMPLE_RATE_HZ,
    at_samples,
    bandpass,
    noise,
    resonance,
    sample_count,
    sustained,
    unit_rms,
    wander,
)
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.scene import Source

CALM_HZ, PANTING_HZ = 0.35, 1.5
"""Breaths per second at the least and the most of the curve; picture and sound breathe together."""


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Air drawn in and let out: turbulence through a whispering vocal tract, brighter inwards, longer outwards.

    The formants are those of an open, unvoiced vowel; nose breathers have lower and blunter ones.
    """
    count = sample_count(source)
    turn = np.cumsum(at_samples(CALM_HZ + (PANTING_HZ - CALM_HZ) * source.curve, count)) / SAMPLE_RATE_HZ % 1
    flow_in = np.sin(np.pi * np.clip(turn / 0.4, 0, 1)) ** 1.2
    out_way = np.clip((turn - 0.45) / 0.5, 0, 1)
    flow_out = np.minimum(1, out_way * 7) * (1 - out_way) ** 1.3
    tract, nose = rng.uniform(0.85, 1.3), rng.random() < 0.3
    vowel_in = tract * np.array([480, 1250, 2300] if nose else [820, 1750, 3200, 4600])
    vowel_out = tract * np.array([320, 950, 2100] if nose else [560, 1200, 2600, 3700])
    effort = at_samples(source.curve, count)
    flutter = 1 + 0.25 * wander(rng, count, 18)
    inward = _whisper(rng, vowel_in, count, effort) * flow_in * rng.uniform(0.45, 1.1)
    outward = _whisper(rng, vowel_out, count, effort) * flow_out
    return sustained((inward + outward) * flutter, source.curve, 0.8 * QUIET_RMS, 0.09)


def _whisper(rng: np.random.Generator, formants_hz: np.ndarray, count: int, effort: np.ndarray) -> np.ndarray:
    """Air past the lips and through the formants, (count,); what is breathed hard hisses more."""
    air = noise(rng, count)
    gains = rng.uniform(0.6, 1.2, len(formants_hz)) / np.arange(1, len(formants_hz) + 1) ** 0.6
    tone = sum(gain * unit_rms(resonance(air, hz, 0.009)) for hz, gain in zip(formants_hz, gains, strict=True))
    return unit_rms(tone) + (0.12 + 0.7 * effort) * unit_rms(bandpass(air, 2500, 9000))


def look(rng: np.random.Generator) -> Look:
    """A face in profile in the cold; the chest rises, and a cloud leaves the mouth at every breath."""
    skin, coat, hair = tint(rng, 0.82, 0.62, 0.5, 0.25), rng.uniform(0.15, 0.6, 3), tint(rng, 0.25, 0.17, 0.1, 0.3)
    way, lag = float(rng.choice([-1, 1])), rng.uniform(-1, 1, 7)

    def moving(c: Canvas, m: Moment) -> None:
        turn = m.turns(CALM_HZ, PANTING_HZ) % 1
        chest = np.sin(np.pi * turn / 0.4) if turn < 0.2 else 1 - min(1.0, max(0.0, (turn - 0.4) / 0.5))
        heave = (0.04 + 0.06 * m.level) * float(chest)
        c.ellipse(0, 0.5 - heave, 0.42 + heave, 0.26 + heave, coat)
        head = -0.08 - 0.6 * heave
        c.disc(-0.05 * way, head - 0.06, 0.24, hair)
        c.ellipse(0.04 * way, head, 0.2, 0.24, skin)
        c.disc(0.25 * way, head + 0.02, 0.04, skin)
        c.disc(0.1 * way, head - 0.05, 0.02, (0.1, 0.08, 0.08))
        c.ellipse(0.2 * way, head + 0.12, 0.035, 0.012 + 0.03 * m.level, (0.4, 0.15, 0.15))
        gone = max(0.0, (turn - 0.45) / 0.5)
        if 0 < gone < 1.1:
            for k in range(7):
                far = 0.12 + gone * (0.35 + 0.05 * k) * (0.6 + 0.6 * m.level)
                x, y = way * (0.2 + far), head + 0.12 + 0.35 * lag[k] * far
                c.disc(x, y, 0.05 + 0.16 * far, (0.92, 0.94, 0.97), (0.35 + 0.4 * m.level) * (1.1 - gone))

    return Look(lambda c: c.box(0, 0.62, 0.5, 0.1, coat * 0.7), moving)


KIND = Kind(
    category="HMNBrth",
    family="texture",
    sound=sound,
    look=look,
    wording=Wording(
        nouns=(
            "breathing",
            "heavy breathing",
            "a person panting",
            "a deep breath",
            "a gasp",
            "a sigh",
            "breathing through a mask",
        ),
        clauses=("someone breathes heavily", "a runner pants"),
        gentle=("calm breathing",),
        strong=("desperate panting",),
        foreign={
            "de": ("Atem", "Atmen", "Keuchen", "schweres Atmen", "Hecheln", "Seufzer"),
            "fr": ("respiration", "souffle", "respirer", "haleter", "soupir"),
            "es": ("respiración", "jadeo", "respirar", "jadear", "suspiro"),
            "it": ("respiro", "respirazione", "ansimare", "affanno", "sospiro"),
            "ja": ("呼吸", "息", "息切れ", "ため息", "荒い息"),
            "zh": ("呼吸", "喘气", "喘息", "叹气", "呼吸声"),
        },
    ),
)
