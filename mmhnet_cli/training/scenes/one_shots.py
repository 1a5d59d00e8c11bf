"""Single large events: thunder, explosion, splash, whoosh, slam.

Each function: (source, rng) to samples (sample_count(source),).
"""

import numpy as np

from mmhnet_cli.training.scenes.dsp import (
    SAMPLE_RATE_HZ,
    Body,
    bandpass,
    burst,
    decay,
    lowpass,
    noise,
    phase,
    play_events,
    samples_of,
    scatter,
    unit_peak,
    unit_rms,
    wander,
)
from mmhnet_cli.training.scenes.impacts import mix
from mmhnet_cli.training.scenes.script import Source


def thunder(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A strike close by: a tearing crack, then a rumble that rolls for seconds."""
    roll_s = rng.uniform(2.2, 3.4)
    depth = rng.uniform(90, 160)

    def strike(index: int, strength: float) -> np.ndarray:
        envelope = decay(roll_s)
        time = np.arange(len(envelope)) / SAMPLE_RATE_HZ
        # Echoes of the channel's parts arrive unevenly: the rumble swells and sinks.
        swell = np.clip(0.55 + 0.6 * wander(rng, len(envelope), 4.0), 0.05, None) * (1 - np.exp(-time / 0.12))
        rumble = unit_peak(lowpass(noise(rng, len(envelope)), depth) * swell * envelope)
        tear = burst(rng, 700, 7000, 0.5)
        torn = tear * (0.25 + np.abs(wander(rng, len(tear), 60)))
        return mix((0, 0.9, rumble), (0, 0.9, torn), (0, 1, burst(rng, 900, 9000, 0.08)))

    return play_events(source, 0.65, strike)


def explosion(source: Source, rng: np.random.Generator) -> np.ndarray:
    """An explosion: a deep falling boom and a body of noise that darkens as the fireball cools."""
    boom_hz = rng.uniform(45, 75)
    life = rng.uniform(0.9, 1.5)

    def blast(index: int, strength: float) -> np.ndarray:
        envelope = decay(life)
        time = np.arange(len(envelope)) / SAMPLE_RATE_HZ
        boom = envelope * np.sin(phase(boom_hz * (0.5 + np.exp(-time / 0.15))))
        fireball = noise(rng, len(envelope))
        layers = [
            unit_rms(bandpass(fireball, low, high)) * np.exp(-time / (fade * life))
            for low, high, fade in ((80, 400, 0.16), (400, 1500, 0.1), (1500, 5000, 0.06))
        ]
        return mix((0, 1, boom), (0, 0.8, unit_peak(np.sum(layers, axis=0)) * envelope**0.3))

    return play_events(source, 0.65, blast)


def splash(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Something falls into water: the slap of the surface, a spray, and bubbles that rise in pitch."""
    spray_s = rng.uniform(0.5, 0.9)
    low, high = rng.uniform(700, 1100), rng.uniform(5000, 8000)
    pitch = rng.uniform(350, 600)

    def plunge(index: int, strength: float) -> np.ndarray:
        count = samples_of(spray_s + 0.4)
        bubbles = int(rng.uniform(25, 45))
        time = np.arange(samples_of(0.08)) / SAMPLE_RATE_HZ
        at = (rng.gamma(2.0, 0.12, bubbles).clip(0.04, 0.9) * spray_s * SAMPLE_RATE_HZ).astype(np.int64)
        hz = pitch * 2 ** rng.uniform(0, 1.5, (bubbles, 1))
        grains = np.exp(-time * rng.uniform(40, 90, (bubbles, 1))) * np.sin(2 * np.pi * hz * time * (1 + 3 * time))
        air = scatter(count, at, grains * np.minimum(1, (time[-1] - time) * 100))
        return mix(
            (0, 1, burst(rng, 300, 3000, 0.12)),
            (0, 0.9, burst(rng, low, high, spray_s)),
            (0.03, 0.5, burst(rng, low, high, 0.8 * spray_s)),
            (0, 0.7, unit_peak(air)),
        )

    return play_events(source, 0.5, plunge)


def whoosh(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Something passes fast: noise whose band climbs and falls again as it goes by."""
    length = rng.uniform(0.35, 0.7)
    low = rng.uniform(300, 500)

    def swing(index: int, strength: float) -> np.ndarray:
        count = samples_of(length * rng.uniform(0.9, 1.1))
        place = np.arange(count) / count
        passing = np.where(place < 0.4, place / 0.4, (1 - place) / 0.6)
        # A quick start, so that the onset is heard where it is, before the slow swell.
        envelope = (0.25 + 0.75 * passing**1.5) * np.minimum(1, place * count / samples_of(0.012))
        envelope *= np.minimum(1, (1 - place) * 8) ** 2
        air = noise(rng, count)
        out = np.zeros(count)
        for k in range(5):
            centre = low * 1.75**k
            out += np.maximum(0, 1 - np.abs(4 * passing - k) / 1.2) * unit_rms(
                bandpass(air, 0.75 * centre, 1.35 * centre)
            )
        return out * envelope

    return play_events(source, 0.35, swing)


def slam(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A door falls shut: heavy panel, broad crack, the latch a moment later, and the room behind it."""
    panel = Body(
        rng.uniform(50, 75) * np.array([1, 1.7, 2.6, 3.9, 5.5]),
        rng.uniform(0.25, 0.4) * np.array([1, 0.9, 0.7, 0.5, 0.4]),
        np.array([1, 0.9, 0.7, 0.5, 0.4]),
        0.001,
    ).ringer()
    latch_s = rng.uniform(0.03, 0.06)
    room_s = rng.uniform(0.8, 1.3)

    def shut(index: int, strength: float) -> np.ndarray:
        return mix(
            (0, 1, panel(rng, strength)),
            (0, 0.7, burst(rng, 200, 4000, 0.09)),
            (latch_s, 0.35, burst(rng, 2000, 6000, 0.03)),
            (0.01, 0.2, burst(rng, 150, 2500, room_s)),
        )

    return play_events(source, 0.65, shut)
