"""Steps in shallow water."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, fly, impact, tint
from mmhnet_cli.training.world.dsp import (
    SAMPLE_RATE_HZ,
    burst,
    lowpass,
    mix,
    play_events,
    samples_of,
    scatter,
    unit_peak,
)
from mmhnet_cli.training.world.figures import walker
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import steady
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import surroundings


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A foot in a puddle or a ford: slap, spray, bubbles (van den Doel), drops that fall back, the foot pulled out."""
    deep = rng.uniform(0, 1)
    slap_hz, spray_hz = rng.uniform(250, 600) * (1.3 - 0.7 * deep), rng.uniform(1500, 3000)
    pitch = rng.uniform(450, 900) * 0.6**deep
    spray_s, pull_s = 0.12 + 0.2 * deep, rng.uniform(0.2, 0.3)
    heard = surroundings(rng, 0.08, 0.5)

    def step(index: int, strength: float) -> np.ndarray:
        bright = 1.6**strength
        into = _bubbles(rng, int(6 + 16 * deep * strength + 5 * strength), pitch, 0.03, 0.08 + 0.2 * deep)
        drops = _bubbles(rng, int(rng.uniform(2, 9) * (0.4 + strength)), 2.6 * pitch, 0.1, 0.22)
        made = mix(
            (0, 0.9, burst(rng, slap_hz, 4 * slap_hz * bright, 0.06 + 0.06 * deep)),
            (0, 0.6, burst(rng, spray_hz, min(3 * spray_hz * bright, 15000), spray_s)),
            (0.03, 0.3, burst(rng, 0.7 * spray_hz, 2.5 * spray_hz, 1.5 * spray_s)),
            (0, 0.7, into),
            (0, 0.22, drops),
            (pull_s, 0.12 + 0.25 * deep, burst(rng, 500, 3500, 0.1 + 0.1 * deep)),
            (pull_s, 0.4 * deep, _bubbles(rng, 7, 1.2 * pitch, 0.02, 0.06)),
        )
        return heard(lowpass(made, 1600 * 8**strength))

    return play_events(source, 0.4, step)


def _bubbles(rng: np.random.Generator, number: int, pitch: float, first_s: float, spread_s: float) -> np.ndarray:
    """Bubbles that close, of peak 1: each a sine that rises and dies the sooner the higher it is (Minnaert)."""
    time = np.arange(samples_of(0.07)) / SAMPLE_RATE_HZ
    hz = pitch * 2 ** rng.uniform(0, 1.8, (number, 1))
    at = samples_of(first_s) + (rng.gamma(1.5, 0.5 * spread_s, number).clip(max=3 * spread_s) * SAMPLE_RATE_HZ).astype(
        int
    )
    angle = 2 * np.pi * hz * time * (1 + rng.uniform(0.5, 7, (number, 1)) * time)
    grains = rng.lognormal(0, 0.5, (number, 1)) * np.exp(-time * (20 + 0.075 * hz)) * np.sin(angle)
    return unit_peak(scatter(samples_of(first_s + 3 * spread_s + 0.1), at, grains * np.minimum(1, (0.07 - time) * 100)))


def look(rng: np.random.Generator) -> Look:
    """A walker in rubber boots through a puddle."""
    water, shore = tint(rng, 0.2, 0.42, 0.55), tint(rng, 0.3, 0.27, 0.22)
    foam, fan = (0.92, 0.97, 1.0), -rng.uniform(0.3, np.pi - 0.3, 16)

    def still(c: Canvas) -> None:
        c.ellipse(0, 0.55, 1.0, 0.17, shore)
        c.ellipse(0, 0.54, 0.85, 0.13, water)
        c.ellipse(-0.2, 0.52, 0.4, 0.05, water * 1.3)

    def struck(c: Canvas, x: float, m: Moment) -> None:
        hit = impact(m, 0.2)
        for reach in (0.15, 0.3):
            wide = reach + 1.1 * m.age
            c.ring(x, 0.49, wide, 0.28 * wide, 0.03, foam, hit)
        c.ellipse(x, 0.46, 0.2, 0.08, foam, hit)
        fly(c, x, 0.44, fan, m, 0.5, 0.028, foam)

    return Look(still, walker(rng, shoe=tint(rng, 0.85, 0.7, 0.1, 0.2), struck=struck))


KIND = Kind(
    category="FEETHmn",
    family="impact",
    sound=sound,
    look=look,
    rhythm=steady(0.45, 1.1, jitter=0.1),
    wording=Wording(
        nouns=(
            "footsteps in water",
            "wading through water",
            "walking through puddles",
            "stepping in a puddle",
            "steps in mud",
            "squelching mud",
            "wading through a river",
        ),
        clauses=("someone wades through water", "boots step in puddles"),
        gentle=("careful steps in shallow water",),
        strong=("running through puddles",),
        foreign={
            "de": ("Schritte im Wasser", "waten", "Pfütze", "Pfützen", "Matsch"),
            "fr": ("pas dans l'eau", "flaque", "flaques", "patauger", "boue"),
            "es": ("pasos en el agua", "charco", "charcos", "vadear", "barro"),
            "it": ("passi nell'acqua", "pozzanghera", "pozzanghere", "guadare", "fango"),
            "ja": ("水たまり", "水の足音", "浅瀬を歩く", "泥"),
            "zh": ("水坑", "趟水", "涉水", "泥泞"),
        },
    ),
)
