import hashlib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from mmhnet_cli.errors import BadOption, ContainerCannotHold, FfmpegFailed
from mmhnet_cli.media.audio_file import read_audio, write_wav
from mmhnet_cli.media.ffmpeg import FfmpegProgram
from mmhnet_cli.media.probe import SubtitleTrack, probe
from mmhnet_cli.media.remux import CONTAINERS, container_for, remux, subtitle_arguments
from tests.conftest import MakeFilm, RunFfmpeg

CLICK_S = 1
SUBTITLES = "1\n00:00:00,500 --> 00:00:01,500\nA door closes.\n\n"
CHAPTERS = ";FFMETADATA1\ntitle=The Door\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle=One\n"


@pytest.fixture
def click(tmp_path: Path) -> Path:
    """2 s of stereo silence with a click exactly 1 s after its beginning."""
    samples = np.zeros((2, 96000))
    samples[:, 48000 * CLICK_S] = 0.9
    write_wav(tmp_path / "click.wav", samples, 48000)
    return tmp_path / "click.wav"


@pytest.fixture
def rich_film(make_film: MakeFilm, run_ffmpeg_program: RunFfmpeg, tmp_path: Path) -> Path:
    """B-frames, 5.1 sound, subtitles, a chapter, a title and a start timecode."""
    (tmp_path / "s.srt").write_text(SUBTITLES)
    (tmp_path / "m.txt").write_text(CHAPTERS)
    film = make_film("six.mov", rate="24", audio="sine=d=2", output=["-ac", "6", "-c:a", "aac", "-bf", "2"])
    rich = tmp_path / "rich.mp4"
    run_ffmpeg_program(
        *("-i", film, "-i", tmp_path / "s.srt", "-i", tmp_path / "m.txt", "-map", "0", "-map", "1", "-c", "copy"),
        *("-c:s", "mov_text", "-map_metadata", "2", "-map_chapters", "2", "-timecode", "01:00:00:00", rich),
    )
    return rich


def picture_hash(path: Path) -> str:
    """Hash of the coded picture, without the packaging that differs between containers."""
    with av.open(str(path)) as container:
        stream = next(s for s in container.streams.video if not s.disposition & 1024)
        digest = hashlib.sha256()
        for packet in container.demux(stream):
            digest.update(bytes(packet))
    return digest.hexdigest()


def click_after_picture(path: Path) -> Fraction:
    """Seconds from the first picture to the loudest sample."""
    with av.open(str(path)) as container:
        loudest, when = 0.0, Fraction(0)
        for frame in container.decode(audio=0):
            values = np.abs(frame.to_ndarray().astype(np.float64))
            values = values if frame.format.is_planar else values.reshape(-1, frame.layout.nb_channels).T
            if values.max() > loudest:
                loudest = float(values.max())
                index = int(values.max(axis=0).argmax())
                when = frame.pts * Fraction(frame.time_base) + Fraction(index, frame.sample_rate)
    return when - probe(path).start


@pytest.mark.parametrize(
    ("extension", "codec"), [("mp4", "aac"), ("m4v", "aac"), ("mov", "pcm_s24le"), ("mkv", "flac")]
)
def test_picture_is_copied_and_the_rest_stays(
    rich_film: Path, click: Path, tmp_path: Path, ffmpeg: FfmpegProgram, extension: str, codec: str
) -> None:
    output = tmp_path / f"out.{extension}"
    done = remux(probe(rich_film), click, output, metadata={"comment": "Sound: mmhnet"}, ffmpeg=ffmpeg)
    assert (done.audio_codec, done.dropped) == (codec, ())
    assert picture_hash(output) == picture_hash(rich_film)
    before, after = probe(rich_film), probe(output)
    assert [(track.codec, track.channels) for track in after.audio] == [(codec, 2)]
    assert (after.frame_count, after.duration, after.frame_rate) == (48, 2, 24)
    assert (after.chapters, len(after.subtitles)) == (before.chapters, 1) == (1, 1)
    assert after.start_timecode == "01:00:00:00"
    with av.open(str(output)) as container:
        tags = {key.lower(): value for key, value in container.metadata.items()}
        assert (tags["title"], tags["comment"]) == ("The Door", "Sound: mmhnet")
        assert container.streams.audio[0].disposition & 1
        if extension != "mov":  # QuickTime's list of languages has no word for none
            assert container.streams.audio[0].metadata["language"] == "zxx"
        texts = [bytes(packet) for packet in container.demux(subtitles=0) if packet.size > 2]
    assert any(b"A door closes." in text for text in texts)


