"""Knocks on a door."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import WHITE, Look, Moment, impact, lift, tint, tremble
from mmhnet_cli.training.world.dsp import Body, burst, mix, play_events
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import bursts
from mmhnet_cli.training.world.scene import Source


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Knuckles on a door: a hollow panel, dull and short."""
    panel = Body(
        rng.uniform(150, 230) * np.array([1, 1.55, 2.4, 3.3, 4.9]),
        rng.uniform(0.08, 0.14) * np.array([1, 0.9, 0.7, 0.6, 0.4]),
        np.array([0.8, 1, 0.8, 0.6, 0.4]),
        0.0009,
    ).ringer()
    return play_events(
        source, 0.45, lambda index, strength: mix((0, 1, panel(rng, strength)), (0, 0.2, burst(rng, 700, 1800, 0.012)))
    )


def look(rng: np.random.Generator) -> Look:
    """Knuckles on a door."""
    door, frame = tint(rng, 0.42, 0.24, 0.14, 0.2), tint(rng, 0.75, 0.7, 0.62)
    hand, sleeve = tint(rng, 0.85, 0.64, 0.5), tint(rng, 0.25, 0.3, 0.5, 0.25)

    def moving(c: Canvas, m: Moment) -> None:
        shake = 0.018 * tremble(m)
        c.box(-0.2 + shake, 0, 0.29, 0.46, door)
        for y in (-0.22, 0.22):
            c.box(-0.2 + shake, y, 0.2, 0.15, door * 1.25)
        c.disc(0.02 + shake, 0.04, 0.03, (0.85, 0.7, 0.3))
        away = lift(m)
        x, y = -0.12 + 0.42 * away, -0.08 + 0.1 * away
        if m.age < 0.2:
            hit = impact(m)
            c.glow(-0.16, -0.08, 0.45, WHITE, 0.6 * hit)
            for reach in (0.15, 0.27):
                c.ring(-0.16, -0.08, reach + 0.9 * m.age, reach + 0.9 * m.age, 0.045, WHITE, hit)
        c.capsule(x + 0.14, y + 0.02, 0.75, 0.2, 0.08, sleeve)
        c.disc(x, y, 0.115, hand)
        for knuckle in (-0.06, 0.0, 0.06):
            c.disc(x - 0.09, y + knuckle, 0.03, hand * 0.8)

    return Look(lambda c: c.box(-0.2, 0, 0.36, 0.5, frame), moving)


KIND = Kind(
    category="DOORKnck",
    family="impact",
    sound=sound,
    look=look,
    rhythm=bursts(0.16, 0.3, of=(2, 6)),
    wording=Wording(
        nouns=(
            "knocking on a door",
            "knock at the door",
            "knuckles on a wooden door",
            "door knocks",
            "knocking",
            "rapping on a table",
        ),
        clauses=("someone knocks on a door", "knuckles rap at the door"),
        gentle=("a timid knock on the door",),
        strong=("someone's fist pounding on a door",),
        foreign={
            "de": ("Klopfen", "Anklopfen", "Türklopfen", "an die Tür klopfen"),
            "fr": ("frapper à la porte", "toquer", "toc toc", "coups à la porte"),
            "es": ("llamar a la puerta", "golpes en la puerta", "toques en la puerta"),
            "it": ("bussare", "bussare alla porta", "toc toc alla porta"),
            "ja": ("ノック", "ドアをノック", "戸を叩く"),
            "zh": ("敲门", "敲门声", "叩门"),
        },
    ),
)
