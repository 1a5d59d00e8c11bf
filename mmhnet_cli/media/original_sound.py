"""The sound a film comes with, on the clock of its picture."""

from collections.abc import Iterator
from fractions import Fraction

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition

from mmhnet_cli.errors import AudioUnreadable
from mmhnet_cli.media.audio_file import open_sound
from mmhnet_cli.media.probe import VideoInfo
from mmhnet_cli.media.source import as_fraction, reason_of
from mmhnet_cli.timeline import round_half_up

# Times of packets are rounded, in Matroska to 1 ms and in AVI to a packet. What is further apart is a hole.
HOLE_S = Fraction(1, 20)
RATES_HZ = range(4000, 768_001)


def read_original(film: VideoInfo, rate_hz: int, samples: int) -> np.ndarray:
    """The film's own sound (channels, samples) float32, full scale +-1, from the moment of the first picture on.

    The track is the one that players choose, the first where none is marked. Mono stays one channel; all else becomes
    left and right: L + C/√2 + Ls/√2 and R + C/√2 + Rs/√2 (ITU-R BS.775), where back channels count as surround and the
    low-frequency channel is left out. Nothing is scaled to fit, so the sum may pass full scale. Where the track has no
    sound, before its beginning, after its end and in its holes, there is silence. Raises AudioUnreadable.
    """
    with open_sound(film.path) as container:
        tracks = container.streams.audio
        track = next((track for track in tracks if track.disposition & Disposition.default), tracks[0])
        channels = min(2, track.codec_context.channels)
        out = np.zeros((channels, samples), dtype=np.float32)
        try:
            for place, block in _blocks(film, container, track, rate_hz, "mono" if channels == 1 else "stereo"):
                if place >= samples:
                    break
                begin, end = max(0, place), min(samples, place + block.shape[1])
                if begin < end:
                    out[:, begin:end] = block[:, begin - place : end - place]
        except av.FFmpegError as error:
            raise AudioUnreadable(film.path, reason_of(error)) from error
    return out


def _blocks(
    film: VideoInfo, container: InputContainer, track: AudioStream, rate_hz: int, layout: str
) -> Iterator[tuple[int, np.ndarray]]:
    """Decoded blocks (channels, n) at `rate_hz` and the place of their first sample, counted from the first picture.

    Where the times of the file say that samples follow one another they are counted, because rounded times would tear
    them apart.
    """
    resampler: av.AudioResampler | None = None
    kind: tuple[str, str, int] | None = None
    place = 0
    expected = Fraction(0)
    for frame in container.decode(track):
        if frame.sample_rate not in RATES_HZ:
            raise AudioUnreadable(film.path, f"its rate is {frame.sample_rate} Hz")
        time = expected if frame.pts is None else frame.pts * as_fraction(frame.time_base)
        if resampler is None or abs(time - expected) > HOLE_S or kind != _kind(frame):
            for tail in resampler.resample(None) if resampler else ():
                yield place, tail.to_ndarray()
                place += tail.samples
            resampler, kind = av.AudioResampler("fltp", layout, rate_hz), _kind(frame)
            place = round_half_up((time - film.start) * rate_hz)
            expected = time
        for converted in resampler.resample(frame):
            yield place, converted.to_ndarray()
            place += converted.samples
        expected += Fraction(frame.samples, frame.sample_rate)
    for tail in resampler.resample(None) if resampler else ():
        yield place, tail.to_ndarray()
        place += tail.samples


def _kind(frame: av.AudioFrame) -> tuple[str, str, int]:
    return frame.format.name, frame.layout.name, frame.sample_rate
