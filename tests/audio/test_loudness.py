import math
import re
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from mmhnet_cli.audio.loudness import Loudness, gain_to_target, k_weighting, measure
from mmhnet_cli.media.audio_file import write_wav
from mmhnet_cli.options import LOUDNESS_TARGETS, LoudnessTarget
from tests.conftest import RunFfmpeg

RATE = 48000


def tone(level_dbfs: float, seconds: float, rate: int = RATE, frequency: float = 1000.0) -> np.ndarray:
    """Stereo sine, both channels alike; level of the peak."""
    wave = 10 ** (level_dbfs / 20) * np.sin(2 * np.pi * frequency * np.arange(round(seconds * rate)) / rate)
    return np.stack([wave, wave])


def sequence(*parts: tuple[float, float]) -> np.ndarray:
    return np.concatenate([tone(level, seconds) for level, seconds in parts], axis=1)


@pytest.mark.parametrize(
    ("signal", "lufs"),
    [
        pytest.param(tone(-23, 20), -23, id="1"),
        pytest.param(tone(-33, 20), -33, id="2"),
        pytest.param(sequence((-36, 10), (-23, 60), (-36, 10)), -23, id="3"),
        pytest.param(sequence((-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)), -23, id="4"),
        pytest.param(sequence((-26, 20), (-20, 20.1), (-26, 20)), -23, id="5"),
    ],
)
def test_ebu_tech_3341(signal: np.ndarray, lufs: float) -> None:
    assert measure(signal, RATE).integrated_lufs == pytest.approx(lufs, abs=0.1)


def test_ebu_tech_3341_six_channels() -> None:
    levels = [-28, -28, -24, -math.inf, -30, -30]
    surround = np.concatenate([tone(level, 20)[:1] if math.isfinite(level) else tone(0, 20)[:1] for level in levels])
    # The low-frequency channel is loud here and must not count.
    assert measure(surround, RATE).integrated_lufs == pytest.approx(-23, abs=0.1)


@pytest.mark.parametrize("rate", [16000, 22050, 44100, 48000, 96000])
def test_same_reading_at_every_rate(rate: int) -> None:
    assert measure(tone(-23, 5, rate), rate).integrated_lufs == pytest.approx(-23, abs=0.1)


def test_published_coefficients() -> None:
    shelf, high_pass = k_weighting(48000)
    np.testing.assert_allclose(
        shelf,
        [1.53512485958697, -2.69169618940638, 1.19839281085285, 1, -1.69065929318241, 0.73248077421585],
        atol=1e-7,
    )
    np.testing.assert_allclose(high_pass, [1, -2, 1, 1, -1.99004745483398, 0.99007225036621], atol=1e-7)


def test_short_term_and_momentary_maxima() -> None:
    measured = measure(sequence((-40, 5), (-20, 1), (-40, 5)), RATE)
    assert measured.momentary_max_lufs == pytest.approx(-20, abs=0.1)
    # One second of three, the rest 20 dB below.
    assert measured.short_term_max_lufs == pytest.approx(-20 + 10 * math.log10((1 + 2 / 100) / 3), abs=0.1)


def test_range_of_ebu_tech_3342() -> None:
    assert measure(sequence((-20, 31), (-30, 31)), RATE).range_lu == pytest.approx(10, abs=1)
    assert measure(sequence((-20, 20), (-30, 20)), RATE).range_lu is None


def test_silence_has_no_numbers_and_no_gain() -> None:
    measured = measure(np.zeros((2, 5 * RATE)), RATE)
    assert measured == Loudness(5.0, None, None, None, None, None, None, silent=True, reliable=False)
    for target in LOUDNESS_TARGETS.values():
        assert gain_to_target(measured, target).gain_db == 0


def test_almost_silence() -> None:
    measured = measure(tone(-75, 5), RATE)
    assert measured.silent
    assert measured.integrated_lufs is None
    assert measured.true_peak_dbtp == pytest.approx(-75, abs=0.1)
    assert gain_to_target(measured, LOUDNESS_TARGETS["ebu"]).limited_by == "silence"


@pytest.mark.parametrize("samples", [0, 1, 100, 19199])
def test_shorter_than_a_block(samples: int) -> None:
    measured = measure(tone(-20, 1)[:, 100 : 100 + samples], RATE)
    assert measured.integrated_lufs is None
    assert not measured.reliable
    assert gain_to_target(measured, LOUDNESS_TARGETS["ebu"]).limited_by == ("too_short" if samples else "silence")


def test_one_block_is_enough() -> None:
    measured = measure(tone(-23, 0.4), RATE)
    assert measured.integrated_lufs == pytest.approx(-23, abs=0.2)
    assert not measured.reliable


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_one_bad_sample_is_an_error(bad: float) -> None:
    signal = tone(-20, 12)
    signal[1, 11 * RATE] = bad
    with pytest.raises(ValueError, match="finite"):
        measure(signal, RATE)


