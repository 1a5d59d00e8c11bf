"""Programme loudness (ITU-R BS.1770, EBU Tech 3341 and 3342)."""

import math
from dataclasses import dataclass

import numpy as np
import pyloudnorm
from scipy import signal

from mmhnet_cli.audio.gain_curve import GainCurve
from mmhnet_cli.audio.true_peak import PeakMeter
from mmhnet_cli.audio.waves import Waves, stretches

ABSOLUTE_GATE_LUFS = -70.0
HOPS_PER_S = 100  # coarser steps would miss up to 0.6 LU of a maximum
MOMENTARY_HOPS = 40  # 400 ms
SHORT_TERM_HOPS = 300  # 3 s
GATING_STEP_HOPS = 10  # integrated loudness and range take a window each 100 ms
MIN_RANGE_S = 60  # below this the loudness range says nothing
BLOCK_S = 5
# Left, right, centre 1; surrounds +1.5 dB; the low-frequency channel does not count. In the order L R C (LFE) Ls Rs.
CHANNEL_WEIGHTS = {
    1: (1.0,),
    2: (1.0, 1.0),
    3: (1.0, 1.0, 1.0),
    5: (1.0, 1.0, 1.0, 1.41, 1.41),
    6: (1.0, 1.0, 1.0, 0.0, 1.41, 1.41),
    # The back channels of 7.1 lie behind 120 degrees, where BS.1770-4 adds nothing.
    8: (1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.41, 1.41),
}


@dataclass(frozen=True)
class Loudness:
    """A measurement. None stands for no number: silence, or too short (0.4 s; short-term 3 s; range 60 s)."""

    duration_s: float
    integrated_lufs: float | None
    momentary_max_lufs: float | None
    short_term_max_lufs: float | None
    range_lu: float | None
    true_peak_dbtp: float | None
    sample_peak_dbfs: float | None
    silent: bool
    """Nothing is above -70 LUFS."""
    reliable: bool
    """It has at least 3 s, and is not silent."""


def measure(samples: Waves, rate: int) -> Loudness:
    """Measure (channels, n) samples, full scale +-1, in the order of `Meter` and with the same errors.

    Blocks are worked through one by one: it takes little memory beyond the samples.
    """
    if len(samples.shape) != 2:
        raise ValueError(f"samples must be (channels, n), not {samples.shape}")
    meter = Meter(samples.shape[0], rate)
    for block in stretches(samples, BLOCK_S * rate):
        meter.add(block)
    return meter.result()


class Meter:
    """It measures sound that comes in blocks, and keeps 8 bytes for each 10 ms of it.

    Channels come in the order L R C (LFE) Ls Rs, and in 7.1 L R C LFE Lb Rb Ls Rs. Raises ValueError for 4, 7 or more
    than 8 channels.
    """

    def __init__(self, channels: int, rate: int) -> None:
        if channels not in CHANNEL_WEIGHTS:
            known = ", ".join(map(str, CHANNEL_WEIGHTS))
            raise ValueError(f"samples must be (channels, n) with one of {known} channels, not {channels}")
        self.rate = rate
        self._hops = HopMeter(channels, rate)
        self._peaks = PeakMeter(channels, rate)
        self._energies: list[np.ndarray] = []
        self._length = 0

    def add(self, block: np.ndarray) -> None:
        """Take the next (channels, n) samples, full scale +-1. Raises ValueError for samples that are not finite."""
        if not np.isfinite(block).all():
            raise ValueError("samples must be finite")
        self._length += block.shape[1]
        self._energies.append(self._hops.add(block))
        self._peaks.add(block)

    def result(self) -> Loudness:
        """Return the loudness of all that came; nothing may come after."""
        self._peaks.finish()
        hops = np.concatenate(self._energies) if self._energies else np.zeros(0)
        momentary = window_loudness(hops, MOMENTARY_HOPS)
        short_term = window_loudness(hops, SHORT_TERM_HOPS)
        integrated = integrated_loudness(momentary)
        peak = self._peaks.sample_peak
        duration_s = self._length / self.rate
        # Too short for a block: only the peak can tell.
        silent = integrated is None if momentary.size else peak < 10 ** (ABSOLUTE_GATE_LUFS / 20)
        return Loudness(
            duration_s=duration_s,
            integrated_lufs=integrated,
            momentary_max_lufs=loudest(momentary),
            short_term_max_lufs=loudest(short_term),
            range_lu=_range(short_term[::GATING_STEP_HOPS]) if duration_s >= MIN_RANGE_S else None,
            true_peak_dbtp=_decibel(self._peaks.true_peak),
            sample_peak_dbfs=_decibel(peak),
            silent=silent,
            reliable=duration_s >= 3 and not silent,
        )


