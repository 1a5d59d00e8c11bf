"""Films whose times wrap, begin before zero or are missing, and films into which no index leads: right pictures at
right times.
"""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from av.error import FFmpegError

from mmhnet_cli.media.frames import FrameStream, read_frames
from mmhnet_cli.media.packet_times import PacketTimes
from mmhnet_cli.media.probe import VideoInfo, probe
from mmhnet_cli.media.source import open_film, picture_stream
from tests.conftest import MakeFilm, RunFfmpeg, read_number
from tests.media import broken_bytes as broken

COUNT, RATE = 75, 25  # whole milliseconds, so that no container rounds a time
MPEG2 = ("-c:v", "mpeg2video", "-q:v", "2", "-g", "12", "-bf", "2")
H264 = ("-c:v", "libx264", "-g", "12", "-bf", "3", "-preset", "veryfast")
MPEG4 = ("-c:v", "mpeg4", "-q:v", "2", "-g", "12")
FLASH = ("-c:v", "flv1", "-q:v", "1", "-g", "12")
PLACES = (1, 11, 25, 26, 40, 47, 48, 60, 71)
"""Ranges begin at these pictures: before, at and behind key frames."""


def film_of(make_film: MakeFilm, name: str, video: tuple[str, ...], *output: str) -> Path:
    return make_film(name, count=COUNT, rate=str(RATE), video=video, output=output)


def shown(info: VideoInfo, first: int = 0, last: int = COUNT) -> list[int]:
    """The pictures of a range, one for each frame of the film."""
    lost: list[object] = []
    parts = read_frames(
        info,
        Fraction(first, RATE),
        Fraction(last, RATE),
        [FrameStream(RATE)],
        lost=lambda at, why: lost.append((at, why)),
    )
    numbers = [read_number(frame) for part in parts for frame in part.frames]
    assert not lost
    return numbers


def check_every_picture_in_its_place(info: VideoInfo) -> None:
    assert (info.frame_count, info.frame_rate, info.variable_rate) == (COUNT, RATE, False)
    assert info.duration == Fraction(COUNT, RATE)
    assert shown(info) == list(range(COUNT))
    for first in PLACES:
        last = min(COUNT, first + 10)
        assert shown(info, first, last) == list(range(first, last))


@pytest.mark.parametrize(
    ("name", "video", "start"),
    [("mpeg2.ts", MPEG2, 126000), ("h264.ts", H264, 126000), ("mpeg2.mpg", MPEG2, 0)],
)
def test_clock_that_wraps_at_33_bits(make_film: MakeFilm, name: str, video: tuple[str, ...], start: int) -> None:
    """2^33 / 90000 s is reached 2 s after the first time that the file says, or 0.6 s."""
    offset_s = "95441.7"
    info = probe(film_of(make_film, name, video, "-output_ts_offset", offset_s))
    said = int(Fraction(offset_s) * 90000) + start
    assert info.start == Fraction(said - (1 << 33), 90000)
    assert info.start < 0 < info.start + info.duration
    assert not info.damage
    check_every_picture_in_its_place(info)


def test_clock_that_wraps_after_minutes(make_film: MakeFilm) -> None:
    """Further from the beginning than readers look back for a wrap: the times go on above 2^33."""
    film = make_film("slow.ts", count=200, rate="1", video=MPEG2, output=["-output_ts_offset", "95343"])
    info = probe(film)
    assert info.start < Fraction(1 << 33, 90000) < info.start + info.duration
    assert (info.duration, info.frame_count, bool(info.damage)) == (200, 200, False)
    for first in (0, 95, 99, 100, 101, 150):
        parts = read_frames(info, Fraction(first), Fraction(first + 8), [FrameStream(1)])
        assert [read_number(frame) for part in parts for frame in part.frames] == list(range(first, first + 8))


def test_flash_film_that_begins_before_zero(make_film: MakeFilm, tmp_path: Path) -> None:
    film = film_of(make_film, "plain.flv", FLASH)
    info = probe(broken.changed(film, tmp_path / "early.flv", broken.flash_times(-1000)))
    assert (info.start, bool(info.damage)) == (-1, False)
    check_every_picture_in_its_place(info)


