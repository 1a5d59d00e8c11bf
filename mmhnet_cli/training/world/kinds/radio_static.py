"""A radio between stations."""

import math

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, tint
from mmhnet_cli.training.world.dsp import (
    LOUD_RMS,
    QUIET_RMS,
    at_samples,
    bandpass,
    impulses,
    lowpass,
    noise,
    phase,
    pulse_times,
    random_times,
    sample_count,
    sustained,
    unit_rms,
    wander,
)
from mmhnet_cli.training.world.grit import ringing
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.scene import Source


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Short wave: hiss through a narrow set, crackle of far lightning, carriers that whistle, a voice that drowns.

    Two carriers close together whistle at their difference, which slides as the set is tuned. All of it fades in and
    out, as the ionosphere does. The more static, the less voice.
    """
    count = sample_count(source)
    level = at_samples(source.curve, count)
    top = rng.uniform(2600, 6000)
    fading = 1 + 0.35 * wander(rng, count, 1.2)
    hiss = unit_rms(bandpass(noise(rng, count), rng.uniform(150, 400), top) * fading)
    bolts = random_times(rng, 3 + rng.uniform(15, 70) * level)
    blows = impulses(count, bolts, (1 + rng.pareto(1.4, len(bolts))).clip(max=12) * rng.choice([-1, 1], len(bolts)))
    crackle = unit_rms(ringing(blows, [(rng.uniform(700, 1100), 0.008, 1.0), (rng.uniform(1800, 2600), 0.005, 1.0)]))
    tuned = np.abs(wander(rng, count, rng.uniform(0.5, 2)) + 0.4 * wander(rng, count, 0.3))
    whistle = np.sin(phase(120 + rng.uniform(900, 2600) * tuned)) * np.clip(1.2 * wander(rng, count, 0.8), 0, 1)
    hum = np.sin(phase(np.full(count, 100.0))) + 0.5 * np.sin(phase(np.full(count, 200.0)))
    made = (0.5 + 0.5 * level) * hiss + (0.2 + 0.5 * level) * crackle + rng.uniform(0, 0.5) * unit_rms(whistle)
    made += (1 - level) * (0.1 * hum + rng.uniform(0, 0.9) * _voice(rng, count, len(source.curve), fading))
    made = bandpass(np.tanh(1.2 * made), 180, top)
    return sustained(made, source.curve, QUIET_RMS, LOUD_RMS)


def _voice(rng: np.random.Generator, count: int, controls: int, fading: np.ndarray) -> np.ndarray:
    """Somebody far away who speaks, not to be understood: pulses of a glottis through changing formants, RMS 1."""
    pitch = rng.uniform(95, 210) * (1 + 0.12 * np.interp(np.arange(controls) / 6, np.arange(99), rng.normal(0, 1, 99)))
    pulses = pulse_times(pitch, count)
    glottis = lowpass(impulses(count, pulses, np.ones(len(pulses))), 900)
    spoken = np.clip(wander(rng, count, rng.uniform(6, 9)) + 0.3, 0, 1)
    vowel = 0.5 + 0.5 * wander(rng, count, 5)
    open_, closed = (ringing(glottis, [(f, 0.02, 1), (g, 0.015, 0.7)]) for f, g in ((700, 1150), (350, 2000)))
    mouth = vowel * unit_rms(open_) + (1 - vowel) * unit_rms(closed)
    return unit_rms(mouth * spoken * fading)


def look(rng: np.random.Generator) -> Look:
    """A radio with a needle that wanders over the scale, and noise on its small screen."""
    case, cloth = tint(rng, 0.5, 0.32, 0.2, 0.25), tint(rng, 0.78, 0.68, 0.48)
    x, y, lag = rng.uniform(-0.2, 0.2, 70), rng.uniform(-0.02, 0.3, 70), rng.uniform(0, 6.28, 70)

    def still(c: Canvas) -> None:
        c.box(0, 0.12, 0.7, 0.36, case)
        c.capsule(0.5, -0.24, 0.72, -0.7, 0.012, (0.7, 0.7, 0.72))
        c.box(-0.35, 0.14, 0.28, 0.25, cloth)
        for row in np.linspace(-0.06, 0.34, 9):
            c.capsule(-0.6, row, -0.1, row, 0.006, cloth * 0.6)
        c.box(0.3, -0.1, 0.32, 0.07, (0.95, 0.9, 0.7))

    def moving(c: Canvas, m: Moment) -> None:
        c.box(0.3, 0.2, 0.25, 0.2, (0.06, 0.07, 0.09))
        # Snow on the screen: other specks on every frame.
        flicker = 0.5 + 0.5 * np.sin(lag + (23 + 40 * lag) * m.elapsed)
        bright = (0.15 + 0.85 * m.level) * flicker
        c.capsules(
            0.3 + x, 0.03 + 1.05 * y, 0.325 + x, 0.03 + 1.05 * y, 0.012 + 0.01 * m.level, (0.9, 0.93, 1.0), bright
        )
        c.glow(0.3, 0.2, 0.5, (0.7, 0.8, 1.0), (0.1 + 0.4 * m.level) * (0.7 + 0.3 * math.sin(37 * m.elapsed)))
        at = 0.3 + 0.27 * math.sin(2 * m.turns(0.3, 1.6))
        c.capsule(at, -0.16, at, -0.04, 0.012, (0.85, 0.1, 0.05))
        for k, knob in enumerate((-0.5, -0.2)):
            turn = (1 - 2 * k) * m.turns(0.5, 2.0)
            c.disc(knob, 0.42, 0.05, (0.1, 0.1, 0.1))
            c.capsule(knob, 0.42, knob + 0.04 * math.cos(turn), 0.42 + 0.04 * math.sin(turn), 0.01, cloth)

    return Look(still, moving)


KIND = Kind(
    category="COMStatic",
    family="texture",
    sound=sound,
    look=look,
    wording=Wording(
        nouns=(
            "radio static",
            "white noise from a television",
            "tuning a radio",
            "interference",
            "a crackling radio",
            "a walkie-talkie",
            "tv static",
        ),
        clauses=("a radio crackles", "someone tunes a radio"),
        gentle=("faint static",),
        strong=("loud static",),
        foreign={
            "de": ("Radiorauschen", "Rauschen im Radio", "Funkgerät", "Senderrauschen", "Störgeräusch"),
            "fr": ("parasites radio", "grésillement radio", "bruit blanc", "radio qui grésille"),
            "es": ("estática", "interferencia", "ruido de radio", "estática de radio"),
            "it": ("interferenza", "rumore bianco", "fruscio radio", "scariche radio"),
            "ja": ("ラジオのノイズ", "砂嵐", "雑音", "無線"),
            "zh": ("静电噪音", "收音机杂音", "电台杂音", "雪花噪声"),
        },
    ),
)
