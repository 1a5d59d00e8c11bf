"""Steps in dry leaves."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, fly, impact, tint
from mmhnet_cli.training.world.dsp import bandpass, burst, mix, noise, play_events, samples_of, unit_peak, wander
from mmhnet_cli.training.world.figures import walker
from mmhnet_cli.training.world.grit import faded, grit, ringing
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import steady
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import surroundings


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Leaves that crackle under a foot and rustle after it: light grains (Cook's PhISEM), and now and then a twig."""
    length, dry = rng.uniform(0.4, 0.7), rng.uniform(0.2, 1)
    leaves_hz = rng.uniform(0.75, 1.2) * np.array([1900.0, 3100.0, 4700.0, 7300.0])
    rustle_hz, twigs = rng.uniform(1800, 3000), rng.uniform(0.05, 0.35)
    heard = surroundings(rng, 0.08, 0.3)

    def step(index: int, strength: float) -> np.ndarray:
        count = samples_of(length + 0.1)
        leaves = int(rng.uniform(50, 120) * (0.4 + strength**1.5))
        under = rng.gamma(1.3, 0.1, leaves // 2)
        after = 0.3 + rng.gamma(1.6, 0.15, leaves - leaves // 2)
        times = np.concatenate([[0.0], np.concatenate([under, after]).clip(0, 1) * length])
        sizes = np.concatenate([[2.5], (0.4 + rng.pareto(2.0, leaves)).clip(max=4)])
        crackle = grit(rng, count, times, sizes, list(leaves_hz), 0.004 + 0.004 * dry)
        place = np.arange(count) / count
        foot = np.exp(-(((place - 0.12) / 0.12) ** 2)) + 0.7 * np.exp(-(((place - 0.5) / 0.2) ** 2))
        # A leaf that bends gives no steady noise: it flutters a hundred times a second.
        flutter = np.abs(wander(rng, count, 160)) ** 2 * foot
        rustle = bandpass(noise(rng, count) * flutter, rustle_hz, rustle_hz * 2.2 ** (0.8 + strength))
        parts = [
            (0.0, dry, faded(unit_peak(crackle), 0.1)),
            (0.0, 0.6, faded(unit_peak(rustle), 0.1)),
            (0.0, 0.45, burst(rng, 900, 5000, 0.03)),
            (0.0, 0.25 * strength, burst(rng, 70, 220, 0.09)),
        ]
        if rng.random() < twigs:
            bar = rng.uniform(900, 1900)
            snap = ringing(
                np.eye(1, samples_of(0.06))[0], [(bar, 0.03, 1), (2.76 * bar, 0.02, 1), (5.4 * bar, 0.01, 0.8)]
            )
            parts.append((rng.uniform(0.02, 0.2), rng.uniform(0.4, 0.9), unit_peak(snap)))
        return heard(mix(*parts))

    return play_events(source, 0.38, step)


def look(rng: np.random.Generator) -> Look:
    """A walker in fallen leaves, which fly up."""
    reds, yellows = tint(rng, 0.75, 0.3, 0.1, 0.2), tint(rng, 0.88, 0.65, 0.15, 0.2)
    earth = tint(rng, 0.24, 0.16, 0.1)
    x, y, turn = rng.uniform(-0.85, 0.85, 110), rng.uniform(0.44, 0.64, 110), rng.uniform(0, 6.28, 110)
    dx, dy = 0.035 * np.cos(turn), 0.02 * np.sin(turn)
    fan = -rng.uniform(0.1, np.pi - 0.1, 14)

    def still(c: Canvas) -> None:
        c.ellipse(0, 0.55, 0.95, 0.14, earth)
        for part, colour in ((slice(0, None, 2), reds), (slice(1, None, 2), yellows)):
            c.capsules(x[part] - dx[part], y[part] - dy[part], x[part] + dx[part], y[part] + dy[part], 0.018, colour)

    def struck(c: Canvas, at: float, m: Moment) -> None:
        hit = impact(m, 0.2)
        c.glow(at, 0.42, 0.4, yellows, 0.5 * hit)
        c.ellipse(at, 0.46, 0.26, 0.07, yellows, hit)
        fly(c, at, 0.44, fan[:7], m, 0.55, 0.034, reds)
        fly(c, at, 0.42, fan[7:], m, 0.45, 0.034, yellows)

    return Look(still, walker(rng, shoe=tint(rng, 0.3, 0.2, 0.12), struck=struck))


KIND = Kind(
    category="FEETHmn",
    family="impact",
    sound=sound,
    look=look,
    rhythm=steady(0.45, 1.2, jitter=0.1),
    wording=Wording(
        nouns=(
            "footsteps in dry leaves",
            "walking through leaves",
            "rustling leaves underfoot",
            "boots in autumn leaves",
            "steps in the undergrowth",
            "footsteps on grass",
            "walking in a forest",
        ),
        clauses=("someone walks through dry leaves", "leaves rustle under feet"),
        gentle=("light steps in leaves",),
        strong=("heavy steps through undergrowth",),
        foreign={
            "de": ("Schritte im Laub", "Laub", "trockene Blätter", "Herbstlaub"),
            "fr": ("pas dans les feuilles", "feuilles mortes", "feuilles sèches"),
            "es": ("pasos en hojas secas", "hojas secas", "hojarasca"),
            "it": ("passi sulle foglie", "foglie secche", "fogliame"),
            "ja": ("落ち葉", "落ち葉の足音", "枯れ葉", "落ち葉を踏む"),
            "zh": ("落叶", "踩落叶", "枯叶", "落叶脚步"),
        },
    ),
)
