"""Whole little films and sounds in the containers and codecs that people use; damage begins with them.

Written by ffmpeg from nothing, without dates and chance: the same program gives the same bytes.
"""

import subprocess
from collections.abc import Mapping
from pathlib import Path

import imageio_ffmpeg

PICTURE = ("-f", "lavfi", "-i", "testsrc2=size=64x48:rate=25:duration=0.48")
SOUND = ("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=0.48")
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "6")
B_FRAMES = (*H264, "-bf", "2")
MPEG2 = ("-c:v", "mpeg2video", "-g", "6", "-bf", "2")
SUBTITLES = "1\n00:00:00,100 --> 00:00:00,300\nrain\n"
CHAPTERS = ";FFMETADATA1\ntitle=rain\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=240\ntitle=first\n"


def _surround(layout: str) -> tuple[str, ...]:
    return ("-af", f"aformat=channel_layouts={layout}")


FILMS: Mapping[str, tuple[str, ...]] = {
    "b_frames.mp4": (*B_FRAMES, "-c:a", "aac"),
    "fragments.mp4": (*B_FRAMES, "-c:a", "aac", "-movflags", "frag_keyframe+empty_moov"),
    "hevc.mp4": ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none:pools=none", "-c:a", "aac"),
    "timecode.mov": ("-c:v", "prores_ks", "-timecode", "01:00:00:00", "-c:a", "pcm_s24le"),
    "surround.mov": (*H264, "-c:a", "pcm_s16le", *_surround("5.1")),
    "seven_one.mov": (*H264, "-c:a", "pcm_s16le", *_surround("7.1")),
    "png.mov": ("-c:v", "png", "-c:a", "pcm_s16be"),
    "h264.mkv": (*B_FRAMES, "-c:a", "flac"),
    "ffv1.mkv": ("-c:v", "ffv1", "-c:a", "aac", *_surround("5.1")),
    "vp9.webm": ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus"),
    "mpeg4.avi": ("-c:v", "mpeg4", "-bf", "2", "-c:a", "libmp3lame"),
    "mjpeg.avi": ("-c:v", "mjpeg", "-c:a", "pcm_s16le"),
    "mpeg2.ts": (*MPEG2, "-c:a", "mp2"),
    "h264.ts": (*B_FRAMES, "-c:a", "aac"),
    "mpeg2.mpg": (*MPEG2, "-c:a", "mp2"),
    "flv1.flv": ("-c:v", "flv1", "-c:a", "libmp3lame", "-ar", "44100"),
    "h264.flv": (*B_FRAMES, "-c:a", "aac"),
    "mpeg2.mxf": (*MPEG2, "-c:a", "pcm_s16le"),
    "wmv2.wmv": ("-c:v", "wmv2", "-c:a", "wmav2"),
    "theora.ogv": ("-c:v", "libtheora", "-c:a", "libvorbis"),
    "gif.gif": ("-an",),
}
SOUNDS: Mapping[str, tuple[str, ...]] = {
    "tone.wav": ("-c:a", "pcm_s24le"),
    "eight.wav": ("-c:a", "pcm_s16le", *_surround("7.1")),
    "tone.flac": ("-c:a", "flac"),
    "surround.caf": ("-c:a", "pcm_s16be", *_surround("5.1")),
    "tone.aiff": ("-c:a", "pcm_s16be"),
    "tone.mp3": ("-c:a", "libmp3lame"),
    "tone.ogg": ("-c:a", "libvorbis"),
}
COPIES: Mapping[str, tuple[str, ...]] = {
    "edit_list.mp4": ("-ss", "0.1", "-i", "b_frames.mp4", "-map", "0", "-c", "copy"),
    "rotated.mov": ("-display_rotation", "90", "-i", "timecode.mov", "-map", "0:v", "-map", "0:a", "-c", "copy"),
    "everything.mp4": (
        *("-i", "b_frames.mp4", "-i", "words.srt", "-i", "chapters.txt", "-i", "cover.png"),
        *("-map", "0", "-map", "1", "-map", "3", "-map_chapters", "2", "-c", "copy", "-c:s", "mov_text"),
        *("-disposition:v:1", "attached_pic"),
    ),
}


def make_bases(folder: Path) -> dict[str, bytes]:
    """Make them all in `folder`; their bytes by name, in an order that does not change."""
    for name, arguments in FILMS.items():
        make_film(folder, name, arguments)
    for name, arguments in SOUNDS.items():
        _ffmpeg(folder, *SOUND, *arguments, name)
    (folder / "words.srt").write_text(SUBTITLES)
    (folder / "chapters.txt").write_text(CHAPTERS)
    _ffmpeg(folder, *PICTURE, "-frames:v", "1", "cover.png")
    for name, arguments in COPIES.items():
        _ffmpeg(folder, *arguments, name)
    return {name: (folder / name).read_bytes() for name in sorted((*FILMS, *SOUNDS, *COPIES))}


def make_film(folder: Path, name: str = "b_frames.mp4", arguments: tuple[str, ...] = FILMS["b_frames.mp4"]) -> Path:
    """Make one of FILMS; its path."""
    _ffmpeg(folder, *PICTURE, *SOUND, *arguments, name)
    return folder / name


def _ffmpeg(folder: Path, *arguments: str) -> None:
    *before, output = arguments
    bitexact = ("-threads", "1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact")
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostdin", "-loglevel", "error", "-y"]
    subprocess.run([*command, *before, *bitexact, output], cwd=folder, check=True, timeout=60)
