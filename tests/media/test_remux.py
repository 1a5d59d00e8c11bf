import hashlib
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.stream import Disposition

from mmhnet_cli.errors import ContainerCannotHold, FfmpegFailed
from mmhnet_cli.media.audio_file import read_audio, write_wav
from mmhnet_cli.media.containers import CONTAINERS
from mmhnet_cli.media.ffmpeg import FfmpegProgram
from mmhnet_cli.media.probe import SubtitleTrack, probe
from mmhnet_cli.media.remux import remux, subtitle_arguments
from mmhnet_cli.options import AudioCodec, OriginalSound
from mmhnet_cli.timecode import Timecode
from tests.conftest import MakeFilm, RunFfmpeg
from tests.media.quicktime import set_timecode, timecode_facts

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
        stream = next(s for s in container.streams.video if not s.disposition & Disposition.attached_pic)
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
    ("extension", "usual", "codec"),
    [("mp4", "aac", "aac"), ("m4v", "aac", "aac"), ("mov", "pcm", "pcm_s24le"), ("mkv", "flac", "flac")],
)
def test_picture_is_copied_and_the_rest_stays(
    rich_film: Path, click: Path, tmp_path: Path, ffmpeg: FfmpegProgram, extension: str, usual: str, codec: str
) -> None:
    output = tmp_path / f"out.{extension}"
    done = remux(probe(rich_film), click, output, metadata={"comment": "Sound: mmhnet"}, ffmpeg=ffmpeg)
    assert (done.audio_codec, done.dropped) == (usual, ())
    assert picture_hash(output) == picture_hash(rich_film)
    before, after = probe(rich_film), probe(output)
    assert [(track.codec, track.channels) for track in after.audio] == [(codec, 2)]
    assert (after.frame_count, after.duration, after.frame_rate) == (48, 2, 24)
    assert (after.chapters, len(after.subtitles)) == (before.chapters, 1) == (1, 1)
    assert after.timecode.text == "01:00:00:00"
    with av.open(str(output)) as container:
        tags = {key.lower(): value for key, value in container.metadata.items()}
        assert (tags["title"], tags["comment"]) == ("The Door", "Sound: mmhnet")
        assert tags.get("major_brand") != "isom" or extension != "mkv"
        assert container.streams.audio[0].disposition & Disposition.default
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


@pytest.mark.parametrize(
    ("extension", "codec"), [("mov", "pcm"), ("mov", "alac"), ("mkv", "flac"), ("mkv", "pcm"), ("mp4", "flac")]
)
def test_lossless_sound_is_lossless(
    b_frame_film: Path, tmp_path: Path, ffmpeg: FfmpegProgram, extension: str, codec: AudioCodec
) -> None:
    write_wav(tmp_path / "noise.wav", np.random.default_rng(0).uniform(-1, 1, (2, 4 * 48000)), 48000)
    output = tmp_path / f"out.{extension}"
    remux(probe(b_frame_film), tmp_path / "noise.wav", output, audio_codec=codec, ffmpeg=ffmpeg)
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
    film, late = make_film("three_seconds.mov", audio="sine=d=3"), tmp_path / f"late.{source}"
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


@pytest.fixture
def spoken_film(make_film: MakeFilm, run_ffmpeg_program: RunFfmpeg, tmp_path: Path) -> Path:
    """English sound as AAC, which is the default, and a French comment as FLAC."""
    path = tmp_path / "spoken.mkv"
    run_ffmpeg_program(
        *("-i", make_film("plain.mp4"), "-f", "lavfi", "-i", "sine=d=2", "-map", "0:v", "-map", "1:a", "-map", "1:a"),
        *("-c:v", "copy", "-c:a:0", "aac", "-c:a:1", "flac", "-disposition:a:0", "default"),
        *("-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=fra", "-disposition:a:1", "comment", path),
    )
    return path


