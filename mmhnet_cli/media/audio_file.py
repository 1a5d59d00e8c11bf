"""Writes sound files of PCM to the exact code, and reads any medium."""

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import soundfile

from mmhnet_cli.errors import AudioUnreadable, FilmTooLarge, FilmUnreadable, NoFrames, OutputUnwritable
from mmhnet_cli.media.broadcast_wave import WaveFormat, WaveNotes, wave_head
from mmhnet_cli.media.ffmpeg import find_ffmpeg
from mmhnet_cli.media.limits import MAX_CHANNELS, MAX_SOUND_BYTES, RATES_HZ
from mmhnet_cli.media.sound_decoder import SoundBlock, decode_sound
from mmhnet_cli.media.sound_tracks import AudioTrack, sound_tracks
from mmhnet_cli.media.source import check_regular, open_media

BLOCK_SAMPLES = 1 << 16
DEPTHS = (16, 24, 32)
PLAIN_FORMATS = frozenset({"WAV", "WAVEX", "RF64", "W64", "FLAC", "AIFF"})
UNSAID_FRAMES = 1 << 62
"""From here on, a number of frames means that the file does not say it."""
CHANNEL_ORDER = ("FL", "FR", "FC", "LFE", "BL", "BR", "FLC", "FRC", "BC", "SL", "SR", "TC", "TFL", "TFC", "TFR", "TBL")
"""These are the first of the channels of libavutil, in its own order."""


def write_wav(
    path: Path,
    samples: np.ndarray,
    sample_rate_hz: int,
    bits: int = 24,
    notes: WaveNotes | None = None,
    dither_seed: int | None = 0,
) -> None:
    """Write (channels, n) samples, full scale +-1, as 16- or 24-bit PCM or 32-bit float; RF64 above 4 GiB.

    Replaces what is at `path`, so the caller passes a temporary name. Equal samples, notes and seeds give equal files.
    dither_seed: of the dither at 16 bits; sounds that will be summed take different ones, or their noises add up. None
    has no dither: samples that were read from such a file are written as they were.
    Raises OutputUnwritable, and ValueError for samples that are not finite.
    """
    if samples.ndim != 2 or not np.issubdtype(samples.dtype, np.floating):
        raise ValueError(f"samples must be float (channels, n), not {samples.dtype} {samples.shape}")
    channels, length = samples.shape
    blocks = (samples[:, first : first + BLOCK_SAMPLES] for first in range(0, length, BLOCK_SAMPLES))
    write_blocks(path, blocks, WaveFormat(channels, sample_rate_hz, bits), length, notes, dither_seed)


def write_blocks(
    path: Path,
    blocks: Iterable[np.ndarray],
    form: WaveFormat,
    length: int,
    notes: WaveNotes | None = None,
    dither_seed: int | None = None,
) -> None:
    """Write a sound of `length` samples as `write_wav` does, from blocks (channels, n) in their order."""
    if form.bits not in DEPTHS:
        raise ValueError(f"bits must be 16, 24 or 32, not {form.bits}")
    noise = None if dither_seed is None else np.random.default_rng(dither_seed)
    try:
        with path.open("wb") as file:
            file.write(wave_head(form, length, notes))
            for block in blocks:
                file.write(little_endian(quantise(block.T, form.bits, noise), form.bits))
            file.write(bytes(file.tell() % 2))
    except OSError as error:
        raise OutputUnwritable(path, error.strerror or str(error)) from error
    _check(path, form, length)


def _check(path: Path, form: WaveFormat, frames: int) -> None:
    """Compare the head, which is ours, with what another reader understands of it. Raises OutputUnwritable."""
    expected = (form.channels, form.sample_rate_hz, frames)
    try:
        # Opened here: libsndfile takes no name that is not valid text.
        with path.open("rb") as file:
            info = soundfile.info(file)
        found = (info.channels, info.samplerate, info.frames)
    except soundfile.SoundFileError as error:
        raise OutputUnwritable(path, f"it cannot be read back ({error})") from error
    if found != expected:
        raise OutputUnwritable(path, f"it reads back as {found}, not as {expected} (channels, rate, samples)")


def quantise(samples: np.ndarray, bits: int, noise: np.random.Generator | None) -> np.ndarray:
    """Round samples, full scale +-1, to the nearest int32 codes of 16 or 24 bits; float32 for 32 bits. Same shape."""
    if not np.isfinite(samples).all():
        raise ValueError("samples must be finite")
    if bits == 32:
        return samples.astype(np.float32)
    scale = 1 << (bits - 1)
    scaled = samples.astype(np.float64) * scale
    if bits == 16 and noise is not None:
        # Triangular dither: at 16 bit the error of a quiet tail is heard as distortion; at 24 bit it is not heard.
        scaled += noise.random(samples.shape) - noise.random(samples.shape)
    return np.clip(np.rint(scaled), -scale, scale - 1).astype(np.int32)


