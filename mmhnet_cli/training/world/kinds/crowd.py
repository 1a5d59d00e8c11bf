"""People talking."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, tint
from mmhnet_cli.training.world.dsp import (
    LOUD_RMS,
    QUIET_RMS,
    SAMPLE_RATE_HZ,
    bandpass,
    impulses,
    lowpass,
    noise,
    pulse_times,
    resonance,
    sample_count,
    sustained,
    unit_rms,
)
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.scene import Source

VOWELS_HZ = np.array([[730, 1090, 2440], [270, 2290, 3010], [300, 870, 2240], [530, 1840, 2480], [570, 840, 2410]])
"""First three formants of a, i, u, e, o (Peterson and Barney's averages for men)."""


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
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


def look(rng: np.random.Generator) -> Look:
    """Rows of heads that bob, and arms that go up when it gets loud."""
    seats = 7
    row = np.repeat(np.arange(3), seats)
    x = (np.tile(np.arange(seats), 3) - 3) * 0.25 + 0.12 * (row % 2) + rng.uniform(-0.03, 0.03, row.size)
    y = -0.05 + 0.2 * row + rng.uniform(-0.03, 0.03, row.size)
    pace, lag = rng.uniform(0.6, 1.5, row.size), rng.uniform(0, 6.28, row.size)
    eager = rng.permutation(row.size) / row.size
    skins = [tint(rng, *base) for base in ((0.9, 0.7, 0.56), (0.66, 0.46, 0.34), (0.42, 0.28, 0.2))]
    shirts = [rng.uniform(0.15, 0.75, 3).astype(np.float32) for _ in range(6)]

    def moving(c: Canvas, m: Moment) -> None:
        angle = 2 * np.pi * pace * m.turns(0.5, 2.2) + lag
        top = y - (0.008 + 0.05 * m.level) * np.sin(angle)
        side = x + (0.01 + 0.02 * m.level) * np.sin(0.5 * angle)
        up = np.clip((m.level - 0.35 - 0.4 * eager) * 5, 0, 1)
        hand_x, hand_y = side + 0.13 + 0.08 * np.sin(2 * angle), top + 0.2 - 0.4 * up
        for line in range(3):
            # Back row first; neighbours wear the two colours of their row.
            for group in range(2):
                who = slice(seats * line + group, seats * (line + 1), 2)
                c.capsules(side[who], top[who] + 0.24, side[who], top[who] + 0.36, 0.11, shirts[2 * line + group])
            who = slice(seats * line, seats * (line + 1))
            c.capsules(side[who], top[who], side[who], top[who] + 0.02, 0.075, skins[line])
            if up[who].any():
                c.capsules(side[who] + 0.1, top[who] + 0.22, hand_x[who], hand_y[who], 0.028, skins[line], up[who])

    return Look(lambda c: c.box(0, 0.45, 1.0, 0.12, (0.1, 0.1, 0.13)), moving)


KIND = Kind(
    category="CRWDWalla",
    family="texture",
    sound=sound,
    look=look,
    wording=Wording(
        nouns=(
            "crowd",
            "people talking",
            "crowd chatter",
            "a murmuring audience",
            "many voices",
            "a cheering crowd",
            "a restaurant full of people",
            "a market",
            "spectators in a stadium",
            "walla",
        ),
        clauses=("a crowd murmurs", "many people talk at once"),
        gentle=("a quiet murmur of people",),
        strong=("a noisy crowd",),
        foreign={
            "de": ("Menge", "Menschenmenge", "Stimmengewirr", "Publikum", "Gemurmel", "Jubel"),
            "fr": ("foule", "brouhaha", "murmure de foule", "voix", "public"),
            "es": ("multitud", "gentío", "murmullo", "muchedumbre", "público"),
            "it": ("folla", "brusio", "vocio", "pubblico", "mormorio"),
            "ja": ("群衆", "人混み", "ざわめき", "観衆", "歓声"),
            "zh": ("人群", "人声", "嘈杂", "观众", "欢呼"),
        },
    ),
)
