"""Hooves of a horse."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, fly, impact, lift, tint
from mmhnet_cli.training.world.dsp import Body, burst, mix, play_events
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import place

GAITS = {
    "walk": (0.27, 0.25, 0.28, 0.25),
    "trot": (0.34,),
    "canter": (0.15, 0.15, 0.36),
    "gallop": (0.12, 0.12, 0.12, 0.26),
}
"""Seconds between beats, over and over."""


def gait(rng: np.random.Generator, length_s: float) -> np.ndarray:
    """A walk in four beats, a trot in two, a canter in three, a gallop: one of them, at its own pace."""
    beats = np.array(list(GAITS.values())[int(rng.choice(4, p=(0.35, 0.35, 0.2, 0.1)))])
    pace = rng.uniform(0.95, 1.25)
    total = int(length_s / (pace * beats.min())) + 2
    return pace * np.resize(beats, total) * (1 + 0.03 * rng.standard_normal(total))


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Four hooves, each hollow in its own pitch: clop and iron click on cobbles, a thud with grit on a path, turf.

    Struck bodies (Gaver): the cup of the hoof above, the ground below, the shoe's short ring between.
    """
    hard = float(rng.choice([1.0, 0.55, 0.0], p=(0.5, 0.3, 0.2)))
    cup_hz, thud_hz, shoe_hz = rng.uniform(560, 1050), rng.uniform(60, 110), rng.uniform(2600, 4800)
    cups = [
        Body(
            cup_hz * tuning * np.array([1, 1.9, 2.7]), np.array([0.06, 0.04, 0.03]), np.array([1, 0.5, 0.3]), 0.0005
        ).ringer()
        for tuning in rng.uniform(0.86, 1.16, 4)
    ]
    thud = Body(thud_hz * np.array([1, 1.8]), np.array([0.12, 0.07]), np.array([1, 0.6]), 0.003).ringer()
    iron = Body(
        shoe_hz * np.array([1, 1.47, 2.1]), rng.uniform(0.02, 0.07) * np.array([1, 0.8, 0.6]), np.ones(3), 0.00005
    ).ringer()
    shod, around = rng.uniform(0.05, 0.5), place(rng, 0.5)

    def hoof(index: int, strength: float) -> np.ndarray:
        soil = burst(rng, 120 + 500 * hard, 700 + 1800 * hard + 900 * strength, 0.05)
        grit = burst(rng, 1500, 6500, 0.09)
        return around(
            mix(
                (0, hard, cups[index % 4](rng, strength)),
                (0, 0.9 - 0.5 * hard, thud(rng, strength)),
                (0, hard * shod * strength**1.5, iron(rng, strength)),
                (0, 0.75 - 0.5 * hard, soil),
                (rng.uniform(0.01, 0.02), 0.25 * (1 - hard) * strength, grit),
            )
        )

    return play_events(source, 0.45, hoof)


def look(rng: np.random.Generator) -> Look:
    """The legs of a horse; one hoof after the other stamps and kicks up dust."""
    coat, ground = tint(rng, 0.42, 0.26, 0.16, 0.3), tint(rng, 0.36, 0.32, 0.28)
    dust, fan = tint(rng, 0.85, 0.78, 0.65), -rng.uniform(0.1, np.pi - 0.1, 12)
    feet, order = (-0.42, 0.3, -0.26, 0.46), (0, 1, 2, 3)

    def moving(c: Canvas, m: Moment) -> None:
        coming, last = order[(m.count + 1) % 4], order[m.count % 4]
        c.ellipse(0, -0.22 + 0.03 * impact(m), 0.56, 0.2, coat)
        for leg, x in enumerate(feet):
            up = 0.22 * lift(m) if leg == coming else 0.0
            shade = coat * (0.7 if leg % 2 else 0.95)
            c.capsule(0.9 * x, -0.15, x + 0.25 * up, 0.16 - 0.6 * up, 0.06, shade)
            c.capsule(x + 0.25 * up, 0.16 - 0.6 * up, x, 0.4 - up, 0.042, shade)
            c.capsule(x - 0.02, 0.43 - up, x + 0.05, 0.44 - up, 0.055, (0.1, 0.08, 0.07))
        if m.age < 0.2:
            at = feet[last] + 0.03
            c.glow(at, 0.44, 0.5, dust, 0.8 * impact(m))
            c.ellipse(at, 0.47, 0.26, 0.06, dust, impact(m))
            fly(c, at, 0.46, fan, m, 0.45, 0.03, dust)

    return Look(lambda c: c.ellipse(0, 0.53, 0.9, 0.1, ground), moving)


KIND = Kind(
    category="FEETHors",
    family="impact",
    sound=sound,
    look=look,
    rhythm=gait,
    wording=Wording(
        nouns=(
            "horse hooves",
            "a horse trotting",
            "galloping horses",
            "horse hooves on cobblestones",
            "a horse",
            "horse riding",
            "a horse and carriage",
        ),
        clauses=("a horse trots over cobblestones", "horses gallop past"),
        gentle=("a horse at a slow walk",),
        strong=("horses at full gallop",),
        foreign={
            "de": ("Pferd", "Hufe", "Pferdehufe", "Hufgetrappel", "Galopp", "Pferde"),
            "fr": ("cheval", "sabots", "chevaux", "galop", "bruit de sabots"),
            "es": ("caballo", "cascos", "caballos", "galope", "cascos de caballo"),
            "it": ("cavallo", "zoccoli", "cavalli", "galoppo", "zoccoli di cavallo"),
            "ja": ("馬", "蹄", "蹄の音", "馬の足音", "馬車"),
            "zh": ("马", "马蹄", "马蹄声", "马匹", "马车"),
        },
    ),
)
