"""What the eye gets of a sound: peaks and tiles of a spectrogram, each at a cost that its length does not change.

The peaks of a whole file are found once, in blocks of BASE samples; what is nearer is read from the file.
"""

import threading
from pathlib import Path

import numpy as np

from mmhnet_cli.audio.spectrogram import FRAME, band_shades
from mmhnet_cli.media.audio_file import open_sound
from mmhnet_cli.media.png import palette, png
from mmhnet_cli.media.sound_part import MOST_SAMPLES, SoundPart

BASE = 256
MOST_BINS = 4096
TILE_COLUMNS, BANDS, MOST_LEVEL = 512, 128, 15
"""A tile of level k shows 2^k seconds in so many columns."""
FRAMES_A_COLUMN = 4
"""A column that is longer than this many frames has so many of them, of which the loudest is shown."""
HELD_BYTES = 256 << 20


class Peaks:
    """Peaks of the files that were asked for; those asked for longest ago are let go of first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[tuple[Path, int, int], np.ndarray] = {}

    def between(self, path: Path, first: int, last: int, bins: int) -> np.ndarray:
        """Return the largest magnitude in `bins` equal parts of samples first to last: (channels, bins) uint16.

        65535 is full scale. Outside the file there is silence. Raises AudioUnreadable, and ValueError for what is no
        stretch, or too many bins.
        """
        if not 0 < bins <= MOST_BINS or first >= last:
            raise ValueError(f"samples {first} to {last} in {bins} bins")
        edges = np.linspace(first, last, bins + 1)
        if last - first < bins * BASE:
            with SoundPart(path) as sound:
                return _binned(_scaled(np.abs(sound.read(first, last - first))), edges - first)
        return _binned(self._whole(path), edges / BASE)

    def _whole(self, path: Path) -> np.ndarray:
        stat = path.stat()
        key = (path, stat.st_mtime_ns, stat.st_size)
        # One at a time: the page asks for all tracks at once, and the disk and the core are shared with playback.
        with self._lock:
            found = self._found.pop(key, None)
            if found is None:
                found = _peaks_of(path)
            self._found[key] = found
            while len(self._found) > 1 and sum(held.nbytes for held in self._found.values()) > HELD_BYTES:
                del self._found[next(iter(self._found))]
            return found


def _peaks_of(path: Path) -> np.ndarray:
    parts = []
    with open_sound(path) as sound:
        for block in sound.blocks:
            magnitude = np.abs(block)
            missing = -magnitude.shape[1] % BASE
            padded = np.pad(magnitude, ((0, 0), (0, missing)))
            parts.append(_scaled(padded.reshape(len(padded), -1, BASE).max(2)))
    return np.concatenate(parts, axis=1)


def _scaled(magnitude: np.ndarray) -> np.ndarray:
    return np.minimum(np.rint(magnitude * 65535), 65535).astype(np.uint16)


def _binned(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Return the maximum of values (channels, n) from each edge to the next, and 0 where none are."""
    length = values.shape[1]
    begins = np.clip(np.floor(edges[:-1]).astype(int), 0, length)
    ends = np.clip(np.maximum(np.ceil(edges[1:]).astype(int), np.floor(edges[:-1]).astype(int) + 1), 0, length)
    padded = np.pad(values, ((0, 0), (0, 1)))
    pairs = np.stack([begins, np.maximum(begins, ends)], axis=1).reshape(-1)
    found = np.maximum.reduceat(padded, pairs, axis=1)[:, ::2]
    found[:, ends <= begins] = 0
    return found


def tile(path: Path, level: int, number: int) -> bytes:
    """Return tile `number`, from 0, of the spectrogram of a file as a PNG, high tones above.

    Raises AudioUnreadable, and ValueError for a tile that there is not.
    """
    with SoundPart(path) as sound:
        length = sound.rate_hz << level if 0 <= level <= MOST_LEVEL else 0
        if not length or number < 0 or number * length >= sound.samples:
            raise ValueError(f"tile {number} of level {level}")
        hop = length / TILE_COLUMNS
        each = FRAMES_A_COLUMN if hop > FRAMES_A_COLUMN * FRAME else 1
        places = number * length + (np.arange(TILE_COLUMNS * each) + 0.5) * hop / each - FRAME / 2
        firsts = np.rint(places).astype(int)
        firsts = firsts[firsts < sound.samples]
        frames = _frames(sound, firsts)
        channels = [band_shades(frames[:, channel], sound.rate_hz, BANDS) for channel in range(frames.shape[1])]
    shades = np.zeros((TILE_COLUMNS * each, BANDS), np.uint8)
    shades[: len(firsts)] = np.max(channels, axis=0)
    columns = shades.reshape(TILE_COLUMNS, each, BANDS).max(1)
    return png(columns.T[::-1], palette())


def _frames(sound: SoundPart, firsts: np.ndarray) -> np.ndarray:
    """Return the frames (n, channels, FRAME) that begin there."""
    reach = int(firsts[-1] - firsts[0]) + FRAME
    if reach <= MOST_SAMPLES:
        near = sound.read(int(firsts[0]), reach)
        places = firsts - firsts[0]
        return np.lib.stride_tricks.sliding_window_view(near, FRAME, axis=1)[:, places].swapaxes(0, 1)
    return np.stack([sound.read(int(first), FRAME) for first in firsts])
