"""What a film is, from its packets: exact times and lengths, without decoding more than one picture."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from mmhnet_cli.media.film_timecode import FilmTimecode, film_timecode
from mmhnet_cli.media.picture_walk import PictureWalk
from mmhnet_cli.media.source import as_fraction, open_film, picture_stream

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
    label_rate: frames per second that a timecode of this film counts unless the film says otherwise: `frame_rate`, and
        for film of variable rate the one it is meant to have.
    timecode: of the first picture, as the film has it.
    colour: primaries, transfer and matrix as ITU-T H.273 numbers. hdr: `PQ`, `HLG` or None.
    hidden_pictures: coded pictures that an edit list hides, because others are decoded from them.
    uncopyable: what about the picture no other file can hold as it is coded; None for nearly every film.
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
    label_rate: Fraction
    timecode: FilmTimecode
    pixel_format: str
    colour: tuple[int, int, int]
    hdr: str | None
    audio: tuple[AudioTrack, ...]
    subtitles: tuple[SubtitleTrack, ...]
    chapters: int
    covers: int
    hidden_pictures: int
    uncopyable: str | None


def probe(path: Path) -> VideoInfo:
    """Walk the packets of the picture and describe the film.

    Raises FilmNotFound, FilmUnreadable, FilmTooLarge, NoPicture, or NoFrames where nothing can be decoded.
    """
    with open_film(path) as container:
        stream = picture_stream(container)
        walk = PictureWalk(path, container, stream)
        times, picture = walk.times, walk.first
        rate = times.constant_rate((as_fraction(stream.average_rate), as_fraction(stream.guessed_rate)))
        label_rate = times.nominal_rate() if rate is None else rate
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
            label_rate=label_rate,
            timecode=film_timecode(path, container, stream, label_rate),
            pixel_format=picture.format.name,
            colour=(int(context.color_primaries), int(context.color_trc), int(context.colorspace)),
            hdr=TRANSFERS_HDR.get(int(context.color_trc)),
            audio=tuple(_audio_track(s) for s in container.streams.audio),
            subtitles=tuple(
                SubtitleTrack(s.index, _codec(s), s.metadata.get("language")) for s in container.streams.subtitles
            ),
            chapters=len(container.chapters()),
            covers=sum(bool(s.disposition & Disposition.attached_pic) for s in container.streams.video),
            hidden_pictures=len(walk.hidden),
            uncopyable=walk.obstacle(),
        )


def _shown_size(stream: VideoStream, picture: VideoFrame, rotation: int) -> tuple[int, int]:
    aspect = as_fraction(stream.sample_aspect_ratio) or Fraction(1)
    width, height = max(1, round(picture.width * aspect)), picture.height
    return (width, height) if rotation % 180 == 0 else (height, width)


def _audio_track(stream: Any) -> AudioTrack:
    context = stream.codec_context
    return AudioTrack(_codec(stream), context.channels, context.sample_rate, stream.metadata.get("language"))


def _codec(stream: Any) -> str:
    # A stream without a decoder in this build still has to be counted.
    context = stream.codec_context
    return "unknown" if context is None else context.codec.canonical_name
