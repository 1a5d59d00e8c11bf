"""A part of a film as a film: the right pictures with their sound, and the timecode that is drawn into them."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from mmhnet_cli.errors import BadOption, ContainerCannotHold
from mmhnet_cli.media.audio_file import read_audio, write_wav
from mmhnet_cli.media.burnt_in import SHOWN, burnt_in, label_places
from mmhnet_cli.media.clip import check_clip, clip
from mmhnet_cli.media.ffmpeg import FfmpegProgram
from mmhnet_cli.media.probe import probe
from mmhnet_cli.timecode import Timecode
from tests.conftest import MakeFilm, RunFfmpeg, read_number

SIZE = (320, 180)
DROP = Fraction(30000, 1001)


@pytest.fixture
def beep(tmp_path: Path) -> Path:
    """A second of sound, silent but for its first ten milliseconds."""
    samples = np.zeros((2, 48000), np.float32)
    samples[:, :480] = 0.5
    write_wav(tmp_path / "beep.wav", samples, 48000)
    return tmp_path / "beep.wav"


def pictures(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as film:
        return [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]


def read_label(picture: np.ndarray, like: Timecode) -> str:
    """The timecode in a picture, read from the middle of each segment."""
    places, _, _ = label_places(like, picture.shape[1], picture.shape[0])
    digits = ""
    for x, y, wide, tall in places:
        stroke = max(2, tall // 8)
        half, quarter = tall // 2, tall // 4
        inside = stroke // 2
        middles = {
            "a": (x + wide // 2, y + inside),
            "b": (x + wide - 1 - inside, y + quarter),
            "c": (x + wide - 1 - inside, y + half + quarter),
            "d": (x + wide // 2, y + tall - 1 - inside),
            "e": (x + inside, y + half + quarter),
            "f": (x + inside, y + quarter),
            "g": (x + wide // 2, y + half),
        }
        lit = {segment for segment, (column, row) in middles.items() if picture[row, column].mean() > 130}
        [digit] = [digit for digit in range(10) if lit == {one for one in SHOWN if digit in SHOWN[one]}]
        digits += str(digit)
    return f"{digits[:2]}:{digits[2:4]}:{digits[4:6]}{';' if like.drop else ':'}{digits[6:]}"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a.mov", "a.mp4", "a.mkv"])
@pytest.mark.parametrize(("rate", "begin"), [("25", 25), ("30000/1001", 70), ("24000/1001", 1)])
def test_the_pictures_and_the_sound_of_a_part(
    make_film: MakeFilm, ffmpeg: FfmpegProgram, beep: Path, tmp_path: Path, rate: str, begin: int, name: str
) -> None:
    video = ["-c:v", "libx264", "-bf", "3", "-g", "250", "-preset", "ultrafast"]
    film = probe(make_film("street.mp4", count=120, rate=rate, video=video, size=SIZE))
    first = begin / film.frame_rate
    last = first + 20 / film.frame_rate
    told: list[float] = []
    clock = Timecode.parse("01:00:00:00", film.frame_rate)
    out = tmp_path / name
    clip(film, beep, out, first, last, burn=False, timecode=clock, ffmpeg=ffmpeg, progress=told.append)
    made = probe(out)
    assert (made.frame_count, made.frame_rate) == (20, film.frame_rate)
    assert [read_number(picture) for picture in pictures(out)] == list(range(begin, begin + 20))
    assert made.timecode.start == clock + begin
    assert (made.width, made.height) == SIZE
    loud = np.flatnonzero(np.abs(read_audio(out)[0][0]) > 0.2)
    assert loud[0] < 48 + 1024, "as the codec allows"
    assert told == sorted(told)


@pytest.mark.slow
def test_a_film_that_begins_late_turns_and_changes_its_rate(
    vfr_film: Path,
    make_film: MakeFilm,
    run_ffmpeg_program: RunFfmpeg,
    ffmpeg: FfmpegProgram,
    beep: Path,
    tmp_path: Path,
) -> None:
    late = tmp_path / "late.ts"
    source = make_film("street.mp4", count=100, rate="25", size=SIZE)
    run_ffmpeg_program("-i", source, "-c", "copy", "-output_ts_offset", "7", late)
    clip(probe(late), beep, tmp_path / "a.mov", Fraction(3), Fraction(17, 5), burn=False, ffmpeg=ffmpeg)
    assert [read_number(one) for one in pictures(tmp_path / "a.mov")] == list(range(75, 85))
    clip(probe(vfr_film), beep, tmp_path / "b.mov", Fraction(1), Fraction(3), burn=False, ffmpeg=ffmpeg)
    found = [read_number(one) for one in pictures(tmp_path / "b.mov")]
    assert found[:24] == list(range(24, 48)), "24 a second, and then each of 12 a second twice"
    assert found[24:] == [number for number in range(48, 60) for _ in range(2)]


@pytest.mark.parametrize(
    ("first", "rate", "labels"),
    [
        ("00:00:59;28", DROP, ["00:00:59;28", "00:00:59;29", "00:01:00;02", "00:01:00;03"]),
        ("00:09:59;29", DROP, ["00:09:59;29", "00:10:00;00", "00:10:00;01"]),
        ("23:59:59:24", Fraction(25), ["23:59:59:24", "00:00:00:00"]),
        ("12:34:56:78", Fraction(120), ["12:34:56:078", "12:34:56:079"]),
        ("19:58:47:23", Fraction(24000, 1001), ["19:58:47:23", "19:58:48:00"]),
    ],
)
def test_the_timecode_that_is_drawn(
    run_ffmpeg_program: RunFfmpeg, tmp_path: Path, first: str, rate: Fraction, labels: list[str]
) -> None:
    begins = Timecode.parse(first, rate)
    filters = burnt_in(begins, rate, *SIZE)
    grey = f"color=c=gray:s={SIZE[0]}x{SIZE[1]}:r={rate}"
    out = tmp_path / "a.mkv"
    run_ffmpeg_program("-f", "lavfi", "-i", grey, "-vf", filters, "-frames:v", len(labels), "-c:v", "ffv1", out)
    assert [read_label(picture, begins) for picture in pictures(out)] == labels


def test_labels_of_two_pictures_each(run_ffmpeg_program: RunFfmpeg, tmp_path: Path) -> None:
    begins, out = Timecode.parse("01:00:00:29", Fraction(30)), tmp_path / "a.mkv"
    filters = burnt_in(begins, Fraction(60), *SIZE)
    grey = f"color=c=gray:s={SIZE[0]}x{SIZE[1]}:r=60"
    run_ffmpeg_program("-f", "lavfi", "-i", grey, "-vf", filters, "-frames:v", 4, "-c:v", "ffv1", out)
    found = [read_label(picture, begins) for picture in pictures(out)]
    assert found == ["01:00:00:29", "01:00:00:29", "01:00:01:00", "01:00:01:00"]


@pytest.mark.slow
def test_drawn_into_a_part(make_film: MakeFilm, ffmpeg: FfmpegProgram, beep: Path, tmp_path: Path) -> None:
    film = probe(make_film("street.mp4", count=120, rate="25", size=SIZE))
    clock = Timecode.parse("01:00:00:00", Fraction(25))
    out = tmp_path / "a.mov"
    clip(film, beep, out, Fraction(2), Fraction(3), burn=True, timecode=clock, ffmpeg=ffmpeg)
    found = pictures(out)
    assert [read_label(picture, clock) for picture in found] == [f"01:00:02:{number:02}" for number in range(25)]
    assert read_number(found[3]) == 53
    first = out.read_bytes()
    clip(film, beep, out, Fraction(2), Fraction(3), burn=True, timecode=clock, ffmpeg=ffmpeg)
    assert out.read_bytes() == first


def test_what_stops_it_leaves_nothing(make_film: MakeFilm, ffmpeg: FfmpegProgram, beep: Path, tmp_path: Path) -> None:
    film = probe(make_film("street.mp4", count=120, rate="25", size=SIZE))
    folder = tmp_path / "clips"
    folder.mkdir()

    def stop(share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        clip(film, beep, folder / "a.mov", Fraction(0), Fraction(4), burn=True, ffmpeg=ffmpeg, progress=stop)
    assert [path.name for path in folder.iterdir() if path.name != "a.mov"] == []


def test_what_no_clip_can_be_is_refused(make_film: MakeFilm) -> None:
    film = probe(make_film("spoken.mp4", count=50, rate="25", audio="sine=d=2"))
    with pytest.raises(ContainerCannotHold, match="coded anew"):
        check_clip(film, Path("a.webm"), "replace")
    with pytest.raises(BadOption, match="--original-audio"):
        check_clip(film, Path("a.mov"), "keep")
    check_clip(film, Path("a.mov"), "mix")
