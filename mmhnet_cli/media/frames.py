"""Frames of a film at several rates from one decode, by timestamp, in bounded memory."""

import math
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter
from av.video.stream import VideoStream

from mmhnet_cli.errors import BadRange, FilmUnreadable, NoFrames
from mmhnet_cli.media.probe import VideoInfo
from mmhnet_cli.media.source import as_fraction, open_film, picture_stream, reason_of

BATCH_BYTES = 64_000_000
"""What the frames of one batch may take: ten of 1920 x 1080. A batch has one frame at least."""


@dataclass(frozen=True)
class FrameStream:
    """A wish: `fps` frames per second of width x height pixels, upright, the aspect ratio not kept.

    None: the film's own width or height as `VideoInfo` has them, with square pixels; only what is anamorphic is scaled.
    """

    fps: int
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True)
class FrameBatch:
    """Frames first, first + 1, ... of stream number `stream`. frames: (N, height, width, 3) uint8 RGB."""

    stream: int
    first: int
    frames: np.ndarray


def read_frames(
    info: VideoInfo, start: Fraction, end: Fraction, streams: Sequence[FrameStream], batch_frames: int = 64
) -> Iterator[FrameBatch]:
    """Frame k of a stream is the picture shown at start + k / fps, for k = 0 .. ceil((end - start) * fps) - 1.

    start, end: seconds from the first picture of the film; a part of the film, or more than the film on one side or
    both. The picture shown at t is the last one whose time is at or before t; the first picture stands also before its
    time, the last one also after its end. Batches come as they
    fill, with `batch_frames` frames or as many as BATCH_BYTES hold: in order within a stream, interleaved between
    streams. Raises BadRange, FilmUnreadable or NoFrames.
    """
    if not (start < end and start < info.duration and end > 0):
        raise BadRange(start, end, info.duration)
    samplers = [_Sampler(number, wish, info, end - start, batch_frames) for number, wish in enumerate(streams)]
    scaler = _Scaler(info.rotation_degrees)
    shown: VideoFrame | None = None
    with closing(_decode_from(info, info.start + start)) as pictures:
        # A picture is known to be over only when the next one comes: each is handed on one step late.
        for time, picture in pictures:
            if shown is not None:
                for sampler in samplers:
                    yield from sampler.show(shown, time - info.start - start, scaler)
            if all(sampler.full for sampler in samplers):
                return
            shown = picture
            scaler.forget()
    if shown is None:
        raise NoFrames(info.path)
    for sampler in samplers:
        yield from sampler.show(shown, end - start, scaler)


class _Sampler:
    """Turns pictures of any duration into frames of one stream."""

    def __init__(self, number: int, wish: FrameStream, info: VideoInfo, duration: Fraction, batch_frames: int) -> None:
        self.number = number
        self.fps = wish.fps
        self.width = info.width if wish.width is None else wish.width
        self.height = info.height if wish.height is None else wish.height
        self.count = math.ceil(duration * wish.fps)
        self.batch_frames = min(batch_frames, max(1, BATCH_BYTES // (3 * self.width * self.height)))
        self.next = 0
        self.waiting: list[np.ndarray] = []

    @property
    def full(self) -> bool:
        return self.next == self.count

    def show(self, picture: VideoFrame, until: Fraction, scaler: "_Scaler") -> Iterator[FrameBatch]:
        """Take `picture` for all frames before `until`, seconds after the beginning of the range."""
        stop = min(self.count, math.ceil(until * self.fps))
        while self.next < stop:
            self.waiting.append(scaler.scale(picture, self.width, self.height))
            self.next += 1
            if len(self.waiting) == self.batch_frames or self.full:
                yield FrameBatch(self.number, self.next - len(self.waiting), np.stack(self.waiting))
                self.waiting = []


class _Scaler:
    """Scales each picture at most once to each size; straight from the decoder's pixel format."""

    def __init__(self, rotation_degrees: int) -> None:
        self.turns = rotation_degrees // 90
        self.reformatters: dict[tuple[int, int], VideoReformatter] = {}
        self.done: dict[tuple[int, int], np.ndarray] = {}

    def forget(self) -> None:
        """The next picture is a new one."""
        self.done = {}

    def scale(self, picture: VideoFrame, width: int, height: int) -> np.ndarray:
        """RGB (height, width, 3) uint8, upright."""
        size = (width, height)
        if size not in self.done:
            # One converter per size: a shared one would be set up anew at every change of size.
            reformatter = self.reformatters.setdefault(size, VideoReformatter())
            coded_width, coded_height = (height, width) if self.turns % 2 else size
            small = reformatter.reformat(
                picture, coded_width, coded_height, format="rgb24", interpolation=Interpolation.AREA
            )
            self.done[size] = np.rot90(small.to_ndarray(), self.turns)
        return self.done[size]


def _decode_from(info: VideoInfo, start: Fraction) -> Generator[tuple[Fraction, VideoFrame], None, None]:
    """Pictures with their times on the clock of the file; the first one is shown at or before `start`."""
    # Seeking goes by decoding time, which runs ahead of display, so the landing place has to be looked at.
    reach = Fraction(1)
    while start - reach > info.start:
        with open_film(info.path) as container:
            stream = picture_stream(container)
            container.seek(math.floor((start - reach) / as_fraction(stream.time_base)), stream=stream)
            pictures = _decode(info, container, stream)
            first = next(pictures, None)
            if first is not None and first[0] <= start:
                yield first
                yield from pictures
                return
        reach *= 4
    with open_film(info.path) as container:
        yield from _decode(info, container, picture_stream(container))


def _decode(info: VideoInfo, container: InputContainer, stream: VideoStream) -> Iterator[tuple[Fraction, VideoFrame]]:
    stream.thread_type = "AUTO"
    time_base = as_fraction(stream.time_base)
    time: Fraction | None = None
    packets = container.demux(stream)
    while True:
        packet = None
        try:
            packet = next(packets, None)
            pictures = [] if packet is None else packet.decode()
        except av.FFmpegError as error:
            # Before the first picture: packets of a group whose beginning is not in the file.
            if packet is not None and time is None:
                continue
            second = float((time or info.start) - info.start)
            raise FilmUnreadable(info.path, f"{reason_of(error)} at {second:.2f} s") from error
        if packet is None:
            return
        for picture in pictures:
            ticks = picture.pts if picture.pts is not None else picture.dts
            # A picture without a time follows the one before it at the mean rate.
            time = ticks * time_base if ticks is not None else (time or info.start) + 1 / info.frame_rate
            yield time, picture
