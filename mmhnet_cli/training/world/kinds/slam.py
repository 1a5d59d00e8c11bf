"""A slamming door."""

import math

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, fly, impact, smooth, tint, tremble
from mmhnet_cli.training.world.dsp import Body, burst, mix, play_events
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import spaced
from mmhnet_cli.training.world.scene import Source


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A door falls shut: heavy panel, broad crack, the latch a moment later, and the room behind it."""
    panel = Body(
        rng.uniform(50, 75) * np.array([1, 1.7, 2.6, 3.9, 5.5]),
        rng.uniform(0.25, 0.4) * np.array([1, 0.9, 0.7, 0.5, 0.4]),
        np.array([1, 0.9, 0.7, 0.5, 0.4]),
        0.001,
    ).ringer()
    latch_s = rng.uniform(0.03, 0.06)
    room_s = rng.uniform(0.8, 1.3)

    def shut(index: int, strength: float) -> np.ndarray:
        return mix(
            (0, 1, panel(rng, strength)),
            (0, 0.7, burst(rng, 200, 4000, 0.09)),
            (latch_s, 0.35, burst(rng, 2000, 6000, 0.03)),
            (0.01, 0.2, burst(rng, 150, 2500, room_s)),
        )

    return play_events(source, 0.65, shut)


def look(rng: np.random.Generator) -> Look:
    """A door that swings open slowly and slams shut."""
    door, frame = tint(rng, 0.3, 0.42, 0.5, 0.25), tint(rng, 0.8, 0.76, 0.7)
    room = tint(rng, 0.95, 0.85, 0.55, 0.1)
    fan = np.concatenate([rng.uniform(-0.9, 0.9, 6), np.pi + rng.uniform(-0.9, 0.9, 6)])

    def still(c: Canvas) -> None:
        c.box(0, 0, 0.37, 0.5, frame)
        c.box(0, 0.02, 0.3, 0.46, room)

    def moving(c: Canvas, m: Moment) -> None:
        shut = 1.0 if m.wait > 0.22 else 1 - (1 - m.wait / 0.22) ** 2
        ajar = min(smooth((m.age - 0.25) / 0.6), shut) if not math.isinf(m.wait) else 0.0
        shake = 0.02 * tremble(m)
        edge = -0.3 + 0.6 * math.cos(1.25 * ajar)
        lean = 0.12 * math.sin(1.25 * ajar)
        c.convex(
            [(-0.3, -0.44), (edge + shake, -0.44 - lean), (edge + shake, 0.48 + lean), (-0.3, 0.48)],
            door * (1 - 0.3 * ajar),
        )
        c.disc(edge - 0.07 * math.cos(1.25 * ajar) + shake, 0.03, 0.03, (0.9, 0.8, 0.4))
        if m.age < 0.2:
            hit = impact(m, 0.2)
            c.glow(0, 0, 0.75, (1.0, 0.95, 0.85), 0.6 * hit)
            for x0, y0, x1, y1 in ((-0.36, -0.49, 0.36, -0.49), (0.36, -0.49, 0.36, 0.49), (-0.36, 0.49, -0.36, -0.49)):
                c.capsule(x0, y0, x1, y1, 0.04, (1.0, 0.97, 0.9), min(1.0, 1.3 * hit))
            fly(c, 0.33 + 0.04, 0.0, fan[:6], m, 0.35, 0.03, (0.95, 0.92, 0.85))
            fly(c, -0.37, 0.0, fan[6:], m, 0.3, 0.03, (0.95, 0.92, 0.85))

    return Look(still, moving)


KIND = Kind(
    category="DOORWood",
    family="one_shot",
    sound=sound,
    look=look,
    rhythm=spaced(1.2, 3.5),
    wording=Wording(
        nouns=(
            "door slam",
            "a slamming door",
            "a door banging shut",
            "a door thrown shut",
            "closing a door",
            "a car door slam",
            "a window slamming",
        ),
        clauses=("a door slams", "someone slams the door"),
        gentle=("a door closing with a thud",),
        strong=("a door slammed in anger",),
        foreign={
            "de": ("Türknall", "Tür knallt", "zuschlagende Tür", "Tür zuschlagen", "Tür schließen", "Tür"),
            "fr": ("porte qui claque", "claquer la porte", "claquement de porte", "fermer la porte"),
            "es": ("portazo", "puerta que se cierra", "cerrar la puerta", "golpe de puerta"),
            "it": ("porta che sbatte", "sbattere la porta", "chiudere la porta"),
            "ja": ("ドアが閉まる", "ドアを閉める", "バタン", "扉が閉まる"),
            "zh": ("关门", "摔门", "砰地关门", "关门声"),
        },
    ),
)
