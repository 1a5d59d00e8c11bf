"""Puts new sound under a film whose picture is copied bit for bit."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, islice
from pathlib import Path
from typing import Any

from mmhnet_cli.errors import FfmpegFailed
from mmhnet_cli.media.containers import Container, check_audio_codec, container_for
from mmhnet_cli.media.edit_list import end_tracks, sound_ends
from mmhnet_cli.media.ffmpeg import FfmpegInput, FfmpegProgram, run_ffmpeg
from mmhnet_cli.media.other_streams import other_arguments
from mmhnet_cli.media.probe import AudioTrack, SubtitleTrack, VideoInfo
from mmhnet_cli.media.source import as_fraction, open_film, picture_stream
from mmhnet_cli.media.timecode_track import write_timecode_track
from mmhnet_cli.options import AudioCodec, OriginalSound
from mmhnet_cli.timecode import Timecode

# The lossy ones at a rate at which stereo is transparent.
ENCODERS = {
    "aac": ("aac", "-b:a:0", "256k"),
    "pcm": ("pcm_s24le",),
    "flac": ("flac",),
    "alac": ("alac",),
    "opus": ("libopus", "-b:a:0", "256k"),
}
AAC_PRIMING_S = Fraction(1024, 44100)
MAX_OFFSET_S = Fraction(1, 1000)
# Codecs show at most 16 pictures before one that is coded earlier.
REORDERED_PICTURES = 32
TEXT_SUBTITLES = frozenset({"subrip", "ass", "ssa", "mov_text", "webvtt", "text"})
# How the file that was copied was built, which mp4 files tell as if it were about the film.
BRANDS = ("major_brand", "minor_version", "compatible_brands")


@dataclass(frozen=True)
class Remuxed:
    """What the written film holds."""

    audio_codec: AudioCodec
    dropped: tuple[str, ...]
    """The container cannot hold these streams of the source."""


def remux(
    film: VideoInfo,
    wav: Path,
    output: Path,
    *,
    original: OriginalSound = "replace",
    audio_codec: AudioCodec = "auto",
    metadata: Mapping[str, str] | None = None,
    timecode: Timecode | None = None,
    ffmpeg: FfmpegProgram,
    progress: Callable[[float], None] = lambda share: None,
) -> Remuxed:
    """Write `output`: the picture of `film` as it is, and `wav` as its first sound, from the first picture on.

    original: "keep" copies the sound of the film into further tracks; with "mix", `wav` already has it.
    Subtitles, chapters and metadata stay; `metadata` is added for the whole file. timecode: of the first picture; None
    leaves what the film says. progress: hears which share is done. The same arguments give the same bytes. Replaces
    `output`, so the caller passes a temporary name. Raises BadOption, ContainerCannotHold or FfmpegFailed.
    """
    container = container_for(film, output)
    codec = check_audio_codec(output, audio_codec)
    arguments = ["-map", "1:a:0", "-c:a", "copy", "-c:a:0", *ENCODERS[codec], "-disposition:a:0", "default"]
    # zxx: no linguistic content (ISO 639-2).
    title, language = "Generated sound", "zxx"
    if original == "mix" and film.audio:
        title, language = "Original and generated sound", film.audio[0].language or "und"
    arguments += ["-metadata:s:a:0", f"title={title}", "-metadata:s:a:0", f"language={language}"]
    sounds, lost_sounds = sound_arguments(film.audio if original == "keep" else (), container)
    kept = _kept_ends(film, container) if original == "keep" and film.hidden_pictures else []
    tracks = _Tracks((wav,), [*arguments, *sounds], tuple(kept))
    lost = _write(film, tracks, output, container, metadata or {}, timecode, ffmpeg, progress)
    check_sync(output, codec)
    covers = ("cover picture",) if film.covers else ()
    return Remuxed(codec, (*lost_sounds, *lost, *covers))


def remux_tracks(
    film: VideoInfo,
    tracks: Sequence[tuple[str, Path]],
    output: Path,
    *,
    metadata: Mapping[str, str] | None = None,
    timecode: Timecode | None = None,
    ffmpeg: FfmpegProgram,
    progress: Callable[[float], None] = lambda share: None,
) -> tuple[str, ...]:
    """Write `output`, a QuickTime film: the picture of `film` as it is, and each WAV file as a sound with a name.

    tracks: names and files; players play the first. All else is as for `remux`; returns what `output` cannot hold.
    """
    container = container_for(film, output)
    arguments = ["-c:a", "copy"]
    for number, (name, _) in enumerate(tracks):
        arguments += ["-map", f"{number + 1}:a:0", f"-disposition:a:{number}", "0" if number else "default"]
        arguments += [f"-metadata:s:a:{number}", f"title={name}", f"-metadata:s:a:{number}", f"handler_name={name}"]
        arguments += [f"-metadata:s:a:{number}", "language=zxx"]
    wavs = _Tracks(tuple(path for _, path in tracks), arguments)
    lost = _write(film, wavs, output, container, metadata or {}, timecode, ffmpeg, progress)
    check_sync(output, "pcm")
    return (*lost, "cover picture") if film.covers else lost


@dataclass(frozen=True)
class _Tracks:
    """New sounds of a film."""

    wavs: tuple[Path, ...]
    arguments: list[str]
    """They map the sounds of the output."""
    kept: tuple[Fraction | None, ...] = ()
    """The sounds of the film that stay end then."""


def _write(
    film: VideoInfo,
    tracks: _Tracks,
    output: Path,
    container: Container,
    metadata: Mapping[str, str],
    timecode: Timecode | None,
    ffmpeg: FfmpegProgram,
    progress: Callable[[float], None],
) -> tuple[str, ...]:
    """Write the picture of a film with sounds; return what the container cannot hold of the rest."""
    arguments = ["-map", f"0:{film.stream_index}", "-c:v", "copy", *tracks.arguments]
    subtitles, lost_subtitles = subtitle_arguments(film.subtitles, container)
    others, lost_others = other_arguments(film.path, film.stream_index, container)
    arguments += [*subtitles, *others]
    if container.attachments:
        arguments += ["-map", "0:t?", "-c:t", "copy"]
    arguments += _metadata_arguments(film, container, metadata)
    if film.codec == "hevc" and container.edit_lists:
        arguments += ["-tag:v:0", _hevc_tag(film)]
    arguments += timecode_arguments(film, container, timecode)
    # Original clocks, moved so that the earliest stream of the film begins at 0. ffmpeg would find that moment by
    # itself, but by rules that differ between versions; here sound and picture are moved by the same number.
    # Bit-exact: without it Matroska is numbered by chance, and no repetition is the same file.
    arguments += ["-copyts", "-fflags", "+bitexact", *container.options]
    base = film.container_start
    inputs = [
        # Missing times of display are filled in as PyAV does, so that both read the same clock.
        FfmpegInput(film.path, ("-fflags", "+genpts", "-itsoffset", _microseconds(-base))),
        *(FfmpegInput(wav, ("-itsoffset", _microseconds(film.start - base))) for wav in tracks.wavs),
    ]
    expected = sum(source.path.stat().st_size for source in inputs)
    # Far above what copying takes, far below forever.
    timeout_s = 120 + film.path.stat().st_size / 2e6 + float(film.duration)

    def watch() -> None:
        written = output.stat().st_size if output.exists() else 0
        progress(min(1.0, written / expected))

    run_ffmpeg(ffmpeg, "remux", inputs, arguments, container.muxer, output, timeout_s, watch)
    if film.hidden_pictures:
        end = film.start - base + film.duration
        end_tracks(output, end, [*[end] * len(tracks.wavs), *tracks.kept])
    if timecode is not None and container.edit_lists and not write_timecode_track(output, timecode):
        lost_others = (*lost_others, "timecode")
    return (*lost_subtitles, *lost_others)


def _kept_ends(film: VideoInfo, container: Container) -> list[Fraction | None]:
    """Return when each sound of the film that is kept ends, counted from the earliest stream."""
    ends = zip(film.audio, sound_ends(film.path), strict=False)
    kept = [end for track, end in ends if track.codec in container.sounds]
    return [None if end is None else end - film.container_start for end in kept]


def _metadata_arguments(film: VideoInfo, container: Container, added: Mapping[str, str]) -> list[str]:
    """Return arguments that keep the chapters of the film and what it says of itself, with `added`."""
    arguments = ["-map_metadata", "0", "-map_chapters", "0"]
    for key, value in {**dict.fromkeys(BRANDS, ""), **added}.items():
        arguments += ["-metadata", f"{key}={value}"]
    if container.edit_lists and _has_quicktime_tags(film.path):
        arguments += ["-movflags", "use_metadata_tags"]
    return arguments


def _hevc_tag(film: VideoInfo) -> str:
    """Return the name the source has for its picture; where it has none, the one Apple's players want."""
    with open_film(film.path) as source:
        tag = str(picture_stream(source).codec_context.codec_tag)
    return tag if "mov" in film.container.split(",") and tag.isascii() and tag.isalnum() else "hvc1"


