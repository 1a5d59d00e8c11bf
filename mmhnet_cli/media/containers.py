"""Knows what the containers of a film with new sound can hold; unsuitable ones are refused before the work begins."""

from dataclasses import dataclass
from pathlib import Path

from mmhnet_cli.errors import BadOption, ContainerCannotHold
from mmhnet_cli.media.probe import VideoInfo
from mmhnet_cli.options import AudioCodec


@dataclass(frozen=True)
class Container:
    """What a container holds; codecs have the names of libavcodec."""

    muxer: str
    """It is ffmpeg's name of the container."""
    pictures: frozenset[str]
    """A picture of these is copied."""
    new_sound: tuple[AudioCodec, ...]
    """The new sound can be coded as these; the usual one comes first."""
    sounds: frozenset[str]
    """The film's own sound is copied if it is one of these."""
    subtitles: frozenset[str]
    """Subtitles of these are copied."""
    text_subtitles: str
    """Other text becomes this."""
    edit_lists: bool = False
    """It can hide pictures."""
    attachments: bool = False
    """Fonts can stay."""
    options: tuple[str, ...] = ()
    """These options of ffmpeg write it."""


def _codecs(names: str) -> frozenset[str]:
    return frozenset(names.split())


PCM = _codecs(
    "pcm_s16le pcm_s16be pcm_s24le pcm_s24be pcm_s32le pcm_s32be pcm_f32le pcm_f64le pcm_u8 pcm_alaw pcm_mulaw"
)
COMPRESSED = _codecs("aac mp3 ac3 eac3 alac dts")
# The edit list, which places sound and picture, is written in ticks of the movie: the default of 1/1000 s would move
# the sound by up to half a millisecond.
ISO_OPTIONS = ("-movie_timescale", "48000")
MP4 = Container(
    "mp4",
    _codecs("h264 hevc av1 vp9 mpeg4 mpeg2video mpeg1video mjpeg png jpeg2000"),
    ("aac", "alac", "flac", "opus"),
    COMPRESSED | _codecs("flac opus pcm_s16le pcm_s16be pcm_s24le pcm_s24be pcm_s32le pcm_s32be pcm_f32le"),
    _codecs("mov_text"),
    "mov_text",
    edit_lists=True,
    # Dolby Vision, and FLAC in ffmpeg 5, are written only where leave is given.
    options=(*ISO_OPTIONS, "-strict", "experimental"),
)
MOV = Container(
    "mov",
    _codecs(
        "h264 hevc mpeg4 mpeg2video mpeg1video mjpeg png jpeg2000 prores dnxhd dvvideo v210 cfhd hap ffv1 huffyuv "
        "ffvhuff utvideo magicyuv qtrle cinepak h263 apv"
    ),
    ("pcm", "aac", "alac"),
    COMPRESSED | PCM | _codecs("mp2 pcm_f32be pcm_s8"),
    _codecs("mov_text"),
    "mov_text",
    edit_lists=True,
    options=ISO_OPTIONS,
)
MATROSKA = Container(
    "matroska",
    _codecs(
        "h264 hevc av1 vp8 vp9 mpeg4 mpeg2video mpeg1video mjpeg png jpeg2000 prores dnxhd dvvideo v210 cfhd hap ffv1 "
        "huffyuv ffvhuff utvideo magicyuv cinepak h263 theora msmpeg4v2 msmpeg4v3 wmv1 wmv2 wmv3 vc1 flv1 rawvideo"
    ),
    ("flac", "pcm", "opus", "aac", "alac"),
    COMPRESSED | PCM | _codecs("mp2 flac opus vorbis truehd tta wavpack"),
    _codecs("subrip ass ssa webvtt hdmv_pgs_subtitle dvd_subtitle dvb_subtitle"),
    "srt",
    attachments=True,
)
WEBM = Container("webm", _codecs("vp8 vp9 av1"), ("opus",), _codecs("opus vorbis"), _codecs("webvtt"), "webvtt")
CONTAINERS = {".mp4": MP4, ".m4v": MP4, ".mov": MOV, ".mkv": MATROSKA, ".webm": WEBM}


def container_for(film: VideoInfo, output: Path) -> Container:
    """Return the container that the name of `output` asks for, which can hold the picture. Raises
    ContainerCannotHold.
    """
    container = container_of(output)
    if film.uncopyable is not None:
        raise ContainerCannotHold(output, film.uncopyable, "Choose a .wav file: it fits the film as it is")
    if film.codec not in container.pictures:
        fitting = [suffix for suffix, other in CONTAINERS.items() if film.codec in other.pictures]
        raise ContainerCannotHold(output, f"{film.codec} picture", f"Choose {' or '.join([*fitting, '.wav'])}")
    if film.hidden_pictures and not container.edit_lists:
        raise ContainerCannotHold(output, "an edit list, which hides pictures of this film", "Choose .mov or .mp4")
    return container


def check_audio_codec(output: Path, codec: AudioCodec) -> AudioCodec:
    """Return the codec of new sound in a film called `output`, the container's usual one for `auto`.

    Raises BadOption where the container cannot hold it, and ContainerCannotHold for an unknown container.
    """
    known = container_of(output).new_sound
    if codec == "auto":
        return known[0]
    if codec not in known:
        raise BadOption("--audio-codec", codec, f"one of auto, {', '.join(known)} in a {output.suffix} file")
    return codec


def container_of(output: Path) -> Container:
    """Return the container that the name of `output` asks for. Raises ContainerCannotHold."""
    container = CONTAINERS.get(output.suffix.lower())
    if container is None:
        what = f"a film with new sound; a name that ends in {', '.join(CONTAINERS)} can"
        raise ContainerCannotHold(output, what, "Choose another name")
    return container
