import itertools
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av import VideoFrame
from av.video.reformatter import VideoReformatter

from mmhnet_cli.errors import BadRange, FilmUnreadable
from mmhnet_cli.media import frames as frames_module
from mmhnet_cli.media.frames import FrameStream, read_frames
from mmhnet_cli.media.probe import probe
from tests.conftest import VFR_TIMES, MakeFilm, RunFfmpeg, other_containers, read_number

SLOW, FAST = FrameStream(8, 48, 32), FrameStream(25, 32, 24)


def read_all(
    path: Path,
    streams: Sequence[FrameStream],
    start: Fraction = Fraction(0),
    end: Fraction | None = None,
    batch: int = 64,
) -> list[np.ndarray]:
    """Frames (N, height, width, 3) of each stream, put together from batches that follow one another."""
    info = probe(path)
    collected: list[list[np.ndarray]] = [[] for _ in streams]
    lengths = [0] * len(streams)
    for part in read_frames(info, start, info.duration if end is None else end, streams, batch):
        assert part.first == lengths[part.stream]
        assert 0 < len(part.frames) <= batch
        assert part.frames.dtype == np.uint8
        lengths[part.stream] += len(part.frames)
        collected[part.stream].append(part.frames)
    return [np.concatenate(parts) for parts in collected]


def numbers(pictures: np.ndarray) -> list[int]:
    return [read_number(picture) for picture in pictures]


def expected(times: Sequence[float | Fraction], start: Fraction, end: Fraction, fps: int) -> list[int]:
    """The rule, written the slow way: the last picture at or before each tick."""
    exact = [Fraction(time).limit_denominator(24024) for time in times]
    ticks = itertools.takewhile(lambda tick: tick < end, (start + Fraction(k, fps) for k in itertools.count()))
    return [max(0, bisect_right(exact, tick) - 1) for tick in ticks]


@pytest.mark.parametrize("rate", ["24000/1001", "24", "25", "30000/1001", "12", "50"])
def test_frames_go_by_time_at_every_rate(make_film: MakeFilm, rate: str) -> None:
    film = make_film(f"frames{rate.replace('/', '_')}.mp4", count=60, rate=rate)
    end = 60 / Fraction(rate)
    times = [number / Fraction(rate) for number in range(60)]
    for stream, pictures in zip((SLOW, FAST), read_all(film, [SLOW, FAST]), strict=True):
        assert pictures.shape[1:] == (stream.height, stream.width, 3)
        assert numbers(pictures) == expected(times, Fraction(0), end, stream.fps)


def test_variable_rate(vfr_film: Path) -> None:
    for stream, pictures in zip((SLOW, FAST), read_all(vfr_film, [SLOW, FAST]), strict=True):
        assert numbers(pictures) == expected(VFR_TIMES, Fraction(0), Fraction(4), stream.fps)


@other_containers
def test_other_containers_whole_and_in_part(make_film: MakeFilm, name: str, codec: list[str]) -> None:
    film = make_film(name, video=codec)
    at_their_rate = FrameStream(24, 48, 32)
    (whole,) = read_all(film, [at_their_rate])
    # Matroska's milliseconds may put a picture just behind the tick that it was made for.
    assert all(made - seen in (0, 1) for made, seen in enumerate(numbers(whole)))
    (part,) = read_all(film, [at_their_rate], Fraction(37, 24), Fraction(2))
    np.testing.assert_array_equal(part, whole[37:])


@pytest.mark.parametrize("first", [0, 1, 11, 30, 31, 59, 60, 95])
def test_range_is_a_slice_of_the_whole(b_frame_film: Path, first: int) -> None:
    at_its_rate = FrameStream(24, 48, 32)
    (whole,) = read_all(b_frame_film, [at_its_rate])
    assert numbers(whole) == list(range(96))
    last = min(96, first + 20)
    (part,) = read_all(b_frame_film, [at_its_rate], Fraction(first, 24), Fraction(last, 24))
    np.testing.assert_array_equal(part, whole[first:last])


def test_range_between_frames_of_variable_rate(vfr_film: Path) -> None:
    start, end = Fraction(19, 10), Fraction(301, 100)
    for stream, pictures in zip((SLOW, FAST), read_all(vfr_film, [SLOW, FAST], start, end), strict=True):
        assert numbers(pictures) == expected(VFR_TIMES, start, end, stream.fps)