def timecode_arguments(film: VideoInfo, container: Container, timecode: Timecode | None) -> list[str]:
    """Return arguments that give the film a timecode; a track of it is then set to what it counts."""
    if timecode is None:
        return []
    if container.edit_lists:
        return ["-timecode", "00:00:00:00"]
    # A tag is read as counting pictures.
    label = timecode.at_rate(film.label_rate) or timecode
    return ["-metadata:s:v:0", f"timecode={label}", "-metadata", f"timecode={label}"]


def sound_arguments(tracks: tuple[AudioTrack, ...], container: Container) -> tuple[list[str], tuple[str, ...]]:
    """Return arguments that copy the film's own sound behind the new one, and what stays behind."""
    arguments: list[str] = []
    dropped: list[str] = []
    kept = 0
    for number, track in enumerate(tracks):
        if track.codec not in container.sounds:
            dropped.append(f"{track.codec} sound")
            continue
        kept += 1
        arguments += ["-map", f"0:a:{number}", f"-disposition:a:{kept}", "-default"]
    return arguments, tuple(dropped)


def subtitle_arguments(tracks: tuple[SubtitleTrack, ...], container: Container) -> tuple[list[str], tuple[str, ...]]:
    """Return arguments that carry the subtitles over, and what stays behind."""
    arguments: list[str] = []
    dropped: list[str] = []
    kept = 0
    for track in tracks:
        if track.codec not in container.subtitles | TEXT_SUBTITLES:
            dropped.append(f"{track.codec} subtitles")
            continue
        codec = "copy" if track.codec in container.subtitles else container.text_subtitles
        arguments += ["-map", f"0:{track.index}", f"-c:s:{kept}", codec]
        kept += 1
    return arguments, tuple(dropped)


