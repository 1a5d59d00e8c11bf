"""A chainsaw."""

import math

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, tint
from mmhnet_cli.training.world.dsp import (
    LOUD_RMS,
    SAMPLE_RATE_HZ,
    at_samples,
    bandpass,
    impulses,
    lowpass,
    noise,
    phase,
    pulse_times,
    sample_count,
    sustained,
    unit_rms,
    wander,
)
from mmhnet_cli.training.world.grit import ringing
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.scene import CONTROL_RATE_HZ, Source
from mmhnet_cli.training.world.surroundings import continuous


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A two-stroke: one ignition per turn, 2500 a minute when it idles and 11000 when it cuts, hardly muffled.

    It misfires when it idles; in the wood it labours, the chain rattles and the teeth tear.
    """
    count = sample_count(source)
    idle_hz, top_hz = rng.uniform(36, 52), rng.uniform(135, 200)
    labour = np.interp(np.arange(len(source.curve)) / CONTROL_RATE_HZ, np.arange(60) / 4, rng.normal(0, 0.06, 60))
    ignitions = pulse_times(idle_hz * (top_hz / idle_hz) ** source.curve * (1 + labour * source.curve), count)
    throttle = source.curve[np.minimum(ignitions * CONTROL_RATE_HZ // SAMPLE_RATE_HZ, len(source.curve) - 1)]
    sizes = (1 + (0.5 - 0.42 * throttle) * rng.normal(0, 1, len(ignitions))).clip(0.05)
    pulses = impulses(count, ignitions, sizes)
    port = rng.uniform(0.8, 1.25)
    tones = [(165.0, 0.03, 0.5), (370.0, 0.016, 0.8), (720.0, 0.01, 1.3), (1450.0, 0.007, 1.6), (2900.0, 0.005, 1.6)]
    blast = unit_rms(ringing(pulses, [(hz * port, t60, gain) for hz, t60, gain in tones]))
    # The short exhaust is driven into distortion: that is its rasp.
    rasp = unit_rms(np.tanh(rng.uniform(0.9, 2.2) * blast))
    speed = at_samples(source.curve, count)
    teeth = np.sin(phase(rng.uniform(5, 8) * idle_hz * (top_hz / idle_hz) ** speed))
    chain = unit_rms(bandpass(noise(rng, count), 2200, rng.uniform(6000, 10000)) * (1 + 0.7 * teeth))
    tear = unit_rms(bandpass(noise(rng, count), 500, 2600) * (0.6 + 0.4 * wander(rng, count, 30)) * (1 + 0.8 * teeth))
    engine = lowpass(rasp, 6000) + 0.8 * speed * bandpass(rasp, 1500, 9000)
    made = engine + speed * (rng.uniform(0.15, 0.3) * chain + rng.uniform(0.1, 0.35) * speed * tear)
    return sustained(continuous(rng, made, 0.1, 0.6), source.curve, 0.045, LOUD_RMS)


def look(rng: np.random.Generator) -> Look:
    """A chainsaw in a log; it shakes, and chips fly."""
    body, bar, log = tint(rng, 0.9, 0.42, 0.08, 0.15), tint(rng, 0.7, 0.7, 0.72), tint(rng, 0.5, 0.34, 0.2)
    lag, spread = rng.uniform(0, 1, 24), rng.uniform(-0.25, 0.25, 24)

    def still(c: Canvas) -> None:
        c.capsule(-0.75, 0.3, 0.1, 0.3, 0.18, log)
        c.disc(0.1, 0.3, 0.18, log * 1.4)
        c.ring(0.1, 0.3, 0.1, 0.1, 0.012, log * 0.8)

    def moving(c: Canvas, m: Moment) -> None:
        shake = (0.008 + 0.02 * m.level) * math.sin(61 * m.elapsed)
        dive = 0.08 * m.level + 0.05 * math.sin(1.3 * m.elapsed)
        y = -0.08 + dive + shake
        c.capsule(0.3, y, -0.5, y + 0.1, 0.055, bar)
        run = (np.arange(12) / 12 + m.turns(0.8, 5.0)) % 1
        at_x, at_y = 0.25 - 0.75 * run, y + 0.1 * run
        c.capsules(at_x, at_y - 0.06, at_x - 0.02, at_y - 0.07, 0.014, (0.12, 0.12, 0.13))
        c.capsules(at_x, at_y + 0.06, at_x + 0.02, at_y + 0.07, 0.014, (0.12, 0.12, 0.13))
        c.box(0.48, y - 0.02, 0.22, 0.14, body)
        c.ring(0.36, y - 0.16, 0.12, 0.12, 0.035, (0.1, 0.1, 0.1))
        c.ring(0.74, y, 0.1, 0.09, 0.035, body * 0.6)
        fly = (lag + m.turns(0.6, 3.0)) % 1
        chip_x, chip_y = 0.1 + (0.5 + spread) * fly, 0.12 + spread * fly + 0.5 * fly**2
        c.capsules(chip_x, chip_y, chip_x + 0.015, chip_y, 0.014, (0.95, 0.8, 0.5), m.level * (1 - 0.6 * fly))
        puff = (lag[:5] + m.turns(0.5, 1.4)) % 1
        c.capsules(
            0.6 + 0.2 * puff,
            y - 0.2 - 0.3 * puff,
            0.6 + 0.2 * puff,
            y - 0.2 - 0.3 * puff,
            0.04 + 0.06 * puff,
            (0.6, 0.62, 0.66),
            0.4 * (1 - puff),
        )

    return Look(still, moving)


KIND = Kind(
    category="TOOLPowr",
    family="machine",
    sound=sound,
    look=look,
    wording=Wording(
        nouns=(
            "a chainsaw",
            "cutting wood with a chainsaw",
            "a tree being felled",
            "a saw",
            "sawing a log",
            "a hand saw",
        ),
        clauses=("a chainsaw cuts through a log", "someone saws wood"),
        gentle=("a chainsaw idling",),
        strong=("a chainsaw at full throttle",),
        foreign={
            "de": ("Kettensäge", "Motorsäge", "Säge", "Sägen", "Holz sägen"),
            "fr": ("tronçonneuse", "scie", "scier du bois", "scie à chaîne"),
            "es": ("motosierra", "sierra", "serrar madera", "aserrar"),
            "it": ("motosega", "sega", "segare il legno", "sega elettrica"),
            "ja": ("チェーンソー", "のこぎり", "木を切る", "電動のこぎり"),
            "zh": ("电锯", "链锯", "锯木", "锯子", "伐木"),
        },
    ),
)
