"""Animals, instruments and vehicles: exact onsets, silence before them, levels, individuals, strength that is heard."""

from itertools import combinations

import numpy as np
import pytest

from mmhnet_cli.training.world.animal import larynx
from mmhnet_cli.training.world.driving import even, ignitions, revs
from mmhnet_cli.training.world.dsp import SAMPLE_RATE_HZ, decay
from mmhnet_cli.training.world.kinds import KINDS
from mmhnet_cli.training.world.kinds.train import axles
from mmhnet_cli.training.world.notes import melody, ring, string
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.sound import synthesise
from mmhnet_cli.training.world.surroundings import place

EVENTFUL = (
    *("dog", "cat", "bird", "frog", "sheep", "cow", "horse_steps", "wings"),
    *("flute", "trumpet", "violin", "guitar", "harp", "piano", "gong", "whistle"),
)
CONTINUOUS = (
    *("crickets", "wind_chimes"),
    *("car", "motorcycle", "truck", "train", "tram", "aeroplane", "boat", "bicycle"),
)
NEW = (*EVENTFUL, *CONTINUOUS)
SEEDS = (0, 1, 2)
LENGTH_S = 2.0
EVENTS_S = np.array([0.35, 1.2345])


def source_of(kind: str, seed: int, strength: float, events_s: np.ndarray = EVENTS_S) -> Source:
    events = events_s if KINDS[kind].eventful else np.zeros(0)
    return Source(
        kind=kind,
        looks=kind,
        start_s=0.0,
        end_s=LENGTH_S,
        events_s=events,
        strengths=np.full(len(events), strength),
        curve=np.full(round(LENGTH_S * 25) + 1, strength),
        gain=1.0,
        x=0.0,
        y=0.0,
        size=0.5,
        seed=seed,
    )


def heard(kind: str, seed: int, strength: float = 1.0, events_s: np.ndarray = EVENTS_S) -> np.ndarray:
    return synthesise(source_of(kind, seed, strength, events_s), LENGTH_S).astype(np.float64)


def rms(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(samples))))


def centroid_hz(samples: np.ndarray) -> float:
    power = np.square(np.abs(np.fft.rfft(samples)))
    return float(np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE_HZ) @ power / power.sum())


def test_the_lists_name_what_there_is() -> None:
    assert all(KINDS[kind].eventful for kind in EVENTFUL)
    assert not any(KINDS[kind].eventful for kind in CONTINUOUS)


@pytest.mark.slow
@pytest.mark.parametrize("kind", NEW)
def test_a_kind(kind: str) -> None:
    """All at once, because sounds take longer to make than to judge."""
    loud, soft = ([heard(kind, seed, strength) for seed in SEEDS] for strength in (1.0, 0.45))
    check_that_each_is_another(loud)
    for samples in loud:
        check_level(kind, samples)
    check_that_strength_is_heard(loud, soft)
    if KINDS[kind].eventful:
        for samples in (*loud, *soft):
            check_attack(samples[: round(EVENTS_S[1] * SAMPLE_RATE_HZ)], EVENTS_S[0])
        check_attack(heard(kind, 0, events_s=EVENTS_S[1:]), EVENTS_S[1])


def check_that_each_is_another(individuals: list[np.ndarray]) -> None:
    for one, other in combinations(individuals, 2):
        assert np.abs(one - other).max() > 0.05
    centres = [centroid_hz(one) for one in individuals]
    assert max(centres) > 1.1 * min(centres)


def check_level(kind: str, samples: np.ndarray) -> None:
    assert np.isfinite(samples).all()
    assert 0.2 < np.abs(samples).max() < 0.72
    assert abs(samples.mean()) < 0.005
    assert 0.01 < rms(samples) < 0.2
    if not KINDS[kind].eventful:
        assert 0.06 < rms(samples) < 0.125


def check_that_strength_is_heard(loud: list[np.ndarray], soft: list[np.ndarray]) -> None:
    assert all(rms(one) > 1.3 * rms(other) for one, other in zip(loud, soft, strict=True))
    # Not only louder: brighter in the middle of a few individuals.
    assert np.mean([centroid_hz(one) for one in loud]) > 1.02 * np.mean([centroid_hz(one) for one in soft])


