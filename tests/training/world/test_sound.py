"""The sound of scenes: exact onsets, silence between, controls that are heard, levels, determinism."""

import numpy as np
import pytest
from scipy import signal

from mmhnet_cli.training.world.dsp import SAMPLE_RATE_HZ, Body, mix, play_events, pulse_times, random_times, resonance
from mmhnet_cli.training.world.kinds import DRAWN, KINDS
from mmhnet_cli.training.world.scene import Scene, Source
from mmhnet_cli.training.world.script import make_scene
from mmhnet_cli.training.world.sound import render_sound, synthesise

IMPACTS = [name for name in DRAWN if KINDS[name].family == "impact"]
EVENTFUL = [name for name in DRAWN if KINDS[name].eventful]
CONTINUOUS = [name for name in DRAWN if not KINDS[name].eventful]

# One whole number of samples, two that fall between samples.
EVENTS_S = np.array([0.25, 1.0331, 1.777777])


def make_source(kind: str, seed: int = 3, end_s: float = 2.5, **changes) -> Source:
    events = EVENTS_S if KINDS[kind].eventful else np.zeros(0)
    fields = {
        "kind": kind,
        "looks": kind,
        "start_s": 0.0,
        "end_s": end_s,
        "events_s": events,
        "strengths": np.array([1.0, 0.5, 0.8])[: len(events)],
        "curve": np.linspace(0, 1, int(np.ceil(end_s * 25)) + 1),
        "gain": 1.0,
        "x": 0.0,
        "y": 0.0,
        "size": 0.5,
        "seed": seed,
    }
    return Source(**(fields | changes))


def rms(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(samples))))


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_seed_decides_and_level_lies_in_its_range(kind):
    samples, again, other = (synthesise(make_source(kind, seed), 2.5) for seed in (3, 3, 6))
    np.testing.assert_array_equal(samples, again)
    assert np.abs(samples - other).max() > 0.02
    assert samples.shape == (110250,)
    assert samples.dtype == np.float32
    assert np.isfinite(samples).all()
    # Overlapping rings may add up to a little more than the peak of one.
    assert 0.1 < np.abs(samples).max() < 0.72
    assert abs(samples.mean()) < 0.01
    if not KINDS[kind].eventful:
        assert 0.03 < rms(samples) < 0.12


@pytest.mark.parametrize("kind", EVENTFUL)
def test_onset_is_exact(kind):
    allowed_s = {"whoosh": 0.04}.get(kind, 0.002)
    for seed, event in enumerate(EVENTS_S):
        source = make_source(kind, seed, event + 0.4, events_s=np.array([event]), strengths=np.ones(1))
        samples = synthesise(source, event + 0.4)
        onset = round(event * SAMPLE_RATE_HZ)
        assert not samples[:onset].any()
        first = np.flatnonzero(np.abs(samples) > 0.1 * np.abs(samples).max())[0]
        assert 0 <= first - onset <= allowed_s * SAMPLE_RATE_HZ


@pytest.mark.parametrize("kind", IMPACTS)
def test_silence_between_impacts(kind):
    source = make_source(kind, end_s=5.0, events_s=np.array([0.5, 4.5]), strengths=np.array([1.0, 0.6]))
    samples = synthesise(source, 5.0)
    before = samples[round(4.4 * SAMPLE_RATE_HZ) : round(4.5 * SAMPLE_RATE_HZ)]
    assert np.abs(before).max() < 10 ** (-90 / 20)


@pytest.mark.parametrize("kind", EVENTFUL)
def test_strength_is_loudness(kind):
    loud, soft = (
        synthesise(make_source(kind, events_s=np.array([0.5]), strengths=np.array([strength])), 2.5)
        for strength in (1.0, 0.4)
    )
    assert np.abs(soft).max() == pytest.approx(0.4 * np.abs(loud).max(), rel=1e-4)


@pytest.mark.parametrize("kind", CONTINUOUS)
@pytest.mark.parametrize("seed", [0, 1])
def test_curve_is_intensity(kind, seed):
    samples = synthesise(make_source(kind, seed, end_s=4.0), 4.0)
    quarter = len(samples) // 4
    assert rms(samples[-quarter:]) > 1.35 * rms(samples[:quarter])


def test_siren_follows_curve():
    curve = (1 - np.cos(2 * np.pi * np.arange(101) / 100)) / 2
    samples = synthesise(make_source("siren", end_s=4.0, curve=curve), 4.0)
    frequencies, times, spectrum = signal.stft(samples, SAMPLE_RATE_HZ, nperseg=4096)
    low = frequencies < 2000
    # The fundamental is the lowest strong line.
    pitch = np.array([frequencies[low][np.flatnonzero(s > 0.3 * s.max())[0]] for s in np.abs(spectrum[low]).T[2:-2]])
    wanted = np.interp(times[2:-2] * 25, np.arange(101), curve)
    assert np.corrcoef(np.log2(pitch), wanted)[0, 1] > 0.9
    assert np.log2(pitch.max() / pitch.min()) > 0.9


