"""Steps on gravel."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, fly, impact, tint
from mmhnet_cli.training.world.dsp import (
    SAMPLE_RATE_HZ,
    burst,
    impulses,
    mix,
    play_events,
    resonance,
    samples_of,
    unit_peak,
)
from mmhnet_cli.training.world.figures import walker
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import steady
from mmhnet_cli.training.world.scene import Source


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
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


def look(rng: np.random.Generator) -> Look:
    """A walker in boots on loose stones, which jump."""
    bed, dark, pale = tint(rng, 0.42, 0.36, 0.27), tint(rng, 0.26, 0.22, 0.18), tint(rng, 0.66, 0.6, 0.5)
    x, y = rng.uniform(-0.78, 0.78, 90), rng.uniform(0.42, 0.62, 90)
    size = rng.uniform(0.01, 0.025, 90)
    fan, dust = -rng.uniform(0.1, np.pi - 0.1, 14), tint(rng, 0.88, 0.82, 0.7)

    def still(c: Canvas) -> None:
        c.ellipse(0, 0.53, 0.85, 0.13, bed)
        c.capsules(x[::2], y[::2], x[::2] + 0.02, y[::2], size[::2], dark)
        c.capsules(x[1::2], y[1::2], x[1::2] + 0.02, y[1::2], size[1::2], pale)

    def struck(c: Canvas, at: float, m: Moment) -> None:
        c.glow(at, 0.42, 0.36, dust, 0.5 * impact(m))
        c.ellipse(at, 0.46, 0.24, 0.07, dust, impact(m))
        fly(c, at, 0.45, fan, m, 0.4, 0.028, dust)

    return Look(still, walker(rng, shoe=tint(rng, 0.38, 0.22, 0.1), struck=struck))


KIND = Kind(
    category="FEETHmn",
    family="impact",
    sound=sound,
    look=look,
    rhythm=steady(0.4, 1.1, jitter=0.08),
    wording=Wording(
        nouns=(
            "footsteps on gravel",
            "boots on loose stones",
            "crunching gravel",
            "steps on a gravel path",
            "walking on gravel",
            "walking on pebbles",
        ),
        clauses=("someone walks on gravel", "gravel crunches under boots"),
        gentle=("light steps on gravel",),
        strong=("heavy boots on gravel",),
        foreign={
            "de": ("Schritte auf Kies", "Kies", "Schotter", "Kiesweg"),
            "fr": ("pas sur le gravier", "gravier", "graviers", "marcher sur le gravier"),
            "es": ("pasos sobre grava", "grava", "gravilla", "pasos en la grava"),
            "it": ("passi sulla ghiaia", "ghiaia", "brecciolino", "pietrisco"),
            "ja": ("砂利", "砂利道", "砂利の足音", "砂利を歩く"),
            "zh": ("碎石", "碎石路", "砾石", "砾石脚步"),
        },
    ),
)
