"""What a film is, from its packets: exact times and lengths, without decoding more than one picture."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from mmhnet_cli.errors import FilmTooLarge, FilmUnreadable, NoFrames
from mmhnet_cli.media.limits import MAX_DURATION_S
from mmhnet_cli.media.packet_times import PacketTimes
from mmhnet_cli.media.source import as_fraction, open_film, picture_stream, reason_of

TRANSFERS_HDR = {16: "PQ", 18: "HLG"}  # H.273, table 3


@dataclass(frozen=True)
class AudioTrack:
    """A sound stream of the film."""

    codec: str
    channels: int
    sample_rate_hz: int
    language: str | None


@dataclass(frozen=True)
class SubtitleTrack:
    """A subtitle stream; `index` counts all streams of the file."""

    index: int
    codec: str
    language: str | None


@dataclass(frozen=True)
class VideoInfo:
    """Facts about a film. Times in exact seconds, on the clock of the file.

    container: names of the format, as libavformat writes them.
    stream_index: place of the picture among all streams; cover pictures are never chosen.
    width, height: pixels as shown, after rotation and with square pixels.
    rotation_degrees: counter-clockwise turn that sets the coded picture upright: 0, 90, 180 or 270.
    frame_rate: the exact rate of constant-rate film, else the mean rate.
    container_start: when the earliest stream begins. start: when the first picture is shown.
    duration: from the first picture to the end of the last.
    start_timecode: as written, `01:00:00:00`, or with `;` for drop-frame.
    colour: primaries, transfer and matrix as ITU-T H.273 numbers. hdr: `PQ`, `HLG` or None.
    """

    path: Path
    container: str
    codec: str
    stream_index: int
    width: int
    height: int
    rotation_degrees: int
    frame_rate: Fraction
    variable_rate: bool
    container_start: Fraction
    start: Fraction
    duration: Fraction
    frame_count: int
    start_timecode: str | None
    pixel_format: str
    colour: tuple[int, int, int]
    hdr: str | None
    audio: tuple[AudioTrack, ...]
    subtitles: tuple[SubtitleTrack, ...]
    chapters: int
    covers: int


def probe(path: Path) -> VideoInfo:
    """Walk the packets of the picture and describe the film.

    Raises FilmNotFound, FilmUnreadable, FilmTooLarge, NoPicture, or NoFrames where nothing can be decoded.
    """
    with open_film(path) as container:
        stream = picture_stream(container)
        times, picture = _walk(path, container, stream)
        rate = times.constant_rate((as_fraction(stream.average_rate), as_fraction(stream.guessed_rate)))
        rotation = round(picture.rotation / 90) % 4 * 90
        width, height = _shown_size(stream, picture, rotation)
        context: Any = stream.codec_context
        return VideoInfo(
            path=path,
            container=container.format.name,
            codec=context.codec.canonical_name,
            stream_index=stream.index,
            width=width,
            height=height,
            rotation_degrees=rotation,
            frame_rate=rate or times.mean_rate(),
            variable_rate=rate is None,
            container_start=Fraction(container.start_time or 0, 1_000_000),
            start=times.start(),
            duration=times.duration(rate),
            frame_count=len(times),
            start_timecode=_timecode(container, stream),
            pixel_format=picture.format.name,
            colour=(int(context.color_primaries), int(context.color_trc), int(context.colorspace)),
            hdr=TRANSFERS_HDR.get(int(context.color_trc)),
            audio=tuple(_audio_track(s) for s in container.streams.audio),
            subtitles=tuple(
                SubtitleTrack(s.index, _codec(s), s.metadata.get("language")) for s in container.streams.subtitles
            ),
            chapters=len(container.chapters()),
            covers=len(container.streams.video) - 1,
        )


def _walk(path: Path, container: InputContainer, stream: VideoStream) -> tuple[PacketTimes, VideoFrame]:
    """Times of all packets of the picture, and its first frame that can be decoded."""
    times = PacketTimes(as_fraction(stream.time_base))
    picture: VideoFrame | None = None
    try:
        for packet in container.demux(stream):
            if picture is None:
                picture = _first_frame(packet)
            # Packets before the cut of an edit list are decoded, but never shown; the last, empty one flushes.
            if packet.size and not packet.is_discard:
                times.add(packet.pts if packet.pts is not None else packet.dts, packet.duration or 0)
            if times.span() > MAX_DURATION_S:
                raise FilmTooLarge(path, "duration", f"{float(times.span()):.0f} s", f"{MAX_DURATION_S} s")
    except av.FFmpegError as error:
        raise FilmUnreadable(path, f"{reason_of(error)} at {float(times.span()):.2f} s") from error
    if picture is None or not len(times):
        raise NoFrames(path)
    return times, picture


def _first_frame(packet: Any) -> VideoFrame | None:
    # A recording that begins inside a group of pictures has packets that cannot be decoded yet.
    try:
        frames = packet.decode()
    except av.FFmpegError:
        return None
    return frames[0] if frames else None


def _shown_size(stream: VideoStream, picture: VideoFrame, rotation: int) -> tuple[int, int]:
    aspect = as_fraction(stream.sample_aspect_ratio) or Fraction(1)
    width, height = max(1, round(picture.width * aspect)), picture.height
    return (width, height) if rotation % 180 == 0 else (height, width)


def _timecode(container: InputContainer, stream: VideoStream) -> str | None:
    tags = [stream.metadata, container.metadata, *(other.metadata for other in container.streams)]
    found = (value for tag in tags for key, value in tag.items() if key.lower() == "timecode")
    return next(found, None)


def _audio_track(stream: Any) -> AudioTrack:
    context = stream.codec_context
    return AudioTrack(_codec(stream), context.channels, context.sample_rate, stream.metadata.get("language"))


def _codec(stream: Any) -> str:
    # A stream without a decoder in this build still has to be counted.
    context = stream.codec_context
    return "unknown" if context is None else context.codec.canonical_name
