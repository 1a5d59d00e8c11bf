"""Reads the sound a film comes with, on the clock of its picture."""

from collections.abc import Generator, Iterator
from contextlib import closing
from fractions import Fraction

import av
import numpy as np

from mmhnet_cli.errors import AudioUnreadable
from mmhnet_cli.media.ffmpeg import FfmpegProgram
from mmhnet_cli.media.limits import RATES_HZ
from mmhnet_cli.media.probe import VideoInfo
from mmhnet_cli.media.sound_decoder import SoundBlock, decode_sound
from mmhnet_cli.timeline import round_half_up

# Times of packets are rounded, in Matroska to 1 ms and in AVI to a packet. What is further apart is a hole.
HOLE_S = Fraction(1, 20)
# So many channels that do not say where they belong are taken to be where they usually are.
GUESSED_CHANNELS = 8


def original_track(film: VideoInfo) -> int:
    """Return which of the sound tracks players choose, by its number: the first where none is marked.

    Raises AudioUnreadable where there is none, no decoder for it, or no way to bring it to two channels.
    """
    if not film.audio:
        raise AudioUnreadable(film.path, "it has no sound")
    number = next((number for number, track in enumerate(film.audio) if track.default), 0)
    track = film.audio[number]
    if not track.decodable:
        raise AudioUnreadable(film.path, f"its sound is coded as {track.codec}, for which there is no decoder here")
    if track.channels > GUESSED_CHANNELS and track.layout == f"{track.channels} channels":
        raise AudioUnreadable(film.path, f"its {track.channels} channels do not say where they belong")
    return number


def read_original(film: VideoInfo, rate_hz: int, samples: int, ffmpeg: FfmpegProgram, first: int = 0) -> np.ndarray:
    """Return the film's own sound (channels, samples) float32, full scale +-1, from sample `first` after the moment of
    the first picture on.

    The track is `original_track`. Mono stays one channel; all else becomes left and right: L + C/√2 + Ls/√2 and
    R + C/√2 + Rs/√2 (ITU-R BS.775), where back channels count as surround and the low-frequency channel is left out.
    Nothing is scaled to fit, so the sum may pass full scale. Where the track has no sound, before its beginning, after
    its end and in its holes, there is silence. Raises AudioUnreadable.
    """
    number = original_track(film)
    mono = film.audio[number].channels == 1
    out = np.zeros((1 if mono else 2, samples), dtype=np.float32)
    found = decode_sound(film.path, number, ffmpeg, layout="mono" if mono else "stereo")
    for after_picture, block in _placed(film, found, rate_hz):
        place = after_picture - first
        if place >= samples:
            break
        begin, end = max(0, place), min(samples, place + block.shape[1])
        if begin < end:
            out[:, begin:end] = block[:, begin - place : end - place]
    return out


def original_parts(
    film: VideoInfo, rate_hz: int, samples: int, ffmpeg: FfmpegProgram
) -> Generator[np.ndarray, None, None]:
    """Yield the sound of `read_original` in consecutive parts (channels, samples), with the memory of one of them.

    They end with the sound, the last one in silence. What a damaged track says of a part that is gone is left out.
    Raises AudioUnreadable.
    """
    number = original_track(film)
    mono = film.audio[number].channels == 1
    first, part = 0, np.zeros((1 if mono else 2, samples), dtype=np.float32)
    with closing(decode_sound(film.path, number, ffmpeg, layout="mono" if mono else "stereo")) as found:
        for place, block in _placed(film, found, rate_hz):
            last = place + block.shape[1]
            while last > first:
                begin, end = max(place, first), min(last, first + samples)
                if begin < end:
                    part[:, begin - first : end - first] = block[:, begin - place : end - place]
                if last <= first + samples:
                    break
                yield part
                first, part = first + samples, np.zeros_like(part)
    yield part


def _placed(film: VideoInfo, found: Iterator[SoundBlock], rate_hz: int) -> Iterator[tuple[int, np.ndarray]]:
    """Yield blocks (channels, n) at `rate_hz` and the place of their first sample, counted from the first picture.

    Where the times of the file say that samples follow one another they are counted, because rounded times would tear
    them apart.
    """
    resampler: av.AudioResampler | None = None
    place, rate = 0, 0
    expected = Fraction(0)
    for block in found:
        if block.rate_hz not in RATES_HZ:
            raise AudioUnreadable(film.path, f"its rate is {block.rate_hz} Hz")
        time = expected if block.time is None else block.time
        if resampler is None or abs(time - expected) > HOLE_S or rate != block.rate_hz:
            for tail in _resampled(resampler, None):
                yield place, tail
                place += tail.shape[1]
            resampler, rate = av.AudioResampler("fltp", _layout(block), rate_hz), block.rate_hz
            place = round_half_up((time - film.start) * rate_hz)
            expected = time
        for samples in _resampled(resampler, block):
            yield place, samples
            place += samples.shape[1]
        expected += Fraction(block.samples.shape[1], block.rate_hz)
    for tail in _resampled(resampler, None):
        yield place, tail
        place += tail.shape[1]


def _resampled(resampler: av.AudioResampler | None, block: SoundBlock | None) -> Iterator[np.ndarray]:
    """Yield what comes of a block, or of the end where there is none."""
    if resampler is None:
        return
    frame = None
    if block is not None:
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block.samples), "fltp", _layout(block))
        frame.sample_rate = block.rate_hz
    for converted in resampler.resample(frame):
        yield converted.to_ndarray()


def _layout(block: SoundBlock) -> str:
    return "mono" if block.samples.shape[0] == 1 else "stereo"