def sound_tracks(path: Path) -> list[tuple[str, str | None, str | None, Disposition]]:
    """Codec, title, language and disposition of each."""
    with av.open(str(path)) as container:
        return [
            (
                track.codec_context.name,
                track.metadata.get("title", track.metadata.get("name")),
                track.metadata.get("language"),
                track.disposition,
            )
            for track in container.streams.audio
        ]


NEW = ("Generated sound", "zxx", Disposition.default)


def test_own_sound_is_kept_behind_the_new(
    spoken_film: Path, click: Path, tmp_path: Path, ffmpeg: FfmpegProgram
) -> None:
    output = tmp_path / "out.mkv"
    assert remux(probe(spoken_film), click, output, original="keep", ffmpeg=ffmpeg).dropped == ()
    none = Disposition(0)
    assert sound_tracks(output) == [
        ("flac", *NEW),
        ("aac", None, "eng", none),
        ("flac", None, "fra", Disposition.comment),
    ]


def test_own_sound_that_the_container_cannot_hold_is_dropped_and_said(
    spoken_film: Path, click: Path, tmp_path: Path, ffmpeg: FfmpegProgram
) -> None:
    output = tmp_path / "out.mov"
    assert remux(probe(spoken_film), click, output, original="keep", ffmpeg=ffmpeg).dropped == ("flac sound",)
    assert [track[0] for track in sound_tracks(output)] == ["pcm_s24le", "aac"]


@pytest.mark.parametrize(
    ("original", "name"),
    [("replace", NEW[:2]), ("mix", ("Original and generated sound", "eng"))],
)
def test_one_track_says_what_it_holds(
    spoken_film: Path,
    click: Path,
    tmp_path: Path,
    ffmpeg: FfmpegProgram,
    original: OriginalSound,
    name: tuple[str, str],
) -> None:
    output = tmp_path / "out.mp4"
    remux(probe(spoken_film), click, output, original=original, ffmpeg=ffmpeg)
    assert sound_tracks(output) == [("aac", *name, Disposition.default)]


@pytest.mark.parametrize("extension", ["mp4", "mov"])
def test_tags_of_a_camera_stay(
    make_film: MakeFilm,
    run_ffmpeg_program: RunFfmpeg,
    click: Path,
    tmp_path: Path,
    ffmpeg: FfmpegProgram,
    extension: str,
) -> None:
    tags = {"com.apple.quicktime.make": "Apple", "com.apple.quicktime.location.ISO6709": "+48.1+011.5/"}
    camera, output = tmp_path / "camera.mov", tmp_path / f"out.{extension}"
    written = [part for key, value in tags.items() for part in ("-metadata", f"{key}={value}")]
    run_ffmpeg_program("-i", make_film("plain.mp4"), "-c", "copy", "-movflags", "use_metadata_tags", *written, camera)
    remux(probe(camera), click, output, metadata={"comment": "Sound: mmhnet"}, ffmpeg=ffmpeg)
    with av.open(str(output)) as container:
        assert {**tags, "comment": "Sound: mmhnet"}.items() <= container.metadata.items()
        assert ";" not in container.metadata["major_brand"]


@pytest.mark.parametrize("extension", ["mp4", "mkv"])
def test_dolby_vision_stays(
    make_film: MakeFilm,
    run_ffmpeg_program: RunFfmpeg,
    click: Path,
    tmp_path: Path,
    ffmpeg: FfmpegProgram,
    extension: str,
) -> None:
    hevc = make_film("h265.mp4", video=["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none"])
    dolby, output = tmp_path / "dolby.mp4", tmp_path / f"out.{extension}"
    # Version 1.0, profile 8, level 1, with its data and a base layer that is HDR10.
    dolby.write_bytes(with_box(hevc.read_bytes(), b"dvvC", bytes([1, 0, 8 << 1, 1 << 3 | 0b101, 1 << 4, *[0] * 19])))
    remux(probe(dolby), click, output, ffmpeg=ffmpeg)
    for path in (dolby, output):
        assert "DOVI configuration record: version: 1.0, profile: 8" in run_ffmpeg_program(
            "-i", path, "-map", "0:v", "-c", "copy", "-f", "null", "-"
        )


