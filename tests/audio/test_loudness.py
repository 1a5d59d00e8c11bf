import math
import tracemalloc

import numpy as np
import pytest

from mmhnet_cli.audio.loudness import Loudness, k_weighting, measure
from tests.audio.signals import RATE, sequence, surround, tone


@pytest.mark.slow
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


@pytest.mark.slow
def test_ebu_tech_3341_six_channels() -> None:
    # The low-frequency channel is loud here and must not count.
    assert measure(surround(-28, -28, -24, 0, -30, -30), RATE).integrated_lufs == pytest.approx(-23, abs=0.1)
    assert measure(surround(-28, -28, -24, -30, -30), RATE).integrated_lufs == pytest.approx(-23, abs=0.1)


@pytest.mark.parametrize("offset_s", [0.0, 0.15, 0.3, 0.45, 2.85])
def test_short_term_of_ebu_tech_3341(offset_s: float) -> None:
    """Signals 9 and 10: the same in every window, and 3 s of tone that begin anywhere."""
    steady = sequence(*[(-20, 1.34), (-30, 1.66)] * 5)
    assert measure(steady[:, round(offset_s * RATE) :], RATE).short_term_max_lufs == pytest.approx(-23, abs=0.1)
    segment = sequence((-math.inf, offset_s), (-23, 3), (-math.inf, 1))
    assert measure(segment, RATE).short_term_max_lufs == pytest.approx(-23, abs=0.1)


@pytest.mark.parametrize("offset_s", [0.0, 0.02, 0.05, 0.08, 0.38])
def test_momentary_of_ebu_tech_3341(offset_s: float) -> None:
    """Signals 12 and 13: the same in every window, and 400 ms of tone that begin anywhere."""
    steady = sequence(*[(-20, 0.18), (-30, 0.22)] * 10)
    assert measure(steady[:, round(offset_s * RATE) :], RATE).momentary_max_lufs == pytest.approx(-23, abs=0.1)
    segment = sequence((-math.inf, offset_s), (-23, 0.4), (-math.inf, 1))
    assert measure(segment, RATE).momentary_max_lufs == pytest.approx(-23, abs=0.1)


@pytest.mark.parametrize("level", [-38, -30, -19])
def test_maxima_of_ebu_tech_3341_at_each_level(level: int) -> None:
    """Signals 11 and 14, one of their segments."""
    assert measure(
        sequence((-math.inf, 0.15), (level, 3), (-math.inf, 0.5)), RATE
    ).short_term_max_lufs == pytest.approx(level, abs=0.1)
    assert measure(
        sequence((-math.inf, 0.02), (level, 0.4), (-math.inf, 0.5)), RATE
    ).momentary_max_lufs == pytest.approx(level, abs=0.1)


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


@pytest.mark.slow
def test_range_of_ebu_tech_3342() -> None:
    assert measure(sequence((-20, 31), (-30, 31)), RATE).range_lu == pytest.approx(10, abs=1)
    assert measure(sequence((-20, 20), (-30, 20)), RATE).range_lu is None


def test_silence_has_no_numbers() -> None:
    measured = measure(np.zeros((2, 5 * RATE)), RATE)
    assert measured == Loudness(5.0, None, None, None, None, None, None, silent=True, reliable=False)


def test_almost_silence() -> None:
    measured = measure(tone(-75, 5), RATE)
    assert measured.silent
    assert measured.integrated_lufs is None
    assert measured.true_peak_dbtp == pytest.approx(-75, abs=0.1)


@pytest.mark.parametrize("samples", [0, 1, 100, 19199])
def test_shorter_than_a_block(samples: int) -> None:
    measured = measure(tone(-20, 1)[:, 100 : 100 + samples], RATE)
    assert measured.integrated_lufs is None
    assert not measured.reliable
    assert measured.silent == (samples == 0)


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


@pytest.mark.slow
def test_memory_stays_small() -> None:
    signal = np.random.default_rng(0).normal(0, 0.1, (1, RATE * 120)).astype(np.float32)
    tracemalloc.start()
    measure(signal, RATE)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 15e6  # the signal itself has 23
