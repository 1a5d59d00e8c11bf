"""Loudness and true peak beside the `ebur128` filter of ffmpeg, another reading of the same standards."""

import math
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from scipy import signal

from mmhnet_cli.audio.level import level_to_target
from mmhnet_cli.audio.loudness import measure
from mmhnet_cli.media.audio_file import write_wav
from mmhnet_cli.options import LoudnessTarget
from tests.audio.signals import RATE, ebu_3341_peak, impacts, noise, ramped, sequence, surround, sweep, tone
from tests.conftest import RunFfmpeg

Ebur128 = Callable[..., tuple[float, float]]


@pytest.fixture
def ebur128(run_ffmpeg_program: RunFfmpeg, tmp_path: Path) -> Ebur128:
    """Integrated loudness (LUFS) and true peak (linear), to the thousandth where its summary has tenths of dB."""

    def run(samples: np.ndarray, rate: int = RATE) -> tuple[float, float]:
        sound, said = tmp_path / "sound.wav", tmp_path / "said.txt"
        write_wav(sound, samples.astype(np.float32), rate, 32)
        filters = f"ebur128=peak=true:metadata=1,ametadata=print:file={said}"
        run_ffmpeg_program("-i", sound, "-af", filters, "-f", "null", "-")
        text = said.read_text()
        lufs, peak = (float(re.findall(rf"lavfi\.r128\.{key}=(\S+)", text)[-1]) for key in ("I", "true_peak"))
        return lufs, peak

    return run


def within_a_tenth(found_dbtp: float | None, said: float) -> bool:
    """True peaks within 0.1 dB, or as near as three decimals of `said` can tell."""
    assert found_dbtp is not None
    return 10 ** (found_dbtp / 20) == pytest.approx(said, rel=10 ** (0.1 / 20) - 1, abs=0.0005)


def clicks(count: int) -> np.ndarray:
    random = np.random.default_rng(5)
    samples = np.zeros((2, 10 * RATE))
    samples[:, random.integers(0, 10 * RATE, count)] = random.uniform(-0.9, 0.9, count)
    return samples


def pink(level: float, seconds: float) -> np.ndarray:
    spectrum = np.fft.rfft(noise(1, seconds, channels=2))
    samples = np.fft.irfft(spectrum / np.sqrt(np.maximum(1, np.arange(spectrum.shape[1]))))
    return level * samples / np.abs(samples).max()


def square(level: float, seconds: float) -> np.ndarray:
    return level * signal.square(2 * np.pi * 997 * np.arange(round(seconds * RATE)) / RATE)[None]


# In a third of the time of those of the standard, which `test_loudness` measures as they are.
SIGNALS: dict[str, Callable[[], np.ndarray]] = {
    "EBU 1": lambda: tone(-23, 7),
    "EBU 2": lambda: tone(-33, 7),
    "EBU 3": lambda: sequence((-36, 3), (-23, 20), (-36, 3)),
    "EBU 4": lambda: sequence((-72, 3), (-36, 3), (-23, 20), (-36, 3), (-72, 3)),
    "EBU 5": lambda: sequence((-26, 7), (-20, 7.1), (-26, 7)),
    "EBU 6, 5.0": lambda: surround(-28, -28, -24, -30, -30, seconds=7),
    "EBU 6, 5.1": lambda: surround(-28, -28, -24, -60, -30, -30, seconds=7),
    "EBU 9": lambda: sequence(*[(-20, 1.34), (-30, 1.66)] * 5),
    "EBU 12": lambda: sequence(*[(-20, 0.18), (-30, 0.22)] * 25),
    **{f"EBU {number}": partial(ebu_3341_peak, number) for number in range(15, 24)},
    "mono tone": lambda: tone(-12, 10, frequency=997)[:1],
    "low tone": lambda: tone(-6, 10, frequency=40),
    "white noise": lambda: noise(0.1, 10, channels=2),
    "pink noise": lambda: pink(0.5, 10),
    "heavy tails": lambda: (noise(0.2, 10) ** 3).clip(-0.9, 0.9),
    "clicks": lambda: clicks(60),
    "impacts": lambda: impacts(10, 23, 0.001),
    "sweep": lambda: sweep(0.4, 10),
    "square wave": lambda: square(0.3, 10),
    "surround noise": lambda: noise(0.1, 10, channels=6) * [[1], [0.8], [0.6], [1], [0.4], [0.3]],
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SIGNALS)
def test_agrees_with_ffmpeg(ebur128: Ebur128, name: str) -> None:
    samples = ramped(SIGNALS[name]())
    lufs, peak = ebur128(samples)
    measured = measure(samples, RATE)
    assert measured.integrated_lufs == pytest.approx(lufs, abs=0.1)
    assert within_a_tenth(measured.true_peak_dbtp, peak)


@pytest.mark.parametrize("rate", [16000, 44100, 96000])
def test_agrees_at_every_rate(ebur128: Ebur128, rate: int) -> None:
    samples = ramped(noise(0.1, 10, rate=rate), rate)
    lufs, peak = ebur128(samples, rate)
    measured = measure(samples, rate)
    assert measured.integrated_lufs == pytest.approx(lufs, abs=0.1)
    assert within_a_tenth(measured.true_peak_dbtp, peak)


@pytest.mark.parametrize(("frequency", "missed_db"), [(20000, 0.05), (22500, 0.1), (23500, 0.25), (23800, 1.5)])
def test_what_four_values_per_sample_miss_near_half_the_rate(
    ebur128: Ebur128, frequency: float, missed_db: float
) -> None:
    """Short bursts between two samples: both meters agree, and read low by what neither can know."""
    at = np.arange(RATE) - RATE // 2
    burst = np.where(np.abs(at) < 240, np.cos(np.pi * at / 480) ** 2, 0)
    samples = 0.5 * burst * np.cos(2 * np.pi * frequency / RATE * at + np.pi / 2)[None]
    spectrum = np.fft.rfft(samples)
    exact = np.abs(np.fft.irfft(spectrum, 64 * RATE)).max() * 64
    measured = measure(samples, RATE).true_peak_dbtp
    assert within_a_tenth(measured, ebur128(samples)[1])
    assert -0.01 <= 20 * math.log10(exact) - measured <= missed_db


@pytest.mark.slow
@pytest.mark.parametrize(
    ("samples", "target"),
    [
        pytest.param(impacts(8, 16, 0.04), LoudnessTarget(-14, -1), id="impacts over noise"),
        pytest.param(impacts(8, 60, 0.003, decay_s=0.05), LoudnessTarget(-16, -1), id="impacts"),
        pytest.param(noise(0.1, 8, channels=2), LoudnessTarget(-9, -2), id="noise"),
        pytest.param(impacts(8, 16, 0.04), LoudnessTarget(-23, -10), id="low ceiling"),
    ],
)
def test_what_the_limiter_delivers(ebur128: Ebur128, samples: np.ndarray, target: LoudnessTarget) -> None:
    """ffmpeg finds the loudness asked for, and no peak above the ceiling."""
    gain, curve = level_to_target(samples, RATE, measure(samples, RATE), target)
    assert curve is not None
    assert gain.limited_by == "loudness"
    lufs, peak = ebur128(samples * 10 ** (gain.gain_db / 20) * curve)
    assert lufs == pytest.approx(target.integrated_lufs, abs=0.1)
    assert target.true_peak_dbtp - 0.3 <= 20 * math.log10(peak) <= target.true_peak_dbtp
