"""An electronic alarm."""

import math

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import TURN, Look, Moment, impact, tint
from mmhnet_cli.training.world.dsp import harmonics, phase, play_events, samples_of
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import steady
from mmhnet_cli.training.world.scene import Source


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """An electronic alarm: a beep per event, of odd harmonics, at one pitch or two in turn."""
    length = samples_of(rng.uniform(0.08, 0.22))
    pitch = rng.uniform(950, 1900)
    pitches = (pitch, pitch * rng.choice([1.0, 1.0, 1.26]))
    timbre = np.array([1.0, 0.0, rng.uniform(0.3, 0.5), 0.0, rng.uniform(0.15, 0.3)])
    ramp = np.minimum(np.arange(length), np.arange(length)[::-1]) / samples_of(0.003)
    envelope = np.minimum(1.0, ramp)
    beeps = [envelope * harmonics(phase(np.full(length, hz)), timbre) for hz in pitches]
    return play_events(source, 0.25, lambda index, strength: beeps[index % 2])


def look(rng: np.random.Generator) -> Look:
    """A warning lamp that flashes."""
    lamp, base = tint(rng, 0.95, 0.18, 0.08, 0.12), tint(rng, 0.22, 0.22, 0.25)
    rays = np.linspace(math.pi, TURN, 7)
    dx, dy = np.cos(rays), np.sin(rays)

    def still(c: Canvas) -> None:
        c.box(0, 0.4, 0.3, 0.09, base)
        c.box(0, 0.3, 0.22, 0.04, base * 0.7)

    def moving(c: Canvas, m: Moment) -> None:
        hit = impact(m, 0.2)
        glass = lamp * 0.32 + hit * (np.array([1.0, 0.75, 0.6]) - lamp * 0.32)
        c.box(0, 0.14, 0.19, 0.14, glass)
        c.ellipse(0, 0.0, 0.19, 0.17, glass)
        if m.age < 0.2:
            c.glow(0, 0.05, 1.0, lamp, 1.1 * hit)
            far = 0.42 + 0.5 * m.age
            c.capsules(0.27 * dx, 0.05 + 0.27 * dy, far * dx, 0.05 + far * dy, 0.022, (1.0, 0.8, 0.5), hit)

    return Look(still, moving)


KIND = Kind(
    category="ALRMElec",
    family="machine",
    sound=sound,
    look=look,
    rhythm=steady(0.25, 0.8, jitter=0.01),
    wording=Wording(
        nouns=(
            "alarm",
            "alarm beeps",
            "a beeping alarm",
            "a warning signal",
            "electronic beeping",
            "a smoke detector",
            "an alarm clock",
            "a car alarm",
            "a reversing beeper",
            "a buzzer",
        ),
        clauses=("an alarm beeps", "a warning alarm sounds"),
        gentle=("soft warning beeps",),
        strong=("piercing alarm beeps",),
        foreign={
            "de": ("Alarm", "Alarmton", "Piepen", "Wecker", "Rauchmelder", "Warnton"),
            "fr": ("alarme", "bip", "bip d'alarme", "réveil", "détecteur de fumée"),
            "es": ("alarma", "pitidos", "alarma electrónica", "despertador", "detector de humo"),
            "it": ("allarme", "allarme elettronico", "sveglia", "rilevatore di fumo"),
            "ja": ("アラーム", "警報", "警報音", "目覚まし時計", "ブザー"),
            "zh": ("警报", "闹钟", "报警", "蜂鸣", "烟雾报警器"),
        },
    ),
)
