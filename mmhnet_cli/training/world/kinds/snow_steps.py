"""Steps in snow."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, fly, impact, tint
from mmhnet_cli.training.world.dsp import burst, lowpass, mix, play_events, samples_of, unit_peak
from mmhnet_cli.training.world.figures import walker
from mmhnet_cli.training.world.grit import creak, faded, grit
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import steady
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import surroundings


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Snow packed by a boot: hundreds of crystals that break without ringing, and, when cold, the creak of the packed.

    Farnell makes it of a grain rate that the weight on the foot drives; the creak is stick-slip at 60 to 220 Hz.
    """
    length, cold = rng.uniform(0.28, 0.48), rng.uniform(0, 1)
    grains_hz = (1.5 + 1.2 * cold) ** np.arange(4) * rng.uniform(420, 700)
    squeak_hz, slips = rng.uniform(500, 900), rng.uniform(60, 120)
    crust = rng.uniform(0, 0.5)
    heard = surroundings(rng, 0.08, 0.25)

    def step(index: int, strength: float) -> np.ndarray:
        count = samples_of(length + 0.05)
        grains = int(rng.uniform(500, 900) * (0.5 + strength))
        heel = rng.gamma(2.0, 0.09, grains // 2)
        toes = 0.45 + rng.gamma(2.2, 0.08, grains - grains // 2)
        times = np.concatenate([[0.0], np.concatenate([heel, toes]).clip(0, 1) * length])
        sizes = np.concatenate([[3.0], rng.lognormal(-0.5, 0.45 + 0.5 * crust, grains)])
        pressed = faded(grit(rng, count, times, sizes, list(grains_hz), 0.0035), 0.05)
        modes = [(squeak_hz, 0.009, 1.0), (2.1 * squeak_hz, 0.007, 0.7), (3.7 * squeak_hz, 0.005, 0.4)]
        packed = creak(rng, 0.8 * length, slips * rng.uniform(0.9, 1.1), slips * rng.uniform(1.4, 2.2), modes)
        made = mix(
            (0, 1, unit_peak(pressed)),
            (0, 0.3, burst(rng, 500, 2500, 0.05)),
            (0.02, 0.15 + 0.6 * cold, unit_peak(packed)),
            (0, 0.35 * strength, burst(rng, 55, 160, 0.12)),
        )
        return heard(lowpass(made, (1600 + 2600 * cold) * 2.4**strength))

    return play_events(source, 0.4, step)


def look(rng: np.random.Generator) -> Look:
    """A walker in boots who leaves prints in the snow."""
    snow, shade = tint(rng, 0.82, 0.86, 0.93, 0.05), tint(rng, 0.5, 0.58, 0.72)
    fan = -rng.uniform(0.15, np.pi - 0.15, 16)
    hills = rng.uniform(-0.7, 0.7, 8)

    def still(c: Canvas) -> None:
        c.ellipse(0, 0.56, 0.95, 0.16, snow)
        c.capsules(hills, np.full(8, 0.57), hills + 0.14, np.full(8, 0.56), 0.012, shade)

    def struck(c: Canvas, x: float, m: Moment) -> None:
        hit = impact(m, 0.2)
        c.ellipse(x, 0.47, 0.25, 0.07, shade * 0.5, hit)
        c.ellipse(x, 0.36, 0.24 + 0.4 * m.age, 0.09, (1.0, 1.0, 1.0), 0.8 * hit)
        fly(c, x, 0.44, fan, m, 0.45, 0.03, (1.0, 1.0, 1.0))

    return Look(still, walker(rng, shoe=tint(rng, 0.2, 0.14, 0.12), struck=struck))


KIND = Kind(
    category="FEETHmn",
    family="impact",
    sound=sound,
    look=look,
    rhythm=steady(0.45, 1.2, jitter=0.08),
    wording=Wording(
        nouns=(
            "footsteps in snow",
            "crunching snow",
            "walking in deep snow",
            "boots in snow",
            "steps on fresh snow",
            "snow crunching underfoot",
        ),
        clauses=("someone walks through snow", "snow crunches under boots"),
        gentle=("light steps in snow",),
        strong=("heavy boots stamping through snow",),
        foreign={
            "de": ("Schritte im Schnee", "Schnee", "Schneeknirschen", "Stapfen im Schnee"),
            "fr": ("pas dans la neige", "neige", "marcher dans la neige", "neige qui crisse"),
            "es": ("pasos en la nieve", "nieve", "caminar en la nieve"),
            "it": ("passi nella neve", "neve", "camminare nella neve"),
            "ja": ("雪", "雪の足音", "雪を歩く", "雪道"),
            "zh": ("雪地", "雪地脚步", "踩雪", "雪中行走"),
        },
    ),
)
