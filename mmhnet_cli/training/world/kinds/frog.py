"""A frog."""

import numpy as np

from mmhnet_cli.training.world.animal import gape, sounding, throat, track
from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, tint
from mmhnet_cli.training.world.dsp import SAMPLE_RATE_HZ, impulses, lowpass, noise, phase, play_events, samples_of
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import spaced
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import place


def _croak(rng: np.random.Generator, rate_hz: np.ndarray, sac_hz: np.ndarray) -> np.ndarray:
    """Pulses (N,) at `rate_hz` (N,), each ringing in the sac; the first at once."""
    cycles = np.concatenate([[0.0], np.cumsum(rate_hz[:-1]) / SAMPLE_RATE_HZ])
    starts = np.flatnonzero(np.diff(np.floor(cycles), prepend=-1) > 0)
    pulses = impulses(len(rate_hz), starts, rng.uniform(0.7, 1.0, len(starts)))
    return throat(lowpass(pulses, 1.2 * sac_hz[1]), sac_hz, 0.022)


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A croak in two parts (rib-bit), a long snore, or a peep, as the species has it.

    Croaks are trains of pulses, each of them ringing in the vocal sac; peeps are one whistled glide.
    """
    species = str(rng.choice(["ribbit", "snore", "peep"], p=(0.5, 0.3, 0.2)))
    sac_hz = 10 ** rng.uniform(2.6, 3.1) * np.array([1.0, rng.uniform(2.0, 2.6), rng.uniform(3.6, 4.6)])
    rate_hz, length_s = rng.uniform(38, 95), rng.uniform(0.2, 0.38)
    peep_hz, snore_s = rng.uniform(1500, 2900), rng.uniform(0.4, 0.75)
    around = place(rng, 0.7)

    def ribbit(strength: float) -> np.ndarray:
        count = samples_of(length_s)
        rate = rate_hz * (0.85 + 0.3 * strength) * track(count, (0, 0.45, 0.46, 1), (1.0, 1.05, 1.2, 1.7))
        loud = track(count, (0, 0.1, 0.36, 0.44, 0.52, 0.85, 1), (0.6, 0.8, 0.5, 0.1, 1.0, 0.8, 0.0))
        return _croak(rng, rate, sac_hz * (0.9 + 0.15 * strength)) * loud

    def snore(strength: float) -> np.ndarray:
        count = samples_of(snore_s * (0.7 + 0.4 * strength))
        rate = 1.6 * rate_hz * track(count, (0, 0.3, 1), (0.85, 1.0, 0.9))
        swell = track(count, (0, 0.05, 0.4, 0.8, 1), (0.3, 0.6, 1, 0.8, 0))
        return _croak(rng, rate, 0.55 * sac_hz * (0.9 + 0.15 * strength)) * swell

    def peep(strength: float) -> np.ndarray:
        count = samples_of(0.5 * length_s)
        angle = phase(peep_hz * (0.94 + 0.1 * strength) * track(count, (0, 0.6, 1), (0.86, 1.0, 1.04)))
        tone = np.sin(angle) + 0.25 * strength * np.sin(2 * angle) + 0.01 * noise(rng, count)
        return tone * track(count, (0, 0.015, 0.5, 1), (0, 0.6, 1, 0))

    call = {"ribbit": ribbit, "snore": snore, "peep": peep}[species]
    return play_events(source, 0.45, lambda index, strength: around(call(strength)))


def look(rng: np.random.Generator) -> Look:
    """A frog on a leaf in the pond; its throat swells to a bubble at every call."""
    skin, pond = tint(rng, 0.35, 0.55, 0.18, 0.2), tint(rng, 0.14, 0.26, 0.28)

    def still(c: Canvas) -> None:
        c.ellipse(0, 0.42, 0.85, 0.14, pond)
        c.ellipse(0, 0.4, 0.5, 0.08, (0.18, 0.42, 0.16))

    def moving(c: Canvas, m: Moment) -> None:
        sac = gape(m, 0.35)
        if m.age < 1.0:
            wide = 0.5 + 0.3 * m.age
            c.ring(0, 0.42, wide, 0.16 * wide, 0.012, (0.75, 0.85, 0.88), 1 - m.age)
        for side in (-1, 1):
            c.capsule(side * 0.15, 0.3, side * 0.34, 0.2, 0.06, skin * 0.8)
            c.capsule(side * 0.34, 0.2, side * 0.32, 0.38, 0.045, skin * 0.8)
        c.ellipse(0, 0.23, 0.24, 0.17, skin)
        c.ellipse(0, 0.03, 0.2, 0.13, skin)
        c.disc(0, 0.16 + 0.04 * sac, 0.05 + 0.17 * sac, (0.9, 0.88, 0.6))
        c.capsule(-0.12, 0.06, 0.12, 0.06, 0.012, skin * 0.4)
        for eye in (-0.12, 0.12):
            c.disc(eye, -0.09, 0.06, skin * 1.1)
            c.disc(eye, -0.09, 0.03, (0.03, 0.03, 0.03))
        sounding(c, 0, 0.15, m, 0.5)

    return Look(still, moving)


KIND = Kind(
    category="ANMLAmph",
    family="one_shot",
    sound=sound,
    look=look,
    rhythm=spaced(0.5, 1.7),
    wording=Wording(
        nouns=("a croaking frog", "frogs in a pond", "a frog", "a toad", "a bullfrog", "frogs at night"),
        clauses=("a frog croaks", "frogs croak in the pond"),
        gentle=("a single small frog",),
        strong=("a loud chorus of frogs",),
        foreign={
            "de": ("Frosch", "Frösche", "Quaken", "Kröte", "Froschquaken"),
            "fr": ("grenouille", "grenouilles", "coassement", "crapaud"),
            "es": ("rana", "ranas", "croar", "sapo"),
            "it": ("rana", "rane", "gracidio", "rospo"),
            "ja": ("カエル", "蛙", "カエルの鳴き声"),
            "zh": ("青蛙", "蛙鸣", "蟾蜍", "蛙叫"),
        },
    ),
)