@pytest.mark.parametrize("video", [FLASH, H264])
def test_flash_film_whose_sign_is_lost(make_film: MakeFilm, video: tuple[str, ...]) -> None:
    """ffmpeg writes -1000 ms as 2^31 - 1000 ms: 24 days before the rest."""
    info = probe(film_of(make_film, "early.flv", video, "-output_ts_offset", "-1", "-avoid_negative_ts", "disabled"))
    assert info.start == Fraction((1 << 31) - 1000, 1000)
    assert info.damage.mended == 1
    check_every_picture_in_its_place(info)


def test_windows_media_that_begins_before_zero(make_film: MakeFilm) -> None:
    video = ("-c:v", "wmv2", "-q:v", "1", "-g", "12")
    info = probe(film_of(make_film, "early.wmv", video, "-output_ts_offset", "-1", "-avoid_negative_ts", "disabled"))
    assert (info.start, bool(info.damage)) == (-1, False)
    check_every_picture_in_its_place(info)


def test_matroska_that_begins_before_zero(make_film: MakeFilm) -> None:
    """Its reader gives no time to what lies before zero; B-frames come in another order than they are shown."""
    info = probe(film_of(make_film, "early.mkv", H264, "-output_ts_offset", "-1", "-avoid_negative_ts", "disabled"))
    assert info.start == -1
    assert info.damage.mended == 25
    assert info.uncopyable == "a picture whose clock is damaged"
    check_every_picture_in_its_place(info)


@pytest.mark.parametrize("untimed", [1, 2, 3, 5, 12, 30])
@pytest.mark.parametrize(("name", "video"), [("h264.ts", H264), ("plain.ts", (*H264, "-bf", "0")), ("mpeg2.ts", MPEG2)])
def test_first_packets_without_times(
    make_film: MakeFilm, tmp_path: Path, name: str, video: tuple[str, ...], untimed: int
) -> None:
    film = film_of(make_film, name, video)
    late = broken.changed(film, tmp_path / name, broken.without_times(lambda number: number >= untimed))
    info = probe(late)
    assert info.start == probe(film).start
    check_every_picture_in_its_place(info)


@pytest.mark.parametrize(("name", "video"), [("h264.ts", H264), ("mpeg2.ts", MPEG2)])
def test_no_packet_has_a_time(make_film: MakeFilm, tmp_path: Path, name: str, video: tuple[str, ...]) -> None:
    film = film_of(make_film, name, video)
    info = probe(broken.changed(film, tmp_path / name, broken.without_times(lambda number: False)))
    assert (info.start, info.damage.mended) == (0, COUNT)
    check_every_picture_in_its_place(info)


@pytest.mark.parametrize("video", [MPEG2, (*MPEG2, "-bf", "0")])
@pytest.mark.parametrize("untimed", [1, 3, 1000])
def test_program_stream_that_seldom_says_the_time(
    make_film: MakeFilm, tmp_path: Path, video: tuple[str, ...], untimed: int
) -> None:
    """After a leap the reader guesses, by a picture too late, until a time is said."""
    film = film_of(make_film, "sparse.vob", video)
    change = broken.without_first_times_of_program_stream(untimed)
    check_every_picture_in_its_place(probe(broken.changed(film, tmp_path / "sparse.vob", change)))


def check_that_seeking_fails(film: Path) -> None:
    with open_film(film) as container:
        stream = picture_stream(container)
        with pytest.raises(FFmpegError):
            container.seek(int(2 / Fraction(stream.time_base)), stream=stream)


@pytest.mark.parametrize(
    ("name", "video", "change"),
    [
        ("key.mp4", H264, broken.key_frames_past_the_end),
        ("index.mxf", MPEG2, broken.mxf_index_past_the_end),
        ("untimed.ts", H264, broken.without_times(lambda number: False)),
    ],
)
def test_film_that_cannot_be_searched_is_read_from_its_beginning(
    make_film: MakeFilm, tmp_path: Path, name: str, video: tuple[str, ...], change: Callable[[bytearray], None]
) -> None:
    film = broken.changed(film_of(make_film, name, video), tmp_path / name, change)
    check_that_seeking_fails(film)
    check_every_picture_in_its_place(probe(film))


FRAGMENTS = ("-movflags", "frag_keyframe+empty_moov+default_base_moof+global_sidx")