def _has_quicktime_tags(film: Path) -> bool:
    """Tell whether the film says things, such as camera, under names that only QuickTime's own list can hold."""
    with open_film(film) as container:
        return any(key.lower().startswith("com.apple.quicktime.") for key in container.metadata)


def _microseconds(time: Fraction) -> str:
    return f"{round(time * 1_000_000)}us"


def check_sync(output: Path, codec: AudioCodec) -> None:
    """Check that sound and picture begin together: an exit status of 0 is not proof. Raises FfmpegFailed."""
    with open_film(output) as written:
        stream = picture_stream(written)
        packets: Iterator[Any] = (packet for packet in written.demux(stream) if packet.pts is not None)
        # As in `PictureWalk`: what is coded after the first picture and shown before it cannot be decoded.
        first = next(packets)
        shown = (packet.pts for packet in chain([first], packets) if packet.pts >= first.pts and not packet.is_discard)
        picture = min(islice(shown, REORDERED_PICTURES)) * as_fraction(stream.time_base)
    with open_film(output) as written:
        frame = next(written.decode(audio=0), None) if written.streams.audio else None
        if frame is None or frame.pts is None:
            raise FfmpegFailed("remux", 0, "the written film has no sound")
        late = frame.pts * as_fraction(frame.time_base) - picture
    # ffmpeg 5 writes Matroska without the mark that would make a reader leave out what AAC begins with.
    early = AAC_PRIMING_S if codec == "aac" else 0
    if not -early - MAX_OFFSET_S <= late <= MAX_OFFSET_S:
        raise FfmpegFailed("remux", 0, f"the written sound begins {float(late) * 1000:.1f} ms after the picture")
