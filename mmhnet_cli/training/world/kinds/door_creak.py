"""A creaking door."""

import math

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.collide import rung
from mmhnet_cli.training.world.contact import TURN, Look, Moment, tint
from mmhnet_cli.training.world.dsp import QUIET_RMS, at_samples, sample_count, sustained, unit_rms, wander
from mmhnet_cli.training.world.grit import slips
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import placed, tail


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A dry hinge that sticks and slips: single ticks while the door hardly moves, a rising groan, at last a squeal.

    Farnell's creaking door: the slips come faster with the speed, and panel and hinge ring at pitches of their own.
    """
    count = sample_count(source)
    slow, fast = rng.uniform(9, 22), rng.uniform(150, 520)
    push = np.clip(
        0.85 * at_samples(source.curve, count) + 0.22 * wander(rng, count, 1.3) + 0.05 * wander(rng, count, 9), 0, 1
    )
    pulses = slips(rng, slow * (fast / slow) ** push, rng.uniform(0.03, 0.2))
    panel_hz = rng.uniform(130, 260) * np.array([1, 1.9, 2.9, 4.3, 6.1, 8.4]) * rng.uniform(0.93, 1.07, 6)
    panel = rung(pulses, panel_hz, rng.uniform(0.03, 0.07) * np.linspace(1.3, 0.5, 6), rng.uniform(0.4, 1, 6))
    hinge_hz = rng.uniform(1400, 2600) * np.array([1, 1.43, 2.2])
    hinge = rung(pulses, hinge_hz, np.full(3, rng.uniform(0.01, 0.04)), np.array([1, 0.7, 0.4]))
    grip = np.clip(0.85 + 0.5 * wander(rng, count, 2.2), 0.15, 1)
    creak = (unit_rms(panel) + rng.uniform(0.6, 1.4) * (0.15 + 1.1 * push) * unit_rms(hinge)) * grip
    house = tail(rng, rng.uniform(0.3, 1.2), 0.008, 5000)
    return sustained(placed(creak, house, rng.uniform(0.15, 0.5))[:count], source.curve, 0.8 * QUIET_RMS, 0.085)


def look(rng: np.random.Generator) -> Look:
    """An old door that drifts to and fro on its hinges; light falls through the gap."""
    wood, wall = tint(rng, 0.38, 0.26, 0.15, 0.25), tint(rng, 0.3, 0.28, 0.27)
    light, planks = tint(rng, 0.95, 0.85, 0.6, 0.1), rng.uniform(0.8, 1.1, 5)

    def still(c: Canvas) -> None:
        c.box(0, 0, 0.44, 0.54, wall)
        c.box(0, 0.02, 0.34, 0.48, light)

    def moving(c: Canvas, m: Moment) -> None:
        open_ = 0.12 + 0.85 * (0.5 - 0.5 * math.cos(TURN * m.turns(0.06, 0.55)))
        shake = 0.006 * m.level * math.sin(60 * m.elapsed)
        edge, lean = -0.34 + 0.68 * math.cos(1.4 * open_) + shake, 0.14 * math.sin(1.4 * open_)
        for k in range(5):
            left, right = k / 5, (k + 1) / 5
            x0, x1 = -0.34 + left * (edge + 0.34), -0.34 + right * (edge + 0.34)
            y0, y1 = 0.46 + left * lean, 0.46 + right * lean
            c.convex([(x0, -y0), (x1, -y1), (x1, y1 + 0.04), (x0, y0 + 0.04)], wood * planks[k] * (1 - 0.35 * open_))
        for y in (-0.3, 0.3):
            c.capsule(-0.36, y, -0.36 + 0.3 * (edge + 0.34), y, 0.025, (0.12, 0.12, 0.13))
        c.disc(edge - 0.1 * math.cos(1.4 * open_), 0.05, 0.03, (0.7, 0.6, 0.3))

    return Look(still, moving)


KIND = Kind(
    category="DOORWood",
    family="texture",
    sound=sound,
    look=look,
    wording=Wording(
        nouns=(
            "a creaking door",
            "creaky hinges",
            "a squeaky door",
            "an old door opening slowly",
            "a squeaking gate",
            "a creaking floorboard",
            "rusty hinges",
        ),
        clauses=("a door creaks open", "old hinges squeak"),
        gentle=("a faint creak of a door",),
        strong=("a long loud creak of a heavy door",),
        foreign={
            "de": ("knarrende Tür", "quietschende Tür", "Türknarren", "Knarren", "Quietschen"),
            "fr": ("porte qui grince", "grincement", "grincement de porte", "gonds rouillés"),
            "es": ("puerta que chirría", "chirrido", "bisagra", "puerta chirriante", "crujido de puerta"),
            "it": ("porta che cigola", "cigolio", "cardini", "scricchiolio"),
            "ja": ("きしむドア", "きしみ", "軋むドア", "ドアがきしむ"),
            "zh": ("吱呀", "门吱呀", "嘎吱", "开门声", "吱嘎作响"),
        },
    ),
)
