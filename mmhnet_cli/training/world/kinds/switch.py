"""A switch."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, approach, impact, smooth, tint
from mmhnet_cli.training.world.dsp import Body, burst, lowpass, mix, play_events
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import spaced
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import placed, tail


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A spring snaps over and the contact lands a few milliseconds later; the cover and the wall behind it answer.

    Rockers, levers and buttons: a button also clicks, weaker, when it is let go.
    """
    cover_hz = rng.uniform(750, 2200) * np.array([1, 1.63, 2.44, 3.7])
    cover = Body(
        cover_hz, rng.uniform(0.012, 0.035) * np.array([1, 0.8, 0.6, 0.5]), rng.uniform(0.5, 1, 4), 0.0001
    ).ringer()
    wall_hz = rng.uniform(150, 420) * np.array([1, 1.9, 3.1])
    wall = Body(wall_hz, np.full(3, rng.uniform(0.04, 0.08)), np.array([1, 0.6, 0.3]), 0.0008).ringer()
    spring_hz, apart_s, thick = rng.uniform(2800, 6500), rng.uniform(0.003, 0.016), rng.uniform(0.15, 0.8)
    let_go_s, room = rng.choice([0.0, 0.09, 0.16]), tail(rng, rng.uniform(0.15, 0.5), 0.003, 6000)

    def click(index: int, strength: float) -> np.ndarray:
        snap = burst(rng, 0.5 * spring_hz, spring_hz * (0.8 + 1.4 * strength), 0.007)
        tap = cover(rng, strength**5)
        land = mix((0, 0.9, tap), (0, thick, wall(rng, strength**4)), (0, 0.2 + 0.5 * strength**2, snap))
        press = lowpass(mix((0, 0.3 + 0.7 * strength**2, snap), (0, 0.5, tap), (apart_s, 1, land)), 1300 * 11**strength)
        whole = mix((0, 1, press), (let_go_s, 0.3 * (let_go_s > 0), press))
        return placed(whole, room, 0.22)

    return play_events(source, 0.28, click)


def look(rng: np.random.Generator) -> Look:
    """A light switch that a finger tips; the lamp beside it goes on and off."""
    plate, skin = tint(rng, 0.85, 0.84, 0.8, 0.06), tint(rng, 0.85, 0.64, 0.5, 0.2)
    lit, starts = tint(rng, 1.0, 0.88, 0.55, 0.06), int(rng.integers(0, 2))

    def still(c: Canvas) -> None:
        c.box(0.22, 0.08, 0.24, 0.32, plate)
        c.box(0.22, 0.08, 0.13, 0.2, plate * 0.75)
        c.box(-0.35, -0.44, 0.02, 0.12, (0.15, 0.15, 0.16))

    def moving(c: Canvas, m: Moment) -> None:
        on = (m.count + 1 + starts) % 2 == 1
        up = -0.09 if on else 0.09
        c.box(0.22, 0.08 + up, 0.11, 0.09, plate)
        c.box(0.22, 0.08 - up, 0.11, 0.09, plate * 0.6)
        c.disc(-0.35, -0.18, 0.15, lit if on else lit * 0.25)
        if on:
            c.glow(-0.35, -0.18, 0.6, lit, 0.5)
        away = min(approach(m), smooth(m.age / 0.3)) if m.wait < 9 else smooth(m.age / 0.3)
        reach = 0.34 + 0.3 * away
        c.capsule(reach, 0.1 + up, 0.85, 0.4, 0.055, skin)
        hit = impact(m, 0.16)
        c.glow(0.22, 0.05, 0.6, (1.0, 1.0, 0.95), 0.9 * hit)
        c.disc(0.22, 0.08, 0.1, (1.0, 1.0, 1.0), hit)

    return Look(still, moving)


KIND = Kind(
    category="MECHSwtch",
    family="impact",
    sound=sound,
    look=look,
    rhythm=spaced(0.35, 1.4),
    wording=Wording(
        nouns=(
            "a light switch",
            "flicking a switch",
            "a button pressed",
            "a click of a button",
            "clicking a pen",
            "a mouse click",
            "a toggle switch",
            "a lever",
        ),
        clauses=("someone flicks a switch", "a button clicks"),
        gentle=("a soft click of a button",),
        strong=("a big switch thrown",),
        foreign={
            "de": ("Lichtschalter", "Schalter", "Knopfdruck", "Klick", "Taste drücken"),
            "fr": ("interrupteur", "bouton", "clic", "appuyer sur un bouton"),
            "es": ("interruptor", "botón", "clic de botón", "pulsar un botón"),
            "it": ("interruttore", "pulsante", "bottone", "premere un pulsante"),
            "ja": ("スイッチ", "ボタン", "クリック", "電気のスイッチ"),
            "zh": ("开关", "按钮", "电灯开关", "按键", "点击"),
        },
    ),
)