def check_attack(samples: np.ndarray, event_s: float) -> None:
    """The attack of the first event is on time, and nothing is before it."""
    onset = round(event_s * SAMPLE_RATE_HZ)
    assert not samples[:onset].any()
    first = np.flatnonzero(np.abs(samples) > 0.1 * np.abs(samples).max())[0]
    assert 0 <= first - onset <= 0.005 * SAMPLE_RATE_HZ


def test_ring_is_the_sum_of_its_sines() -> None:
    hz, t60, size = np.array([220.0, 3001.0, 21000.0]), np.array([0.5, 0.2, 0.5]), np.array([1.0, 0.3, 1.0])
    rung = ring(hz, t60, size)
    time = np.arange(len(rung)) / SAMPLE_RATE_HZ
    # The third lies above what is kept.
    expected = sum(
        a * 10 ** (-3 * time / t) * np.sin(2 * np.pi * f * time) for f, t, a in zip(hz[:2], t60, size, strict=False)
    )
    kept = len(rung) - round(0.05 * SAMPLE_RATE_HZ)
    np.testing.assert_allclose(rung[:kept], expected[:kept], atol=2e-4)
    assert len(rung) == len(decay(0.5))


def test_a_string_is_harmonic_when_it_is_limp_and_sharp_when_it_is_stiff() -> None:
    limp, _, size = string(100.0, 2.0, 0.0, 0.5, 0.3, 1e9)
    np.testing.assert_allclose(limp, 100.0 * np.arange(1, len(limp) + 1))
    # Plucked in the middle it has no even partials.
    np.testing.assert_allclose(size[1::2], 0, atol=1e-12)
    stiff, t60, _ = string(100.0, 2.0, 1e-3, 0.5, 0.3, 1e9)
    assert stiff[9] == pytest.approx(1000 * np.sqrt(1.1))
    assert t60[0] == pytest.approx(2.0)
    assert (np.diff(t60) < 0).all()


def test_a_melody_stays_in_its_range_and_moves() -> None:
    for seed in range(20):
        note_hz = melody(np.random.default_rng(seed), 200.0, 900.0)
        pitches = [note_hz(number) for number in range(64)]
        assert 200 <= min(pitches) < max(pitches) <= 900
        assert len(set(pitches)) > 3
        assert note_hz(64) == pitches[0]


def test_a_place_keeps_the_direct_sound_on_time() -> None:
    click = np.zeros(100)
    click[0] = 1.0
    for seed in range(5):
        answer = place(np.random.default_rng(seed))(click)
        assert np.argmax(np.abs(answer)) <= 1
        assert np.abs(answer[8:150]).max() < 0.5 * np.abs(answer).max()


def test_an_engine_fires_in_its_order() -> None:
    fired = ignitions(np.random.default_rng(0), np.full(101, 20.0), 4 * SAMPLE_RATE_HZ, (0, 21), 0.0)
    at = np.flatnonzero(fired)
    # Ten cycles of two turns a second, two ignitions each; 315 degrees after the first and 405 before the next.
    assert len(at) == pytest.approx(80, abs=2)
    gaps = np.diff(at) / SAMPLE_RATE_HZ * 20 * 360
    assert set(np.round(gaps / 45).astype(int)) == {7, 9}
    assert even(4) == (0, 12, 24, 36)


def test_gears_let_the_motor_down_at_every_shift() -> None:
    turning = revs(np.linspace(0, 1, 400), 4)
    shifts = np.flatnonzero((np.diff(turning)[:-1] > 0) & (np.diff(turning)[1:] < 0))
    assert len(shifts) == 3
    assert 0 <= turning.min() < 0.05
    assert 0.95 < turning.max() <= 1


def test_axles_pass_in_pairs() -> None:
    way_m = np.linspace(0, 60, 6 * SAMPLE_RATE_HZ)
    gaps_m = np.diff(axles(np.random.default_rng(1), way_m)) * 10 / SAMPLE_RATE_HZ
    assert len(gaps_m) > 6
    near, far = gaps_m[gaps_m < 2.9], gaps_m[gaps_m >= 2.9]
    assert len(near) == pytest.approx(len(far), abs=1)
    assert np.ptp(near) < 0.01


def test_a_larynx_sings_the_pitch_it_is_told() -> None:
    voice = larynx(np.random.default_rng(0), np.full(SAMPLE_RATE_HZ, 200.0), 1.0, 0.0, 0.0)
    power = np.abs(np.fft.rfft(voice))
    assert abs(int(np.argmax(power)) - 200) <= 1
