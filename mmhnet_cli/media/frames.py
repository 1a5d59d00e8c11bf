"""Gives frames of a film at several rates from one decode, by timestamp, in bounded memory."""

import math
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter
from av.video.stream import VideoStream

from mmhnet_cli.cores import count_cores
from mmhnet_cli.errors import BadRange, FilmUnreadable, NoFrames
from mmhnet_cli.media.clock import BROADCAST, SAID_EVERY_S, Clock
from mmhnet_cli.media.probe import VideoInfo
from mmhnet_cli.media.source import PYAV_FAULTS, Broken, as_fraction, open_film, picture_stream, pictures, reason_of

BATCH_BYTES = 64_000_000
"""The frames of one batch may take so many: ten of 1920 x 1080. A batch has one frame at least."""
DECODING_BYTES = 512_000_000
"""The pictures that decoders work on at once may take so many: each thread has one, of up to 8 bytes per pixel."""

Lost = Callable[[Fraction, str], None]
"""It is told of each picture that cannot be decoded: about when, in seconds from the first picture, and why."""


@dataclass(frozen=True)
class FrameStream:
    """A wish: `fps` frames per second of width x height pixels, upright, the aspect ratio not kept.

    None takes the film's own width or height as `VideoInfo` has them, with square pixels; only what is anamorphic is
    scaled. With `shorter_side` the aspect ratio is kept, and a larger film scaled down to it.
    """

    fps: int
    width: int | None = None
    height: int | None = None
    shorter_side: int | None = None

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Return width and height of the frames of a film of width x height pixels."""
        if self.shorter_side is not None:
            scale = min(1.0, self.shorter_side / min(width, height))
            return max(1, round(scale * width)), max(1, round(scale * height))
        return self.width or width, self.height or height


@dataclass(frozen=True)
class FrameBatch:
    """Frames first, first + 1, ... of stream number `stream`. frames: (N, height, width, 3) uint8 RGB."""

    stream: int
    first: int
    frames: np.ndarray


def refuse(path: Path) -> Lost:
    """Return a `lost` that raises FilmUnreadable, for who wants undamaged film only."""

    def lost(second: Fraction, reason: str) -> None:
        raise FilmUnreadable(path, f"{reason} at {float(second):.2f} s")

    return lost


def read_frames(
    info: VideoInfo,
    start: Fraction,
    end: Fraction,
    streams: Sequence[FrameStream],
    batch_frames: int = 16,
    *,
    lost: Lost | None = None,
    threads: int = 0,
) -> Iterator[FrameBatch]:
    """Yield the frames of all streams: frame k is the picture shown at start + k / fps, for k up to ceil((end - start)
    * fps) - 1.

    start, end: seconds from the first picture of the film; a part of the film, or more than the film on one side or
    both. The picture shown at t is the last one whose time is at or before t; the first picture stands also before its
    time, the last one also after its end. Batches come as they fill, with `batch_frames` frames or as many as
    BATCH_BYTES hold: in order within a stream, interleaved between streams. In place of a picture that cannot be
    decoded the one before it stands; `lost` hears of it, `refuse` where None is given. threads: how many the decoder
    has; 0 is one for each core. Raises BadRange, FilmUnreadable or NoFrames.
    """
    lost = lost or refuse(info.path)
    if not (start < end and start < info.duration and end > 0):
        raise BadRange(start, end, info.duration)
    samplers = [_Sampler(number, wish, info, end - start, batch_frames) for number, wish in enumerate(streams)]
    scaler = _Scaler(info.path, info.rotation_degrees)
    shown: VideoFrame | None = None
    with closing(_decode_from(info, info.start + start, lost, threads)) as shown_pictures:
        # A picture is known to be over only when the next one comes: each is handed on one step late.
        for time, picture in shown_pictures:
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
    """It turns pictures of any duration into frames of one stream."""

    def __init__(self, number: int, wish: FrameStream, info: VideoInfo, duration: Fraction, batch_frames: int) -> None:
        self.number = number
        self.fps = wish.fps
        self.width, self.height = wish.size(info.width, info.height)
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
    """It scales each picture at most once to each size, straight from the decoder's pixel format."""

    def __init__(self, path: Path, rotation_degrees: int) -> None:
        self.path = path
        self.turns = rotation_degrees // 90
        self.reformatters: dict[tuple[int, int], VideoReformatter] = {}
        self.done: dict[tuple[int, int], np.ndarray] = {}

    def forget(self) -> None:
        """Take the next picture for a new one."""
        self.done = {}

    def scale(self, picture: VideoFrame, width: int, height: int) -> np.ndarray:
        """Return the picture as RGB (height, width, 3) uint8, upright."""
        size = (width, height)
        if size not in self.done:
            # One converter per size: a shared one would be set up anew at every change of size.
            reformatter = self.reformatters.setdefault(size, VideoReformatter())
            coded_width, coded_height = (height, width) if self.turns % 2 else size
            try:
                small = reformatter.reformat(
                    picture, coded_width, coded_height, format="rgb24", interpolation=Interpolation.AREA
                ).to_ndarray()
            except PYAV_FAULTS as error:
                raise FilmUnreadable(self.path, f"a picture cannot be converted: {reason_of(error)}") from error
            self.done[size] = np.rot90(small, self.turns)
        return self.done[size]


