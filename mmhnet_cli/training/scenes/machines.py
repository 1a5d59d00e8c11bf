"""Machines: engine, fan, siren, rotor, drill follow the curve with their speed; alarm, bell, clock strike at events.

Each function: (source, rng) to samples (sample_count(source),).
"""

import numpy as np

from mmhnet_cli.training.scenes.dsp import (
    Body,
    at_samples,
    bandpass,
    burst,
    impulses,
    lowpass,
    noise,
    phase,
    play_events,
    pulse_times,
    resonance,
    sample_count,
    samples_of,
    sustained,
    unit_rms,
    wander,
)
from mmhnet_cli.training.scenes.impacts import mix
from mmhnet_cli.training.scenes.script import Source


def harmonics(angle: np.ndarray, amplitudes: np.ndarray) -> np.ndarray:
    """Sum of sin(k * angle) * amplitudes[k - 1], (N,); each harmonic by the recurrence of Chebyshev, not a new sine."""
    before, now, twice_cos = np.zeros_like(angle), np.sin(angle), 2 * np.cos(angle)
    out = np.zeros_like(angle)
    for amplitude in amplitudes:
        out += amplitude * now
        before, now = now, twice_cos * now - before
    return out


def engine(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A four-stroke engine: one pulse per ignition, cylinders of unequal strength, through the exhaust's resonances."""
    count = sample_count(source)
    cylinders = int(rng.choice([2, 4, 6]))
    idle, top = rng.uniform(14, 20) * np.array([1.0, rng.uniform(4.0, 6.0)])
    # 18 to 38 ignitions per second when idling: 4 cylinders at 30 per second turn 900 times a minute.
    ignitions = pulse_times(idle * (1 + 0.15 * cylinders) * (top / idle) ** source.curve, count)
    order = rng.uniform(0.6, 1.0, cylinders)[np.arange(len(ignitions)) % cylinders]
    pulses = impulses(count, ignitions, order * rng.normal(1, 0.08, len(ignitions)))
    exhaust = rng.uniform(0.8, 1.25) * np.array([75.0, 170.0, 340.0, 720.0])
    tone = np.zeros(count)
    for hz, gain in zip(exhaust, (0.8, 0.9, 0.7, 0.5), strict=True):
        tone += gain * unit_rms(resonance(pulses, hz, 0.04))
    rush = unit_rms(bandpass(noise(rng, count), 400, rng.uniform(1500, 2500)) * lowpass(pulses, 150))
    valves = unit_rms(resonance(pulses, rng.uniform(2300, 3800), 0.006))
    return sustained(tone + 0.5 * rush + 0.22 * valves, source.curve, 0.04, 0.12)


def fan(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A ventilator: steady rush of air, gently beaten by the blades, over the hum of the motor."""
    count = sample_count(source)
    blades_hz = at_samples(rng.uniform(35, 55) * (1 + 1.8 * source.curve), count)
    angle = phase(blades_hz)
    hum = harmonics(2 * angle, np.array([1.0, 0.5, 0.6, 0.25, 0.15]))
    air = unit_rms(lowpass(bandpass(noise(rng, count), 150, rng.uniform(1500, 2600)), 4000))
    beaten = air * (1 + rng.uniform(0.15, 0.35) * np.sin(angle))
    return sustained(beaten + rng.uniform(0.6, 0.9) * unit_rms(hum), source.curve, 0.03, 0.09)


def siren(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A siren: one loud tone with harmonics that never stands still; the curve sets its height."""
    count = sample_count(source)
    sweep = 0.12 * np.sin(phase(np.full(count, rng.uniform(0.5, 2.5))) + rng.uniform(0, 2 * np.pi))
    pitch = rng.uniform(480, 680) * 2 ** (at_samples(1.2 * source.curve, count) + sweep)
    horn = harmonics(phase(pitch), np.array([1.0, 0.7, 0.45, 0.4, 0.2, 0.15]) * rng.uniform(0.6, 1.2, 6))
    return sustained(horn, source.curve, 0.06, 0.11)


def rotor(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A helicopter: every blade that passes slaps the air, a deep beat that can be counted."""
    count = sample_count(source)
    slaps = pulse_times(rng.uniform(8, 11) * (1 + 0.9 * source.curve), count)
    pulses = impulses(count, slaps, rng.normal(1, 0.06, len(slaps)))
    body = resonance(pulses, rng.uniform(55, 85), 0.09) + 0.6 * resonance(pulses, rng.uniform(130, 190), 0.06)
    chop = resonance(pulses, 9.0, 0.12).clip(min=0)
    wash = unit_rms(bandpass(noise(rng, count), 180, rng.uniform(900, 1600)) * chop)
    turbine = np.sin(phase(at_samples(rng.uniform(2200, 3200) * (1 + 0.08 * source.curve), count)))
    return sustained(unit_rms(body) + 0.7 * wash + 0.04 * turbine, source.curve, 0.05, 0.12)


def drill(source: Source, rng: np.random.Generator) -> np.ndarray:
    """An electric drill: the whine of its gears, rich in harmonics, grinding at high frequencies."""
    count = sample_count(source)
    turns = at_samples(rng.uniform(190, 270) * (1 + 1.5 * source.curve), count) * (1 + 0.02 * wander(rng, count, 20))
    angle = phase(turns)
    whine = harmonics(angle, (1 / np.arange(1, 17) ** 0.6) * rng.uniform(0.5, 1.2, 16))
    grind = bandpass(noise(rng, count), 3000, 9000) * (1 + 0.8 * np.sin(angle))
    return sustained(unit_rms(whine) + rng.uniform(0.3, 0.5) * unit_rms(grind), source.curve, 0.04, 0.1)


def alarm(source: Source, rng: np.random.Generator) -> np.ndarray:
    """An electronic alarm: a beep per event, of odd harmonics, at one pitch or two in turn."""
    length = samples_of(rng.uniform(0.08, 0.22))
    pitch = rng.uniform(950, 1900)
    pitches = (pitch, pitch * rng.choice([1.0, 1.0, 1.26]))
    timbre = np.array([1.0, 0.0, rng.uniform(0.3, 0.5), 0.0, rng.uniform(0.15, 0.3)])
    ramp = np.minimum(np.arange(length), np.arange(length)[::-1]) / samples_of(0.003)
    envelope = np.minimum(1.0, ramp)
    beeps = [envelope * harmonics(phase(np.full(length, hz)), timbre) for hz in pitches]
    return play_events(source, 0.25, lambda index, strength: beeps[index % 2])


def bell(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A cast bell: hum, prime, minor third, fifth and nominal, slightly doubled so that they beat."""
    ratios = np.array([0.5, 1, 1.183, 1.506, 2, 2.514, 3.011, 4.166])
    partials = rng.uniform(330, 620) * np.concatenate([ratios, ratios[:5] * rng.uniform(1.002, 1.005, 5)])
    lives = np.array([1, 0.9, 0.75, 0.6, 0.6, 0.4, 0.35, 0.25])
    levels = np.array([0.6, 0.8, 0.7, 0.4, 1, 0.5, 0.4, 0.3])
    cast = Body(
        partials,
        rng.uniform(1.2, 2.0) * np.concatenate([lives, lives[:5]]),
        np.concatenate([levels, 0.6 * levels[:5]]),
        0.0002,
    ).ringer()
    return play_events(source, 0.4, lambda index, strength: cast(rng, strength))


def clock(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A clock: tick and tock, each the escapement's few small blows on a hard case."""
    case = rng.uniform(1250, 1750) * np.array([1, 1.62, 2.4, 4.1])
    t60, levels = np.array([0.05, 0.04, 0.03, 0.02]), np.array([1, 0.6, 0.5, 0.5])
    sides = [Body(tuning * case, t60, levels, 0.00002).ringer() for tuning in (1.0, rng.uniform(0.8, 0.9))]
    drop = rng.uniform(0.008, 0.016)

    def tick(index: int, strength: float) -> np.ndarray:
        blow = sides[index % 2](rng, strength)
        return mix((0, 0.9, blow), (drop, 0.45, blow), (0, 0.35, burst(rng, 5000, 12000, 0.008)))

    return play_events(source, 0.3, tick)
