"""Sound files: PCM out to the exact code, any medium in."""

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import soundfile
from av.audio.stream import AudioStream
from av.container import InputContainer

from mmhnet_cli.errors import AudioUnreadable, FilmTooLarge, FilmUnreadable, NoFrames, OutputUnwritable
from mmhnet_cli.media.broadcast_wave import WaveFormat, WaveNotes, wave_head
from mmhnet_cli.media.limits import MAX_CHANNELS, MAX_DURATION_S
from mmhnet_cli.media.source import open_media, reason_of

BLOCK_SAMPLES = 1 << 16
DEPTHS = (16, 24, 32)


def write_wav(
    path: Path,
    samples: np.ndarray,
    sample_rate_hz: int,
    bits: int = 24,
    notes: WaveNotes | None = None,
    dither_seed: int = 0,
) -> None:
    """Write (channels, n) samples, full scale +-1, as 16- or 24-bit PCM or 32-bit float; RF64 above 4 GiB.

    Replaces what is at `path`, so the caller passes a temporary name. Equal samples, notes and seeds give equal files.
    dither_seed: of the dither at 16 bits; sounds that will be summed take different ones, or their noises add up.
    Raises OutputUnwritable, and ValueError for samples that are not finite.
    """
    if bits not in DEPTHS:
        raise ValueError(f"bits must be 16, 24 or 32, not {bits}")
    if samples.ndim != 2 or not np.issubdtype(samples.dtype, np.floating):
        raise ValueError(f"samples must be float (channels, n), not {samples.dtype} {samples.shape}")
    channels, length = samples.shape
    form = WaveFormat(channels, sample_rate_hz, bits)
    noise = np.random.default_rng(dither_seed)
    try:
        with path.open("wb") as file:
            file.write(wave_head(form, length, notes))
            for first in range(0, length, BLOCK_SAMPLES):
                codes = quantise(samples[:, first : first + BLOCK_SAMPLES].T, bits, noise)
                file.write(little_endian(codes, bits))
            file.write(bytes(file.tell() % 2))
    except OSError as error:
        raise OutputUnwritable(path, error.strerror or str(error)) from error
    _check(path, form, length)


def _check(path: Path, form: WaveFormat, frames: int) -> None:
    """The head is ours; here another reader says what it understands of it."""
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


def quantise(samples: np.ndarray, bits: int, noise: np.random.Generator) -> np.ndarray:
    """Samples, full scale +-1, to the nearest int32 codes of 16 or 24 bits; float32 for 32 bits. Same shape."""
    if not np.isfinite(samples).all():
        raise ValueError("samples must be finite")
    if bits == 32:
        return samples.astype(np.float32)
    scale = 1 << (bits - 1)
    scaled = samples.astype(np.float64) * scale
    if bits == 16:
        # Triangular dither: at 16 bit the error of a quiet tail is heard as distortion; at 24 bit it is not heard.
        scaled += noise.random(samples.shape) - noise.random(samples.shape)
    return np.clip(np.rint(scaled), -scale, scale - 1).astype(np.int32)


def little_endian(codes: np.ndarray, bits: int) -> bytes:
    """Codes (n, channels) of `quantise` as they lie in a WAV file, interleaved."""
    if bits == 32:
        return codes.astype("<f4").tobytes()
    # The lowest bytes of each code.
    return np.ascontiguousarray(codes, "<i4").view(np.uint8).reshape(-1, 4)[:, : bits // 8].tobytes()


def open_sound(path: Path) -> InputContainer:
    """Open a file that has sound. The caller closes it. Raises FilmNotFound, FilmTooLarge or AudioUnreadable."""
    try:
        container = open_media(path)
    except FilmUnreadable as error:
        raise AudioUnreadable(path, error.reason) from error
    except NoFrames as error:
        raise AudioUnreadable(path, "it holds no samples") from error
    if not container.streams.audio:
        container.close()
        raise AudioUnreadable(path, "it has no sound")
    return container


def read_audio(path: Path) -> tuple[np.ndarray, int]:
    """First sound stream of any media file: (channels, n) float32, full scale +-1, and its rate in Hz.

    Raises FilmNotFound, AudioUnreadable, or FilmTooLarge beyond 8 hours or 32 channels.
    """
    with open_sound(path) as container:
        stream = container.streams.audio[0]
        rate = stream.codec_context.sample_rate
        channels = stream.codec_context.channels
        if channels > MAX_CHANNELS:
            raise FilmTooLarge(path, "channels", str(channels), str(MAX_CHANNELS))
        blocks: list[np.ndarray] = []
        length = 0
        try:
            for block in _decode(container, stream):
                blocks.append(block)
                length += block.shape[1]
                # What comes is counted, not what the header says: ten hours of silence fit into 60 MB of FLAC.
                if length > MAX_DURATION_S * rate:
                    raise FilmTooLarge(path, "duration", f"over {length // rate} s", f"{MAX_DURATION_S} s")
        except av.FFmpegError as error:
            raise AudioUnreadable(path, f"{reason_of(error)} at {length / max(rate, 1):.2f} s") from error
    if not length:
        raise AudioUnreadable(path, "it holds no samples")
    return np.concatenate(blocks, axis=1), rate


def _decode(container: InputContainer, stream: AudioStream) -> Iterator[np.ndarray]:
    # Planar float at the stream's own rate and layout: also integer and interleaved formats come out alike.
    context = stream.codec_context
    planar = av.AudioResampler(format="fltp", layout=context.layout, rate=context.sample_rate)
    for frame in container.decode(stream):
        for converted in planar.resample(frame):
            yield converted.to_ndarray()
    for converted in planar.resample(None):
        yield converted.to_ndarray()