def with_box(film: bytes, kind: bytes, body: bytes) -> bytes:
    """The mp4 file with one more box at the end of its first sample description; the picture lies before that."""
    box = (8 + len(body)).to_bytes(4) + kind + body
    changed = bytearray(film)
    place, sizes = 0, []
    # stsd begins with eight bytes of its own.
    for name, head in ((b"moov", 8), (b"trak", 8), (b"mdia", 8), (b"minf", 8), (b"stbl", 8), (b"stsd", 16), (b"", 0)):
        while name and film[place + 4 : place + 8] != name:
            place += int.from_bytes(film[place : place + 4])
        sizes.append(place)
        place += head
    end = sizes[-1] + int.from_bytes(film[sizes[-1] : sizes[-1] + 4])
    for size in sizes:
        changed[size : size + 4] = (int.from_bytes(film[size : size + 4]) + len(box)).to_bytes(4)
    changed[end:end] = box
    return bytes(changed)


def with_edits(film: bytes, edits: list[tuple[int, int]]) -> bytes:
    """The mp4 file whose first track is shown in these parts: ticks of the movie, first tick of the picture."""
    start = film.index(b"elst") - 4
    length = int.from_bytes(film[start : start + 4])
    entries = b"".join(
        duration.to_bytes(4) + first.to_bytes(4, signed=True) + bytes([0, 1, 0, 0]) for duration, first in edits
    )
    listed = (16 + len(entries)).to_bytes(4) + b"elst" + bytes(4) + len(edits).to_bytes(4) + entries
    changed = bytearray(film)
    for name in (b"moov", b"trak", b"edts"):
        place = film.index(name) - 4
        size = int.from_bytes(film[place : place + 4]) + len(listed) - length
        changed[place : place + 4] = size.to_bytes(4)
    changed[start : start + length] = listed
    return bytes(changed)


TICK = 12288 // 24  # of the picture, per frame
SHIFT = 2 * TICK  # between decoding and display, because of the B-frames
AS_IT_IS = ("-c:v", "copy", "-c:a", "aac", "-movie_timescale", "1000")


@pytest.mark.parametrize("extension", ["mp4", "mov"])
@pytest.mark.parametrize(("late_ms", "first"), [(0, 0), (0, 31), (500, 0)])
def test_film_cut_by_an_edit_list(
    make_film: MakeFilm,
    run_ffmpeg_program: RunFfmpeg,
    click: Path,
    tmp_path: Path,
    ffmpeg: FfmpegProgram,
    late_ms: int,
    first: int,
    extension: str,
) -> None:
    """2 s of 4 s are shown, from picture `first` on, `late_ms` after the sound begins."""
    source, cut, output = tmp_path / "source.mp4", tmp_path / "cut.mp4", tmp_path / f"out.{extension}"
    film = make_film("b.mp4", count=96, video=["-c:v", "libx264", "-bf", "3", "-g", "30", "-preset", "veryfast"])
    run_ffmpeg_program("-i", film, "-f", "lavfi", "-i", "sine=d=4", *AS_IT_IS, source)
    cut.write_bytes(with_edits(source.read_bytes(), [(late_ms, -1)] * (late_ms > 0) + [(2000, SHIFT + first * TICK)]))
    before = probe(cut)
    assert (before.start, before.duration, before.frame_count) == (Fraction(late_ms, 1000), 2, 48)
    assert before.hidden_pictures > 0
    remux(before, click, output, original="keep", ffmpeg=ffmpeg)
    after = probe(output)
    assert (after.start, after.duration, after.frame_count) == (before.start, 2, 48)
    assert after.hidden_pictures == before.hidden_pictures
    assert picture_hash(output) == picture_hash(cut)
    assert abs(click_after_picture(output) - CLICK_S) <= Fraction(1, 48000)
    with av.open(str(output)) as container:
        picture, new, kept = (track.duration * Fraction(track.time_base) for track in list(container.streams)[:3])
    assert max(picture, new) <= Fraction(late_ms, 1000) + 2 + Fraction(1, 1000)
    # Its own sound, which the source shows whole, is whole.
    assert kept == 4


