"""Something that passes fast."""

import math

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, impact, tint
from mmhnet_cli.training.world.dsp import bandpass, noise, play_events, samples_of, unit_rms
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import spaced
from mmhnet_cli.training.world.scene import Source


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Something passes fast: noise whose band climbs and falls again as it goes by."""
    length = rng.uniform(0.35, 0.7)
    low = rng.uniform(300, 500)

    def swing(index: int, strength: float) -> np.ndarray:
        count = samples_of(length * rng.uniform(0.9, 1.1))
        place = np.arange(count) / count
        passing = np.where(place < 0.4, place / 0.4, (1 - place) / 0.6)
        # A quick start, so that the onset is heard where it is, before the slow swell.
        envelope = (0.25 + 0.75 * passing**1.5) * np.minimum(1, place * count / samples_of(0.012))
        envelope *= np.minimum(1, (1 - place) * 8) ** 2
        air = noise(rng, count)
        out = np.zeros(count)
        for k in range(5):
            centre = low * 1.75**k
            out += np.maximum(0, 1 - np.abs(4 * passing - k) / 1.2) * unit_rms(
                bandpass(air, 0.75 * centre, 1.35 * centre)
            )
        return out * envelope

    return play_events(source, 0.35, swing)


def look(rng: np.random.Generator) -> Look:
    """Something that shoots across; it is in the middle at the event and leaves a trail."""
    body, way = tint(rng, 0.9, 0.8, 0.25, 0.25), float(rng.choice([-1, 1]))
    y, reach = rng.uniform(-0.2, 0.1), 1.5
    lines = rng.uniform(-0.22, 0.22, 9)
    shift = rng.uniform(-0.3, 0.2, 9)

    def moving(c: Canvas, m: Moment) -> None:
        if m.wait < 0.1 and m.wait < m.age:
            x = -way * reach * (m.wait / 0.1)
        elif m.age < 0.16:
            x = way * reach * (m.age / 0.16)
        else:
            x = math.inf
        if m.age < 0.3:
            hit = impact(m, 0.3)
            head = way * min(reach, reach * m.age / 0.16)
            tail = head - way * 1.1
            c.capsules(tail + way * shift, y + lines, np.full(9, head), y + 0.5 * lines, 0.014, (0.95, 0.97, 1.0), hit)
            c.glow(0, y, 0.7, (0.8, 0.9, 1.0), 0.6 * hit)
            c.ellipse(0, y, 0.5, 0.16, (0.95, 0.97, 1.0), 0.5 * hit)
        if math.isfinite(x):
            c.capsule(x - way * 0.5, y, x, y, 0.05, body, 0.5)
            c.ellipse(x, y, 0.24, 0.12, body)
            c.ellipse(x + way * 0.08, y - 0.03, 0.09, 0.05, (1.0, 1.0, 1.0))

    return Look(lambda c: c.capsule(-1.1, 0.47, 1.1, 0.47, 0.03, (0.14, 0.14, 0.15)), moving)


KIND = Kind(
    category="WHSH",
    family="one_shot",
    sound=sound,
    look=look,
    rhythm=spaced(1.2, 3.5),
    wording=Wording(
        nouns=(
            "whoosh",
            "a fast fly-by",
            "something rushing past",
            "swoosh",
            "an object whizzing by",
            "a swish through the air",
            "a stick swung through the air",
        ),
        clauses=("something whooshes past", "an object flies by"),
        gentle=("a soft swish",),
        strong=("a powerful whoosh",),
        foreign={
            "de": ("Zischen vorbei", "Wusch", "Vorbeiflug", "Sausen", "Schwung"),
            "fr": ("whoosh rapide", "passage rapide", "souffle d'air", "sifflement d'air"),
            "es": ("silbido rápido", "paso rápido", "zumbido al pasar", "ráfaga rápida"),
            "it": ("fruscio veloce", "passaggio veloce", "sibilo veloce", "sferzata"),
            "ja": ("ヒュー", "シュッ", "風切り音", "高速通過"),
            "zh": ("嗖", "呼啸而过", "飞过", "挥舞"),
        },
    ),
)
