"""A typewriter."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import WHITE, Look, Moment, approach, impact, tint
from mmhnet_cli.training.world.dsp import Body, burst, lowpass, mix, play_events
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import bursts
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import surroundings


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A type bar slaps paper on a rubber roller, the escapement lets the carriage on, the bar falls back, all of iron.

    Towards the end of a line the margin bell rings, once.
    """
    iron = rng.uniform(0.8, 1.25)
    roller = Body(
        iron * rng.uniform(330, 480) * np.array([1, 1.9, 3.1, 4.6, 7.2]),
        np.array([0.05, 0.04, 0.03, 0.022, 0.015]),
        np.array([0.7, 1, 0.9, 0.8, 0.6]),
        0.00008,
    ).ringer()
    frame = Body(
        iron * np.array([1750.0, 2630.0, 3900.0, 5400.0]) * rng.uniform(0.93, 1.07, 4),
        rng.uniform(0.04, 0.11) * np.array([1, 0.9, 0.7, 0.5]),
        np.array([0.8, 1, 0.7, 0.6]),
        0.00003,
    ).ringer()
    bell = Body(
        rng.uniform(2300, 3300) * np.array([1, 1.004, 2.71, 5.1]),
        np.array([0.9, 0.8, 0.4, 0.2]),
        np.array([1, 0.6, 0.5, 0.3]),
        0.00003,
    ).ringer()
    step_s, back_s = rng.uniform(0.016, 0.03), rng.uniform(0.05, 0.08)
    rattle, line = rng.uniform(0.2, 0.6), int(rng.integers(9, 22))
    heard = surroundings(rng, 0.15, 0.6)

    def key(index: int, strength: float) -> np.ndarray:
        parts = [
            (0.0, 1.0, roller(rng, strength)),
            (0.0, 0.55, burst(rng, 1800, 8000, 0.012)),
            (0.0, rattle, frame(rng, strength)),
            (step_s, 0.45, frame(rng, 0.7 * strength)),
            (step_s, 0.3, burst(rng, 3000, 9000, 0.006)),
            (back_s, 0.3, roller(rng, 0.4 * strength)),
        ]
        if index % line == line - 1:
            parts.append((0.03, 0.4, bell(rng, 1.0)))
        return heard(lowpass(mix(*parts), 2200 * 7**strength))

    return play_events(source, 0.42, key)


def look(rng: np.random.Generator) -> Look:
    """A typewriter whose bars strike the paper, which moves on by a letter."""
    case, paper = tint(rng, 0.16, 0.2, 0.2, 0.3), tint(rng, 0.95, 0.93, 0.86, 0.04)
    ink, steel = (0.12, 0.1, 0.12), (0.75, 0.76, 0.78)
    reach = rng.uniform(-0.3, 0.3, 32)

    def still(c: Canvas) -> None:
        c.convex([(-0.45, -0.02), (0.45, -0.02), (0.62, 0.45), (-0.62, 0.45)], case)
        for row in range(3):
            for k in range(8):
                c.disc((k - 3.5) * (0.12 + 0.015 * row), 0.18 + 0.1 * row, 0.038, (0.88, 0.86, 0.8))

    def moving(c: Canvas, m: Moment) -> None:
        letter = m.count % 12
        shift = 0.2 - 0.033 * (letter + 1)
        c.box(shift, -0.3, 0.32, 0.2, paper)
        for row in range((m.count // 12) % 3 + 1):
            written = np.arange(12 if row < (m.count // 12) % 3 else letter + 1)
            at = shift - 0.2 + 0.033 * written
            c.capsules(
                at, np.full(len(at), -0.42 + 0.08 * row), at + 0.012, np.full(len(at), -0.42 + 0.08 * row), 0.012, ink
            )
        c.capsule(shift - 0.5, -0.08, shift + 0.5, -0.08, 0.055, case * 0.6)
        c.disc(shift + 0.52, -0.08, 0.06, steel)
        up = 1 - approach(m) if m.wait < m.age else max(0.0, 1 - m.age / 0.12)
        x = reach[(m.count + (m.wait < m.age)) % 32]
        c.capsule(0.6 * x, 0.14, 0.6 * x * (1 - up), 0.12 - 0.3 * up, 0.016, steel)
        if m.age < 0.2:
            hit = impact(m)
            c.glow(0, -0.2, 0.45, WHITE, 0.6 * hit)
            c.ring(0, -0.2, 0.1 + m.age, 0.1 + m.age, 0.035, (1.0, 0.95, 0.8), hit)
            c.disc(x, 0.28, 0.06, WHITE, hit)

    return Look(still, moving)


KIND = Kind(
    category="COMType",
    family="impact",
    sound=sound,
    look=look,
    rhythm=bursts(0.12, 0.32, of=(5, 16)),
    wording=Wording(
        nouns=(
            "a typewriter",
            "typing on an old typewriter",
            "typewriter keys and carriage return",
            "a mechanical typewriter",
            "a teletype",
        ),
        clauses=("someone types on a typewriter", "the carriage of a typewriter returns"),
        gentle=("slow typing on a typewriter",),
        strong=("a typewriter hammered at speed",),
        foreign={
            "de": ("Schreibmaschine", "mechanische Schreibmaschine", "Schreibmaschinengeklapper"),
            "fr": ("machine à écrire", "vieille machine à écrire", "télétype"),
            "es": ("máquina de escribir", "vieja máquina de escribir"),
            "it": ("macchina da scrivere", "vecchia macchina da scrivere"),
            "ja": ("タイプライター", "古いタイプライター"),
            "zh": ("打字机", "老式打字机", "打字机声"),
        },
    ),
)