@pytest.mark.parametrize("extension", ["mp4", "mov", "mkv"])
def test_click_stays_in_place(
    b_frame_film: Path, click: Path, tmp_path: Path, ffmpeg: FfmpegProgram, extension: str
) -> None:
    output = tmp_path / f"out.{extension}"
    remux(probe(b_frame_film), click, output, ffmpeg=ffmpeg)
    # Matroska writes the time of a packet in milliseconds.
    tolerance = Fraction(1, 1000) if extension == "mkv" else Fraction(1, 48000)
    assert abs(click_after_picture(output) - CLICK_S) <= tolerance


@pytest.mark.parametrize("extension", ["mov", "mkv"])
def test_lossless_sound_is_lossless(b_frame_film: Path, tmp_path: Path, ffmpeg: FfmpegProgram, extension: str) -> None:
    write_wav(tmp_path / "noise.wav", np.random.default_rng(0).uniform(-1, 1, (2, 4 * 48000)), 48000)
    output = tmp_path / f"out.{extension}"
    remux(probe(b_frame_film), tmp_path / "noise.wav", output, ffmpeg=ffmpeg)
    np.testing.assert_array_equal(read_audio(output)[0], read_audio(tmp_path / "noise.wav")[0])


@pytest.mark.parametrize("source", ["mp4", "mkv", "ts"])
@pytest.mark.parametrize("extension", ["mp4", "mov", "mkv"])
def test_late_picture_takes_its_sound_along(
    make_film: MakeFilm,
    run_ffmpeg_program: RunFfmpeg,
    click: Path,
    tmp_path: Path,
    ffmpeg: FfmpegProgram,
    source: str,
    extension: str,
) -> None:
    film, late = make_film("sound.mov", audio="sine=d=3"), tmp_path / f"late.{source}"
    streams = ["-map", "1:v", "-map", "0:a", "-c:v", "copy", "-c:a", "aac"]
    run_ffmpeg_program("-i", film, "-itsoffset", "0.5", "-i", film, *streams, late)
    output = tmp_path / f"out.{extension}"
    info = probe(late)
    assert info.start - info.container_start > Fraction(2, 5)
    remux(info, click, output, ffmpeg=ffmpeg)
    tolerance = Fraction(1, 1000) if extension == "mkv" else Fraction(2, 48000)
    assert abs(click_after_picture(output) - CLICK_S) <= tolerance
    after = probe(output)
    assert abs(after.start - (info.start - info.container_start)) <= Fraction(1, 1000)


def test_rotation_and_variable_rate_survive(
    vfr_film: Path, run_ffmpeg_program: RunFfmpeg, click: Path, tmp_path: Path, ffmpeg: FfmpegProgram
) -> None:
    rotated, output = tmp_path / "rotated.mp4", tmp_path / "out.mov"
    run_ffmpeg_program("-display_rotation", "90", "-i", vfr_film, "-c", "copy", rotated)
    remux(probe(rotated), click, output, ffmpeg=ffmpeg)
    before, after = probe(rotated), probe(output)
    assert (after.rotation_degrees, after.variable_rate, after.duration) == (90, True, 4)
    assert (after.width, after.height) == (before.width, before.height)


