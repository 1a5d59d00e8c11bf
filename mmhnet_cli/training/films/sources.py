"""Where clips come from: a film with its sound, or a sound that no film goes with."""

from collections.abc import Generator, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import numpy as np

from mmhnet_cli.audio.resample import resample_blocks
from mmhnet_cli.encoders.protocol import Picture
from mmhnet_cli.errors import AudioUnreadable
from mmhnet_cli.media.audio_file import open_sound
from mmhnet_cli.media.ffmpeg import FfmpegProgram
from mmhnet_cli.media.original_sound import original_parts, original_track
from mmhnet_cli.media.probe import probe
from mmhnet_cli.training.films.index import Shapes
from mmhnet_cli.training.films.looking import Look, Stretch
from mmhnet_cli.training.films.parts import Parts

SOUND_SUFFIXES = frozenset({".wav", ".flac"})
"""Files that are called so are sounds without a film."""


class Source(Protocol):
    """A film or a sound. All but `duration` raise what reading a film or its sound does."""

    duration: Fraction

    def look(self, begin_s: int, end: Fraction) -> Look:
        """Return the look at a stretch, which reads no picture before it is asked."""

    def seconds(self) -> Generator[np.ndarray, None, None]:
        """Yield the sound in parts of a second, (channels, samples) each, from the beginning on."""


class FilmSource:
    """A film. Raises what `probe` and `original_track` raise."""

    def __init__(self, path: Path, parts: Parts, rate_hz: int, ffmpeg: FfmpegProgram) -> None:
        self._film, self._parts, self._rate_hz, self._ffmpeg = probe(path), parts, rate_hz, ffmpeg
        self.duration = self._film.duration
        # Before the pictures are looked at, which takes longest.
        original_track(self._film)

    def look(self, begin_s: int, end: Fraction) -> Look:
        """Return the look of the model's encoders."""
        return self._parts.look(Stretch(self._film, begin_s, end), self._parts.encoders)

    def seconds(self) -> Generator[np.ndarray, None, None]:
        """Yield the film's own sound."""
        return original_parts(self._film, self._rate_hz, self._rate_hz, self._ffmpeg)


class SoundSource:
    """A sound, whose picture is not seen. Raises AudioUnreadable, FilmNotFound or FilmTooLarge, and AudioUnreadable
    where no words say what it is."""

    def __init__(self, path: Path, prompt: str, shapes: Shapes, rate_hz: int) -> None:
        if not prompt.strip():
            raise AudioUnreadable(path, "nothing says in words what it is, and it has no picture")
        self._path, self._shapes, self._rate_hz = path, shapes, rate_hz
        # Counted: what a header says of its length is not always so.
        with open_sound(path) as sound:
            self.duration = Fraction(sum(block.shape[1] for block in sound.blocks), sound.rate_hz)

    def look(self, begin_s: int, end: Fraction) -> Look:
        """Return the look at nothing."""
        return _Unseen(self._shapes)

    def seconds(self) -> Generator[np.ndarray, None, None]:
        """Yield the sound in one channel."""
        with open_sound(self._path) as sound:
            mono = (block.mean(axis=0, dtype=np.float32) for block in sound.blocks)
            yield from _in_seconds(resample_blocks(mono, sound.rate_hz, self._rate_hz), self._rate_hz)


class _Unseen:
    def __init__(self, shapes: Shapes) -> None:
        self._shapes = shapes

    def cuts_s(self) -> Sequence[float]:
        """Return none."""
        return ()

    def picture(self, start_s: int) -> Picture:
        """Return zeros; the network is told its own empty picture instead."""
        return Picture(np.zeros(self._shapes.clip, np.float32), np.zeros(self._shapes.sync, np.float32))


def _in_seconds(blocks: Iterator[np.ndarray], rate_hz: int) -> Iterator[np.ndarray]:
    held = np.zeros(0, np.float32)
    for block in blocks:
        held = np.concatenate([held, block])
        for _ in range(len(held) // rate_hz):
            yield held[None, :rate_hz]
            held = held[rate_hz:]
    if len(held):
        yield np.pad(held, (0, rate_hz - len(held)))[None]
