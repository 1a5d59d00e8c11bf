import os
import struct
import time
import zlib
from fractions import Fraction
from pathlib import Path

import pytest

from mmhnet_cli.errors import FilmNotFound, FilmTooLarge, FilmUnreadable, NoFrames, NoPicture
from mmhnet_cli.media.probe import AudioTrack, probe
from mmhnet_cli.media.source import open_film
from tests.conftest import LISTS, MakeFilm, RunFfmpeg, other_containers

FAST = ("-c:v", "libx264", "-preset", "ultrafast")
RATES = {"24000/1001": 48, "24": 48, "25": 50, "30000/1001": 60, "12": 12, "50": 25}


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("extension", ["mp4", "mov", "mkv"])
def test_constant_rate_is_exact(make_film: MakeFilm, rate: str, extension: str) -> None:
    count = RATES[rate]
    info = probe(make_film(f"{rate.replace('/', '_')}.{extension}", count=count, rate=rate))
    assert info.frame_rate == Fraction(rate)
    assert not info.variable_rate
    assert info.frame_count == count
    # Also in Matroska, which counts milliseconds.
    assert info.duration == count / Fraction(rate)
    assert info.start == 0
    assert (info.width, info.height, info.rotation_degrees) == (96, 64, 0)
    assert (info.codec, info.pixel_format) == ("h264", "yuv420p")
    assert (info.audio, info.subtitles, info.chapters, info.covers) == ((), (), 0, 0)


@other_containers
def test_other_containers(make_film: MakeFilm, name: str, codec: list[str]) -> None:
    info = probe(make_film(name, video=codec))
    assert (info.frame_count, info.frame_rate, info.variable_rate) == (48, 24, False)
    assert info.duration == 2


def test_b_frames_do_not_confuse_times(b_frame_film: Path) -> None:
    info = probe(b_frame_film)
    assert (info.start, info.duration, info.frame_count) == (0, 4, 96)


def test_variable_rate(vfr_film: Path) -> None:
    info = probe(vfr_film)
    assert info.variable_rate
    assert info.frame_count == 72
    assert info.duration == 4
    assert info.frame_rate == 18


def test_missing_frame_makes_rate_variable(make_film: MakeFilm) -> None:
    film = make_film("gap.mkv", video=["-vf", "select='not(eq(n,20))'", *FAST], output=["-fps_mode", "passthrough"])
    info = probe(film)
    assert info.variable_rate
    assert info.frame_count == 47
    assert info.duration == pytest.approx(2, abs=0.002)


@pytest.mark.parametrize("rate", RATES)
def test_times_that_were_rounded_before_are_still_constant(
    make_film: MakeFilm, run_ffmpeg_program: RunFfmpeg, tmp_path: Path, rate: str
) -> None:
    """Matroska's milliseconds stay when its film is copied to mp4, whose ticks are finer."""
    copied = tmp_path / "copied.mp4"
    matroska = make_film(f"{rate.replace('/', '_')}.mkv", count=RATES[rate], rate=rate)
    run_ffmpeg_program("-i", matroska, "-c", "copy", copied)
    info = probe(copied)
    assert (info.frame_rate, info.variable_rate) == (Fraction(rate), False)
    assert info.duration == RATES[rate] / Fraction(rate)


def test_missing_frame_of_avi_makes_rate_variable(make_film: MakeFilm) -> None:
    """A tick of AVI is a frame, and a frame that is missing is an empty packet."""
    gap = ["-vf", "select='not(eq(n,20))'", "-c:v", "mpeg4"]
    info = probe(make_film("gap.avi", video=gap, output=["-fps_mode", "passthrough"]))
    assert (info.variable_rate, info.frame_count, info.duration) == (True, 47, 2)


@pytest.mark.parametrize("extension", ["mp4", "mkv"])
def test_late_picture(make_film: MakeFilm, run_ffmpeg_program: RunFfmpeg, tmp_path: Path, extension: str) -> None:
    source = make_film("sound.mov", audio="sine=d=2")
    late = tmp_path / f"late.{extension}"
    run_ffmpeg_program(
        *("-i", source, "-itsoffset", "0.5", "-i", source, "-map", "1:v", "-map", "0:a", "-c:v", "copy", late)
    )
    info = probe(late)
    # The default movie clock of mp4 counts milliseconds, as Matroska does.
    assert info.start - info.container_start == pytest.approx(Fraction(1, 2), abs=0.03)
    assert info.duration == 2


@pytest.mark.parametrize(("degrees", "turned"), [(0, False), (90, True), (180, False), (270, True)])
def test_rotation(
    make_film: MakeFilm, run_ffmpeg_program: RunFfmpeg, tmp_path: Path, degrees: int, turned: bool
) -> None:
    rotated = tmp_path / "rotated.mp4"
    run_ffmpeg_program("-display_rotation", degrees, "-i", make_film("plain.mp4"), "-c", "copy", rotated)
    info = probe(rotated)
    assert info.rotation_degrees == degrees
    assert (info.width, info.height) == ((64, 96) if turned else (96, 64))


def test_pixels_that_are_not_square(make_film: MakeFilm) -> None:
    info = probe(make_film("wide.mp4", video=["-vf", "setsar=4/3", *FAST]))
    assert (info.width, info.height) == (128, 64)


def test_sound_language_timecode_and_colour(make_film: MakeFilm) -> None:
    film = make_film(
        "full.mov",
        rate="30000/1001",
        video=["-vf", "setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc", *FAST],
        audio="sine=d=2:r=44100",
        output=["-c:a", "aac", "-ac", "2", "-metadata:s:a:0", "language=eng", "-timecode", "01:00:00;00", "-t", "1.6"],
    )
    info = probe(film)
    assert info.audio == (AudioTrack("aac", 2, 44100, "eng", "stereo", default=True),)
    assert info.timecode.text == "01:00:00;00"
    assert (info.colour, info.hdr) == ((9, 16, 9), "PQ")