def test_cover_is_dropped_and_said(
    make_film: MakeFilm, run_ffmpeg_program: RunFfmpeg, click: Path, tmp_path: Path, ffmpeg: FfmpegProgram
) -> None:
    film, cover, both = make_film("plain.mp4"), tmp_path / "cover.png", tmp_path / "both.mp4"
    run_ffmpeg_program("-i", film, "-frames:v", "1", cover)
    mapping = ["-map", "0", "-map", "1", "-c", "copy", "-disposition:v:0", "attached_pic"]
    run_ffmpeg_program("-i", cover, "-i", film, *mapping, both)
    output = tmp_path / "out.mp4"
    assert remux(probe(both), click, output, ffmpeg=ffmpeg).dropped == ("cover picture",)
    assert picture_hash(output) == picture_hash(film)


@pytest.mark.parametrize(("extension", "codec"), [("mkv", "subrip"), ("mov", "mov_text"), ("mp4", "mov_text")])
def test_text_subtitles_become_what_the_container_knows(
    make_film: MakeFilm,
    run_ffmpeg_program: RunFfmpeg,
    click: Path,
    tmp_path: Path,
    ffmpeg: FfmpegProgram,
    extension: str,
    codec: str,
) -> None:
    (tmp_path / "s.srt").write_text(SUBTITLES)
    source, output = tmp_path / "source.mkv", tmp_path / f"out.{extension}"
    run_ffmpeg_program("-i", make_film("plain.mp4"), "-i", tmp_path / "s.srt", "-c:v", "copy", "-c:s", "srt", source)
    assert remux(probe(source), click, output, ffmpeg=ffmpeg).dropped == ()
    assert [track.codec for track in probe(output).subtitles] == [codec]


def test_image_subtitles_stay_only_in_matroska() -> None:
    tracks = (SubtitleTrack(2, "hdmv_pgs_subtitle", "eng"), SubtitleTrack(3, "subrip", None))
    kept, dropped = subtitle_arguments(tracks, CONTAINERS[".mp4"])
    assert (kept, dropped) == (["-map", "0:3", "-c:s:0", "mov_text"], ("hdmv_pgs_subtitle subtitles",))
    kept, dropped = subtitle_arguments(tracks, CONTAINERS[".mkv"])
    assert (kept, dropped) == (["-map", "0:2", "-c:s:0", "copy", "-map", "0:3", "-c:s:1", "copy"], ())


def test_part_of_a_film_cannot_be_copied(
    b_frame_film: Path, click: Path, tmp_path: Path, ffmpeg: FfmpegProgram
) -> None:
    info = probe(b_frame_film)
    for start, end in [(Fraction(1), None), (None, Fraction(2)), (Fraction(0), Fraction(2))]:
        with pytest.raises(BadOption, match="WAV"):
            remux(info, click, tmp_path / "out.mp4", start=start, end=end, ffmpeg=ffmpeg)
    remux(info, click, tmp_path / "out.mp4", start=Fraction(0), end=info.duration, ffmpeg=ffmpeg)
    assert probe(tmp_path / "out.mp4").duration == 4


@pytest.mark.parametrize("name", ["out.webm", "out.avi", "out", "out.mxf"])
def test_other_containers_are_refused_by_name(b_frame_film: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(ContainerCannotHold):
        container_for(probe(b_frame_film), tmp_path / name)


def test_codec_that_the_container_cannot_hold(make_film: MakeFilm, tmp_path: Path) -> None:
    film = probe(make_film("vp8.webm", video=["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8"]))
    with pytest.raises(ContainerCannotHold, match="vp8"):
        container_for(film, tmp_path / "out.mp4")
    assert container_for(film, tmp_path / "out.mkv").muxer == "matroska"


def test_sound_that_is_no_sound(b_frame_film: Path, tmp_path: Path, ffmpeg: FfmpegProgram) -> None:
    (tmp_path / "bad.wav").write_bytes(b"RIFF")
    with pytest.raises(FfmpegFailed) as failure:
        remux(probe(b_frame_film), tmp_path / "bad.wav", tmp_path / "out.mp4", ffmpeg=ffmpeg)
    assert failure.value.tail