_Pictures = Generator[tuple[Fraction, VideoFrame], None, None]


def _decode_from(info: VideoInfo, start: Fraction, lost: Lost, threads: int) -> _Pictures:
    """Yield pictures with their times on the clock of the file; the first one is shown at or before `start`."""
    # Seeking goes by decoding time, which runs ahead of display, so the landing place has to be looked at.
    reach = Fraction(1)
    # A damaged clock is set right in the order of the file: there is no way into its middle.
    in_order = info.damage.mended > 0 or info.index_leads_astray
    # Of what such a stream has between two times that it says the reader knows none after a leap.
    guessed = SAID_EVERY_S if info.container in BROADCAST else 0
    while not in_order and start - reach > info.start:
        with open_film(info.path) as container:
            stream = picture_stream(container)
            if not _seek(container, stream, start - reach):
                break
            found = _decode(info, container, stream, lost, threads)
            first = next(found, None)
            if first is not None and first[0] <= start - guessed:
                yield first
                yield from found
                return
        reach *= 4
    with open_film(info.path) as container:
        yield from _decode(info, container, picture_stream(container), lost, threads)


def _seek(container: InputContainer, stream: VideoStream, time: Fraction) -> bool:
    try:
        container.seek(math.floor(time / as_fraction(stream.time_base)), stream=stream)
    except PYAV_FAULTS:
        return False
    return True


def _decode(info: VideoInfo, container: InputContainer, stream: VideoStream, lost: Lost, threads: int) -> _Pictures:
    stream.thread_type = "AUTO"
    stream.codec_context.thread_count = _threads(stream, threads)
    time_base = as_fraction(stream.time_base)
    clock = Clock(container, stream)
    time: Fraction | None = None
    for packet in _until_broken(info, clock.packets(container, stream), lost):
        try:
            found = pictures(packet)
        except Broken as broken:
            # Before the first picture: packets of a group whose beginning is not in the file.
            if time is not None:
                lost(time - info.start, str(broken))
            continue
        for picture in found:
            # When a picture is decoded says when it is shown only where no packet is without a time.
            ticks = picture.dts if picture.pts is None and not clock.untimed else picture.pts
            if ticks is not None:
                time = ticks * time_base
            else:
                # A picture without a time follows the one before it at the mean rate.
                time = info.start if time is None else time + 1 / info.frame_rate
            yield time, picture


def _until_broken(info: VideoInfo, found: Iterator[Packet], lost: Lost) -> Iterator[Packet]:
    """Yield the packets that can be read. Where the walk of `probe` ended in the same way, that is known already."""
    try:
        yield from found
    except Broken as broken:
        if info.damage.unread is None:
            lost(info.duration, str(broken))


def _threads(stream: VideoStream, wanted: int) -> int:
    context = stream.codec_context
    fitting = DECODING_BYTES // (8 * max(1, context.width * context.height))
    return max(1, min(wanted or count_cores(), fitting))
