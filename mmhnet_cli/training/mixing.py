"""Sounds placed and mixed as their log-mels: nearer or further, in a room, larger or smaller, several at once.

Powers of sounds that have nothing to do with each other add up, and the tail of a room is noise under a falling
envelope (Moorer 1979, "About This Reverberation Business"): both are as true of the bands of a log-mel as of samples,
and there they cost a thousandth, so every step of a training hears other mixtures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.signal import lfilter

from mmhnet_cli.codec.mel import MelConfig, band_edges_hz

FAR_DB, FAR_DB_PER_OCTAVE, FAR_FROM_HZ = -22.0, -5.0, 1500.0
"""What distance 1 takes from the level of the direct sound, and from its heights, by air and by all that stands around."""
ROOM_DB = -9.0
"""Level of a room's tail, summed over its length, against the sound that excites it at distance 0."""
DAMPED_HZ = 3000.0
"""Where the tail of a room falls twice as fast as at the bottom."""
SIZES = np.round(2.0 ** (np.arange(-8, 9) / 12), 6)
"""Factors of size that are drawn: from a fifth smaller in every length to a fifth larger, by semitones."""


@dataclass(frozen=True)
class Place:
    """Where a sound is. distance: 0 is near, 1 far. room_s: T60 of the room, 0 for none. size: factor of every
    wavelength, one of `SIZES`. gain: linear."""

    distance: float = 0.0
    room_s: float = 0.0
    size: float = 1.0
    gain: float = 1.0


def placed(log_mel: np.ndarray, place: Place, config: MelConfig) -> np.ndarray:
    """Natural log-mel (bins, T) of a dry sound close by -> the same sound in its place, float32."""
    sound = log_mel.astype(np.float32)
    if place.size != 1.0:
        sound = _resizing(config, float(place.size)) @ sound
    floor = np.log(config.floor)
    direct = sound + (np.log(place.gain) + place.distance * _far(config)[:, None])
    if place.room_s == 0:
        return np.maximum(direct, floor).astype(np.float32)
    # The room is filled by the sound however far the listener is.
    tail = np.exp(2 * (sound + np.log(place.gain))) - config.floor**2
    return np.maximum(0.5 * np.log(np.exp(2 * direct) + _ring(np.maximum(tail, 0), place.room_s, config)), floor).astype(
        np.float32
    )


def mixed(sounds: Sequence[np.ndarray], config: MelConfig) -> np.ndarray:
    """Log-mels (bins, T) of several sounds -> that of their sum; of none: silence needs its length, so one is asked."""
    powers = sum(np.exp(2 * sound) - config.floor**2 for sound in sounds)
    return (0.5 * np.log(np.maximum(powers, 0) + config.floor**2)).astype(np.float32)


def _ring(power: np.ndarray, t60_s: float, config: MelConfig) -> np.ndarray:
    """Power (bins, T) of the tail: each band decays by itself, the high ones sooner."""
    hop_s = config.hop_samples / config.sample_rate_hz
    decay = t60_s / (1 + _centres_hz(config) / DAMPED_HZ)
    keep = 10 ** (-6 * hop_s / decay)
    # The sum over the tail is the same for every room: a large one is not louder, only longer.
    level = 10 ** (ROOM_DB / 10) * (1 - keep)
    return np.stack([lfilter([0, gain], [1, -held], band) for gain, held, band in zip(level, keep, power, strict=True)])


@lru_cache(maxsize=4)
def _centres_hz(config: MelConfig) -> np.ndarray:
    return np.asarray(band_edges_hz(config)[1:-1])


@lru_cache(maxsize=4)
def _far(config: MelConfig) -> np.ndarray:
    """Nepers that distance 1 adds to each band (bins,)."""
    octaves = np.maximum(np.log2(_centres_hz(config) / FAR_FROM_HZ), 0)
    return np.asarray((FAR_DB + FAR_DB_PER_OCTAVE * octaves) * np.log(10) / 20, np.float32)


@lru_cache(maxsize=64)
def _resizing(config: MelConfig, size: float) -> np.ndarray:
    """(bins, bins): each band takes the level of the one that is `size` times as high, between its neighbours."""
    centres = _centres_hz(config)
    wanted = np.clip(centres * size, centres[0], centres[-1])
    upper = np.clip(np.searchsorted(centres, wanted), 1, len(centres) - 1)
    share = (wanted - centres[upper - 1]) / (centres[upper] - centres[upper - 1])
    matrix = np.zeros((len(centres), len(centres)), np.float32)
    rows = np.arange(len(centres))
    matrix[rows, upper - 1] = 1 - share
    matrix[rows, upper] += share
    return matrix