def test_last_picture_fills_the_end(make_film: MakeFilm) -> None:
    # 3 pictures at 12 per second last 0.25 s: 7 ticks of 25 per second, the last one at 0.24 s.
    (pictures,) = read_all(make_film("three.mp4", count=3, rate="12"), [FAST])
    assert numbers(pictures) == [0, 0, 0, 1, 1, 2, 2]


def test_late_picture_is_counted_from_its_first_frame(
    make_film: MakeFilm, run_ffmpeg_program: RunFfmpeg, tmp_path: Path
) -> None:
    source, late = make_film("sound.mov", audio="sine=d=2"), tmp_path / "late.mkv"
    run_ffmpeg_program(
        *("-i", source, "-itsoffset", "0.5", "-i", source, "-map", "1:v", "-map", "0:a", "-c:v", "copy", late)
    )
    half = Fraction(1, 48)  # in the middle of a frame, away from the rounding of Matroska
    (pictures,) = read_all(late, [FrameStream(24, 48, 32)], half, 1 + half)
    assert numbers(pictures) == list(range(24))


def test_one_decode_serves_all_streams(b_frame_film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded = []
    original = frames_module._decode

    def counted(*arguments: Any) -> Iterator[Any]:
        for item in original(*arguments):
            decoded.append(item[0])
            yield item

    monkeypatch.setattr(frames_module, "_decode", counted)
    read_all(b_frame_film, [SLOW, FAST, FrameStream(3, 20, 20)])
    assert decoded == [Fraction(number, 24) for number in range(96)]
    decoded.clear()
    # A part: from the keyframe before it, to the picture after it.
    read_all(b_frame_film, [SLOW, FAST], Fraction(2), Fraction(5, 2))
    assert decoded[0] >= Fraction(1, 2)
    assert decoded[-1] <= Fraction(5, 2) + Fraction(1, 24)


def test_each_picture_is_scaled_once_per_size_and_only_when_needed(
    make_film: MakeFilm, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    class Counted:
        def __init__(self) -> None:
            self.real = VideoReformatter()

        def reformat(self, picture: VideoFrame, width: int, height: int, **options: Any) -> VideoFrame:
            made.append((picture.pts, (width, height)))
            return self.real.reformat(picture, width, height, **options)

    monkeypatch.setattr(frames_module, "VideoReformatter", Counted)
    film = make_film("frames50.mp4", count=60, rate="50")
    read_all(film, [FrameStream(25, 40, 32), FrameStream(5, 40, 32), FrameStream(100, 24, 24)])
    assert len(made) == len(set(made))
    # Every second picture at 25 per second; 5 per second needs no other ones.
    sizes = [size for _, size in made]
    assert (sizes.count((40, 32)), sizes.count((24, 24))) == (30, 60)


def test_batches_bound_memory(b_frame_film: Path) -> None:
    whole = read_all(b_frame_film, [SLOW, FAST])
    for small, large in zip(read_all(b_frame_film, [SLOW, FAST], batch=7), whole, strict=True):
        np.testing.assert_array_equal(small, large)


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_rotation_as_ffmpeg_does_it(
    make_film: MakeFilm, run_ffmpeg_program: RunFfmpeg, tmp_path: Path, degrees: int
) -> None:
    rotated, upright = tmp_path / "rotated.mp4", tmp_path / "upright.rgb"
    corner = ["-vf", "drawbox=x=0:y=0:w=iw/3:h=ih/4:color=red:t=fill", "-c:v", "libx264"]
    run_ffmpeg_program(
        *("-display_rotation", degrees, "-i", make_film("corner.mp4", count=4, video=corner), "-c", "copy", rotated)
    )
    run_ffmpeg_program("-i", rotated, "-frames:v", 1, "-f", "rawvideo", "-pix_fmt", "rgb24", upright)
    info = probe(rotated)
    expected_picture = np.fromfile(upright, dtype=np.uint8).reshape(info.height, info.width, 3)
    (pictures,) = read_all(rotated, [FrameStream(8, info.width, info.height)])
    assert np.abs(pictures[0].astype(int) - expected_picture).mean() < 4
    # Small and squeezed: the red corner is where it belongs.
    (small,) = read_all(rotated, [FrameStream(8, 8, 16)])
    assert small.shape[1:] == (16, 8, 3)
    red = np.argwhere((small[0, ..., 0] > 180) & (small[0, ..., 1] < 90)).mean(axis=0) / (16, 8)
    full = np.argwhere((expected_picture[..., 0] > 180) & (expected_picture[..., 1] < 90)).mean(axis=0)
    np.testing.assert_allclose(red, full / (info.height, info.width), atol=0.1)


def test_odd_size(make_film: MakeFilm) -> None:
    film = make_film("odd.mkv", count=12, size=(97, 63), video=["-vf", "format=yuv444p", "-c:v", "ffv1"])
    info = probe(film)
    assert (info.width, info.height) == (97, 63)
    (pictures,) = read_all(film, [FrameStream(24, 31, 23)], Fraction(1, 48), Fraction(23, 48))
    assert numbers(pictures) == list(range(11))


def test_scaling_is_the_mean_over_areas(make_film: MakeFilm) -> None:
    film = make_film("lossless.mkv", count=2, video=["-c:v", "ffv1"])
    (pictures,) = read_all(film, [FrameStream(1, 1, 1)])
    # Picture 0 is black; one pixel that covers a picture with one bar of eight is an eighth of white.
    assert pictures[0].max() <= 1
    (later,) = read_all(film, [FrameStream(24, 1, 1)], Fraction(3, 48), Fraction(4, 48))
    assert later[0, 0, 0] == pytest.approx([255 / 8] * 3, abs=3)


def test_damage_is_reported_with_its_second(make_film: MakeFilm, tmp_path: Path) -> None:
    film = make_film("damage.mkv", count=72, video=["-c:v", "png"])
    content = film.read_bytes()
    with av.open(str(film)) as container:
        packet = next(packet for packet in container.demux(video=0) if packet.pts == 2000)
        damaged = tmp_path / "damaged.mkv"
        damaged.write_bytes(content.replace(bytes(packet), bytes(packet.size)))
    with pytest.raises(FilmUnreadable, match=r"at (1\.9\d|2\.00) s"):
        read_all(damaged, [FAST])
    info = probe(damaged)
    lost: list[float] = []
    whole = [
        read_number(frame)
        for part in read_frames(probe(film), Fraction(0), info.duration, [FrameStream(24)])
        for frame in part.frames
    ]
    parts = read_frames(info, Fraction(0), info.duration, [FrameStream(24)], lost=lambda at, why: lost.append(at))
    numbers = [read_number(frame) for part in parts for frame in part.frames]
    # The one before it stands in its place; every other is where it was.
    assert 48 in whole
    assert numbers == [47 if number == 48 else number for number in whole]
    assert lost == [pytest.approx(2, abs=0.09)]


@pytest.mark.parametrize(("start", "end"), [(-1, 1), (-1, 3), (1, 3), (Fraction(-1, 3), Fraction(7, 3))])
def test_the_ends_of_the_film_stand_still_beyond_it(make_film: MakeFilm, start: Fraction, end: Fraction) -> None:
    film = make_film("two_seconds.mp4", count=48, rate="24")
    times = [Fraction(number, 24) for number in range(48)]
    for stream, pictures in zip(
        (SLOW, FAST), read_all(film, [SLOW, FAST], Fraction(start), Fraction(end)), strict=True
    ):
        assert numbers(pictures) == expected(times, Fraction(start), Fraction(end), stream.fps)


@pytest.mark.parametrize(("start", "end"), [(-2, -1), (-1, 0), (1, 1), (2, 1), (4, 5)])
def test_range_outside_the_film(b_frame_film: Path, start: int, end: int) -> None:
    with pytest.raises(BadRange):
        list(read_frames(probe(b_frame_film), Fraction(start), Fraction(end), [FAST]))


@pytest.mark.parametrize(
    ("name", "size", "video"),
    [
        ("plain.mp4", (96, 64), ["-c:v", "libx264"]),
        ("odd420.mkv", (97, 63), ["-c:v", "ffv1"]),
        ("rgb.mkv", (96, 64), ["-vf", "format=rgb24", "-c:v", "png"]),
        ("ten_bits.mkv", (96, 64), ["-vf", "format=yuv422p10le", "-c:v", "ffv1"]),
    ],
)
def test_own_size_is_the_decoded_picture(make_film: MakeFilm, name: str, size: tuple[int, int], video: list) -> None:
    film = make_film(name, count=6, size=size, video=video)
    with av.open(str(film)) as container:
        plain = [picture.to_ndarray(format="rgb24") for picture in container.decode(video=0)]
    (pictures,) = read_all(film, [FrameStream(24)], Fraction(1, 48), Fraction(11, 48))
    np.testing.assert_array_equal(pictures, plain[:5])


def test_own_size_serves_both_streams_from_one_conversion(make_film: MakeFilm, monkeypatch: pytest.MonkeyPatch) -> None:
    film = make_film("six.mp4", count=6)
    original, made = frames_module._Scaler.scale, []

    def counted(*arguments: Any) -> np.ndarray:
        made.append(original(*arguments))
        return made[-1]

    monkeypatch.setattr(frames_module._Scaler, "scale", counted)
    slow, fast = read_all(film, [FrameStream(8), FrameStream(25)])
    assert slow.shape[1:] == fast.shape[1:] == (64, 96, 3)
    np.testing.assert_array_equal(slow[1], fast[4])
    assert len(made) == len(slow) + len(fast)
    assert len({id(picture) for picture in made}) == 6


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_own_size_is_upright(make_film: MakeFilm, run_ffmpeg_program: RunFfmpeg, tmp_path: Path, degrees: int) -> None:
    film, rotated = make_film("plain.mp4", count=6), tmp_path / "rotated.mp4"
    run_ffmpeg_program("-display_rotation", degrees, "-i", film, "-c", "copy", rotated)
    (coded,) = read_all(film, [FrameStream(24)])
    (upright,) = read_all(rotated, [FrameStream(24)])
    assert upright.shape[1:] == ((64, 96, 3) if degrees == 180 else (96, 64, 3))
    np.testing.assert_array_equal(upright, np.rot90(coded, degrees // 90, axes=(1, 2)))


def test_own_size_has_square_pixels(make_film: MakeFilm) -> None:
    film = make_film("anamorphic.mp4", video=["-vf", "setsar=4/3", "-c:v", "libx264"])
    info = probe(film)
    assert (info.width, info.height) == (128, 64)
    (pictures,) = read_all(film, [FrameStream(24)])
    assert pictures.shape[1:] == (64, 128, 3)
    assert numbers(pictures) == list(range(48))


def test_one_side_of_a_wish_may_be_the_film_s_own(b_frame_film: Path) -> None:
    narrow, low = read_all(b_frame_film, [FrameStream(8, width=40), FrameStream(8, height=30)])
    assert narrow.shape[1:] == (64, 40, 3)
    assert low.shape[1:] == (30, 96, 3)


def test_a_batch_holds_as_many_bytes_as_it_may(b_frame_film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def sizes(streams: Sequence[FrameStream]) -> list[int]:
        parts = list(read_frames(probe(b_frame_film), Fraction(0), Fraction(1), streams))
        assert all(part.frames.nbytes <= max(frames_module.BATCH_BYTES, part.frames[0].nbytes) for part in parts)
        return [len(part.frames) for part in parts]

    assert sizes([FrameStream(100)]) == [*6 * [16], 4]
    own = 96 * 64 * 3
    monkeypatch.setattr(frames_module, "BATCH_BYTES", 10 * own)
    assert sizes([FrameStream(25)]) == [10, 10, 5]
    assert sizes([FrameStream(25, 48, 64)]) == [16, 9]
    # A picture beyond the budget comes alone.
    monkeypatch.setattr(frames_module, "BATCH_BYTES", own - 1)
    assert sizes([FrameStream(8)]) == [1] * 8


def test_small_frames_come_16_at_a_time_and_large_ones_fit_a_budget() -> None:
    # The mini model's frames are far below it; ten of 1920 x 1080 fit, and two of 3840 x 2160.
    budget = frames_module.BATCH_BYTES
    assert budget // (128 * 72 * 3) > 16
    assert (budget // (1920 * 1080 * 3), budget // (3840 * 2160 * 3)) == (10, 2)
