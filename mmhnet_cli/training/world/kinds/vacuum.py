"""A vacuum cleaner."""

import math

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import TURN, Look, Moment, tint
from mmhnet_cli.training.world.dsp import (
    at_samples,
    bandpass,
    harmonics,
    impulses,
    noise,
    phase,
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
    """A universal motor at 20000 turns a minute, the whistle of its impeller, air through nozzle and hose.

    Where the nozzle seals on the carpet less air flows and the motor, unloaded, climbs; dirt rattles up the hose.
    """
    count = sample_count(source)
    power = at_samples(source.curve, count)
    stroke = np.sin(phase(rng.uniform(0.5, 1.1) * (0.7 + 0.6 * power)) + rng.uniform(0, 6.28))
    sealed = np.clip(0.5 + 0.5 * stroke + 0.25 * wander(rng, count, 4), 0, 1)
    turn = phase(rng.uniform(260, 420) * (0.72 + 0.33 * power) * (1 + 0.03 * sealed + 0.004 * wander(rng, count, 9)))
    motor = unit_rms(harmonics(turn, np.array([1.0, 0.6, 0.3, 0.35, 0.2, 0.12, 0.1]) * rng.uniform(0.5, 1.3, 7)))
    vanes = float(rng.choice([7, 9, 11]))
    whistle = np.sin(vanes * turn) + 0.35 * np.sin(2 * vanes * turn)
    air = noise(rng, count)
    open_hose = unit_rms(bandpass(air, 350, rng.uniform(4000, 7500)))
    tight = unit_rms(bandpass(air, 900, rng.uniform(2400, 3600)))
    pipe = rng.uniform(130, 220)
    hose = unit_rms(ringing(air, [(pipe * k, 0.035, 1 / k**0.5) for k in (1, 3, 5, 7)]))
    dirt = random_times(rng, rng.uniform(0.5, 6) * (0.3 + power))
    rattle = ringing(
        impulses(count, dirt, rng.pareto(2, len(dirt)).clip(max=5) + 0.3),
        [(1400 * rng.uniform(0.8, 1.3), 0.012, 1.0), (3100 * rng.uniform(0.8, 1.3), 0.008, 1.0)],
    )
    flow = (1 - 0.45 * sealed) * open_hose + 0.6 * sealed * tight + 0.5 * hose
    made = flow + rng.uniform(0.4, 0.9) * motor + rng.uniform(0.05, 0.3) * (0.5 + power) * whistle + 0.5 * rattle
    return sustained(continuous(rng, made, 0.15, 0.6), source.curve, 0.04, 0.11)


def look(rng: np.random.Generator) -> Look:
    """A nozzle pushed to and fro on a carpet, dust that runs into it, a canister behind."""
    case, carpet = tint(rng, 0.25, 0.4, 0.7, 0.3), tint(rng, 0.5, 0.22, 0.2, 0.2)
    x, y, lag = rng.uniform(0.25, 0.9, 30), rng.uniform(0.42, 0.56, 30), rng.uniform(0, 1, 30)

    def still(c: Canvas) -> None:
        c.box(0, 0.5, 1.0, 0.1, carpet)
        for row in (0.44, 0.5, 0.56):
            c.capsule(-1.0, row, 1.0, row, 0.005, carpet * 0.7)

    def moving(c: Canvas, m: Moment) -> None:
        nozzle = 0.1 + 0.22 * math.sin(TURN * m.turns(0.25, 0.85))
        shake = (0.004 + 0.008 * m.level) * math.sin(53 * m.elapsed)
        run = (lag + m.turns(0.5, 2.2)) % 1
        dust_x, dust_y = x + (nozzle + 0.1 - x) * run, y + (0.42 - y) * run
        c.capsules(
            dust_x, dust_y, dust_x + 0.02, dust_y, 0.012, (0.9, 0.87, 0.8), (1 - 0.5 * run) * (0.4 + 0.6 * m.level)
        )
        c.ellipse(-0.65, 0.28 + shake, 0.24, 0.18, case)
        c.disc(-0.65, 0.4, 0.08, (0.08, 0.08, 0.09))
        c.disc(-0.55, 0.24 + shake, 0.035, (1.0, 0.3 + 0.5 * m.level, 0.2))
        bend = np.linspace(0, 1, 9)
        hose_x, hose_y = -0.5 + (nozzle + 0.05) * bend, 0.2 - 0.5 * np.sin(np.pi * bend * 0.75) + 0.1 * bend
        c.capsules(hose_x[:-1], hose_y[:-1], hose_x[1:], hose_y[1:], 0.035, (0.3, 0.3, 0.32))
        c.capsule(hose_x[-1], hose_y[-1], nozzle, 0.4, 0.022, (0.75, 0.75, 0.78))
        c.box(nozzle + 0.03, 0.42, 0.15, 0.035, case * 0.6)

    return Look(still, moving)


KIND = Kind(
    category="MACHAppl",
    family="machine",
    sound=sound,
    look=look,
    wording=Wording(
        nouns=(
            "a vacuum cleaner",
            "vacuuming the carpet",
            "a hoover",
            "a blender",
            "a food mixer",
            "a coffee grinder",
            "a kitchen appliance",
        ),
        clauses=("someone vacuums the carpet", "a vacuum cleaner whines"),
        gentle=("a vacuum cleaner in the next room",),
        strong=("a roaring vacuum cleaner",),
        foreign={
            "de": ("Staubsauger", "Staubsaugen", "Mixer", "Küchenmaschine"),
            "fr": ("aspirateur", "passer l'aspirateur", "mixeur", "robot de cuisine"),
            "es": ("aspiradora", "aspirar la alfombra", "batidora", "licuadora"),
            "it": ("aspirapolvere", "passare l'aspirapolvere", "frullatore"),
            "ja": ("掃除機", "掃除機をかける", "ミキサー"),
            "zh": ("吸尘器", "吸尘", "搅拌机", "榨汁机"),
        },
    ),
)