@pytest.mark.parametrize("shape", [(4, 48000), (7, 48000), (0, 48000), (48000,)])
def test_unknown_channels(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="channels"):
        measure(np.zeros(shape), RATE)


def test_blocks_do_not_show() -> None:
    noise = np.random.default_rng(3).normal(0, 0.05, (1, RATE * 12 + 777))
    envelope = np.linspace(0, 1, noise.shape[1])
    whole = measure(noise * envelope, RATE)
    shifted = measure(np.concatenate([np.zeros((1, RATE // 10 * 7)), noise * envelope], axis=1), RATE)
    assert shifted.integrated_lufs == pytest.approx(whole.integrated_lufs, abs=1e-3)


def test_memory_stays_small() -> None:
    signal = np.random.default_rng(0).normal(0, 0.1, (1, RATE * 120)).astype(np.float32)
    tracemalloc.start()
    measure(signal, RATE)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 15e6  # the signal itself has 23


@pytest.mark.parametrize("name", ["tone", "noise", "clicks"])
def test_agrees_with_ffmpeg(run_ffmpeg_program: RunFfmpeg, tmp_path: Path, name: str) -> None:
    noise = np.random.default_rng(5)
    clicks = np.zeros((2, RATE * 10))
    clicks[:, noise.integers(0, RATE * 10, 60)] = noise.uniform(-0.9, 0.9, 60)
    signals = {
        "tone": tone(-12, 10, frequency=RATE / 4 - 0.01),
        "noise": noise.normal(0, 0.1, (2, RATE * 10)).clip(-0.6, 0.6),
        "clicks": clicks,
    }
    # At a hard edge the two assume different things about what is outside.
    ramp = np.minimum(np.arange(RATE * 10), 4800) / 4800
    signal = signals[name] * ramp * ramp[::-1]
    write_wav(tmp_path / "a.wav", signal, RATE, 32)
    said = run_ffmpeg_program("-i", tmp_path / "a.wav", "-af", "ebur128=peak=true", "-f", "null", "-")
    summary = said[said.rindex("Summary:") :]
    lufs, peak = (float(re.search(key + r":\s+(-?[\d.]+)", summary)[1]) for key in ("I", "Peak"))
    measured = measure(signal, RATE)
    assert measured.integrated_lufs == pytest.approx(lufs, abs=0.1)
    # Its numbers are rounded to 0.1.
    assert measured.true_peak_dbtp == pytest.approx(peak, abs=0.08)


def loudness(integrated: float | None, peak: float | None) -> Loudness:
    return Loudness(
        10, integrated, integrated, integrated, None, peak, peak, integrated is None, integrated is not None
    )


@pytest.mark.parametrize(
    ("integrated", "peak", "target", "gain", "why", "short"),
    [
        (-30, -15, LoudnessTarget(-23, -1), 7, "loudness", 0),
        (-10, -1, LoudnessTarget(-23, -1), -13, "loudness", 0),
        (-30, -5, LoudnessTarget(-23, -1), 3.8, "true_peak", 3.2),
        (-23, -0.5, LoudnessTarget(-23, -1), -0.7, "true_peak", 0.7),
        (-60, -50, LoudnessTarget(-23, -1), 20, "cap", 17),
        (-30, -15, LoudnessTarget(None, -1), 0, "off", 0),
        (-30, 2, LoudnessTarget(None, -1), -3.2, "true_peak", 0),
        (None, None, LoudnessTarget(-23, -1), 0, "silence", 0),
    ],
)
def test_gain(
    integrated: float | None, peak: float | None, target: LoudnessTarget, gain: float, why: str, short: float
) -> None:
    decision = gain_to_target(loudness(integrated, peak), target)
    assert decision.gain_db == pytest.approx(gain)
    assert decision.limited_by == why
    assert decision.short_db == pytest.approx(short)


@pytest.mark.parametrize("name", ["ebu", "atsc", "apple", "web"])
def test_gain_meets_the_target(name: str) -> None:
    target = LOUDNESS_TARGETS[name]
    signal = tone(-30, 5)
    decision = gain_to_target(measure(signal, RATE), target)
    after = measure(signal * 10 ** (decision.gain_db / 20), RATE)
    assert after.integrated_lufs == pytest.approx(target.integrated_lufs, abs=0.01)
    assert after.true_peak_dbtp <= target.true_peak_dbtp


def test_peaky_sound_stays_below_the_ceiling() -> None:
    signal = tone(-50, 5)
    signal[:, RATE] = 0.5
    target = LOUDNESS_TARGETS["web"]
    decision = gain_to_target(measure(signal, RATE), target)
    assert decision.limited_by == "true_peak"
    after = measure(signal * 10 ** (decision.gain_db / 20), RATE)
    assert after.true_peak_dbtp == pytest.approx(target.true_peak_dbtp - 0.2, abs=0.01)