def test_cover_is_not_the_picture(make_film: MakeFilm, run_ffmpeg_program: RunFfmpeg, tmp_path: Path) -> None:
    film, cover, both = make_film("plain.mp4"), tmp_path / "cover.png", tmp_path / "both.mp4"
    run_ffmpeg_program("-i", film, "-frames:v", "1", "-vf", "scale=300:300", cover)
    mapping = [
        "-map",
        "0",
        "-map",
        "1",
        "-c",
        "copy",
        "-disposition:v:0",
        "attached_pic",
        "-disposition:v:1",
        "default",
    ]
    run_ffmpeg_program("-i", cover, "-i", film, *mapping, both)
    info = probe(both)
    assert (info.codec, info.covers, info.frame_count) == ("h264", 1, 48)


def test_sound_alone(run_ffmpeg_program: RunFfmpeg, tmp_path: Path) -> None:
    sound = tmp_path / "sound.m4a"
    run_ffmpeg_program("-f", "lavfi", "-i", "sine=d=1", sound)
    with pytest.raises(NoPicture) as refused:
        probe(sound)
    assert refused.value.found == "1 audio"


def test_sound_with_cover_alone(make_film: MakeFilm, run_ffmpeg_program: RunFfmpeg, tmp_path: Path) -> None:
    cover, song = tmp_path / "cover.png", tmp_path / "song.mp3"
    run_ffmpeg_program("-i", make_film("plain.mp4"), "-frames:v", "1", cover)
    mapping = ["-map", "0", "-map", "1", "-c:v", "copy", "-disposition:v", "attached_pic"]
    run_ffmpeg_program("-f", "lavfi", "-i", "sine=d=1", "-i", cover, *mapping, song)
    with pytest.raises(NoPicture):
        probe(song)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FilmNotFound):
        probe(tmp_path / "none.mp4")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    with pytest.raises(FilmUnreadable, match="regular"):
        probe(tmp_path / "pipe.mp4")
    with pytest.raises(FilmUnreadable, match="regular"):
        probe(tmp_path)


def test_no_film_at_all(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"")
    (tmp_path / "b.mp4").write_bytes(bytes(range(256)) * 64)
    for name in ("a.mp4", "b.mp4"):
        with pytest.raises(FilmUnreadable):
            probe(tmp_path / name)


def test_truncated_before_the_index(b_frame_film: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(b_frame_film.read_bytes()[:-2000])
    with pytest.raises(FilmUnreadable):
        probe(cut)


def test_truncated_matroska_counts_what_is_there(make_film: MakeFilm, tmp_path: Path) -> None:
    whole = make_film("long.mkv", count=96)
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    info = probe(cut)
    assert 20 < info.frame_count < 80
    assert info.duration == Fraction(info.frame_count, 24)


@pytest.mark.parametrize(("name", "codec"), [("empty.avi", "libx264"), ("empty.webm", "libvpx")])
def test_file_without_frames(
    make_film: MakeFilm, run_ffmpeg_program: RunFfmpeg, tmp_path: Path, name: str, codec: str
) -> None:
    empty = tmp_path / name
    full = make_film("full_" + name, count=4, video=["-c:v", codec])
    run_ffmpeg_program("-i", full, "-c", "copy", "-t", "0", empty)
    with pytest.raises(NoFrames):
        probe(empty)


@pytest.mark.parametrize("name", LISTS)
def test_lists_that_name_other_files_are_refused(make_film: MakeFilm, tmp_path: Path, name: str) -> None:
    other = make_film("mpeg2.ts", video=["-c:v", "mpeg2video", "-bf", "2"])
    (tmp_path / other.name).write_bytes(other.read_bytes())
    (tmp_path / name).write_text(LISTS[name].format(other=other, name=other.name))
    with pytest.raises(FilmUnreadable):
        open_film(tmp_path / name)


def huge_png(side: int) -> bytes:
    """A black picture of side x side pixels, one bit each: a few kilobytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    pixels = zlib.compress(bytes((side // 8 + 1) * side), 1)
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.mark.parametrize("extension", ["mov", "mkv"])
def test_picture_bomb_is_refused_at_once(run_ffmpeg_program: RunFfmpeg, tmp_path: Path, extension: str) -> None:
    bomb = tmp_path / f"bomb.{extension}"
    run_ffmpeg_program("-f", "png_pipe", "-i", "pipe:0", "-c", "copy", bomb, stdin=huge_png(16000))
    begun = time.process_time()
    with pytest.raises(FilmUnreadable, match="67108864 pixels"):
        probe(bomb)
    assert time.process_time() - begun < 2


def test_too_many_streams(make_film: MakeFilm, run_ffmpeg_program: RunFfmpeg, tmp_path: Path) -> None:
    many = tmp_path / "many.mkv"
    run_ffmpeg_program("-i", make_film("plain.mp4"), *(["-map", "0:v"] * 65), "-c", "copy", "-t", "0.2", many)
    with pytest.raises(FilmTooLarge, match="streams"):
        probe(many)


def test_too_long(make_film: MakeFilm, run_ffmpeg_program: RunFfmpeg, tmp_path: Path) -> None:
    long = tmp_path / "long.mkv"
    stretch = ["-vf", "setpts=N*700/TB", *FAST, "-fps_mode", "vfr"]
    run_ffmpeg_program("-i", make_film("plain.mp4"), *stretch, long)
    with pytest.raises(FilmTooLarge, match="duration"):
        probe(long)
