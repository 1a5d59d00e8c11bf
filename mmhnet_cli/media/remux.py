"""New sound under a film whose picture is copied bit for bit."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from mmhnet_cli.errors import BadOption, ContainerCannotHold, FfmpegFailed
from mmhnet_cli.media.ffmpeg import FfmpegInput, FfmpegProgram, run_ffmpeg
from mmhnet_cli.media.probe import SubtitleTrack, VideoInfo
from mmhnet_cli.media.source import open_film

TEXT_SUBTITLES = frozenset({"subrip", "srt", "ass", "ssa", "mov_text", "webvtt", "text"})


@dataclass(frozen=True)
class Container:
    """How a container takes the new sound and the film's subtitles.

    muxer: ffmpeg's name. audio: codec arguments. subtitles_kept: codecs that are copied, None for all but `mov_text`.
    text_codec: what other text becomes. attachments: whether fonts can stay. refused: picture codecs it cannot hold.
    """

    muxer: str
    audio: tuple[str, ...]
    subtitles_kept: frozenset[str] | None
    text_codec: str
    attachments: bool
    refused: frozenset[str]
    options: tuple[str, ...] = ()


# The edit list, which places sound and picture, is written in ticks of the movie: the default of 1/1000 s would move
# the sound by up to half a millisecond.
ISO_OPTIONS = ("-movie_timescale", "48000")
ISO_SUBTITLES = frozenset({"mov_text"})
MP4 = Container(
    "mp4", ("aac", "-b:a", "256k"), ISO_SUBTITLES, "mov_text", False, frozenset({"vp8", "theora", "ffv1"}), ISO_OPTIONS
)
MOV = Container(
    "mov", ("pcm_s24le",), ISO_SUBTITLES, "mov_text", False, frozenset({"vp8", "vp9", "av1", "theora"}), ISO_OPTIONS
)
CONTAINERS = {
    ".mp4": MP4,
    ".m4v": MP4,
    ".mov": MOV,
    ".mkv": Container("matroska", ("flac",), None, "srt", True, frozenset()),
}


@dataclass(frozen=True)
class Remuxed:
    """What the written film holds. dropped: streams of the source that the container cannot hold."""

    audio_codec: str
    dropped: tuple[str, ...]


def container_for(film: VideoInfo, output: Path) -> Container:
    """The container that the name of `output` asks for. Raises ContainerCannotHold; call it before long work."""
    container = CONTAINERS.get(output.suffix.lower())
    if container is None:
        raise ContainerCannotHold(output, f"generated sound in {output.suffix or 'a file without extension'}", ".mkv")
    if film.codec in container.refused:
        raise ContainerCannotHold(output, f"{film.codec} picture", ".mkv")
    return container


def remux(
    film: VideoInfo,
    wav: Path,
    output: Path,
    *,
    start: Fraction | None = None,
    end: Fraction | None = None,
    metadata: Mapping[str, str] | None = None,
    ffmpeg: FfmpegProgram,
) -> Remuxed:
    """Write `output`: the picture of `film` as it is, and `wav` as its only sound, from the first picture on.

    Subtitles, chapters, timecode and metadata stay; `metadata` is added for the whole file. Replaces `output`, so the
    caller passes a temporary name. Raises BadOption for a part of the film: a copied picture can begin only at a
    keyframe. Raises ContainerCannotHold or FfmpegFailed.
    """
    if (start or 0) != 0 or (end is not None and end != film.duration):
        raise BadOption("video", "a part of the film", "the whole film, or a WAV file for a part")
    container = container_for(film, output)
    arguments = ["-map", f"0:{film.stream_index}", "-map", "1:a:0", "-c:v", "copy", "-c:a", *container.audio]
    subtitles, dropped = subtitle_arguments(film.subtitles, container)
    arguments += subtitles
    if container.attachments:
        arguments += ["-map", "0:t?", "-c:t", "copy"]
    if film.covers:
        dropped += ("cover picture",)
    arguments += ["-map_metadata", "0", "-map_chapters", "0", "-disposition:a:0", "default"]
    # zxx: no linguistic content (ISO 639-2).
    arguments += ["-metadata:s:a:0", "language=zxx", "-metadata:s:a:0", "title=Generated sound"]
    for key, value in (metadata or {}).items():
        arguments += ["-metadata", f"{key}={value}"]
    if film.codec == "hevc" and container.muxer != "matroska" and "mov" not in film.container.split(","):
        arguments += ["-tag:v", "hvc1"]  # the name Apple's players want, where the source has none of its own
    # Original clocks, moved so that the earliest stream of the film begins at 0. ffmpeg would find that moment by
    # itself, but by rules that differ between versions; here sound and picture are moved by the same number.
    arguments += ["-copyts", *container.options]
    base = film.container_start
    inputs = [
        FfmpegInput(film.path, ("-itsoffset", _microseconds(-base))),
        FfmpegInput(wav, ("-itsoffset", _microseconds(film.start - base))),
    ]
    # Far above what copying takes, far below forever.
    timeout_s = 120 + film.path.stat().st_size / 2e6 + float(film.duration)
    run_ffmpeg(ffmpeg, "remux", inputs, arguments, container.muxer, output, timeout_s)
    _check(output)
    return Remuxed(container.audio[0], dropped)


def subtitle_arguments(tracks: tuple[SubtitleTrack, ...], container: Container) -> tuple[list[str], tuple[str, ...]]:
    """Arguments that carry the subtitles over, and what stays behind."""
    arguments: list[str] = []
    dropped: list[str] = []
    kept = 0
    for track in tracks:
        codec = _subtitle_codec(track.codec, container)
        if codec is None:
            dropped.append(f"{track.codec} subtitles")
            continue
        arguments += ["-map", f"0:{track.index}", f"-c:s:{kept}", codec]
        kept += 1
    return arguments, tuple(dropped)


def _subtitle_codec(codec: str, container: Container) -> str | None:
    holds = codec != "mov_text" if container.subtitles_kept is None else codec in container.subtitles_kept
    if holds and codec not in {"eia_608", "unknown"}:
        return "copy"
    return container.text_codec if codec in TEXT_SUBTITLES else None


def _microseconds(time: Fraction) -> str:
    return f"{round(time * 1_000_000)}us"


def _check(output: Path) -> None:
    # An exit status of 0 is not proof: some muxing mistakes leave a file without streams.
    with open_film(output) as written:
        if not written.streams.audio:
            raise FfmpegFailed("remux", 0, "the written film has no sound")
