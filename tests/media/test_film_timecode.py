"""Timecode of films: every pair of picture rate and rate of the timecode that cameras make, to the sample."""

import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from mmhnet_cli.media.film_timecode import tagged_timecode
from mmhnet_cli.media.probe import probe
from mmhnet_cli.media.timecode_track import TimecodeTrackError, read_timecode_track
from mmhnet_cli.timecode import Timecode
from tests.conftest import MakeFilm, RunFfmpeg
from tests.media.quicktime import begin_timecode_at, set_timecode

FAST = ("-c:v", "libx264", "-preset", "ultrafast")
DROP, DAY = 1, 2
N = 1001
# Picture rate; ticks a second, ticks a frame, labels a second of the track; drop-frame; frame; samples from midnight.
# Samples are written out by the definition: frames x length of a frame x 48000.
PAIRS = [
    ("24000/1001", (24000, N, 24), 0, 86_410, 172_992_820),
    ("24000/1001", (23976, 1000, 24), 0, 86_410, 172_992_820),
    ("24000/1001", (2398, 100, 24), 0, 86_410, 172_992_820),
    ("24000/1001", (24000, N, 23), 0, 86_410, 172_992_820),  # rounded down by its writer
    ("24000/1001", (30000, N, 30), DROP, 107_892, 172_799_827),  # 3:2 pulldown
    ("24", (24, 1, 24), 0, 86_410, 172_820_000),
    ("24", (2400, 100, 24), 0, 86_410, 172_820_000),
    ("25", (25, 1, 25), 0, 90_024, 172_846_080),
    ("25", (600, 24, 25), 0, 90_024, 172_846_080),
    ("30000/1001", (30000, N, 30), DROP, 107_912, 172_831_859),
    ("30000/1001", (30000, N, 30), 0, 108_020, 173_004_832),
    ("30000/1001", (2997, 100, 30), DROP, 107_912, 172_831_859),
    ("30000/1001", (30000, N, 29), 0, 108_020, 173_004_832),
    ("30", (30, 1, 30), 0, 108_020, 172_832_000),
    ("30", (30, 1, 30), DROP, 107_912, 172_659_200),
    ("48000/1001", (48000, N, 48), 0, 172_820, 172_992_820),
    ("48000/1001", (24000, N, 24), 0, 86_410, 172_992_820),
    ("48", (48, 1, 48), 0, 172_820, 172_820_000),
    ("48", (24, 1, 24), 0, 86_410, 172_820_000),
    ("50", (50, 1, 50), 0, 180_048, 172_846_080),
    ("50", (25, 1, 25), 0, 90_024, 172_846_080),  # 0.48 s early where it counted as the picture
    ("50", (50, 1, 25), 0, 90_024, 172_846_080),  # the length of pictures, labels for every second one
    ("60000/1001", (60000, N, 60), DROP, 215_824, 172_831_859),
    ("60000/1001", (60000, N, 60), 0, 216_040, 173_004_832),
    ("60000/1001", (30000, N, 30), DROP, 107_912, 172_831_859),  # 334 ms early
    ("60000/1001", (30000, N, 30), 0, 108_020, 173_004_832),
    ("60000/1001", (60000, N, 30), DROP, 107_912, 172_831_859),
    ("60000/1001", (24000, N, 24), 0, 86_410, 172_992_820),  # slow motion
    ("60", (60, 1, 60), 0, 216_040, 172_832_000),
    ("60", (30, 1, 30), 0, 108_020, 172_832_000),
    ("60", (60, 1, 60), DROP, 215_824, 172_659_200),
    ("100", (100, 1, 100), 0, 360_096, 172_846_080),
    ("100", (25, 1, 25), 0, 90_024, 172_846_080),
    ("100", (50, 1, 50), 0, 180_048, 172_846_080),
    ("120000/1001", (120000, N, 120), 0, 432_080, 173_004_832),
    ("120000/1001", (120000, N, 120), DROP, 431_648, 172_831_859),
    ("120000/1001", (30000, N, 30), DROP, 107_912, 172_831_859),
    ("120000/1001", (24000, N, 24), 0, 86_410, 172_992_820),
    ("120", (120, 1, 120), 0, 432_080, 172_832_000),
    ("120", (30, 1, 30), 0, 108_020, 172_832_000),
    ("120", (24, 1, 24), 0, 86_410, 172_820_000),
]


@pytest.fixture
def film_at(make_film: MakeFilm, tmp_path: Path) -> Callable[..., Path]:
    """A fresh film of some pictures at a rate, with the timecode track of ffmpeg."""

    def make(rate: str, extension: str = "mov", timecode: str = "01:00:00:00") -> Path:
        name = f"tc_{rate.replace('/', '_')}_{timecode.replace(':', '').replace(';', 'd')}.{extension}"
        film = make_film(name, count=12, rate=rate, video=FAST, output=["-timecode", timecode])
        return shutil.copy(film, tmp_path / name)

    return make