def heard(path: Path, track: int) -> tuple[Fraction, np.ndarray]:
    """When a sound begins, from the first picture, and its samples (channels, n)."""
    with av.open(str(path)) as container:
        frames = list(container.decode(audio=track))
    begin = frames[0].pts * Fraction(frames[0].time_base) - probe(path).start
    return begin, np.concatenate([frame.to_ndarray() for frame in frames], axis=1)


@pytest.mark.parametrize("extension", ["mp4", "mov"])
def test_kept_sound_of_a_cut_film_is_whole_and_in_place(
    make_film: MakeFilm,
    run_ffmpeg_program: RunFfmpeg,
    click: Path,
    tmp_path: Path,
    ffmpeg: FfmpegProgram,
    extension: str,
) -> None:
    """Cut at both ends inside a group of pictures, by the edit lists of picture and sound."""
    video = ["-c:v", "libx264", "-bf", "3", "-g", "30", "-preset", "veryfast"]
    film = make_film("spoken_b.mp4", count=96, video=video, audio="sine=d=4", output=["-c:a", "aac"])
    cut, output = tmp_path / "cut.mp4", tmp_path / f"out.{extension}"
    run_ffmpeg_program("-ss", "1.3", "-i", film, "-t", "2", "-c", "copy", cut)
    assert probe(cut).hidden_pictures > 0
    remux(probe(cut), click, output, original="keep", ffmpeg=ffmpeg)
    (begin, samples), (own_begin, own_samples) = heard(output, 1), heard(cut, 0)
    assert abs(begin - own_begin) <= Fraction(1, 44100)
    assert abs(samples.shape[1] - own_samples.shape[1]) <= 1
    shared = min(samples.shape[1], own_samples.shape[1])
    np.testing.assert_array_equal(samples[:, :shared], own_samples[:, :shared])


NTSC_30, NTSC_60 = Fraction(30000, 1001), Fraction(60000, 1001)


@pytest.mark.parametrize("extension", ["mp4", "mov"])
def test_timecode_of_the_written_film_counts_as_the_source_does(
    make_film: MakeFilm, click: Path, tmp_path: Path, ffmpeg: FfmpegProgram, extension: str
) -> None:
    source, output = tmp_path / "source.mov", tmp_path / f"out.{extension}"
    film = make_film("tc60.mov", count=120, rate="60000/1001", output=["-timecode", "01:00:00;00"])
    source.write_bytes(film.read_bytes())
    set_timecode(source, 107_912, 3, 30000, 1001, 30)
    info = probe(source)
    remux(info, click, output, timecode=info.timecode.start, ffmpeg=ffmpeg)
    assert timecode_facts(output) == [107_912, 3, 30000, 1001, 30]
    assert probe(output).timecode.start == info.timecode.start == Timecode(107_912, NTSC_30, True)


def test_timecode_of_matroska_is_the_same_moment_in_pictures(
    make_film: MakeFilm, click: Path, tmp_path: Path, ffmpeg: FfmpegProgram
) -> None:
    film = make_film("tc60.mov", count=120, rate="60000/1001", output=["-timecode", "01:00:00;00"])
    remux(probe(film), click, tmp_path / "out.mkv", timecode=Timecode(107_912, NTSC_30, True), ffmpeg=ffmpeg)
    written = probe(tmp_path / "out.mkv").timecode
    assert (written.text, written.start) == ("01:00:00;40", Timecode(215_824, NTSC_60, True))
    assert written.doubt is None


@pytest.mark.parametrize("extension", ["mkv", "mp4", "mov"])
def test_the_same_film_is_the_same_bytes(
    b_frame_film: Path, click: Path, tmp_path: Path, ffmpeg: FfmpegProgram, extension: str
) -> None:
    written = [tmp_path / f"{number}.{extension}" for number in (1, 2)]
    for path in written:
        remux(probe(b_frame_film), click, path, ffmpeg=ffmpeg)
    assert written[0].read_bytes() == written[1].read_bytes()


