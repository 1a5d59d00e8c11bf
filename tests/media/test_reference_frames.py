"""The public reader's rules on real files, late frames and lost seconds included (MMAudio specification, 7.1, 7.3)."""

import math
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from mmhnet_cli.errors import FilmUnreadable, NoFrames
from tests.conftest import BITS, VFR_TIMES, MakeFilm, RunFfmpeg, read_number
from tests.media.reference_frames import CLIP_FPS, SYNC_FPS, ReferenceFrames, read_reference_frames


def eight_seconds(make_film: MakeFilm, rate: str, seconds: int = 8) -> Path:
    """A film of the exact rate; its numbers begin again after 256 pictures."""
    name = f"reference_{rate.replace('/', '_')}_{seconds}.mp4"
    return make_film(name, count=round(seconds * Fraction(rate)), rate=rate)


def numbers(pictures: np.ndarray) -> list[int]:
    return [read_number(picture) for picture in pictures]


def without_rounding(rate: Fraction, fps: int, count: int) -> list[int]:
    """Numbers of the first pictures at or after k / fps, in exact arithmetic."""
    return [math.ceil(Fraction(k, fps) * rate) % 2**BITS for k in range(count)]


def delays(reference: ReferenceFrames, rate: Fraction) -> tuple[set[int], int]:
    """By how many pictures sync samples come after the exact ones, and how many of them do."""
    exact = without_rounding(rate, 25, len(reference.sync))
    late = [(found - right) % 2**BITS for found, right in zip(numbers(reference.sync), exact, strict=True)]
    return set(late), len(late) - late.count(0)


@pytest.mark.parametrize(
    ("rate", "late", "sync", "duration_s"),
    [
        # At 25 per second the 200th sample is late as well: the picture it waits for does not exist.
        ("25", 183 - 1, 199, 7.96),
        ("50", 183, 200, 8.0),
        ("30", 36, 200, 8.0),
        ("60", 36, 200, 8.0),
        ("24", 7, 199, 7.96),
        ("24000/1001", 0, 200, 8.0),
        ("30000/1001", 0, 200, 8.0),
    ],
)
def test_eight_seconds_of_every_rate(make_film: MakeFilm, rate: str, late: int, sync: int, duration_s: float) -> None:
    reference = read_reference_frames(eight_seconds(make_film, rate))
    assert reference.duration_s == duration_s
    assert reference.sync.shape == (sync, 64, 96, 3)
    assert delays(reference, Fraction(rate)) == ({0, 1} if late else {0}, late)
    # Eighths are exact in binary: CLIP's frames are never late, but cut to the same duration.
    assert numbers(reference.clip) == without_rounding(Fraction(rate), 8, int(8 * duration_s))


def test_a_longer_film_gives_its_first_seconds_with_the_picture_at_their_end(make_film: MakeFilm) -> None:
    film = eight_seconds(make_film, "25", seconds=9)
    reference = read_reference_frames(film)
    assert reference.duration_s == 8.0
    assert len(reference.sync) == 200
    # The last sample is late and shows the picture at 8 s: the range includes its end.
    assert numbers(reference.sync[-1:]) == [200]
    assert delays(reference, Fraction(25))[1] == 183


@pytest.mark.parametrize(
    ("rate", "count", "wished_s", "duration_s"),
    [
        # The last picture comes at 1.83 s: 15 samples of CLIP reach 1.875 s, 46 of sync 1.84 s.
        ("12", 23, 2.0, 46 / 25),
        # It comes at 0.245 s: 2 samples of CLIP reach 0.25 s, 7 of sync 0.28 s.
        ("200/49", 2, 2.0, 2 / 8),
        ("12", 23, 1.0, 1.0),
    ],
)
def test_the_shorter_stream_decides(
    make_film: MakeFilm, rate: str, count: int, wished_s: float, duration_s: float
) -> None:
    film = make_film(f"short{rate.replace('/', '_')}.mp4", count=count, rate=rate)
    reference = read_reference_frames(film, wished_s)
    assert reference.duration_s == duration_s
    assert len(reference.clip) == int(CLIP_FPS * duration_s)
    assert len(reference.sync) == int(SYNC_FPS * duration_s)


def test_variable_rate_goes_by_time(vfr_film: Path) -> None:
    reference = read_reference_frames(vfr_film, 3.5)
    assert numbers(reference.clip) == [
        next(number for number, time in enumerate(VFR_TIMES) if time >= k / 8) for k in range(28)
    ]


def test_a_gap_before_the_first_picture_is_filled_with_copies(
    make_film: MakeFilm, run_ffmpeg_program: RunFfmpeg, tmp_path: Path
) -> None:
    late = tmp_path / "late.mkv"
    run_ffmpeg_program("-itsoffset", "1.4", "-i", eight_seconds(make_film, "25"), "-c", "copy", late)
    found = numbers(read_reference_frames(late).sync)
    assert found[:36] == [0] * 35 + [1]


def test_pictures_are_as_coded(make_film: MakeFilm, run_ffmpeg_program: RunFfmpeg, tmp_path: Path) -> None:
    film = make_film("anamorphic24.mp4", video=["-vf", "setsar=4/3", "-c:v", "libx264"])
    turned = tmp_path / "turned.mp4"
    run_ffmpeg_program("-display_rotation", 90, "-i", film, "-c", "copy", turned)
    with av.open(str(film)) as container:
        plain = [picture.to_ndarray(format="rgb24") for picture in container.decode(video=0)]
    reference = read_reference_frames(turned, 1.0)
    np.testing.assert_array_equal(reference.clip, plain[:24:3])
    # A picture that several samples show is the same for all of them.
    assert len(reference.sync) == SYNC_FPS
    for number, picture in zip(numbers(reference.sync), reference.sync, strict=True):
        np.testing.assert_array_equal(picture, plain[number])


def test_too_short_for_one_frame_of_clip(make_film: MakeFilm) -> None:
    film = make_film("reference24.mp4")
    with pytest.raises(NoFrames):
        read_reference_frames(film, 0.1)
    assert len(read_reference_frames(film, 0.125).clip) == 1


def test_damage_is_reported(make_film: MakeFilm, tmp_path: Path) -> None:
    film = make_film("reference_png.mkv", video=["-c:v", "png"])
    content, damaged = film.read_bytes(), tmp_path / "damaged.mkv"
    with av.open(str(film)) as container:
        packet = next(packet for packet in container.demux(video=0) if packet.pts == 1000)
        damaged.write_bytes(content.replace(bytes(packet), bytes(packet.size)))
    with pytest.raises(FilmUnreadable):
        read_reference_frames(damaged, 2.0)
    # What lies behind the wished seconds is not decoded.
    assert len(read_reference_frames(damaged, 0.5).clip) == 4