@pytest.mark.parametrize(("rate", "frames", "flags", "first", "samples"), PAIRS)
def test_a_track_counts_at_its_own_rate(
    film_at: Callable[..., Path], rate: str, frames: tuple[int, int, int], flags: int, first: int, samples: int
) -> None:
    film = film_at(rate)
    set_timecode(film, first, flags | DAY, *frames)
    info = probe(film)
    assert info.frame_rate == Fraction(rate)
    assert info.timecode.start is not None
    assert info.timecode.start.drop == bool(flags)
    assert info.timecode.start.samples(48_000) == samples
    assert info.timecode.doubt is None


@pytest.mark.parametrize("extension", ["mov", "mp4"])
@pytest.mark.parametrize("rate", ["24000/1001", "25", "30000/1001", "50", "60000/1001", "100", "120"])
def test_what_ffmpeg_writes(film_at: Callable[..., Path], extension: str, rate: str) -> None:
    info = probe(film_at(rate, extension, "10:00:00:20"))
    assert info.timecode.start == Timecode.parse("10:00:00:20", Fraction(rate))
    assert (info.timecode.text, info.timecode.doubt) == ("10:00:00:20", None)


@pytest.mark.parametrize(
    ("rate", "frames", "runs"), [("30000/1001", (30, 1, 30), "30.000"), ("60", (30000, N, 30), "29.970")]
)
def test_a_track_that_drifts_from_the_picture_is_followed_and_said(
    film_at: Callable[..., Path], rate: str, frames: tuple[int, int, int], runs: str
) -> None:
    film = film_at(rate)
    set_timecode(film, 108_000, 0, *frames)
    found = probe(film).timecode
    assert found.start == Timecode(108_000, Fraction(*frames[:2]))
    assert found.doubt is not None
    assert f"runs at {runs} frames" in found.doubt


@pytest.mark.parametrize(
    ("frame", "flags", "frames", "reason"),
    [
        (0, 0, (25, 1, 17), "17 labels per second"),
        (0, 0, (0, 1, 25), "how long its frames last"),
        (0, 0, (25, 0, 25), "how long its frames last"),
        (0, DROP, (25, 1, 25), "drop-frame timecode exists"),
        (90_000 * 24, 0, (25, 1, 25), "of a day"),
        (-1, 4, (25, 1, 25), "of a day"),
        (0, 0, (1, 25, 0), "no timecode at 1/25"),
    ],
)
def test_a_track_that_cannot_be_placed_is_said(
    film_at: Callable[..., Path], frame: int, flags: int, frames: tuple[int, int, int], reason: str
) -> None:
    film = film_at("25")
    set_timecode(film, frame, flags, *frames)
    found = probe(film).timecode
    assert found.start is None
    assert found.doubt is not None
    assert reason in found.doubt


def test_a_day_begins_again_where_the_track_says_so(film_at: Callable[..., Path]) -> None:
    film = film_at("25")
    set_timecode(film, 90_000 * 24 + 7, DAY, 25, 1, 25)
    assert probe(film).timecode.start == Timecode(7, Fraction(25))


def test_the_edit_list_of_the_track_moves_its_beginning(film_at: Callable[..., Path]) -> None:
    film = film_at("25")
    # ffmpeg gives the timecode track the clock of the picture: 12,800 ticks a second, 512 a frame.
    begin_timecode_at(film, 5 * 512)
    assert str(probe(film).timecode.start) == "01:00:00:05"


def test_broken_tracks_never_do_more_than_be_refused(film_at: Callable[..., Path], tmp_path: Path) -> None:
    """Every third byte of the header, as the largest it can be: what cannot be read is a doubt or another track."""
    film = film_at("25")
    data = film.read_bytes()
    broken = tmp_path / "broken.mov"
    for place in range(data.index(b"moov"), len(data), 3):
        broken.write_bytes(data[:place] + b"\xff" + data[place + 1 :])
        try:
            read_timecode_track(broken, 1)
        except TimecodeTrackError as refused:
            assert str(refused)


