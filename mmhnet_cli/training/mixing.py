"""Sounds placed and mixed as their levels: nearer or further, in a room, larger or smaller, several at once.

Powers of sounds that have nothing to do with each other add up, and the tail of a room is noise under a falling
envelope (Moorer 1979, "About This Reverberation Business"): both are as true of the bands of a log-mel as of samples,
and there they cost a thousandth, so every step of a training hears other mixtures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.signal import lfilter

from mmhnet_cli.codec.deep import DeepConfig
from mmhnet_cli.codec.mel import MelConfig, band_edges_hz

FAR_DB, FAR_DB_PER_OCTAVE, FAR_FROM_HZ = -22.0, -5.0, 1500.0
"""What distance 1 takes from the level of the direct sound, and from its heights, by air and what stands around."""
ROOM_DB = -9.0
"""Level of a room's tail, summed over its length, against the sound that excites it at distance 0."""
DAMPED_HZ = 3000.0
"""Where the tail of a room falls twice as fast as at the bottom."""
SIZES = tuple(float(size) for size in np.round(2.0 ** (np.arange(-8, 9) / 12), 6))
"""Factors of size that are drawn: from eight semitones above to eight below."""


@dataclass(frozen=True)
class Place:
    """Where a sound is. distance: 0 is near, 1 far. room_s: T60 of the room, 0 for none. size: factor of every
    wavelength, one of `SIZES`. gain: linear."""

    distance: float = 0.0
    room_s: float = 0.0
    size: float = 1.0
    gain: float = 1.0


@dataclass(frozen=True)
class Bins:
    """The frequencies of the levels of a codec: mel bands, then deep bins, each from low to high."""

    mel: MelConfig
    deep: DeepConfig | None

    @property
    def floor(self) -> float:
        """The least level, in nepers."""
        return float(np.log(self.mel.floor))

    @property
    def hop_s(self) -> float:
        """Seconds from one frame to the next."""
        return self.mel.hop_samples / self.mel.sample_rate_hz

    def groups_hz(self) -> tuple[np.ndarray, ...]:
        """Centres of the mel bands, and of the deep bins."""
        mel = np.asarray(band_edges_hz(self.mel)[1:-1])
        if self.deep is None:
            return (mel,)
        return mel, np.arange(1, self.deep.bins + 1) * (self.mel.sample_rate_hz / self.deep.fft_samples)


def placed(levels: np.ndarray, place: Place, bins: Bins) -> np.ndarray:
    """Levels (bins, T) in nepers of a dry sound close by -> the same sound in its place, float32."""
    sound = levels.astype(np.float32)
    if place.size != 1.0:
        sound = _resizing(bins, place.size) @ sound
    gain = np.float32(np.log(place.gain))
    direct = sound + (gain + np.float32(place.distance) * _far(bins)[:, None])
    if place.room_s == 0:
        return np.maximum(direct, np.float32(bins.floor))
    # The room is filled by the sound however far the listener is.
    tail = _ring(np.maximum(np.exp(2 * (sound + gain)) - np.exp(2 * bins.floor), 0), place.room_s, bins)
    whole = 0.5 * np.log(np.exp(2 * direct) + tail)
    return np.maximum(whole, bins.floor).astype(np.float32)


def mixed(sounds: Sequence[np.ndarray], bins: Bins) -> np.ndarray:
    """Levels (bins, T) of one or more sounds -> those of their sum, float32."""
    if len(sounds) == 1:
        return sounds[0]
    silence = np.exp(2 * bins.floor)
    power = sum(np.exp(2 * sound) - silence for sound in sounds)
    return (0.5 * np.log(np.maximum(power, 0) + silence)).astype(np.float32)


def _ring(power: np.ndarray, t60_s: float, bins: Bins) -> np.ndarray:
    """Power (bins, T) of the tail: each band decays by itself, the high ones sooner."""
    keep = 10 ** (-6 * bins.hop_s * (1 + np.concatenate(bins.groups_hz()) / DAMPED_HZ) / t60_s)
    # The sum over the tail is the same for every room: a large one is not louder, only longer.
    level = 10 ** (ROOM_DB / 10) * (1 - keep)
    return np.stack([lfilter([0, gain], [1, -held], band) for gain, held, band in zip(level, keep, power, strict=True)])


@lru_cache(maxsize=4)
def _far(bins: Bins) -> np.ndarray:
    """Nepers that distance 1 adds to each band (bins,)."""
    octaves = np.maximum(np.log2(np.concatenate(bins.groups_hz()) / FAR_FROM_HZ), 0)
    return np.asarray((FAR_DB + FAR_DB_PER_OCTAVE * octaves) * np.log(10) / 20, np.float32)


@lru_cache(maxsize=64)
def _resizing(bins: Bins, size: float) -> np.ndarray:
    """(bins, bins): each band takes the level of the one that is `size` times as high, between its neighbours."""
    groups = bins.groups_hz()
    whole = np.zeros((sum(map(len, groups)),) * 2, np.float32)
    first = 0
    for centres in groups:
        wanted = np.clip(centres * size, centres[0], centres[-1])
        upper = np.clip(np.searchsorted(centres, wanted), 1, len(centres) - 1)
        share = (wanted - centres[upper - 1]) / (centres[upper] - centres[upper - 1])
        rows = first + np.arange(len(centres))
        whole[rows, first + upper - 1] = 1 - share
        whole[rows, first + upper] += share
        first += len(centres)
    return whole
