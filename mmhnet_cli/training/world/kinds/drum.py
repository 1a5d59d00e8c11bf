"""A drum."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import WHITE, Look, Moment, approach, impact, smooth, tint
from mmhnet_cli.training.world.dsp import SAMPLE_RATE_HZ, Body, burst, decay, mix, phase, play_events
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import steady
from mmhnet_cli.training.world.scene import Source


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A drum: modes of a round membrane, the lowest gliding down as the skin relaxes, and the slap of the stick."""
    pitch = rng.uniform(70, 130)
    skin = Body(
        pitch * np.array([1.593, 2.136, 2.295, 2.653, 2.917]),
        rng.uniform(0.2, 0.35) * np.array([1, 0.8, 0.75, 0.6, 0.5]),
        np.array([0.6, 0.4, 0.35, 0.3, 0.25]),
        0.001,
    ).ringer()
    envelope = decay(rng.uniform(0.35, 0.7))
    relax = np.exp(-np.arange(len(envelope)) / (0.04 * SAMPLE_RATE_HZ))
    glide = rng.uniform(0.15, 0.4)

    def beat(index: int, strength: float) -> np.ndarray:
        low = envelope * np.sin(phase(pitch * (1 + glide * strength * relax)))
        slap = burst(rng, 1500, 5000, 0.05)
        return mix((0, 1, low), (0, 0.5, skin(rng, strength)), (0, 0.25, slap))

    return play_events(source, 0.6, beat)


def look(rng: np.random.Generator) -> Look:
    """Two sticks, in turn, on a drum whose skin flashes."""
    shell, rim, skin = tint(rng, 0.7, 0.12, 0.14, 0.25), tint(rng, 0.8, 0.75, 0.6), tint(rng, 0.72, 0.68, 0.58)
    wood = tint(rng, 0.8, 0.6, 0.35)

    def still(c: Canvas) -> None:
        c.box(0, 0.3, 0.42, 0.17, shell)
        c.ellipse(0, 0.47, 0.42, 0.07, shell)
        for x in np.linspace(-0.35, 0.35, 6):
            c.capsule(x, 0.16, x + 0.06, 0.46, 0.01, rim)

    def moving(c: Canvas, m: Moment) -> None:
        hit = impact(m)
        c.ellipse(0, 0.13, 0.43, 0.12, rim)
        c.ellipse(0, 0.125, 0.39, 0.1, skin + hit * (1 - skin))
        if m.age < 0.2:
            c.glow(0, 0.1, 0.55, WHITE, 0.4 * hit)
            c.ring(0, 0.125, 0.12 + 1.6 * m.age, 0.035 + 0.4 * m.age, 0.03, shell, hit)
            c.ring(0, 0.1, 0.5 + 0.6 * m.age, 0.17 + 0.3 * m.age, 0.03, WHITE, hit)
        for side in (0, 1):
            up = approach(m) if side == (m.count + 1) % 2 else 0.8 * smooth(m.age / 0.2)
            sign = 2 * side - 1
            c.capsule(sign * 0.12, 0.1 - 0.4 * up, sign * 0.5, -0.12 - 0.3 * up, 0.024, wood)
            c.disc(sign * 0.12, 0.1 - 0.4 * up, 0.04, wood)

    return Look(still, moving)


KIND = Kind(
    category="MUSCPerc",
    family="impact",
    sound=sound,
    look=look,
    rhythm=steady(0.25, 0.8, jitter=0.08),
    wording=Wording(
        nouns=(
            "drum",
            "drum beats",
            "a drummer playing",
            "drumming with sticks",
            "beats on a drum",
            "a drum kit",
            "conga drums",
            "bongos",
            "snare drum",
            "taiko",
        ),
        clauses=("someone plays a drum", "sticks hit a drum"),
        gentle=("soft drum beats",),
        strong=("pounding drums",),
        foreign={
            "de": ("Trommel", "Trommeln", "Schlagzeug", "Trommelwirbel", "Pauke"),
            "fr": ("tambour", "batterie", "tambours", "percussions", "grosse caisse"),
            "es": ("tambor", "batería", "tambores", "percusión", "bongós"),
            "it": ("tamburo", "tamburi", "batteria", "percussioni", "rullante"),
            "ja": ("太鼓", "ドラム", "和太鼓", "ドラムセット"),
            "zh": ("鼓", "打鼓", "鼓声", "架子鼓", "敲鼓"),
        },
    ),
)
