"""Typing."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, approach, impact, smooth, tint
from mmhnet_cli.training.world.dsp import Body, burst, mix, play_events
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import bursts
from mmhnet_cli.training.world.scene import Source


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Keys: a click of plastic going down, a small resonance of the case, and a fainter click coming up."""
    ratios, t60 = np.array([1, 2.3, 3.9]), np.array([0.02, 0.015, 0.01])
    keys = [Body(rng.uniform(700, 1300) * ratios, t60, np.ones(3), 0.0001).ringer() for _ in range(4)]
    bright = rng.uniform(3000, 5000)
    release = rng.uniform(0.05, 0.08)

    def key(index: int, strength: float) -> np.ndarray:
        body = keys[int(rng.integers(len(keys)))](rng, strength)
        down, up = burst(rng, 1800, bright, 0.014), burst(rng, 2500, 1.4 * bright, 0.01)
        return mix((0, 0.6, body), (0, 1, down), (release, 0.3, up))

    return play_events(source, 0.3, key)


def look(rng: np.random.Generator) -> Look:
    """Fingers on a keyboard; the struck key lights up."""
    case, keys, lamp = tint(rng, 0.14, 0.14, 0.17), tint(rng, 0.36, 0.36, 0.4), tint(rng, 0.5, 0.9, 1.0, 0.15)
    hand = tint(rng, 0.85, 0.64, 0.5)
    order = rng.permutation(8)
    rows = rng.integers(0, 3, 64)
    grid_x, grid_y = (grid.ravel() for grid in np.meshgrid((np.arange(8) - 3.5) * 0.17, (0.02, 0.15, 0.28)))

    def still(c: Canvas) -> None:
        c.convex([(-0.7, -0.08), (0.7, -0.08), (0.8, 0.42), (-0.8, 0.42)], case)
        for x, y in zip(grid_x, grid_y, strict=True):
            c.box(x, y, 0.07, 0.05, keys)
        c.box(0, -0.3, 0.5, 0.18, case)
        c.box(0, -0.3, 0.46, 0.15, (0.05, 0.1, 0.12))

    def moving(c: Canvas, m: Moment) -> None:
        coming, last = int(order[(m.count + 1) % 8]), int(order[m.count % 8])
        if m.count >= 0:
            # A letter on the screen for every key.
            letter = np.arange(m.count % 18 + 1)
            text_x, text_y = -0.4 + 0.1 * (letter % 9), -0.36 + 0.12 * (letter // 9)
            c.capsules(text_x, text_y, text_x + 0.05, text_y, 0.02, lamp)
        if m.age < 0.2:
            hit, x, y = impact(m), (last - 3.5) * 0.17, 0.02 + 0.13 * int(rows[m.count % 64])
            c.box(x, y, 0.085, 0.065, lamp, min(1.0, 1.4 * hit))
            c.glow(x, y, 0.34, lamp, 0.9 * hit)
        for finger in range(8):
            # All hover; the one that strikes next comes down on its key, the last one leaves it.
            up = approach(m) if finger == coming else 0.8 * smooth(m.age / 0.15) if finger == last else 0.8
            x = (finger - 3.5) * 0.17
            c.capsule(x, 0.24 - 0.1 * up, 0.45 * x + 0.25 * (1 if finger > 3 else -1), 0.52, 0.038, hand)
        for side in (-1, 1):
            c.ellipse(side * 0.36, 0.54, 0.2, 0.1, hand)

    return Look(still, moving)


KIND = Kind(
    category="CMPTKey",
    family="impact",
    sound=sound,
    look=look,
    rhythm=bursts(0.12, 0.28, of=(4, 14)),
    wording=Wording(
        nouns=(
            "typing",
            "typing on a keyboard",
            "keyboard clicks",
            "computer keys clacking",
            "a computer keyboard",
            "someone typing an email",
            "a laptop keyboard",
        ),
        clauses=("someone types on a keyboard", "fingers tap on computer keys"),
        gentle=("quiet typing",),
        strong=("furious typing",),
        foreign={
            "de": ("Tippen", "Tastatur", "Tastaturgeklapper", "tippen auf der Tastatur", "Computertastatur"),
            "fr": ("clavier", "taper au clavier", "frappe clavier", "clavier d'ordinateur"),
            "es": ("teclado", "teclear", "escribir en el teclado", "teclas"),
            "it": ("tastiera", "digitare", "digitazione", "battere sulla tastiera"),
            "ja": ("タイピング", "キーボード", "打鍵", "パソコンを打つ"),
            "zh": ("打字", "键盘", "敲键盘", "键盘声"),
        },
    ),
)