@pytest.mark.parametrize(
    ("rate", "text", "labels", "drop"),
    [
        ("25", "10:00:00:12", 25, False),
        ("50", "10:00:00:12", 50, False),
        ("60000/1001", "01:00:00;20", 60, True),
        ("60000/1001", "01:00:00:20", 60, False),
    ],
)
def test_mxf_says_what_it_counts(
    make_film: MakeFilm, tmp_path: Path, rate: str, text: str, labels: int, drop: bool
) -> None:
    codec = ("-c:v", "mpeg2video", "-g", "1")
    name = f"{rate.replace('/', '_')}{drop}.mxf"
    film = make_film(name, count=12, rate=rate, video=codec, output=["-timecode", text])
    expected = Timecode.parse(text, Fraction(rate))
    assert expected.labels_per_second == labels
    assert (probe(film).timecode.start, probe(film).timecode.doubt) == (expected, None)


def test_mxf_that_counts_pairs_of_pictures(make_film: MakeFilm, tmp_path: Path) -> None:
    film = make_film(
        "pairs.mxf", count=12, rate="50", video=("-c:v", "mpeg2video"), output=["-timecode", "10:00:00:12"]
    )
    data, paired = film.read_bytes(), tmp_path / "paired.mxf"
    base, start = b"\x15\x02\x00\x02", b"\x15\x01\x00\x08"
    assert base + (50).to_bytes(2) in data
    data = data.replace(base + (50).to_bytes(2), base + (25).to_bytes(2))
    paired.write_bytes(data.replace(start + (1_800_012).to_bytes(8), start + (900_012).to_bytes(8)))
    assert probe(paired).timecode.start == Timecode(900_012, Fraction(25))


@pytest.mark.parametrize(
    ("text", "rate", "start", "late"),
    [
        ("10:00:00:12", "25", "10:00:00:12", None),
        ("10:00:00:00", "50", "10:00:00:00", None),  # the same moment, whatever it counts
        ("10:00:00:30", "50", "10:00:00:30", None),  # no label of 25
        ("10:00:00:12", "50", "10:00:00:12", "240 ms later"),
        ("01:00:00;20", "60000/1001", "01:00:00;20", "334 ms later"),
    ],
)
def test_a_tag_alone_is_in_doubt_where_it_may_be_another_moment(
    text: str, rate: str, start: str, late: str | None
) -> None:
    found = tagged_timecode(text, Fraction(rate))
    assert found.start == Timecode.parse(start, Fraction(rate))
    assert (found.doubt is None) == (late is None)
    assert late is None or late in str(found.doubt)


def test_a_tag_that_only_pairs_of_pictures_can_have() -> None:
    # 00:01:00;02 is left out at 59.94 frames per second, and there at 29.97.
    assert tagged_timecode("00:01:00;02", Fraction(60000, 1001)).start == Timecode(1800, Fraction(30000, 1001), True)


@pytest.mark.parametrize("text", ["yesterday", "10:00:00:25", "10:00:00;12"])
def test_a_tag_that_is_no_timecode_is_said(text: str) -> None:
    found = tagged_timecode(text, Fraction(25))
    assert (found.text, found.start) == (text, None)
    assert text in str(found.doubt)


def test_a_stream_copy_without_its_last_pictures_counts_as_the_film_does(
    make_film: MakeFilm, run_ffmpeg_program: RunFfmpeg, tmp_path: Path
) -> None:
    """The last B-frames are missing: 25 frames per second with holes, 24.2 on the mean."""
    b_frames = ("-c:v", "libx264", "-bf", "3", "-b_strategy", "0", "-g", "250", "-preset", "veryfast")
    whole, cut = make_film("b25.mp4", count=75, rate="25", video=b_frames), tmp_path / "cut.mp4"
    run_ffmpeg_program("-i", whole, "-c", "copy", "-timecode", "10:00:00:00", "-frames:v", "30", cut)
    info = probe(cut)
    assert info.variable_rate
    assert info.frame_rate != 25
    assert info.label_rate == 25
    assert info.timecode.start == Timecode(900_000, Fraction(25))


@pytest.mark.parametrize(
    ("times", "label_rate"),
    [
        ("N*1001/30000+0.002*mod(N*7,5)/5", Fraction(30000, 1001)),  # a phone: nearly regular
        ("(N+floor(N/10))/25", Fraction(25)),  # every tenth was lost
        ("N/24+gt(N,40)*3", Fraction(24)),  # one is held
    ],
)
def test_film_of_variable_rate_counts_at_the_rate_it_is_meant_to_have(
    make_film: MakeFilm, times: str, label_rate: Fraction
) -> None:
    name = f"vfr_{label_rate.numerator}.mov"
    clock = ["-vf", f"settb=1/90000,setpts='({times})/TB'", *FAST]
    timing = ["-fps_mode", "passthrough", "-enc_time_base", "1/90000", "-video_track_timescale", "90000"]
    info = probe(make_film(name, count=72, video=clock, output=timing))
    assert (info.variable_rate, info.label_rate) == (True, label_rate)
