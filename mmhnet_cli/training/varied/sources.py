"""Raw sounds that nothing in particular makes: noises, tones, chimes, grains and voices, each (count,) of RMS 1."""

from collections.abc import Callable

import numpy as np
from scipy import signal as dsp

from mmhnet_cli.training.world.dsp import (
    SAMPLE_RATE_HZ,
    bandpass,
    harmonics,
    noise,
    phase,
    resonance,
    scatter,
    unit_rms,
    wander,
)

RawSound = Callable[[np.random.Generator, int], np.ndarray]
"""(rng, samples) to (samples,)."""


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """A number between two bounds, each octave as likely as the next."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def hissing(rng: np.random.Generator, count: int) -> np.ndarray:
    """Noise of a random slope between brown and blue, with up to three bands that swell by themselves."""
    spectrum = np.fft.rfft(noise(rng, count))
    hertz = np.maximum(np.fft.rfftfreq(count, 1 / SAMPLE_RATE_HZ), 20)
    total = unit_rms(np.fft.irfft(spectrum * hertz ** rng.uniform(-1.0, 0.4), count))
    for _ in range(int(rng.integers(4))):
        low = log_uniform(rng, 30, 9000)
        band = unit_rms(bandpass(noise(rng, count), low, min(low * log_uniform(rng, 1.1, 4), 21000)))
        total += rng.uniform(0.3, 2) * band * np.exp(1.5 * wander(rng, count, log_uniform(rng, 0.5, 20)))
    return unit_rms(total)


def gliding(rng: np.random.Generator, count: int) -> np.ndarray:
    """One to three harmonic tones that glide or hold, from a rumble to a whistle; some with the breath of noise."""
    total = np.zeros(count)
    for _ in range(int(rng.integers(1, 4))):
        reach = rng.choice([0.0, 0.02, 0.3, 1.2])
        pitch = log_uniform(rng, 16, 3000) * np.exp2(reach * wander(rng, count, log_uniform(rng, 0.5, 6)))
        vibrato = rng.choice([0.0, 0.02]) * np.sin(phase(np.full(count, rng.uniform(3, 8))))
        partials = int(np.clip(rng.integers(1, 40), 1, 20000 / pitch.max()))
        falling = np.arange(1, partials + 1) ** -rng.uniform(0, 2) * rng.uniform(0.2, 1, partials)
        tone = unit_rms(harmonics(phase(pitch * np.exp2(vibrato)) + rng.uniform(0, 6), falling))
        total += tone * np.exp(rng.choice([0.2, 1.0]) * wander(rng, count, log_uniform(rng, 1, 12)))
    return unit_rms(unit_rms(total) + rng.choice([0.0, 0.01, 0.1, 0.5]) * unit_rms(hissing(rng, count)))


def chiming(rng: np.random.Generator, count: int) -> np.ndarray:
    """Strikes and plucks: decaying partials, harmonic or not, and the knock that starts them."""
    out = np.zeros(count)
    stretch, base = rng.uniform(0.8, 1.6), log_uniform(rng, 40, 1500)
    for _ in range(int(rng.integers(1, 16))):
        start = int(rng.integers(count - 2000))
        time = np.arange(count - start) / SAMPLE_RATE_HZ
        pitch = base * np.exp2(rng.integers(0, 25) / 12)
        longest = log_uniform(rng, 0.05, 3)
        struck = np.zeros(len(time))
        for order in range(1, int(rng.integers(2, 14))):
            hertz = pitch * order**stretch
            if hertz < 18000:
                decay = np.exp(-6.9 * time / longest * order ** rng.uniform(0.2, 0.8))
                struck += rng.uniform(0.1, 1) / order * decay * np.sin(2 * np.pi * hertz * time + rng.uniform(0, 6))
        knock = noise(rng, len(time)) * np.exp(-6.9 * time / log_uniform(rng, 0.003, 0.08))
        out[start:] += rng.uniform(0.2, 1) * (struck + rng.uniform(0, 1) * knock)
    return unit_rms(out)


def granular(rng: np.random.Generator, count: int) -> np.ndarray:
    """Grains of ringing noise, from a few clicks to a dense crackle, in clouds."""
    length = int(log_uniform(rng, 60, 6000))
    shapes = 24
    time = np.arange(length) / SAMPLE_RATE_HZ
    centre = log_uniform(rng, 80, 9000)
    hertz = np.minimum(centre * np.exp2(rng.normal(0, 0.8, (shapes, 1))), 18000)
    tone = np.sin(2 * np.pi * hertz * time + rng.uniform(0, 6, (shapes, 1)))
    grains = (tone + rng.choice([0.1, 1.0, 3.0]) * rng.standard_normal((shapes, length))) * np.exp(-7 * time / time[-1])
    number = int(min(log_uniform(rng, 3, 4000), 4e6 / length))
    clouds = rng.uniform(0, count - length - 1, 6)
    times = np.abs(rng.choice(clouds, number) + rng.normal(0, rng.choice([0.05, 0.3, 3.0]) * SAMPLE_RATE_HZ, number))
    strengths = rng.exponential(1, (number, 1)) ** rng.uniform(0.5, 2)
    places = (times % (count - length - 1)).astype(np.int64)
    return unit_rms(scatter(count, places, grains[rng.integers(shapes, size=number)] * strengths))


def voiced(rng: np.random.Generator, count: int) -> np.ndarray:
    """What sounds like speech or an animal: pulses and breath through four formants that move, in syllables."""
    pitch = log_uniform(rng, 60, 700) * np.exp2(rng.uniform(0.1, 0.7) * wander(rng, count, rng.uniform(1, 5)))
    cycles = phase(pitch) / (2 * np.pi)
    pulses = np.diff(np.floor(cycles), prepend=0.0)
    glottis = dsp.lfilter([1.0], [1.0, -0.95], pulses) + rng.uniform(0.002, 0.2) * noise(rng, count)
    size = log_uniform(rng, 0.5, 2)
    blocks = []
    for block in np.array_split(glottis, max(1, int(count / SAMPLE_RATE_HZ * rng.uniform(3, 8)))):
        formants = size * np.array([450.0, 1400.0, 2600.0, 3700.0]) * np.exp2(rng.uniform(-0.7, 0.7, 4))
        blocks.append(sum(resonance(block, min(hertz, 15000), rng.uniform(0.02, 0.08)) for hertz in formants))
    syllables = np.maximum(wander(rng, count, rng.uniform(4, 14)) + rng.uniform(0, 0.8), 0)
    hiss = np.maximum(wander(rng, count, 8) - 0.5, 0) * bandpass(noise(rng, count), 3000, 12000)
    return unit_rms(unit_rms(np.concatenate(blocks) * syllables) + rng.uniform(0, 1) * hiss)


RAW_SOUNDS: tuple[RawSound, ...] = (hissing, gliding, chiming, granular, voiced)
"""All of them."""
