"""Kinds of things, hands and water: each an individual, at its level, on its events, louder and other when stronger."""

from itertools import pairwise

import numpy as np
import pytest

from mmhnet_cli.training.world.collide import bouncing, pings, rattle, rung
from mmhnet_cli.training.world.dsp import SAMPLE_RATE_HZ
from mmhnet_cli.training.world.grit import slips
from mmhnet_cli.training.world.kinds import KINDS
from mmhnet_cli.training.world.kinds.pour import FULL
from mmhnet_cli.training.world.liquid import MINNAERT_HZ_M, bubbles
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.sound import synthesise
from mmhnet_cli.training.world.surroundings import free_s, placed, tail

NAMES = [
    "horn",
    "tyres",
    "gunshot",
    "machine_gun",
    "fireworks",
    "sword",
    "arrow",
    "applause",
    "heartbeat",
    "breath",
    "cloth",
    "paper",
    "leather",
    "door_creak",
    "lock",
    "switch",
    "keys",
    "coins",
    "chain",
    "zip",
    "glass_break",
    "dishes",
    "cutlery",
    "chopping",
    "sizzle",
    "boil",
    "pour",
    "drip",
    "bubbles",
    "shower",
]
EVENTFUL = [name for name in NAMES if KINDS[name].eventful]
CONTINUOUS = [name for name in NAMES if not KINDS[name].eventful]
EVENTS_S = (0.2503, 1.1)
LENGTH_S = 2.0


def heard(kind: str, seed: int, strength: float = 1.0, level: float = 0.5) -> np.ndarray:
    """Two seconds of a kind: two events of a strength, or a curve that stands still at a level."""
    events = np.array(EVENTS_S) if KINDS[kind].eventful else np.zeros(0)
    curve = np.full(round(LENGTH_S * 25) + 1, level)
    strengths = np.full(len(events), strength)
    source = Source(kind, kind, 0.0, LENGTH_S, events, strengths, curve, 1.0, 0.0, 0.0, 0.5, seed)
    return synthesise(source, LENGTH_S).astype(np.float64)


def rms(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(samples))))


def centroid_hz(samples: np.ndarray) -> float:
    """Centre of the spectrum's energy on a logarithmic axis: the balance of dark and bright."""
    power = np.abs(np.fft.rfft(samples))[1:] ** 2
    hz = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE_HZ)[1:]
    return float(np.exp(np.sum(np.log(hz) * power) / np.sum(power)))


@pytest.mark.slow
@pytest.mark.parametrize("kind", EVENTFUL)
def test_an_eventful_kind(kind: str) -> None:
    """All at once, because sounds take longer to make than to judge."""
    hard = [heard(kind, seed) for seed in range(4)]
    soft = [heard(kind, seed, strength=0.45) for seed in range(2)]
    check_that_each_is_another(hard)
    for samples in (hard[2], soft[1]):
        check_level(samples)
        assert np.abs(samples).max() > 0.1
    for louder, softer in zip(hard, soft, strict=False):
        check_that_the_amount_is_heard(softer, louder, 1.5)
    for samples in (hard[0], hard[1], *soft):
        check_attacks(np.abs(samples))


@pytest.mark.parametrize("kind", CONTINUOUS)
def test_a_continuous_kind(kind: str) -> None:
    middle = [heard(kind, seed) for seed in range(4)]
    check_that_each_is_another(middle)
    for seed in (1, 2):
        low, high = heard(kind, seed, level=0.05), heard(kind, seed, level=1.0)
        for samples in (low, high):
            check_level(samples)
            assert 0.015 < rms(samples) < 0.13
        check_that_the_amount_is_heard(low, high, 1.7)


def check_that_each_is_another(takes: list[np.ndarray]) -> None:
    centres = sorted(centroid_hz(take) for take in takes)
    assert centres[-1] > 1.08 * centres[0]
    for one, other in pairwise(takes):
        assert abs(np.dot(one, other) / np.sqrt(np.sum(one**2) * np.sum(other**2))) < 0.9


def check_level(samples: np.ndarray) -> None:
    assert np.isfinite(samples).all()
    assert abs(samples.mean()) < 0.005
    assert np.abs(samples).max() < 0.75


def check_that_the_amount_is_heard(low: np.ndarray, high: np.ndarray, ratio: float) -> None:
    assert rms(high) > ratio * rms(low)
    # How it sounds changes, not only how much there is of it: spectra of one shape would be alike.
    shapes = [np.log(_bands(samples)) for samples in (low / rms(low), high / rms(high))]
    assert np.abs(shapes[0] - shapes[1]).max() > 0.4


