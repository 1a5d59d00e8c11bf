"""Onsets of a sound, and how well they meet the events of its film."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import maximum_filter1d, uniform_filter1d
from scipy.signal import stft

from mmhnet_cli.codec.mel import MelConfig, mel_filters

HOP_SAMPLES = 256
WINDOW_SAMPLES = 1024


@dataclass(frozen=True)
class OnsetConfig:
    """When a rise of level counts as an onset.

    apart_s: least distance of two onsets. rise_db: least rise of level, mean over bands. below_peak_db: quieter ones
    than this under the loudest frame are not heard. masked_s, masked_db: a sound of several parts, such as heel and
    toe, is one onset: within this time after an onset, one that is quieter by so much, or rises less than this share
    of its rise, is its echo.
    """

    apart_s: float = 0.09
    rise_db: float = 4.0
    below_peak_db: float = 38.0
    masked_s: float = 0.28
    masked_db: float = 6.0
    masked_rise: float = 0.5


def detect_onsets(sound: np.ndarray, sample_rate_hz: int, config: OnsetConfig = OnsetConfig()) -> np.ndarray:
    """Onset times (E,) in seconds of (samples,): peaks of the rise of the log-mel (spectral flux)."""
    mel = MelConfig(sample_rate_hz, WINDOW_SAMPLES, HOP_SAMPLES, 40, 60.0, min(16000.0, sample_rate_hz / 2))
    _, times, spectrum = stft(sound, sample_rate_hz, nperseg=WINDOW_SAMPLES, noverlap=WINDOW_SAMPLES - HOP_SAMPLES)
    bands = mel_filters(mel) @ np.abs(spectrum)
    loudest = bands.max() + 1e-12
    level = 20 * np.log10(np.maximum(bands, loudest * 10 ** (-60 / 20)))
    rise = np.zeros_like(level)
    rise[:, 3:] = np.maximum(level[:, 3:] - level[:, :-3], 0)
    flux = rise.mean(0)
    energy = 20 * np.log10(np.sqrt((bands**2).sum(0)) + 1e-12)
    heard = maximum_filter1d(energy, 9) > energy.max() - config.below_peak_db
    reach = round(config.apart_s * sample_rate_hz / HOP_SAMPLES)
    local = flux == maximum_filter1d(flux, 2 * reach + 1)
    steady = uniform_filter1d(flux, round(0.6 * sample_rate_hz / HOP_SAMPLES))
    found = np.flatnonzero(local & heard & (flux > config.rise_db) & (flux > 1.8 * steady))
    loudness = maximum_filter1d(energy, 9)[found]
    echo = [
        any(
            times[here] - times[before] < config.masked_s
            and (loudness[other] > loudness[index] + config.masked_db or flux[before] * config.masked_rise > flux[here])
            for other, before in enumerate(found[:index])
        )
        for index, here in enumerate(found)
    ]
    # The rise is complete about one hop after the onset.
    return times[found[~np.array(echo, bool)]] - HOP_SAMPLES / sample_rate_hz


@dataclass(frozen=True)
class Matches:
    """Counts of matched, missed and extra onsets; they add up over films."""

    matched: int = 0
    missed: int = 0
    extra: int = 0

    def __add__(self, other: "Matches") -> "Matches":
        return Matches(self.matched + other.matched, self.missed + other.missed, self.extra + other.extra)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 1 where there was nothing to find and nothing was found."""
        total = 2 * self.matched + self.missed + self.extra
        return 2 * self.matched / total if total else 1.0


def match_onsets(found_s: np.ndarray, true_s: np.ndarray, tolerance_s: float = 0.06) -> Matches:
    """Pair each true event with at most one onset within the tolerance, the nearest pairs first."""
    distances = np.abs(np.asarray(found_s)[:, None] - np.asarray(true_s)[None])
    pairs = np.argwhere(distances <= tolerance_s)
    used_found: set[int] = set()
    used_true: set[int] = set()
    for row, column in sorted(map(tuple, pairs), key=lambda pair: distances[pair]):
        if row not in used_found and column not in used_true:
            used_found.add(row)
            used_true.add(column)
    matched = len(used_true)
    return Matches(matched, len(true_s) - matched, len(found_s) - matched)
