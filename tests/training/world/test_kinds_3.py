"""Steps, breaking, machines: levels, individuals, strengths that are heard, exact attacks."""

from functools import cache

import numpy as np
import pytest

from mmhnet_cli.training.world.dsp import SAMPLE_RATE_HZ
from mmhnet_cli.training.world.kinds import KINDS
from mmhnet_cli.training.world.sound import synthesise
from tests.training.world.test_sound import make_source, rms

STRUCK = (
    *("wood_steps", "snow_steps", "leaf_steps", "metal_steps", "water_steps", "rope", "wood_break", "stone_fall"),
    *("typewriter", "camera", "phone", "racket", "thud", "punch"),
)
LASTING = (
    *("avalanche", "sand", "chainsaw", "mower", "vacuum", "washing_machine", "sewing_machine", "printer"),
    *("radio_static", "hum", "steam", "gears", "sail", "geiger"),
)
SEEDS = range(3)


@cache
def played(kind: str, seed: int, amount: float) -> np.ndarray:
    """1.8 s of a kind, (79380,): two events of this strength, or a curve that stands at it."""
    events = np.array([0.25, 1.0331]) if kind in STRUCK else np.zeros(0)
    strengths, curve = np.full(len(events), 0.45 + 0.55 * amount), np.full(46, amount)
    return synthesise(make_source(kind, seed, 1.8, events_s=events, strengths=strengths, curve=curve), 1.8)


def spectrum(samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies in Hz and power, which adds up to 1."""
    power = np.abs(np.fft.rfft(samples.astype(np.float64))) ** 2
    return np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE_HZ), power / power.sum()


def centroid_hz(samples: np.ndarray) -> float:
    frequencies, power = spectrum(samples)
    return float(power @ frequencies)


def test_a_kind_is_eventful_where_its_sound_is_struck() -> None:
    assert all(KINDS[kind].eventful for kind in STRUCK)
    assert not any(KINDS[kind].eventful for kind in LASTING)


@pytest.mark.parametrize("kind", STRUCK + LASTING)
def test_level_lies_in_the_range_of_the_others(kind: str) -> None:
    for seed in SEEDS:
        for amount in (0.05, 0.95):
            samples = played(kind, seed, amount)
            assert np.isfinite(samples).all()
            assert 0.08 < np.abs(samples).max() < 0.72
            assert abs(samples.mean()) < 0.006
            if kind in LASTING and kind != "geiger":
                assert 0.02 < rms(samples) < 0.14


@pytest.mark.parametrize("kind", STRUCK + LASTING)
def test_every_seed_is_another_individual(kind: str) -> None:
    bands = np.geomspace(60, 16000, 25)
    levels = []
    for seed in SEEDS:
        frequencies, power = spectrum(played(kind, seed, 0.95))
        levels.append(10 * np.log10(np.histogram(frequencies, bands, weights=power)[0] + 1e-6))
    # Over a third of an octave, recordings of different things differ by some decibels.
    assert np.std(levels, axis=0).mean() > 1.0


@pytest.mark.parametrize("kind", STRUCK)
def test_strength_is_heard_as_level_and_as_brightness(kind: str) -> None:
    ratios = [centroid_hz(played(kind, seed, 0.95)) / centroid_hz(played(kind, seed, 0.05)) for seed in SEEDS]
    assert np.exp(np.mean(np.log(ratios))) > 1.02
    for seed in SEEDS:
        assert rms(played(kind, seed, 0.95)) > 1.3 * rms(played(kind, seed, 0.05))


@pytest.mark.parametrize("kind", LASTING)
def test_curve_is_heard_as_level(kind: str) -> None:
    for seed in SEEDS:
        assert rms(played(kind, seed, 0.95)) > 1.8 * rms(played(kind, seed, 0.05))


@pytest.mark.parametrize("kind", ["avalanche", "chainsaw", "mower", "hum", "steam", "radio_static"])
def test_what_grows_louder_grows_brighter_too(kind: str) -> None:
    ratios = [centroid_hz(played(kind, seed, 0.95)) / centroid_hz(played(kind, seed, 0.05)) for seed in SEEDS]
    assert np.exp(np.mean(np.log(ratios))) > 1.15


@pytest.mark.parametrize("kind", STRUCK)
def test_nothing_is_heard_before_the_first_event_and_each_attack_is_on_time(kind: str) -> None:
    for seed in SEEDS:
        samples = np.abs(played(kind, seed, 0.95))
        first, second = round(0.25 * SAMPLE_RATE_HZ), round(1.0331 * SAMPLE_RATE_HZ)
        assert not samples[:first].any()
        for onset in (first, second):
            before = samples[max(onset - 441, 0) : onset].max()
            attack = samples[onset : onset + round(0.015 * SAMPLE_RATE_HZ)].max()
            assert attack > 0.25 * samples[onset : onset + 22050].max()
            assert attack > 2 * before


@pytest.mark.parametrize("kind", ["sewing_machine", "gears", "geiger"])
def test_what_ticks_ticks_faster(kind: str) -> None:
    def ticks(seed: int, amount: float) -> int:
        envelope = np.abs(played(kind, seed, amount)).reshape(-1, 180).max(1)
        return int(np.sum(np.diff(envelope, prepend=0) > 0.15 * envelope.max()))

    assert all(ticks(seed, 0.95) > 1.5 * ticks(seed, 0.05) for seed in SEEDS)