def little_endian(codes: np.ndarray, bits: int) -> bytes:
    """Return codes (n, channels) of `quantise` as they lie in a WAV file, interleaved."""
    if bits == 32:
        return codes.astype("<f4").tobytes()
    # The lowest bytes of each code.
    return np.ascontiguousarray(codes, "<i4").view(np.uint8).reshape(-1, 4)[:, : bits // 8].tobytes()


@dataclass(frozen=True)
class SoundStream:
    """An open sound."""

    rate_hz: int
    channels: int
    blocks: Iterator[np.ndarray]
    """They are (channels, n) float32, full scale +-1, in order, each a few seconds at most."""


@contextmanager
def open_sound(path: Path, ffmpeg: Path | None = None) -> Iterator[SoundStream]:
    """Open the first sound of any media file, to be read block by block: ten hours of silence fit into 60 MB of FLAC.

    ffmpeg: the program for what libsndfile does not read; None looks for one. Raises FilmNotFound, FilmTooLarge beyond
    32 channels, and AudioUnreadable, also while blocks are read.
    """
    check_regular(path)
    with ExitStack() as stack:
        file = _plain(path, stack)
        if file is not None:
            _check_channels(path, file.channels)
            _check_rate(path, file.samplerate)
            yield SoundStream(file.samplerate, file.channels, _read_plain(path, file))
            return
        track = _first_track(path)
        _check_channels(path, track.channels)
        found = stack.enter_context(
            closing(decode_sound(path, 0, find_ffmpeg(ffmpeg), layout=_in_order(track), whole=True))
        )
        first = next(found, None)
        if first is None:
            raise AudioUnreadable(path, "it holds no samples")
        # What was decoded has the last word: some codings double the rate that the file tells.
        _check_rate(path, first.rate_hz)
        yield SoundStream(first.rate_hz, first.samples.shape[0], _alike(path, first, found))


def read_audio(path: Path) -> tuple[np.ndarray, int]:
    """Return all of a sound: (channels, n) float32, full scale +-1, and its rate in Hz.

    Raises FilmNotFound, AudioUnreadable, or FilmTooLarge beyond MAX_SOUND_BYTES.
    """
    with open_sound(path) as sound:
        blocks: list[np.ndarray] = []
        held = 0
        for block in sound.blocks:
            blocks.append(block)
            held += block.nbytes
            # What comes is counted, not what the header says.
            if held > MAX_SOUND_BYTES:
                raise FilmTooLarge(path, "decoded sound", f"over {held} bytes", f"{MAX_SOUND_BYTES} bytes")
        return np.concatenate(blocks, axis=1), sound.rate_hz


def _plain(path: Path, stack: ExitStack) -> soundfile.SoundFile | None:
    """Open the file with libsndfile, where its kind says the order of channels by their number; else None."""
    with path.open("rb") as raw:
        # By a descriptor: libsndfile takes no name that is not valid text. One of its own: up to 1.2.0 it closes what
        # it cannot read, whoever has opened it.
        own = os.dup(raw.fileno())
    try:
        file = stack.enter_context(soundfile.SoundFile(own))
    except soundfile.SoundFileError:
        return None
    return file if file.format in PLAIN_FORMATS else None


def _read_plain(path: Path, file: soundfile.SoundFile) -> Iterator[np.ndarray]:
    read = 0
    while True:
        try:
            block = file.read(BLOCK_SAMPLES, dtype="float32", always_2d=True)
        except soundfile.SoundFileError as error:
            raise AudioUnreadable(path, f"{error} at {read / file.samplerate:.2f} s") from error
        if not len(block):
            break
        read += len(block)
        yield block.T
    if not read:
        raise AudioUnreadable(path, "it holds no samples")
    if file.format == "FLAC" and read < file.frames < UNSAID_FRAMES:
        raise AudioUnreadable(path, f"it is damaged or cut off at {read / file.samplerate:.2f} s")


def _first_track(path: Path) -> AudioTrack:
    try:
        with open_media(path) as container:
            tracks = sound_tracks(path, container)
    except FilmUnreadable as error:
        raise AudioUnreadable(path, error.reason) from error
    except NoFrames as error:
        raise AudioUnreadable(path, "it holds no samples") from error
    if not tracks:
        raise AudioUnreadable(path, "it has no sound")
    if not tracks[0].decodable:
        raise AudioUnreadable(path, f"its sound is coded as {tracks[0].codec}, for which there is no decoder here")
    return tracks[0]


def _in_order(track: AudioTrack) -> str | None:
    """Return the layout with the same channels in the usual order, for one that lists them in an order of its own."""
    listed = re.fullmatch(r"\d+ channels \(([A-Z0-9+]+)\)", track.layout)
    names = listed[1].split("+") if listed else []
    if len(set(names)) < len(names) or not set(names) <= set(CHANNEL_ORDER):
        return None
    return "+".join(sorted(names, key=CHANNEL_ORDER.index)) or None


def _alike(path: Path, first: SoundBlock, rest: Iterator[SoundBlock]) -> Iterator[np.ndarray]:
    """Yield the samples in blocks of some length, because coded sound comes in crumbs."""
    held: list[np.ndarray] = []
    length = 0  # counted, not summed: a crumb may be one sample
    for block in chain([first], rest):
        if (block.rate_hz, block.samples.shape[0]) != (first.rate_hz, first.samples.shape[0]):
            raise AudioUnreadable(path, "its rate or its number of channels changes on the way")
        held.append(block.samples)
        length += block.samples.shape[1]
        if length >= BLOCK_SAMPLES:
            yield np.concatenate(held, axis=1)
            held, length = [], 0
    if held:
        yield np.concatenate(held, axis=1)


def _check_rate(path: Path, rate_hz: int) -> None:
    if rate_hz not in RATES_HZ:
        raise AudioUnreadable(path, f"its rate is {rate_hz} Hz")


def _check_channels(path: Path, channels: int) -> None:
    if channels > MAX_CHANNELS:
        raise FilmTooLarge(path, "channels", str(channels), str(MAX_CHANNELS))
