"""A car horn."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, impact, tint
from mmhnet_cli.training.world.dsp import SAMPLE_RATE_HZ, harmonics, lowpass, phase, play_events, samples_of, unit_rms
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import bursts
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import free_s, placed, tail


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A horn: membranes that beat against their magnets, one, two or three pitches at once, and the street's answer.

    Cars have two a third apart, scooters one, lorries a chord of low trumpets that speak later.
    """
    pitches, speak_s = [
        (rng.uniform(330, 460) * np.array([1, rng.choice([1.19, 1.25, 1.26])]), 0.004),
        (np.array([rng.uniform(380, 540)]), 0.003),
        (rng.uniform(130, 240) * np.array([1, 1.26, 1.5])[: rng.integers(2, 4)], 0.011),
    ][int(rng.choice(3, p=(0.6, 0.15, 0.25)))]
    shout_hz, wide_hz, peak = rng.uniform(1800, 3600), rng.uniform(500, 1200), rng.uniform(1.5, 6)
    signs, tilt = rng.choice([-1, 1], 60), rng.uniform(0.5, 0.9)
    street, share, far_hz = (
        tail(rng, rng.uniform(0.4, 1.1), 0.02, 5000),
        rng.uniform(0.1, 0.4),
        rng.uniform(4000, 14000),
    )
    free, whim = free_s(source), rng.uniform(0.14, 0.9, len(source.events_s) + 1)

    def honk(index: int, strength: float) -> np.ndarray:
        count = samples_of(min(whim[index] * (0.6 + 0.6 * strength), 0.8 * free[index]))
        time = np.arange(count) / SAMPLE_RATE_HZ
        # The membrane starts slack and slackens again when the button is let go.
        bend = 1 - 0.06 * np.exp(-time / (3 * speak_s)) - 0.05 * np.exp((time - time[-1]) / 0.012)
        out = np.zeros(count)
        for pitch in pitches:
            hz = pitch * np.arange(1, min(60, int(12000 / pitch)))
            levels = (hz / pitch) ** -(tilt + 0.9 * (1 - strength)) * (
                1 + peak / (1 + ((hz - shout_hz) / wide_hz) ** 2)
            )
            out += unit_rms(harmonics(phase(pitch * bend), signs[: len(hz)] * levels))
        envelope = (1 - np.exp(-time / speak_s)) * np.minimum(1, (time[-1] - time) / 0.025)
        return placed(lowpass(out * envelope, far_hz), street, share)

    return play_events(source, 0.4, honk)


def look(rng: np.random.Generator) -> Look:
    """A car from the front, whose headlights flash as it honks."""
    paint, glass = tint(rng, 0.6, 0.25, 0.2, 0.3), tint(rng, 0.2, 0.26, 0.32)
    lamp, wave = np.array([1.0, 0.95, 0.75]), np.linspace(-0.5, 0.5, 5)

    def still(c: Canvas) -> None:
        c.ellipse(0, 0.48, 0.72, 0.06, (0.08, 0.08, 0.09))
        for side in (-1, 1):
            c.box(0.42 * side, 0.4, 0.09, 0.1, (0.06, 0.06, 0.07))
        c.convex([(-0.36, -0.28), (0.36, -0.28), (0.5, 0.04), (-0.5, 0.04)], paint * 0.8)
        c.convex([(-0.3, -0.23), (0.3, -0.23), (0.41, 0.02), (-0.41, 0.02)], glass)
        c.box(0, 0.2, 0.56, 0.17, paint)
        c.box(0, 0.3, 0.3, 0.04, (0.1, 0.1, 0.11))

    def moving(c: Canvas, m: Moment) -> None:
        hit = impact(m, 0.3)
        for side in (-1, 1):
            c.disc(0.4 * side, 0.16, 0.08, lamp * (0.45 + 0.55 * hit))
            c.glow(0.4 * side, 0.16, 0.5, lamp, 1.1 * hit)
        if m.age < 0.3:
            for reach in (0.12, 0.28):
                x, y = np.sin(wave) * (reach + m.age), 0.32 + np.cos(wave) * (reach + m.age)
                c.capsules(x[:-1], y[:-1], x[1:], y[1:], 0.025, (1.0, 0.9, 0.5), hit)

    return Look(still, moving)


KIND = Kind(
    category="VEHHorn",
    family="machine",
    sound=sound,
    look=look,
    rhythm=bursts(0.25, 0.75, of=(1, 4)),
    wording=Wording(
        nouns=(
            "a car horn",
            "honking",
            "a truck horn",
            "a taxi horn",
            "beeping the horn",
            "a foghorn",
            "a ship's horn",
            "an air horn",
        ),
        clauses=("a car honks", "a driver leans on the horn"),
        gentle=("a short tap on the horn",),
        strong=("an angry long honk",),
        foreign={
            "de": ("Hupe", "Autohupe", "Hupen", "Hupkonzert", "Nebelhorn"),
            "fr": ("klaxon", "klaxonner", "avertisseur", "corne de brume"),
            "es": ("bocina", "claxon", "bocinazo", "sirena de niebla"),
            "it": ("clacson", "strombazzare", "corno da nebbia", "colpo di clacson"),
            "ja": ("クラクション", "汽笛", "ホーン", "霧笛"),
            "zh": ("喇叭", "汽车喇叭", "鸣笛", "按喇叭", "雾笛"),
        },
    ),
)
