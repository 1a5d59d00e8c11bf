"""Sounds without a beat: rain, wind, fire, waves, stream, crowd. Intensity follows the curve of the source.

Each function: (source, rng) to samples (sample_count(source),).
"""

import numpy as np

from mmhnet_cli.training.scenes.dsp import (
    SAMPLE_RATE_HZ,
    at_samples,
    bandpass,
    impulses,
    lowpass,
    noise,
    phase,
    pulse_times,
    random_times,
    resonance,
    sample_count,
    samples_of,
    scatter,
    sustained,
    unit_rms,
    wander,
)
from mmhnet_cli.training.scenes.script import Source

QUIET_RMS, LOUD_RMS = 0.03, 0.12


def rain(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Drops on a surface: thousands of tiny impacts through its resonances, over the hiss of those further away."""
    count = sample_count(source)
    times = random_times(rng, at_samples(150 + 1000 * source.curve, count))
    drops = impulses(count, times, rng.lognormal(0, 0.9, len(times)).clip(max=7) * rng.choice([-1, 1], len(times)))
    surface = rng.uniform(1200, 2400)
    near = bandpass(drops, surface, 3.5 * surface)
    far = bandpass(noise(rng, count), 1800, 13000)
    return sustained(unit_rms(near) + rng.uniform(0.6, 1.1) * unit_rms(far), source.curve, QUIET_RMS, LOUD_RMS)


def wind(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Gusts: noise whose narrow band climbs as the wind rises."""
    count = sample_count(source)
    base = rng.uniform(110, 170)
    centres = base * 1.65 ** np.arange(5)
    hiss = noise(rng, count)
    gust = at_samples(0.3 + 3.0 * source.curve, count) + 0.6 * wander(rng, count, 2.5)
    howl = np.zeros(count)
    for k, centre in enumerate(centres):
        # Each band fades in around its place on the climb: a moving filter without a filter that moves.
        weight = np.maximum(0, 1 - np.abs(gust - k) / 1.2)
        howl += weight * unit_rms(bandpass(hiss, 0.8 * centre, 1.25 * centre))
    rumble = unit_rms(lowpass(hiss, 140))
    return sustained(howl + 0.5 * rumble, source.curve, QUIET_RMS, LOUD_RMS)


def fire(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A fire: sharp crackles of very different size over a fluttering low roar."""
    count = sample_count(source)
    times = random_times(rng, at_samples(7 + 28 * source.curve, count))
    sizes = (1 + rng.pareto(2.2, len(times))).clip(max=5) * rng.choice([-1, 1], len(times))
    woods = rng.uniform(0.8, 1.25) * np.array([1100.0, 2300.0, 4200.0])
    which = rng.integers(0, len(woods), len(times))
    crackle = np.sum(
        [resonance(impulses(count, times[which == k], sizes[which == k]), hz, 0.008) for k, hz in enumerate(woods)],
        axis=0,
    )
    flutter = 1 + 0.6 * wander(rng, count, rng.uniform(8, 14))
    roar = unit_rms(lowpass(noise(rng, count), rng.uniform(110, 190)) * flutter)
    return sustained(unit_rms(crackle) + rng.uniform(0.8, 1.2) * roar, source.curve, QUIET_RMS, 0.6 * LOUD_RMS)


def waves(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Surf: each swell brings a rumble, a broad wash, and a hiss of foam that stays a little longer."""
    count = sample_count(source)
    swell = np.convolve(np.pad(source.curve, (12, 12), "edge"), np.ones(25) / 25, "valid")
    lagged = np.concatenate([np.full(15, swell[0]), swell])[: len(swell)]
    water = noise(rng, count)
    rumble = unit_rms(lowpass(water, rng.uniform(180, 280)))
    wash = unit_rms(bandpass(water, 250, rng.uniform(1200, 2000)))
    foam = unit_rms(bandpass(noise(rng, count), 2000, rng.uniform(5500, 8000)))
    surf = 0.6 * rumble + at_samples(0.15 + 1.3 * swell, count) * wash + at_samples(0.05 + 0.9 * lagged, count) * foam
    # A sea whose curve stands still breathes all the same.
    breath = 0.35 * np.sin(phase(np.full(count, 1 / rng.uniform(3.0, 5.0))) + rng.uniform(0, 2 * np.pi))
    return sustained(surf * (1 + breath), np.maximum(source.curve, 0.85 * lagged), QUIET_RMS, LOUD_RMS)


def stream(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Running water: many bubbles, each a short sine that rises as it closes, over a thin noise."""
    count = sample_count(source)
    times = random_times(rng, at_samples(35 + 75 * source.curve, count))
    time = np.arange(samples_of(0.04), dtype=np.float32) / SAMPLE_RATE_HZ
    pitch = (rng.uniform(500, 750) * 2 ** rng.uniform(0, 1.6, (len(times), 1))).astype(np.float32)
    # Minnaert: a large bubble is low and rings long.
    fall = (np.float32(0.05) * pitch) * rng.uniform(1.5, 4, (len(times), 1)).astype(np.float32)
    size = rng.lognormal(0, 0.6, (len(times), 1)).astype(np.float32)
    rise = rng.uniform(2, 9, (len(times), 1)).astype(np.float32)
    angle = np.float32(2 * np.pi) * pitch * time * (1 + rise * time)
    fade = np.minimum(1, (time[-1] - time) * 200)
    bubbles = scatter(count, times, size * np.exp(-fall * time) * np.sin(angle) * fade)
    flow = unit_rms(bandpass(noise(rng, count), 600, rng.uniform(2500, 4000)))
    return sustained(unit_rms(bubbles) + rng.uniform(0.15, 0.35) * flow, source.curve, QUIET_RMS, 0.8 * LOUD_RMS)


VOWELS_HZ = np.array([[730, 1090, 2440], [270, 2290, 3010], [300, 870, 2240], [530, 1840, 2480], [570, 840, 2410]])
"""First three formants of a, i, u, e, o (Peterson and Barney's averages for men)."""


def crowd(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Many people talking: pulses of a dozen voices, each babbling its own row of vowels."""
    count = sample_count(source)
    voices = int(rng.integers(9, 16))
    seconds = count / SAMPLE_RATE_HZ
    times, sizes, vowels = [], [], []
    for _ in range(voices):
        octaves = np.convolve(rng.uniform(-0.2, 0.2, len(source.curve) + 8), np.ones(9) / 9, "valid")
        pulses = pulse_times(rng.choice([110, 125, 200, 220]) * rng.uniform(0.88, 1.12) * 2**octaves, count)
        syllables_hz = rng.uniform(3.5, 6)
        syllable = pulses / SAMPLE_RATE_HZ * syllables_hz + rng.uniform()
        total = int(seconds * syllables_hz) + 3
        spoken = (rng.random(total) < 0.75) * rng.uniform(0.5, 1, total)
        number = syllable.astype(np.int64)
        times.append(pulses)
        sizes.append(rng.lognormal(0, 0.35) * spoken[number] * np.sin(np.pi * (syllable - number)) ** 1.5)
        vowels.append(rng.integers(0, len(VOWELS_HZ), total)[number])
    at, size, vowel = np.concatenate(times), np.concatenate(sizes), np.concatenate(vowels)
    tract = rng.uniform(0.95, 1.15)
    babble = np.zeros(count)
    for k, formants in enumerate(VOWELS_HZ * tract):
        # Lips radiate the change of the flow, not the flow.
        glottis = np.diff(lowpass(impulses(count, at[vowel == k], size[vowel == k]), 700), prepend=0.0)
        for formant, gain, t60 in zip(formants, (1, 0.6, 0.3), (0.025, 0.02, 0.014), strict=True):
            babble += gain * resonance(glottis, formant, t60)
    breath = unit_rms(bandpass(noise(rng, count), 300, 3000))
    return sustained(unit_rms(babble) + 0.12 * breath, source.curve, QUIET_RMS, LOUD_RMS)