def test_the_same_webm_is_the_same_bytes(
    make_film: MakeFilm, click: Path, tmp_path: Path, ffmpeg: FfmpegProgram
) -> None:
    film = make_film("vp8.webm", video=["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8"])
    written = [tmp_path / f"{number}.webm" for number in (1, 2)]
    for path in written:
        remux(probe(film), click, path, ffmpeg=ffmpeg)
    assert written[0].read_bytes() == written[1].read_bytes()


@pytest.mark.parametrize("tag", ["hev1", "hvc1"])
@pytest.mark.parametrize("source", ["mp4", "mov"])
@pytest.mark.parametrize("extension", ["mp4", "mov"])
def test_hevc_keeps_its_name(
    make_film: MakeFilm,
    run_ffmpeg_program: RunFfmpeg,
    click: Path,
    tmp_path: Path,
    ffmpeg: FfmpegProgram,
    tag: str,
    source: str,
    extension: str,
) -> None:
    hevc = make_film("h265.mp4", video=["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none"])
    named, output = tmp_path / f"named.{source}", tmp_path / f"out.{extension}"
    run_ffmpeg_program("-i", hevc, "-c", "copy", "-tag:v", tag, named)
    remux(probe(named), click, output, ffmpeg=ffmpeg)
    with av.open(str(output)) as container:
        assert container.streams.video[0].codec_context.codec_tag == tag


def test_the_picture_is_the_one_that_players_show_and_the_other_stays(
    make_film: MakeFilm, run_ffmpeg_program: RunFfmpeg, click: Path, tmp_path: Path, ffmpeg: FfmpegProgram
) -> None:
    small, large = make_film("plain.mp4"), make_film("large.mp4", size=(128, 96))
    both = tmp_path / "both.mkv"
    mapping = ["-map", "0", "-map", "1", "-c", "copy", "-disposition:v:0", "0", "-disposition:v:1", "default"]
    run_ffmpeg_program("-i", small, "-i", large, *mapping, both)
    info = probe(both)
    assert (info.stream_index, info.width, info.covers) == (1, 128, 0)
    for extension in ("mkv", "mp4"):
        output = tmp_path / f"out.{extension}"
        assert remux(info, click, output, ffmpeg=ffmpeg).dropped == ()
        with av.open(str(output)) as container:
            assert [stream.width for stream in container.streams.video] == [128, 96]
        assert probe(output).width == 128


def test_a_second_picture_that_the_container_cannot_hold_is_named(
    make_film: MakeFilm, run_ffmpeg_program: RunFfmpeg, click: Path, tmp_path: Path, ffmpeg: FfmpegProgram
) -> None:
    vp8 = make_film("vp8.webm", video=["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8"])
    both = tmp_path / "both.mkv"
    run_ffmpeg_program("-i", make_film("plain.mp4"), "-i", vp8, "-map", "0", "-map", "1", "-c", "copy", both)
    assert remux(probe(both), click, tmp_path / "out.mp4", ffmpeg=ffmpeg).dropped == ("second picture (vp8)",)


@pytest.mark.parametrize(
    ("tag", "extension", "dropped"),
    [("gpmd", "mp4", ()), ("gpmd", "mov", ()), ("gpmd", "mkv", ("gpmd data",)), ("rtmd", "mp4", ("rtmd data",))],
)
def test_data_of_a_camera_is_copied_or_named(
    make_film: MakeFilm,
    run_ffmpeg_program: RunFfmpeg,
    click: Path,
    tmp_path: Path,
    ffmpeg: FfmpegProgram,
    tag: str,
    extension: str,
    dropped: tuple[str, ...],
) -> None:
    told, camera, output = tmp_path / "s.srt", tmp_path / "camera.mp4", tmp_path / f"out.{extension}"
    told.write_text(SUBTITLES)
    # ffmpeg writes no such track by itself: subtitles under another name stand for it.
    run_ffmpeg_program("-i", make_film("plain.mp4"), "-i", told, "-c:v", "copy", "-c:s", "mov_text", camera)
    camera.write_bytes(camera.read_bytes().replace(b"sbtl", b"meta").replace(b"tx3g", tag.encode()))
    assert remux(probe(camera), click, output, ffmpeg=ffmpeg).dropped == dropped
    assert (b"A door closes." in output.read_bytes()) == (not dropped)


