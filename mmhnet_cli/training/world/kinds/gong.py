"""A gong."""

import numpy as np

from mmhnet_cli.training.world.animal import sounding
from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, approach, smooth, tint, tremble
from mmhnet_cli.training.world.dsp import burst, mix, play_events, unit_rms
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.notes import ring
from mmhnet_cli.training.world.rhythm import spaced
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import place


def _plate(rng: np.random.Generator, low_hz: float, crowded: int) -> np.ndarray:
    """Modes (M,) of a plate in Hz: about as many to each kHz (Weyl's law)."""
    return low_hz * (1 + (np.cumsum(rng.gamma(2.0, 0.5, crowded)) * rng.uniform(0.28, 0.42)) ** 1.15)


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A tam-tam that blooms: a soft boom first, and a shimmer that grows after the blow; or a tuned gong with a boss.

    In a thin plate the low modes feed the high ones (Rossing and Fletcher): each mode above the first ones swells, the
    later the higher, and the harder the blow the more of them.
    """
    bossed = rng.random() < 0.35
    low_hz = rng.uniform(80, 260) if bossed else rng.uniform(45, 130)
    modes = low_hz * np.array([1, 1.52, 1.98, 2.44, 3.01, 3.47, 4.08, 5.2]) if bossed else _plate(rng, low_hz, 150)
    modes = np.r_[modes, modes * rng.uniform(1.002, 1.008, len(modes))]
    t60 = rng.uniform(3.5, 7.0) / (1 + modes / rng.uniform(1200, 3000))
    level, bloom_s = rng.lognormal(0, 0.6, len(modes)), rng.uniform(0.4, 1.5)
    around = place(rng, 0.6)

    def blow(index: int, strength: float) -> np.ndarray:
        edge = (300 if bossed else 250) + (900 if bossed else 2600) * strength**1.5
        size = level * rng.uniform(0.8, 1.2, len(modes)) / (1 + (modes / edge) ** 2)
        late = np.clip(modes / low_hz / 12, 0, 1) * (0.15 if bossed else 0.95)
        swell = bloom_s * np.clip(modes / 3000, 0.1, 1)
        # What a mode gains, it has not at once: one decay less a quicker one.
        tone = ring(np.r_[modes, modes], np.r_[t60, np.minimum(swell, 0.7 * t60)], np.r_[size, -late * size], 5.5)
        mallet = burst(rng, 50, 250 + 700 * strength, 0.12)
        return around(mix((0, 1, unit_rms(tone)), (0, 1.2, mallet)))

    return play_events(source, 0.45, blow)


def look(rng: np.random.Generator) -> Look:
    """A bronze disc that hangs in a frame; a mallet strikes it and it swings."""
    bronze, frame = tint(rng, 0.62, 0.45, 0.18, 0.2), tint(rng, 0.4, 0.1, 0.08, 0.25)

    def still(c: Canvas) -> None:
        c.capsule(-0.5, -0.46, 0.5, -0.46, 0.035, frame)
        for side in (-0.46, 0.46):
            c.capsule(side, -0.46, side, 0.48, 0.03, frame)

    def moving(c: Canvas, m: Moment) -> None:
        x = 0.03 * tremble(m)
        for side in (-0.12, 0.12):
            c.capsule(side, -0.46, side + x, -0.25, 0.01, (0.8, 0.75, 0.6))
        c.disc(x, 0.04, 0.36, bronze)
        c.ring(x, 0.04, 0.33, 0.33, 0.025, bronze * 0.6)
        c.ring(x, 0.04, 0.2, 0.2, 0.015, bronze * 0.75)
        c.disc(x, 0.04, 0.1, bronze * 1.25)
        back = min(approach(m), smooth(m.age / 0.35)) if m.age < 1e6 else approach(m)
        head_x, head_y = 0.1 + 0.45 * back, 0.04 + 0.12 * back
        c.capsule(head_x, head_y, head_x + 0.3, head_y + 0.28, 0.022, (0.55, 0.38, 0.2))
        c.disc(head_x, head_y, 0.075, (0.85, 0.8, 0.7))
        sounding(c, 0.05, 0.04, m, 0.6, (1.0, 0.85, 0.5))

    return Look(still, moving)


KIND = Kind(
    category="BELLGong",
    family="one_shot",
    sound=sound,
    look=look,
    rhythm=spaced(1.6, 3.5),
    wording=Wording(
        nouns=("a gong", "a temple gong", "a gong being struck", "a cymbal crash", "a tam-tam", "a singing bowl"),
        clauses=("a gong is struck", "a gong rings out"),
        gentle=("a soft gong",),
        strong=("a huge gong",),
        foreign={
            "de": ("Gong", "Tempelgong", "Becken", "Gongschlag", "Klangschale"),
            "fr": ("gong", "coup de gong", "cymbale", "bol chantant"),
            "es": ("gong", "platillo", "golpe de gong", "cuenco tibetano"),
            "it": ("gong", "colpo di gong", "piatto musicale", "campana tibetana"),
            "ja": ("銅鑼", "ゴング", "どら", "シンバル"),
            "zh": ("锣", "铜锣", "敲锣", "锣声", "钹"),
        },
    ),
)
