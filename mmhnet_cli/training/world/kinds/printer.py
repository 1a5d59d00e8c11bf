"""A printer."""

import math

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, tint
from mmhnet_cli.training.world.dsp import (
    SAMPLE_RATE_HZ,
    at_samples,
    bandpass,
    harmonics,
    impulses,
    noise,
    phase,
    pulse_times,
    sample_count,
    sustained,
    unit_rms,
)
from mmhnet_cli.training.world.grit import ringing
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import continuous


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A carriage that runs to and fro on a stepping motor, line after line, and paper fed on between.

    From an inkjet, which is motor and swish, to a matrix of needles that buzz through ribbon and paper.
    """
    count = sample_count(source)
    needles = rng.uniform(0, 1) ** 1.5
    passes = at_samples(rng.uniform(0.6, 1.0) * (1 + 1.2 * source.curve), count)
    line = np.cumsum(passes) / SAMPLE_RATE_HZ + rng.uniform(0, 0.5)
    part, number = line % 1, line.astype(np.int64)
    feed_from = rng.uniform(0.72, 0.85)
    # Speeds up, runs, slows down; then stands while the paper moves.
    run = np.clip(np.minimum(part / 0.08, (feed_from - part) / 0.08), 0, 1)
    pull = np.clip(np.minimum((part - feed_from) / 0.02, (1 - part) / 0.02), 0, 1)
    steps = phase(rng.uniform(380, 700) * (0.35 + 0.65 * run) * (passes / passes.mean()) ** 0.5)
    carriage = run * harmonics(steps, np.array([1, 0.2, 0.6, 0.1, 0.4, 0.1, 0.25, 0.05, 0.15]))
    feeder = pull * harmonics(
        phase(np.full(count, rng.uniform(120, 230))), np.array([1, 0.5, 0.7, 0.3, 0.4, 0.2, 0.25])
    )
    swish = (0.3 * run + pull) * bandpass(noise(rng, count), 1500, rng.uniform(5000, 8000))
    fired = pulse_times(rng.uniform(700, 1300) * np.ones(len(source.curve)), count)
    cell = (number[fired] * 997 + (part[fired] * rng.uniform(14, 30)).astype(np.int64) * 31) % 64
    written = (rng.random(64) < 0.7) * rng.uniform(0.4, 1, 64)
    pins = impulses(count, fired, written[cell] * (run[fired] > 0.9) * rng.normal(1, 0.2, len(fired)))
    zip_hz = rng.uniform(0.8, 1.25)
    buzz = ringing(pins, [(900 * zip_hz, 0.008, 0.6), (1900 * zip_hz, 0.006, 1.0), (3700 * zip_hz, 0.004, 0.9)])
    turns = np.flatnonzero(np.diff(number, prepend=number[0]))
    ends = np.concatenate([turns, np.flatnonzero((part[1:] >= feed_from) & (part[:-1] < feed_from))])
    clunk = ringing(
        impulses(count, ends, rng.uniform(0.5, 1, len(ends))), [(160, 0.06, 1), (540, 0.03, 0.8), (1300, 0.015, 0.5)]
    )
    peak = max(float(np.abs(clunk).max()), 1e-9)
    made = 0.6 * unit_rms(carriage) + 0.5 * unit_rms(feeder) + (0.5 - 0.3 * needles) * unit_rms(swish)
    made += 1.6 * needles * unit_rms(buzz) + 3.0 * clunk / peak + 0.06 * unit_rms(bandpass(noise(rng, count), 150, 900))
    return sustained(continuous(rng, made, 0.12, 0.5), source.curve, 0.035, 0.09)


def look(rng: np.random.Generator) -> Look:
    """A printer: the head runs to and fro, and the printed sheet comes out."""
    case, ink = tint(rng, 0.62, 0.62, 0.6, 0.25), tint(rng, 0.15, 0.2, 0.5, 0.3)
    widths = rng.uniform(0.1, 0.27, 16)

    def still(c: Canvas) -> None:
        c.box(0, -0.02, 0.55, 0.2, case)
        c.box(0, -0.14, 0.5, 0.06, case * 0.5)
        c.box(0.4, 0.08, 0.08, 0.03, (0.2, 0.8, 0.4))

    def moving(c: Canvas, m: Moment) -> None:
        line = m.turns(0.6, 2.0)
        out = line % 8
        c.convex([(-0.3, 0.15), (0.3, 0.15), (0.33, 0.2 + 0.05 * out), (-0.33, 0.2 + 0.05 * out)], (0.96, 0.96, 0.94))
        rows = np.arange(int(out))
        y = 0.17 + 0.05 * (out - rows - 0.5)
        c.capsules(np.full(len(rows), -0.27), y, -0.27 + 2 * widths[: len(rows)], y, 0.009, ink)
        x = 0.4 * math.cos(math.pi * line)
        c.capsule(-0.46, -0.14, 0.46, -0.14, 0.012, (0.8, 0.8, 0.82))
        c.box(x, -0.14, 0.09, 0.07, ink * 1.3)
        c.box(0, -0.36, 0.3, 0.16, (0.96, 0.96, 0.94))

    return Look(still, moving)


KIND = Kind(
    category="MACHOffi",
    family="machine",
    sound=sound,
    look=look,
    wording=Wording(
        nouns=(
            "a printer",
            "an office printer",
            "a laser printer",
            "a photocopier",
            "a dot matrix printer",
            "a scanner",
            "a fax machine",
        ),
        clauses=("a printer prints", "a photocopier scans a page"),
        gentle=("a quiet laser printer",),
        strong=("a loud dot matrix printer",),
        foreign={
            "de": ("Drucker", "Laserdrucker", "Kopierer", "Fotokopierer", "Scanner"),
            "fr": ("imprimante", "photocopieuse", "scanner de bureau", "imprimante laser"),
            "es": ("impresora", "fotocopiadora", "escáner", "impresora láser"),
            "it": ("stampante", "fotocopiatrice", "stampante laser"),
            "ja": ("プリンター", "印刷機", "コピー機", "印刷"),
            "zh": ("打印机", "复印机", "打印", "激光打印机"),
        },
    ),
)
