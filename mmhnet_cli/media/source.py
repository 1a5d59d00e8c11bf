"""Opening foreign media files: the one way in for PyAV, with the limits set before a byte is parsed."""

import stat
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from mmhnet_cli.errors import FilmNotFound, FilmTooLarge, FilmUnreadable, NoFrames, NoPicture
from mmhnet_cli.media.limits import FORMATS, MAX_PIXELS, MAX_STREAMS, PROBE_BYTES, PROBE_US, PROTOCOLS
from mmhnet_cli.media.sample_entry import sample_entry

PYAV_FAULTS = (av.FFmpegError, ValueError, IndexError, AssertionError, OverflowError, MemoryError)
"""PyAV raises these over broken files: they are caught around its calls alone, so that a fault of ours is never taken
for one."""


class Broken(Exception):
    """The reader or the decoder can go no further here; its text is the reason."""


class Rational(Protocol):
    """What a Fraction and PyAV 19's own rational have in common."""

    @property
    def numerator(self) -> int:
        """Return the whole number above the line."""

    @property
    def denominator(self) -> int:
        """Return the whole number below the line."""


def as_fraction(rate: Rational | None) -> Fraction:
    """Return PyAV's rate or time base as a Fraction; 0 where it is unset."""
    if rate is None or not rate.denominator:
        return Fraction(0)
    return Fraction(rate.numerator, rate.denominator)


def open_media(path: Path) -> InputContainer:
    """Open a local file for reading under the limits for untrusted files. The caller closes it.

    Raises FilmNotFound, FilmUnreadable, FilmTooLarge or NoFrames.
    """
    check_regular(path)
    options = {
        "protocol_whitelist": PROTOCOLS,
        "format_whitelist": FORMATS,
        "max_streams": str(MAX_STREAMS + 1),  # one more than allowed, because some readers only drop the rest
        "max_pixels": str(MAX_PIXELS),
        "probesize": str(PROBE_BYTES),
        "analyzeduration": str(PROBE_US),
    }
    try:
        # Broken text in metadata is no reason to refuse a film.
        container = av.open(f"file:{path.absolute()}", "r", options=options, metadata_errors="replace")
    except av.error.EOFError as error:
        raise NoFrames(path) from error  # a header, and nothing behind it
    except PYAV_FAULTS as error:
        raise FilmUnreadable(path, reason_of(error)) from error
    try:
        _check_limits(path, container)
    except BaseException:
        container.close()
        raise
    return container


def check_regular(path: Path) -> None:
    """Raise FilmNotFound, or FilmUnreadable for a folder, a device or a pipe, which might never end."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        raise FilmNotFound(path) from error
    if not stat.S_ISREG(mode):
        raise FilmUnreadable(path, "it is not a regular file")


def open_film(path: Path) -> InputContainer:
    """Open a file that has a moving picture. The caller closes it.

    Raises FilmNotFound, FilmUnreadable, FilmTooLarge, NoFrames or NoPicture.
    """
    container = open_media(path)
    if not _pictures(container):
        kinds = [stream.type for stream in container.streams]
        container.close()
        found = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds)) or "no streams"
        raise NoPicture(path, found)
    context: Any = _pictures(container)[0].codec_context
    if context is None:
        codec = codec_of(path, _pictures(container)[0])
        container.close()
        raise FilmUnreadable(path, f"its picture is coded as {codec}, for which there is no decoder here")
    if not context.width * context.height:
        # Decoders refuse to set a size above `max_pixels`; what is left is none at all.
        container.close()
        raise FilmUnreadable(path, f"its picture has no size, or more than {MAX_PIXELS} pixels")
    return container


def picture_stream(container: InputContainer) -> VideoStream:
    """Return the video stream that players show, no cover picture, ready to be decoded under the pixel limit."""
    stream = _pictures(container)[0]
    stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
    return stream


def reason_of(error: Exception) -> str:
    """Return what the decoder says, without the error number and the file name."""
    if isinstance(error, av.ArgumentError):
        return "its format is not one of the allowed film and sound formats"
    return str(getattr(error, "strerror", None) or error or type(error).__name__)


def packets(container: InputContainer, stream: VideoStream) -> Iterator[Packet]:
    """Yield the packets of a stream, and one without content at the end. Raises Broken."""
    found = container.demux(stream)
    ended = False
    while True:
        try:
            packet = next(found, None)
        except PYAV_FAULTS as error:
            # At the end PyAV stumbles over streams that began behind the head of the file; ours has ended by then.
            if ended and isinstance(error, IndexError):
                return
            raise Broken(reason_of(error)) from error
        if packet is None:
            return
        ended = not packet.size
        yield packet


def pictures(packet: Packet) -> list[VideoFrame]:
    """Return what the decoder gives for a packet. Raises Broken."""
    try:
        return [frame for frame in packet.decode() if isinstance(frame, VideoFrame)]
    except PYAV_FAULTS as error:
        raise Broken(reason_of(error)) from error


def codec_of(path: Path, stream: Any) -> str:
    """Return the name of a codec; where this build has no decoder, what the file calls it, or `unknown`."""
    context = stream.codec_context
    if context is None:
        return sample_entry(path, stream.id) or "unknown"
    return str(context.codec.canonical_name)


def _pictures(container: InputContainer) -> list[VideoStream]:
    """Return the moving pictures, that first which players show: the one that is marked as default, else the first."""
    # A cover stands in the file as a video stream of one frame.
    moving = [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]
    return sorted(moving, key=lambda stream: not stream.disposition & Disposition.default)


def _check_limits(path: Path, container: InputContainer) -> None:
    if len(container.streams) > MAX_STREAMS:
        raise FilmTooLarge(path, "streams", str(len(container.streams)), str(MAX_STREAMS))
    streams: list[Any] = list(container.streams.video)
    for stream in streams:
        if stream.codec_context is None:
            continue
        width, height = stream.codec_context.width, stream.codec_context.height
        if width * height > MAX_PIXELS:
            raise FilmTooLarge(path, "pixels per frame", f"{width}x{height}", str(MAX_PIXELS))
