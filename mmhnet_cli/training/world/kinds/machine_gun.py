"""A machine gun."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.collide import rattle, rung
from mmhnet_cli.training.world.contact import Look, Moment, impact, tint, tremble
from mmhnet_cli.training.world.dsp import (
    SAMPLE_RATE_HZ,
    burst,
    decay,
    lowpass,
    mix,
    phase,
    play_events,
    samples_of,
    unit_peak,
)
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import placed, tail


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Rounds of an automatic weapon: short blasts, the bolt that runs back and forth between them, shells that fall."""
    blast_s = rng.uniform(0.0004, 0.0012)
    time = np.arange(samples_of(10 * blast_s)) / SAMPLE_RATE_HZ
    wave = (1 - time / blast_s) * np.exp(-1.5 * time / blast_s)
    punch_hz, gas_hz, far_hz = rng.uniform(90, 190), rng.uniform(2000, 6000), rng.uniform(4000, 15000)
    punch = decay(0.08) * np.sin(phase(np.full(len(decay(0.08)), punch_hz)))
    place, share = tail(rng, rng.uniform(0.35, 0.9), 0.012, 3500), rng.uniform(0.2, 0.5)
    steel = rng.uniform(1200, 2800) * np.array([1, 1.38, 1.93, 2.71, 3.6])
    back_s, bolt = np.array([0.028, 0.065]) * rng.uniform(0.8, 1.2), rng.uniform(0.05, 0.2)
    brass = rng.uniform(3800, 6500) * np.array([1, 1.52, 2.3])

    def shot(index: int, strength: float) -> np.ndarray:
        gas = burst(rng, 260, gas_hz * (0.3 + 0.7 * strength), 0.07)
        crack = burst(rng, 1500, 13000, 0.03)
        near = mix((0, 1, wave), (0, 0.6, gas), (0, 0.8 * strength**2, crack), (0, 0.35, punch))
        blast = np.tanh(2.0 * placed(lowpass(near, far_hz * (0.2 + 0.8 * strength**1.5)), place, share))
        moves = rattle(samples_of(0.2), back_s * rng.uniform(0.95, 1.05), np.array([1.0, -0.8]))
        clack = rung(moves, steel, np.array([0.04, 0.035, 0.03, 0.02, 0.02]), rng.uniform(0.5, 1, 5))
        falls = rattle(samples_of(0.5), rng.uniform(0.3, 0.36) + np.array([0, 0.07, 0.11]), np.array([1, 0.5, 0.3]))
        shell = rung(falls, brass * rng.uniform(0.96, 1.04), np.array([0.12, 0.1, 0.07]), np.array([1, 0.6, 0.4]))
        return mix((0, 1, unit_peak(blast)), (0, bolt, unit_peak(clack)), (0, 0.015, unit_peak(shell)))

    return play_events(source, 0.5, shot)


def rhythm(rng: np.random.Generator, length_s: float) -> np.ndarray:
    """Bursts at the even rate of a heavy gun, 450 to 540 rounds a minute, with pauses between them."""
    cycle_s = rng.uniform(0.1115, 0.133)
    intervals: list[float] = []
    while sum(intervals) < length_s:
        intervals += [*(cycle_s * (1 + 0.006 * rng.uniform(-1, 1, rng.integers(4, 13)))), rng.uniform(0.5, 1.4)]
    return np.array(intervals)


def look(rng: np.random.Generator) -> Look:
    """A gun on a tripod that shakes; every round flashes, and throws a shell out."""
    steel, sand, way = tint(rng, 0.24, 0.26, 0.24), tint(rng, 0.5, 0.44, 0.32), float(rng.choice([-1, 1]))
    fan = np.linspace(-0.5, 0.5, 5)

    def still(c: Canvas) -> None:
        c.ellipse(0, 0.48, 0.6, 0.05, sand)
        for x in (-0.28, 0.05, 0.34):
            c.capsule(0.03, 0.12, x, 0.46, 0.025, steel * 0.8)

    def moving(c: Canvas, m: Moment) -> None:
        shake = 0.03 * tremble(m)
        c.box(way * 0.14 + shake, 0.02, 0.2, 0.08, steel)
        c.box(way * 0.1 + shake, 0.16, 0.08, 0.08, sand * 0.6)
        c.capsule(shake, 0, way * -0.46 + shake, 0, 0.034, steel)
        c.capsule(way * 0.32 + shake, 0.02, way * 0.44 + shake, 0.08, 0.04, steel * 0.7)
        if m.age < 0.25:
            c.capsule(
                way * (0.16 + 1.2 * m.age),
                -0.1 - m.age + 7 * m.age**2,
                way * (0.2 + 1.2 * m.age),
                -0.12 - m.age + 7 * m.age**2,
                0.018,
                (0.9, 0.75, 0.3),
            )
        if m.age < 0.08:
            hit, tip = impact(m, 0.08), way * -0.5 + shake
            c.glow(tip, 0, 0.9, (1.0, 0.8, 0.4), 1.6 * hit)
            c.glow(0, 0, 0.8, (1.0, 0.8, 0.4), 0.6 * hit)
            far = 0.14 + 0.2 * m.strength
            c.capsules(
                np.full(5, tip),
                np.zeros(5),
                tip - way * far * np.cos(fan),
                far * np.sin(fan),
                0.04,
                (1.0, 0.92, 0.6),
                hit,
            )

    return Look(still, moving)


KIND = Kind(
    category="GUNAuto",
    family="one_shot",
    sound=sound,
    look=look,
    rhythm=rhythm,
    wording=Wording(
        nouns=(
            "a machine gun",
            "machine gun fire",
            "an automatic rifle",
            "a burst of automatic fire",
            "a submachine gun",
            "a minigun",
        ),
        clauses=("a machine gun fires", "bursts of automatic fire"),
        gentle=("a short burst",),
        strong=("long bursts from a heavy machine gun",),
        foreign={
            "de": ("Maschinengewehr", "Maschinenpistole", "Feuerstoß", "Maschinengewehrfeuer"),
            "fr": ("mitrailleuse", "rafale de mitrailleuse", "mitraillette", "fusil automatique"),
            "es": ("ametralladora", "ráfaga de ametralladora", "metralleta", "fusil automático"),
            "it": ("mitragliatrice", "raffica di mitra", "mitra", "fucile automatico"),
            "ja": ("機関銃", "マシンガン", "連射", "自動小銃"),
            "zh": ("机枪", "机关枪", "扫射", "冲锋枪"),
        },
    ),
)