class HopMeter:
    """It gives weighted mean squares of K-filtered sound that comes in blocks."""

    def __init__(self, channels: int, rate: int) -> None:
        self.rate = rate
        self._filters = k_weighting(rate)
        self._weights = np.array(CHANNEL_WEIGHTS[channels])
        self._state = np.zeros((len(self._filters), channels, 2))
        self._pending = np.zeros((channels, 0))  # less than a hop
        self._count = 0

    def add(self, block: np.ndarray) -> np.ndarray:
        """Return one (hops,) for each 10 ms that is whole with these (channels, n) samples."""
        pending = np.concatenate([self._pending, block], axis=1) if self._pending.shape[1] else block
        begin = self._count * self.rate // HOPS_PER_S
        count = ((begin + pending.shape[1] + 1) * HOPS_PER_S - 1) // self.rate
        bounds = np.arange(self._count, count + 1) * self.rate // HOPS_PER_S - begin
        self._pending = np.array(pending[:, bounds[-1] :], dtype=np.float64)
        if count == self._count:
            return np.zeros(0)
        self._count = count
        whole = pending[:, : bounds[-1]].astype(np.float64)
        weighted, self._state = signal.sosfilt(self._filters, whole, axis=1, zi=self._state)
        power = self._weights @ np.square(weighted)
        energies: np.ndarray = np.add.reduceat(power, bounds[:-1]) / np.diff(bounds)
        return energies


def hop_energies(samples: Waves, rate: int, curve: GainCurve | None = None) -> np.ndarray:
    """Return the weighted mean square (hops,) of the K-filtered (channels, n) samples over each whole 10 ms.

    curve: a gain (n,) to apply first.
    """
    meter = HopMeter(samples.shape[0], rate)
    energies = []
    for first in range(0, samples.shape[1], BLOCK_S * rate):
        part = slice(first, first + BLOCK_S * rate)
        energies.append(meter.add(samples[:, part] if curve is None else samples[:, part] * curve[part]))
    return np.concatenate(energies) if energies else np.zeros(0)


def window_loudness(hops: np.ndarray, length: int) -> np.ndarray:
    """Return the loudness of all windows of `length` hop energies, one per hop; -inf for digital silence."""
    if hops.size < length:
        return np.zeros(0)
    windows = np.lib.stride_tricks.sliding_window_view(hops, length).mean(axis=1)
    return _lufs(windows)


def integrated_loudness(momentary: np.ndarray) -> float | None:
    """Return the mean over the windows, one per 100 ms, above -70 LUFS and within 10 LU of the mean of those."""
    windows = momentary[::GATING_STEP_HOPS]
    heard = windows[windows > ABSOLUTE_GATE_LUFS]
    if not heard.size:
        return None
    return _mean_lufs(heard[heard > _mean_lufs(heard) - 10])


def loudest(windows: np.ndarray) -> float | None:
    """Return the highest loudness of all windows; None where there is none, or all are digital silence."""
    highest = float(windows.max(initial=-math.inf))
    return highest if math.isfinite(highest) else None


def k_weighting(rate: int) -> np.ndarray:
    """Return second-order sections (2, 6) of the K-filter: head shelf, then high-pass.

    The parameters (Brecht De Man) give the coefficients that the standard prints for 48 kHz, and the same curve at
    other rates; the rounded ones of pyloudnorm's default meter read up to 0.06 LU low.
    """
    shelf = pyloudnorm.IIRfilter(3.99984385397, 0.7071752369554193, 1681.9744509555319, rate, "high_shelf_DeMan")
    high_pass = pyloudnorm.IIRfilter(0.0, 0.5003270373253953, 38.13547087613982, rate, "high_pass_DeMan")
    return np.array([[*part.b, *part.a] for part in (shelf, high_pass)], dtype=np.float64)


def _lufs(energy: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return -0.691 + 10 * np.log10(energy)


def _mean_lufs(blocks: np.ndarray) -> float:
    return 10 * math.log10(float(np.mean(10 ** (blocks / 10))))


def _range(short_term: np.ndarray) -> float | None:
    """Return the loudness range (EBU Tech 3342): from the 10th to the 95th percentile of gated short-term loudness."""
    heard = short_term[short_term > ABSOLUTE_GATE_LUFS]
    if not heard.size:
        return None
    low, high = np.percentile(heard[heard > _mean_lufs(heard) - 20], [10, 95])
    return float(high - low)


def _decibel(linear: float) -> float | None:
    return 20 * math.log10(linear) if linear > 0 else None
