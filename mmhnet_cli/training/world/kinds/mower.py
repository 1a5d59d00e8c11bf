"""A lawn mower."""

import math

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import TURN, Look, Moment, tint
from mmhnet_cli.training.world.dsp import (
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
from mmhnet_cli.training.world.surroundings import continuous


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A one-cylinder four-stroke held at one speed by its governor, two blades that beat the air below a steel deck.

    Two blades on the crankshaft of an engine that fires every other turn pass four times per ignition. The curve is how
    much grass there is: it swishes in the deck, and the governor opens the throttle.
    """
    count = sample_count(source)
    fires_hz = rng.uniform(18, 27)
    ignitions = pulse_times(fires_hz * (0.86 + 0.18 * source.curve), count)
    pulses = impulses(count, ignitions, rng.normal(1, 0.12, len(ignitions)).clip(0.2))
    pipe = rng.uniform(0.75, 1.3)
    tones = [(82.0, 0.05, 0.9), (175.0, 0.035, 1.0), (360.0, 0.02, 0.9), (760.0, 0.012, 0.7), (1700.0, 0.006, 0.45)]
    engine = unit_rms(ringing(pulses, [(hz * pipe, t60, gain) for hz, t60, gain in tones]))
    load = at_samples(source.curve, count)
    passing = phase(4 * fires_hz * (0.86 + 0.18 * load))
    air = noise(rng, count)
    beat = 1 + 0.7 * np.sin(passing) + 0.3 * np.sin(2 * passing)
    blades = unit_rms(bandpass(air, 180, rng.uniform(1000, 1800)) * beat)
    drone = np.sin(passing) + 0.5 * np.sin(2 * passing + 1) + 0.25 * np.sin(3 * passing)
    deck_hz = rng.uniform(280, 520)
    cuts = random_times(rng, 20 + 180 * load * (1 + 0.8 * wander(rng, count, 2)))
    clumps = lowpass(impulses(count, cuts, rng.lognormal(0, 0.7, len(cuts))), 60)
    grass = unit_rms(bandpass(noise(rng, count), 1300, rng.uniform(5000, 8000)) * clumps)
    deck = unit_rms(ringing(pulses + 0.1 * clumps * air, [(deck_hz, 0.05, 1.0), (1.7 * deck_hz, 0.04, 0.7)]))
    made = engine + rng.uniform(0.35, 0.7) * blades + rng.uniform(0.15, 0.4) * unit_rms(drone) + 0.3 * deck
    return sustained(continuous(rng, made + 0.7 * load * grass, 0.08, 0.4), source.curve, 0.045, 0.11)


def look(rng: np.random.Generator) -> Look:
    """A mower that goes to and fro on a lawn and throws clippings."""
    deck, lawn, blade = tint(rng, 0.75, 0.15, 0.12, 0.3), tint(rng, 0.3, 0.52, 0.2), tint(rng, 0.5, 0.75, 0.3)
    root, lag = rng.uniform(-0.95, 0.95, 60), rng.uniform(0, 1, 26)

    def still(c: Canvas) -> None:
        c.box(0, 0.5, 1.0, 0.1, lawn)
        c.capsules(root, np.full(60, 0.44), root + 0.02, np.full(60, 0.38), 0.01, blade)

    def moving(c: Canvas, m: Moment) -> None:
        x = 0.4 * math.sin(TURN * m.turns(0.06, 0.22))
        shake = (0.006 + 0.012 * m.level) * math.sin(47 * m.elapsed)
        fly = (lag + m.turns(0.6, 2.4)) % 1
        at_x, at_y = x - 0.3 - 0.6 * fly, 0.3 - 0.5 * fly * (0.3 + lag) + 0.55 * fly**2
        c.capsules(at_x, at_y, at_x - 0.03, at_y - 0.01, 0.013, blade, (0.25 + 0.75 * m.level) * (1 - fly))
        c.capsule(x + 0.25, 0.2 + shake, x + 0.62, -0.28, 0.018, (0.2, 0.2, 0.22))
        c.capsule(x + 0.56, -0.28, x + 0.68, -0.28, 0.026, (0.1, 0.1, 0.1))
        c.convex([(x - 0.26, 0.2 + shake), (x + 0.26, 0.2 + shake), (x + 0.34, 0.36), (x - 0.34, 0.36)], deck)
        c.box(x, 0.12 + shake, 0.14, 0.1, (0.22, 0.22, 0.25))
        c.ellipse(x, 0.02 + shake, 0.1, 0.03, (0.6, 0.6, 0.62))
        turn = TURN * m.turns(1.3, 3.4)
        for wheel in (-0.26, 0.26):
            c.disc(x + wheel, 0.38, 0.08, (0.07, 0.07, 0.07))
            dx, dy = 0.05 * math.cos(turn), 0.05 * math.sin(turn)
            c.capsule(x + wheel - dx, 0.38 - dy, x + wheel + dx, 0.38 + dy, 0.014, (0.7, 0.7, 0.7))

    return Look(still, moving)


KIND = Kind(
    category="TOOLPowr",
    family="machine",
    sound=sound,
    look=look,
    wording=Wording(
        nouns=("a lawn mower", "mowing the lawn", "a petrol mower", "a strimmer", "a hedge trimmer", "a leaf blower"),
        clauses=("someone mows the lawn", "a lawn mower drones"),
        gentle=("a mower some gardens away",),
        strong=("a petrol mower right here",),
        foreign={
            "de": ("Rasenmäher", "Rasen mähen", "Laubbläser", "Heckenschere"),
            "fr": ("tondeuse", "tondre la pelouse", "tondeuse à gazon", "débroussailleuse"),
            "es": ("cortacésped", "cortar el césped", "podadora", "sopladora"),
            "it": ("tosaerba", "tagliaerba", "tagliare l'erba", "decespugliatore"),
            "ja": ("芝刈り機", "草刈り機", "草刈り", "芝刈り"),
            "zh": ("割草机", "割草", "剪草机", "除草机"),
        },
    ),
)