@pytest.mark.parametrize(
    ("edits", "reason"),
    [
        ([(1000, SHIFT), (1000, SHIFT)], "time turns back"),  # a part twice
        ([(1000, SHIFT + 10 * TICK), (1000, SHIFT + 50 * TICK)], "time turns back"),  # two parts
        ([(500, -1), (1000, SHIFT + 10 * TICK)], "both cuts and delays"),
    ],
)
def test_edit_list_that_cannot_be_copied(
    make_film: MakeFilm,
    run_ffmpeg_program: RunFfmpeg,
    click: Path,
    tmp_path: Path,
    ffmpeg: FfmpegProgram,
    edits: list[tuple[int, int]],
    reason: str,
) -> None:
    source, cut = tmp_path / "source.mp4", tmp_path / "cut.mp4"
    film = make_film("b.mp4", count=96, video=["-c:v", "libx264", "-bf", "3", "-g", "30", "-preset", "veryfast"])
    run_ffmpeg_program("-i", film, "-f", "lavfi", "-i", "sine=d=4", *AS_IT_IS, source)
    cut.write_bytes(with_edits(source.read_bytes(), edits))
    with pytest.raises(ContainerCannotHold, match=reason):
        remux(probe(cut), click, tmp_path / "out.mp4", ffmpeg=ffmpeg)


@pytest.mark.parametrize("extension", ["mp4", "mov", "mkv"])
def test_recording_that_begins_inside_a_group_of_pictures(
    make_film: MakeFilm, click: Path, tmp_path: Path, ffmpeg: FfmpegProgram, extension: str
) -> None:
    """It begins with the first picture that can be shown, for probe and ffmpeg alike."""
    open_groups = ["-c:v", "libx264", "-preset", "veryfast", "-bf", "3", "-g", "24", "-x264-params", "open-gop=1"]
    whole = make_film("open.ts", count=96, video=open_groups, audio="sine=d=4", output=["-c:a", "aac"])
    begun, output = tmp_path / "begun.ts", tmp_path / f"out.{extension}"
    begun.write_bytes(whole.read_bytes()[188 * 200 :])
    info = probe(begun)
    with av.open(str(begun)) as container:
        # The decoder shows nothing before its first picture that needs no other.
        times = [frame.pts * Fraction(frame.time_base) for frame in container.decode(video=0) if frame.key_frame]
    assert info.start == times[0] > info.container_start
    remux(info, click, output, original="keep", ffmpeg=ffmpeg)
    after = probe(output)
    assert (after.frame_count, after.duration) == (info.frame_count, info.duration)
    assert abs(click_after_picture(output) - CLICK_S) <= Fraction(1, 1000)


def test_sound_beside_its_place_is_found(
    b_frame_film: Path, click: Path, tmp_path: Path, ffmpeg: FfmpegProgram
) -> None:
    """A wrong beginning of the film stands for an ffmpeg that writes other times than it is told."""
    info = probe(b_frame_film)
    late = replace(info, start=info.start + Fraction(5, 1000))
    with pytest.raises(FfmpegFailed, match=r"begins 5\.0 ms after"):
        remux(late, click, tmp_path / "out.mov", ffmpeg=ffmpeg)


def test_sound_that_is_no_sound(b_frame_film: Path, tmp_path: Path, ffmpeg: FfmpegProgram) -> None:
    (tmp_path / "bad.wav").write_bytes(b"RIFF")
    with pytest.raises(FfmpegFailed) as failure:
        remux(probe(b_frame_film), tmp_path / "bad.wav", tmp_path / "out.mp4", ffmpeg=ffmpeg)
    assert failure.value.tail
