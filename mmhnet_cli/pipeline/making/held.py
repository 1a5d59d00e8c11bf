"""Sounds on disk while a take is made: there may be many tracks, and each is as long as the film."""

import tempfile
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from io import RawIOBase
from pathlib import Path

import numpy as np

from mmhnet_cli.audio.waves import Computed, Waves
from mmhnet_cli.errors import OutputUnwritable
from mmhnet_cli.media.temporary import MARK

BLOCK_SAMPLES = 1 << 18
SAMPLE_BYTES = 4


class Scratch:
    """Room for sounds in one file in `folder`, which goes with it, also when the program is killed: it has no name but
    on Windows. What is done with its sounds raises OutputUnwritable where there is no room."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._bytes = 0

    @cached_property
    def _file(self) -> RawIOBase:
        """Make the file, which a film with one prompt does without."""
        with self._errors():
            # It stays open. Without a buffer, closing it has nothing left to write, and so nothing to fail with.
            file = tempfile.TemporaryFile(buffering=0, prefix=MARK, suffix=".part", dir=self.folder)  # noqa: SIM115
        weakref.finalize(self, file.close)
        return file

    def silence(self, channels: int, samples: int) -> "HeldSound":
        """Return room for a sound, which is silent until it is written. What stays silent takes no room."""
        first = self._bytes
        self._bytes += channels * samples * SAMPLE_BYTES
        with self._errors():
            self._file.truncate(self._bytes)
        return HeldSound(self, first, channels, samples)

    def held(self, sound: Waves) -> "HeldSound":
        """Return a copy of a sound (channels, n)."""
        held = self.silence(*sound.shape)
        for first in range(0, sound.shape[1], BLOCK_SAMPLES):
            part = slice(first, min(first + BLOCK_SAMPLES, sound.shape[1]))
            held[:, part] = sound[:, part]
        return held

    def read(self, at: int, values: np.ndarray) -> None:
        """Fill float32 values with what lies at this byte."""
        self._each(at, values, self._file.readinto)

    def write(self, at: int, values: np.ndarray) -> None:
        """Put float32 values to this byte."""
        self._each(at, values, self._file.write)

    def _each(self, at: int, values: np.ndarray, move: Callable[[memoryview], int | None]) -> None:
        rest = values.data.cast("B")
        with self._errors():
            self._file.seek(at)
            while rest:
                moved = move(rest)
                if not moved:
                    raise OutputUnwritable(self.folder, "a temporary file in it was cut short")
                rest = rest[moved:]

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise OutputUnwritable(self.folder, error.strerror or type(error).__name__) from error


class HeldSound(Computed):
    """A sound (channels, n) float32 in a scratch: its stretches are read, and written, as those of an array are."""

    def __init__(self, scratch: Scratch, first: int, channels: int, samples: int) -> None:
        super().__init__(channels, samples)
        self._scratch, self._first = scratch, first

    def stretch(self, first: int, last: int) -> np.ndarray:
        """Read it. It lies interleaved."""
        values = np.empty((last - first, self.shape[0]), np.float32)
        if values.size:
            self._scratch.read(self._byte(first), values)
        return np.ascontiguousarray(values.T)

    def __setitem__(self, key: tuple[slice, slice], values: np.ndarray) -> None:
        """Write a stretch, `samples[:, first:last] = values`."""
        first, last, _ = key[1].indices(self.shape[1])
        if values.shape != (self.shape[0], last - first):
            raise ValueError(f"{values.shape} are not the samples {first} to {last} of {self.shape}")
        if values.size:
            self._scratch.write(self._byte(first), np.ascontiguousarray(values.T, np.float32))

    def _byte(self, sample: int) -> int:
        return self._first + sample * self.shape[0] * SAMPLE_BYTES
