"""Films that break, are cut, or come from elsewhere: read as players do, and what is lost is told."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest

from mmhnet_cli.errors import AudioUnreadable, FilmTooLarge, FilmUnreadable
from mmhnet_cli.media.audio_file import read_audio
from mmhnet_cli.media.frames import FrameStream, read_frames
from mmhnet_cli.media.original_sound import original_track
from mmhnet_cli.media.probe import VideoInfo, probe
from mmhnet_cli.media.source import open_film, packets, picture_stream
from tests.conftest import MakeFilm, RunFfmpeg, read_number

MPEG2 = ["-c:v", "mpeg2video", "-q:v", "2", "-g", "12"]
PACKET = 188


def numbers(info: VideoInfo, fps: int = 24, lost: list | None = None) -> list[int]:
    told = [] if lost is None else lost
    parts = read_frames(
        info, Fraction(0), info.duration, [FrameStream(fps)], lost=lambda at, why: told.append((at, why))
    )
    return [read_number(frame) for part in parts for frame in part.frames]


def test_sound_that_begins_late(make_film: MakeFilm, run_ffmpeg_program: RunFfmpeg, tmp_path: Path) -> None:
    """A stream of its own, which the file does not have until then: PyAV stumbles over it at the end."""
    film = make_film("silent.flv", count=240, rate="8", video=["-c:v", "flv1", "-q:v", "1"])
    late = tmp_path / "late.flv"
    run_ffmpeg_program(
        *("-i", film, "-itsoffset", "25", "-f", "lavfi", "-i", "sine=d=5:r=44100"),
        *("-map", "0", "-map", "1", "-c:v", "copy", "-c:a", "libmp3lame", "-flvflags", "no_metadata", late),
    )
    info = probe(late)
    assert (info.audio, info.duration) == ((), 30)
    assert numbers(info, 4) == [*range(0, 240, 2)]


def test_sound_that_comes_with_another_table(make_film: MakeFilm, tmp_path: Path) -> None:
    """As where an advertisement begins: the streams of the file are others from then on, and the clock goes on."""
    silent = make_film("silent.ts", count=48, video=MPEG2)
    loud = make_film("loud.ts", count=48, video=MPEG2, audio="sine=d=2", output=["-output_ts_offset", "2.0416667"])
    joined = tmp_path / "joined.ts"
    joined.write_bytes(silent.read_bytes() + loud.read_bytes() + silent.read_bytes())
    info = probe(joined)
    assert (info.duration, info.frame_count) == (6, 144)
    assert numbers(info) == [*range(48)] * 3
    part = read_frames(info, Fraction(3), Fraction(5), [FrameStream(24)])
    assert [read_number(frame) for batch in part for frame in batch.frames] == [*range(24, 48), *range(24)]


@pytest.mark.slow
def test_second_sound_of_a_program_stream_that_begins_late(
    make_film: MakeFilm, run_ffmpeg_program: RunFfmpeg, tmp_path: Path
) -> None:
    film = make_film("plain.vob", count=240, rate="8", video=["-c:v", "mpeg2video", "-r", "24", "-q:v", "2"])
    late = tmp_path / "late.vob"
    run_ffmpeg_program(
        *("-i", film, "-f", "lavfi", "-i", "sine=d=30", "-itsoffset", "25", "-f", "lavfi", "-i", "sine=d=5"),
        *("-map", "0", "-map", "1", "-map", "2", "-c:v", "copy", "-c:a", "mp2", late),
    )
    info = probe(late)
    assert info.duration == 30
    assert numbers(info, 4) == [*range(0, 240, 2)]


def test_a_clock_that_begins_anew_goes_on(make_film: MakeFilm, tmp_path: Path) -> None:
    once = make_film("once.ts", count=48, video=MPEG2)
    twice = tmp_path / "twice.ts"
    twice.write_bytes(once.read_bytes() * 2)
    info = probe(twice)
    assert (info.duration, info.frame_count, info.variable_rate) == (4, 96, False)
    assert info.damage.mended == 1
    assert info.uncopyable is not None
    assert numbers(info) == [*range(48), *range(48)]
    # A part of it as well, into whose middle no index leads.
    part = read_frames(info, Fraction(3), Fraction(4), [FrameStream(24)])
    assert [read_number(frame) for batch in part for frame in batch.frames] == list(range(24, 48))


def test_a_clock_that_leaps_by_hours(make_film: MakeFilm, run_ffmpeg_program: RunFfmpeg, tmp_path: Path) -> None:
    once = make_film("once.ts", count=48, video=MPEG2)
    later = tmp_path / "later.ts"
    run_ffmpeg_program("-i", once, "-c", "copy", "-output_ts_offset", "20000", later)
    joined = tmp_path / "joined.ts"
    joined.write_bytes(once.read_bytes() + later.read_bytes() + once.read_bytes())
    info = probe(joined)
    assert (info.duration, info.damage.mended) == (6, 2)
    assert numbers(info) == [*range(48)] * 3


def test_lost_pieces_of_a_transport_stream(make_film: MakeFilm, tmp_path: Path) -> None:
    whole = make_film("whole.ts", count=96, video=MPEG2, size=(320, 240))
    content = whole.read_bytes()
    pieces = [content[place : place + PACKET] for place in range(0, len(content), PACKET)]
    middle = len(pieces) // 2
    broken = tmp_path / "broken.ts"
    broken.write_bytes(b"".join(pieces[: middle - 3] + pieces[middle + 3 :]))
    info = probe(broken)
    assert info.damage
    assert 1 <= info.damage.pictures <= 12
    assert "damaged or lost" in info.damage.words()
    assert info.duration == probe(whole).duration
    found = numbers(info)
    assert len(found) == 96
    assert sum(number != place for place, number in enumerate(found)) <= 12


def test_undamaged_film_is_not_called_damaged(b_frame_film: Path, vfr_film: Path) -> None:
    assert not probe(b_frame_film).damage
    assert not probe(vfr_film).damage


def renamed(film: Path, old: bytes, new: bytes, output: Path) -> Path:
    """The film, with another name of a codec in its sample entry."""
    content = film.read_bytes()
    place = content.rindex(old, 0, content.index(b"stts", content.index(old)))
    assert content.count(b"stsd")
    output.write_bytes(content[:place] + new + content[place + 4 :])
    return output


@pytest.mark.parametrize("letters", ["apac", "ac-4", "mhm1"])
def test_sound_without_a_decoder(make_film: MakeFilm, tmp_path: Path, letters: str) -> None:
    spoken = make_film("spoken.mov", audio="sine=d=2", output=["-c:a", "pcm_s16le"])
    film = renamed(spoken, b"sowt", letters.encode(), tmp_path / "phone.mov")
    info = probe(film)
    assert [(track.codec, track.decodable) for track in info.audio] == [(letters, False)]
    assert numbers(info) == [*range(48)]
    with pytest.raises(AudioUnreadable, match=letters):
        original_track(info)
    with pytest.raises(AudioUnreadable, match=letters):
        read_audio(film)


def test_picture_without_a_decoder(make_film: MakeFilm, tmp_path: Path) -> None:
    film = renamed(make_film("picture.mov"), b"avc1", b"brvn", tmp_path / "raw.mov")
    with pytest.raises(FilmUnreadable, match="brvn, for which there is no decoder"):
        probe(film)


def test_picture_that_lasts_for_days(make_film: MakeFilm, run_ffmpeg_program: RunFfmpeg, tmp_path: Path) -> None:
    one = make_film("one.mp4", count=1)
    content = bytearray(one.read_bytes())
    # The length of its only sample, in ticks.
    place = content.index(b"stts") + 16
    content[place : place + 4] = (0x7FFFFFFF).to_bytes(4, "big")
    (tmp_path / "long.mp4").write_bytes(content)
    with pytest.raises(FilmTooLarge, match="duration"):
        probe(tmp_path / "long.mp4")


def test_pixels_of_nonsense_are_square(make_film: MakeFilm, tmp_path: Path) -> None:
    film = make_film("wide.mov", video=["-vf", "setsar=4/3", "-c:v", "libx264"])
    content = bytearray(film.read_bytes())
    place = content.index(b"pasp") + 4
    content[place : place + 8] = (1_000_000).to_bytes(4, "big") + (1).to_bytes(4, "big")
    # The coded picture says it as well: only what the container says is left here.
    (tmp_path / "mad.mov").write_bytes(content)
    info = probe(tmp_path / "mad.mov")
    assert info.width <= 10 * 96


@pytest.mark.slow
def test_large_pictures_are_decoded_one_at_a_time(make_film: MakeFilm) -> None:
    from mmhnet_cli.media.frames import _threads

    with open_film(make_film("small.mp4")) as container:
        stream = picture_stream(container)
        assert _threads(stream, 16) == 16
    large = ["-c:v", "libx264", "-preset", "ultrafast", "-vf", "scale=8192:8192"]
    with open_film(make_film("large.mov", count=1, video=large)) as container:
        assert _threads(picture_stream(container), 16) == 1


@pytest.mark.parametrize("error", [IndexError, AssertionError, OverflowError, MemoryError, UnicodeDecodeError])
def test_whatever_the_reader_stumbles_over_is_about_the_film(
    b_frame_film: Path, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def stumble(*arguments: object, **options: object) -> None:
        raise error("utf-8", b"\xff", 0, 1, "bad") if error is UnicodeDecodeError else error("index")

    monkeypatch.setattr(av, "open", stumble)
    with pytest.raises(FilmUnreadable):
        probe(b_frame_film)


def test_packets_end_once(b_frame_film: Path) -> None:
    with open_film(b_frame_film) as container:
        sizes = [packet.size for packet in packets(container, picture_stream(container))]
    assert sizes[-1] == 0 and all(sizes[:-1])


def test_strict_refuses_what_is_damaged(make_film: MakeFilm, tmp_path: Path) -> None:
    from mmhnet_cli.pipeline.asking.prepare import prepare
    from mmhnet_cli.pipeline.request import GenerateRequest

    once = make_film("once.ts", count=48, video=MPEG2)
    twice = tmp_path / "twice.ts"
    twice.write_bytes(once.read_bytes() * 2)
    request = GenerateRequest(film=twice, model="mini", strict=True)
    with pytest.raises(FilmUnreadable, match="clock"):
        prepare(request)
    assert prepare(replace(request, strict=False)).film.damage
