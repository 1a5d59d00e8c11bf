"""Any stretch of a sound file, without reading what lies before it."""

import os
from pathlib import Path

import numpy as np
import soundfile

from mmhnet_cli.errors import AudioUnreadable
from mmhnet_cli.regular_file import open_regular

MOST_SAMPLES = 1 << 21
"""So many of each channel are read at once, at most."""


class SoundPart:
    """An open sound file of PCM, read at any place. A context."""

    def __init__(self, path: Path) -> None:
        """Raises AudioUnreadable."""
        self.path = path
        try:
            self._descriptor = open_regular(Path(os.path.realpath(path)), os.O_RDONLY)
        except OSError as error:
            raise AudioUnreadable(path, error.strerror or str(error)) from error
        try:
            self._file = soundfile.SoundFile(os.dup(self._descriptor))
        except soundfile.SoundFileError as error:
            raise AudioUnreadable(path, str(error)) from error
        finally:
            os.close(self._descriptor)
        self.rate_hz: int = self._file.samplerate
        self.channels: int = self._file.channels
        self.samples: int = self._file.frames

    def read(self, first: int, count: int) -> np.ndarray:
        """Return `count` samples from `first` on: (channels, count) float32, silent outside the file.

        Raises AudioUnreadable, and ValueError for more than MOST_SAMPLES.
        """
        if not 0 <= count <= MOST_SAMPLES:
            raise ValueError(f"{count} samples are not 0 to {MOST_SAMPLES}")
        out = np.zeros((self.channels, count), np.float32)
        begin, end = max(0, first), min(self.samples, first + count)
        if begin < end:
            try:
                self._file.seek(begin)
                found = self._file.read(end - begin, dtype="float32", always_2d=True).T
            except soundfile.SoundFileError as error:
                raise AudioUnreadable(self.path, str(error)) from error
            out[:, begin - first : begin - first + found.shape[1]] = found
        return out

    def __enter__(self) -> "SoundPart":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