def _bands(samples: np.ndarray) -> np.ndarray:
    """Energy in the octaves from 31 Hz to 16 kHz."""
    power = np.abs(np.fft.rfft(samples)) ** 2
    hz = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE_HZ)
    edges = 31.25 * 2.0 ** np.arange(10)
    return np.array([power[(hz >= low) & (hz < 2 * low)].sum() for low in edges])


def check_attacks(samples: np.ndarray) -> None:
    """They lie on the events, and nothing lies before the first."""
    first, second = (round(event * SAMPLE_RATE_HZ) for event in EVENTS_S)
    assert not samples[:first].any()
    within = round(0.015 * SAMPLE_RATE_HZ)
    assert samples[first : first + within].max() > 0.3 * samples[first:second].max()
    # The second stands out from what is left of the first.
    assert samples[second : second + within].max() > 2.0 * rms(samples[second - 4 * within : second])


def test_a_bubble_sings_at_minnaerts_pitch() -> None:
    radius_mm = 4.0
    song = bubbles(np.random.default_rng(0), 8820, np.array([100]), np.array([radius_mm]), (0.0, 0.0))
    assert not song[:100].any()
    peak_hz = np.argmax(np.abs(np.fft.rfft(song, 1 << 17))) * SAMPLE_RATE_HZ / (1 << 17)
    assert peak_hz == pytest.approx(1000 * MINNAERT_HZ_M / radius_mm, rel=0.01)


def test_slips_come_at_the_rate_and_late_ones_are_larger() -> None:
    train = slips(np.random.default_rng(0), np.full(4 * SAMPLE_RATE_HZ, 100.0), 0.2)
    at = np.flatnonzero(train)
    assert abs(len(at) - 400) < 30
    assert np.corrcoef(np.diff(at), train[at[1:]])[0, 1] > 0.9


def test_modes_ring_from_the_strike_at_their_pitch() -> None:
    strikes = rattle(4410, np.array([0.01, 0.2]), np.array([1.0, 5.0]))
    assert np.flatnonzero(strikes).tolist() == [441]
    ring = rung(strikes, np.array([1000.0, 30000.0]), np.array([0.1, 0.1]), np.array([0.5, 9.0]))
    alone = pings(4410, np.array([441]), np.array([0.5]), np.array([1000.0]), 0.1)
    # A mode above the band is left out.
    np.testing.assert_allclose(ring, alone, atol=2e-4)


def test_bounces_follow_each_other_ever_faster() -> None:
    times = bouncing(np.random.default_rng(0), 0.2, 0.5, 5)
    assert times[0] == 0
    assert (np.diff(np.diff(times)) < 0).all()


def test_a_space_answers_late_with_its_share_of_the_energy() -> None:
    response = tail(np.random.default_rng(0), 0.3, 0.05, 4000)
    assert not response[:2205].any()
    assert np.sum(response**2) == pytest.approx(1)
    dry = np.zeros(1000)
    dry[0] = 1
    wet = placed(dry, response, 0.5)
    assert wet[0] == pytest.approx(1, abs=1e-9)
    assert np.sum(wet[1:] ** 2) == pytest.approx(0.25, rel=1e-6)


def test_time_to_the_next_event() -> None:
    source = Source("horn", "horn", 0.5, 4.0, np.array([1.0, 1.5, 3.0]), np.ones(3), np.ones(89), 1.0, 0, 0, 0.5, 1)
    np.testing.assert_allclose(free_s(source), [0.5, 1.5, 1.0])


def test_a_glass_that_fills_sounds_higher_and_the_next_one_is_empty_again() -> None:
    # At 0.21 turns a second a glass is full after FULL / 0.21 s.
    source = Source("pour", "pour", 0.0, 6.0, np.zeros(0), np.zeros(0), np.full(151, 0.5), 1.0, 0, 0, 0.5, 3)
    samples = synthesise(source, 6.0).astype(np.float64)
    full = FULL / 0.21
    parts = [samples[round(at * SAMPLE_RATE_HZ) : round((at + 0.6) * SAMPLE_RATE_HZ)] for at in (0.2, full - 0.8, 5.0)]
    empty_hz, full_hz, next_hz = (centroid_hz(part) for part in parts)
    assert full_hz > 1.2 * empty_hz
    assert full_hz > next_hz
    between = samples[round((full + 0.2) * SAMPLE_RATE_HZ) : round((1 / 0.21 - 0.1) * SAMPLE_RATE_HZ)]
    assert rms(between) < 0.2 * rms(parts[1])