@pytest.mark.parametrize(("kind", "seed"), [("engine", 0), ("engine", 1), ("helicopter", 0), ("helicopter", 1)])
def test_beat_of_machine_follows_curve(kind, seed):
    def beat_hz(speed: float) -> float:
        samples = synthesise(make_source(kind, seed, end_s=4.0, curve=np.full(101, speed)), 4.0)
        # Valves click above 2.5 kHz; a blade's slap is heard in its own band.
        band = (2500, 6000) if kind == "engine" else (40, 400)
        clicks = signal.sosfilt(signal.butter(4, band, "bandpass", fs=SAMPLE_RATE_HZ, output="sos"), samples)
        envelope = np.square(clicks[20000:-20000])
        likeness = signal.correlate(envelope, envelope - envelope.mean(), "same")[len(envelope) // 2 :]
        shortest = round((0.004 if kind == "engine" else 0.03) * SAMPLE_RATE_HZ)
        later = likeness[shortest:8820]
        return SAMPLE_RATE_HZ / (shortest + int(np.flatnonzero(later > 0.6 * later.max())[0]))

    rates = [beat_hz(speed) for speed in (0.0, 0.5, 1.0)]
    assert 1.15 * rates[0] < rates[1] < rates[2] / 1.15


def test_pulses_fire_at_the_rate():
    times = pulse_times(np.full(101, 30.0), 4 * SAMPLE_RATE_HZ)
    assert len(times) in (119, 120)
    np.testing.assert_allclose(np.diff(times), SAMPLE_RATE_HZ / 30, atol=1)
    glide = pulse_times(np.linspace(10, 50, 101), 4 * SAMPLE_RATE_HZ)
    # The integral of the rate over 1 s, 10 + 10 / 2, then over all 4 s, 120.
    assert abs(int((glide < SAMPLE_RATE_HZ).sum()) - 15) <= 1
    assert abs(len(glide) - 120) <= 1


def test_random_times_follow_the_rate():
    rate = np.repeat([0.0, 400.0], 2 * SAMPLE_RATE_HZ)
    times = random_times(np.random.default_rng(0), rate)
    assert times.min() >= 2 * SAMPLE_RATE_HZ
    assert abs(len(times) - 800) < 5 * np.sqrt(800)


@pytest.mark.parametrize(("frequency_hz", "t60_s"), [(110.0, 0.3), (3000.0, 0.05)])
def test_resonance_is_a_decaying_sine(frequency_hz, t60_s):
    impulse = np.zeros(4000)
    impulse[0] = 1
    time = np.arange(4000) / SAMPLE_RATE_HZ
    expected = 10 ** (-3 * time / t60_s) * np.sin(2 * np.pi * frequency_hz * time)
    np.testing.assert_allclose(resonance(impulse, frequency_hz, t60_s), expected, atol=1e-9)


def decay_time_s(samples: np.ndarray) -> float:
    """T60 by Schroeder's backward integral, from the slope between -5 and -35 dB."""
    energy = np.cumsum(np.square(samples[::-1].astype(np.float64)))[::-1]
    level = 10 * np.log10(energy / energy[0] + 1e-12)
    first, last = np.flatnonzero(level < -5)[0], np.flatnonzero(level < -35)[0]
    return 2 * (last - first) / SAMPLE_RATE_HZ


def test_body_decays_as_told():
    ring = Body(np.array([800.0]), np.array([0.7]), np.ones(1), 0.001).ringer()(np.random.default_rng(0), 1.0)
    assert decay_time_s(ring) == pytest.approx(0.7, rel=0.02)


@pytest.mark.parametrize(("kind", "shortest_s", "longest_s"), [("hammer_metal", 0.25, 2.0), ("bell", 0.6, 2.1)])
def test_metal_rings(kind, shortest_s, longest_s):
    times = []
    for seed in range(6):
        source = make_source(kind, seed, end_s=4.0, events_s=np.array([0.5]), strengths=np.ones(1))
        times.append(decay_time_s(synthesise(source, 4.0)[22050:]))
    assert shortest_s < min(times) < max(times) < longest_s
    assert max(times) > 1.3 * min(times)


@pytest.mark.parametrize("kind", DRAWN)
def test_cut_ends_the_sound(kind):
    source = make_source(kind, start_s=0.1, end_s=1.1, events_s=np.array([1.0]), strengths=np.ones(1))
    samples = synthesise(source, 2.0)
    assert not samples[: round(0.1 * SAMPLE_RATE_HZ)].any()
    assert samples[round(1.05 * SAMPLE_RATE_HZ) : round(1.1 * SAMPLE_RATE_HZ)].any()
    assert not samples[round(1.18 * SAMPLE_RATE_HZ) + 1 :].any()


def test_scene_is_the_sum_of_its_sources():
    sources = (make_source("knock", gain=0.5), make_source("fan", 4, gain=0.25))
    mixed = render_sound(Scene(0, 2.5, (), sources))
    alone = [render_sound(Scene(0, 2.5, (), (source,))) for source in sources]
    np.testing.assert_allclose(mixed, alone[0] + alone[1], atol=1e-6)


def test_no_scene_clips():
    loud = tuple(make_source(kind, gain=1.41) for kind in ("drum", "thunder", "slam", "explosion"))
    samples = render_sound(Scene(0, 2.5, (), loud))
    assert 0.7 < np.abs(samples).max() < 0.99


@pytest.mark.parametrize("duration_s", [1.0, 3.3337])
def test_scenes_have_their_length(duration_s):
    samples = render_sound(make_scene(7, duration_s))
    assert samples.shape == (round(duration_s * SAMPLE_RATE_HZ),)
    assert samples.dtype == np.float32


def test_events_start_where_sounds_are_placed():
    source = make_source("clock", start_s=0.1, events_s=np.array([0.5, 0.7]), strengths=np.array([1.0, 0.5]))
    out = play_events(source, 0.5, lambda index, strength: np.array([3.0, 1.5]))
    at = np.flatnonzero(out)
    np.testing.assert_array_equal(at, [17640, 17641, 26460, 26461])
    np.testing.assert_allclose(out[at], [0.5, 0.25, 0.25, 0.125])


def test_mix_delays_and_scales():
    out = mix((0.0, 1.0, np.ones(2)), (1 / SAMPLE_RATE_HZ, 0.5, np.ones(2)))
    np.testing.assert_array_equal(out, [1.0, 1.5, 0.5])
