"""Tells what a film is from its packets: exact times and lengths, without decoding more than one picture."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from mmhnet_cli.errors import FilmTooLarge
from mmhnet_cli.media.damage import UNDAMAGED, Damage
from mmhnet_cli.media.film_timecode import FilmTimecode, film_timecode
from mmhnet_cli.media.limits import MAX_DURATION_S, MAX_PIXEL_ASPECT, MAX_PIXELS
from mmhnet_cli.media.picture_walk import PictureWalk
from mmhnet_cli.media.sound_tracks import AudioTrack, sound_tracks
from mmhnet_cli.media.source import as_fraction, codec_of, open_film, picture_stream

TRANSFERS_HDR = {16: "PQ", 18: "HLG"}  # H.273, table 3


@dataclass(frozen=True)
class SubtitleTrack:
    """A subtitle stream; its `index` counts all streams of the file."""

    index: int
    codec: str
    language: str | None


@dataclass(frozen=True)
class VideoInfo:
    """Facts about a film. Times are exact seconds, on the clock of the file."""

    path: Path
    container: str
    """It has the names of the format, as libavformat writes them."""
    codec: str
    stream_index: int
    """The picture has this place among all streams; cover pictures are never chosen."""
    width: int
    """It counts pixels as shown, after rotation and with square pixels, as does `height`."""
    height: int
    rotation_degrees: int
    """This counter-clockwise turn sets the coded picture upright: 0, 90, 180 or 270."""
    frame_rate: Fraction
    """It is the exact rate of constant-rate film, else the mean rate."""
    variable_rate: bool
    container_start: Fraction
    """The earliest stream begins then."""
    start: Fraction
    """The first picture is shown then."""
    duration: Fraction
    """It reaches from the first picture to the end of the last."""
    frame_count: int
    label_rate: Fraction
    """A timecode of this film counts so many frames per second unless the film says otherwise: `frame_rate`, and for
    film of variable rate the one it is meant to have."""
    timecode: FilmTimecode
    """The film says this of its first picture."""
    pixel_format: str
    colour: tuple[int, int, int]
    """Primaries, transfer and matrix are ITU-T H.273 numbers."""
    hdr: str | None
    """It is `PQ`, `HLG` or None."""
    audio: tuple[AudioTrack, ...]
    subtitles: tuple[SubtitleTrack, ...]
    chapters: int
    covers: int
    hidden_pictures: int
    """An edit list hides so many coded pictures, because others are decoded from them."""
    uncopyable: str | None
    """It says what about the picture no other file can hold as it is coded; None for nearly every film."""
    damage: Damage = UNDAMAGED
    """The packets say that this is lost."""
    index_leads_astray: bool = False
    """Only from its beginning can the film be read."""


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
        duration = times.duration(rate)
        # Counted without the last picture so far, which may say of itself that it lasts for days.
        if duration > MAX_DURATION_S:
            raise FilmTooLarge(path, "duration", f"{float(duration):.0f} s", f"{MAX_DURATION_S} s")
        if width * height > MAX_PIXELS:
            raise FilmTooLarge(path, "pixels per frame", f"{width}x{height}", str(MAX_PIXELS))
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
            duration=duration,
            frame_count=len(times),
            label_rate=label_rate,
            timecode=film_timecode(path, container, stream, label_rate),
            pixel_format=picture.format.name,
            colour=(int(context.color_primaries), int(context.color_trc), int(context.colorspace)),
            hdr=TRANSFERS_HDR.get(int(context.color_trc)),
            audio=sound_tracks(path, container),
            subtitles=tuple(
                SubtitleTrack(s.index, codec_of(path, s), s.metadata.get("language"))
                for s in container.streams.subtitles
            ),
            chapters=len(container.chapters()),
            covers=sum(bool(s.disposition & Disposition.attached_pic) for s in container.streams.video),
            hidden_pictures=len(walk.hidden),
            uncopyable=walk.obstacle(),
            damage=walk.damage(rate or times.mean_rate()),
            index_leads_astray=walk.index_leads_astray,
        )


def _shown_size(stream: VideoStream, picture: VideoFrame, rotation: int) -> tuple[int, int]:
    aspect = as_fraction(stream.sample_aspect_ratio)
    if not 1 / MAX_PIXEL_ASPECT <= aspect <= MAX_PIXEL_ASPECT:
        aspect = Fraction(1)  # not said, or nonsense
    width, height = max(1, round(picture.width * aspect)), picture.height
    return (width, height) if rotation % 180 == 0 else (height, width)
