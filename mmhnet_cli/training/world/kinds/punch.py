"""Punches."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import WHITE, Look, Moment, approach, fly, impact, tint, tremble
from mmhnet_cli.training.world.dsp import (
    SAMPLE_RATE_HZ,
    burst,
    decay,
    lowpass,
    mix,
    phase,
    play_events,
    samples_of,
    unit_peak,
)
from mmhnet_cli.training.world.grit import grit
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import bursts
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import surroundings


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A fist on a body or a bag: the smack of skin or leather, flesh below it, a falling thump, a crunch of knuckles.

    In these layers Foley artists build it, from cabbage, celery and leather.
    """
    thump_hz, drop_s = rng.uniform(55, 85), rng.uniform(0.02, 0.05)
    smack_hz, smack = rng.uniform(700, 2000), rng.uniform(0.3, 1.0)
    flesh_hz, flesh_s = rng.uniform(140, 320), rng.uniform(0.05, 0.1)
    crunch, low = rng.uniform(0, 0.6), rng.uniform(0.35, 1.0)
    heard = surroundings(rng, 0.12, 0.7)

    def hit(index: int, strength: float) -> np.ndarray:
        envelope = decay(rng.uniform(0.12, 0.2))
        time = np.arange(len(envelope)) / SAMPLE_RATE_HZ
        thump = envelope * np.sin(phase(thump_hz * (1 + 2.2 * strength * np.exp(-time / drop_s))))
        bones = int(rng.uniform(4, 14) * (0.3 + strength))
        cracks = grit(
            rng, samples_of(0.09), rng.gamma(1.5, 0.012, bones), rng.pareto(1.5, bones) + 1, [1300, 2100, 3300], 0.008
        )
        made = mix(
            (0, low, thump),
            (0, 0.9, burst(rng, flesh_hz, 4 * flesh_hz, flesh_s)),
            (0, smack * (0.3 + strength), burst(rng, smack_hz, 4.5 * smack_hz, 0.03 + 0.02 * strength)),
            (0.003, crunch * strength, unit_peak(cracks)),
            (0.02, 0.08, burst(rng, 1200, 4000, 0.15)),
        )
        return heard(lowpass(made, 900 * 13**strength))

    return play_events(source, 0.5, hit)


def look(rng: np.random.Generator) -> Look:
    """Gloves, left and right, against a heavy bag that swings away."""
    leather, glove = tint(rng, 0.45, 0.2, 0.12, 0.2), tint(rng, 0.8, 0.12, 0.12, 0.25)
    arm, fan = tint(rng, 0.85, 0.64, 0.5), np.pi + rng.uniform(-1.1, 1.1, 10)

    def still(c: Canvas) -> None:
        c.box(-0.2, -0.48, 0.3, 0.03, (0.2, 0.2, 0.22))

    def moving(c: Canvas, m: Moment) -> None:
        push = -0.07 * abs(tremble(m)) - 0.05 * impact(m, 0.4)
        c.capsule(-0.2, -0.46, -0.2 + 0.3 * push, -0.3, 0.012, (0.6, 0.6, 0.62))
        c.capsule(-0.2 + 0.6 * push, -0.18, -0.2 + 1.6 * push, 0.3, 0.18, leather)
        for k, y in enumerate((-0.08, 0.12)):
            coming = k == (m.count + 1) % 2
            away = approach(m) if coming else min(0.8, m.age / 0.25)
            x = 0.06 + 0.42 * away + push * (not coming)
            c.capsule(x, y, 0.85, y + 0.12, 0.06, arm)
            c.ellipse(x, y, 0.11, 0.09, glove)
        if m.age < 0.2:
            hit, y = impact(m), (-0.08, 0.12)[m.count % 2]
            c.glow(-0.02, y, 0.45, WHITE, 0.7 * hit)
            c.disc(-0.02, y, 0.12, WHITE, hit)
            fly(c, -0.02, y, fan, m, 0.5, 0.024, WHITE)

    return Look(still, moving)


KIND = Kind(
    category="FGHTImpt",
    family="impact",
    sound=sound,
    look=look,
    rhythm=bursts(0.22, 0.55, of=(2, 6)),
    wording=Wording(
        nouns=(
            "a punch",
            "punches and kicks",
            "a fist fight",
            "a boxing match",
            "hitting a punching bag",
            "a slap in the face",
            "a body blow",
            "fighting",
        ),
        clauses=("a fist hits a face", "boxers trade blows"),
        gentle=("a light slap",),
        strong=("a brutal punch",),
        foreign={
            "de": ("Faustschlag", "Schlägerei", "Boxen", "Ohrfeige", "Prügelei", "Boxsack"),
            "fr": ("coup de poing", "bagarre", "boxe", "gifle"),
            "es": ("puñetazo", "pelea", "boxeo", "bofetada"),
            "it": ("pugno", "rissa", "pugilato", "schiaffo", "cazzotto"),
            "ja": ("パンチ", "殴る", "ボクシング", "平手打ち", "殴り合い"),
            "zh": ("拳击", "打架", "拳头", "耳光", "打斗"),
        },
    ),
)