@pytest.mark.parametrize(
    ("name", "video", "output", "change"),
    [
        ("none.avi", MPEG4, (), broken.no_avi_index),
        ("past.avi", MPEG4, (), broken.avi_index(lambda number, place: place + 1_000_000)),
        ("lies.avi", MPEG4, (), broken.avi_index(lambda number, place: place + (number > 30) * 2000)),
        ("cues.mkv", H264, (), broken.cues_past_the_end),
        ("fragments.mp4", H264, FRAGMENTS, broken.fragment_index_past_the_end),
    ],
)
def test_index_that_is_missing_or_damaged(
    make_film: MakeFilm,
    tmp_path: Path,
    name: str,
    video: tuple[str, ...],
    output: tuple[str, ...],
    change: Callable[[bytearray], None],
) -> None:
    film = broken.changed(film_of(make_film, name, video, *output), tmp_path / name, change)
    check_every_picture_in_its_place(probe(film))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "video"),
    [
        ("stream.mkv", H264),
        ("stream.webm", ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-g", "12")),
        ("stream.flv", FLASH),
        ("stream.avi", MPEG4),
        ("stream.wmv", ("-c:v", "wmv2", "-q:v", "1", "-g", "12")),
        ("stream.mp4", H264),
    ],
)
def test_films_from_a_pipe_have_no_index(
    make_film: MakeFilm, run_ffmpeg_program: RunFfmpeg, tmp_path: Path, name: str, video: tuple[str, ...]
) -> None:
    """Their writer cannot go back to put one in, nor the length into the head."""
    film = film_of(make_film, name, video)
    to = tmp_path / name
    fragments = ("-movflags", "frag_keyframe+empty_moov") if to.suffix == ".mp4" else ()
    run_ffmpeg_program("-i", film, "-c", "copy", *fragments, "-seekable", "0", to)
    check_every_picture_in_its_place(probe(to))


def test_avi_that_is_cut_says_how_much_is_there(make_film: MakeFilm, tmp_path: Path) -> None:
    film = film_of(make_film, "whole.avi", MPEG4)
    assert not probe(film).damage
    # Between two pictures: no piece of one tells that there were more.
    with open_film(film) as container:
        end = next(packet.pos for packet in container.demux(picture_stream(container)) if packet.dts == 50) - 8
    cut = tmp_path / "cut.avi"
    cut.write_bytes(film.read_bytes()[:end])
    info = probe(cut)
    assert info.damage.unread == "it holds 50 of 75 pictures"
    assert info.duration == 2
    assert shown(info, 0, 50) == list(range(50))


def ticks(film_times: PacketTimes) -> tuple[int, Fraction, int]:
    """Start in ticks, length in frames, and how many pictures."""
    return int(film_times.start() / TICK), film_times.duration(None) * RATE, len(film_times)


TICK = Fraction(1, 90000)


@pytest.mark.parametrize(
    ("untimed", "known", "start"),
    [
        (1, (1, 2, 3), 0),
        (3, (1, 3, 5, 6, 7), 0),  # 2 and 4 are coded before the first that says its time
        (3, (3, 4, 5), 0),
        (2, (2, 3, 4, 100), 0),  # a lost signal is no place for pictures
        (4, (), 0),
        (0, (5, 6), 5),
    ],
)
def test_pictures_without_a_time_take_what_is_free(untimed: int, known: tuple[int, ...], start: int) -> None:
    times = PacketTimes(TICK)
    for _ in range(untimed):
        times.add(None, 3600)
    for frame in known:
        times.add(3600 * frame, 3600)
    times.place_untimed((Fraction(0), Fraction(RATE)))
    last = known[-1] if known else untimed - 1
    assert ticks(times) == (3600 * start, last + 1 - start, untimed + len(known))
    assert (times.constant_rate(()) == RATE) == (len(known) + untimed == last + 1 - start)


def test_a_gap_of_ages_takes_no_memory() -> None:
    times = PacketTimes(TICK)
    times.add(None, 1)
    for pts in (0, 1, 2, 3, 1 << 60):
        times.add(pts, 1)
    times.place_untimed((Fraction(90000),))
    assert (times.start(), len(times)) == (-TICK, 6)
