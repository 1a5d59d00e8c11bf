"""Where and when a sound belongs, by the command line and by a reader of WAV files that is not ours."""

import shutil
from pathlib import Path

import pytest
from wavinfo import WavInfoReader

from tests.cli.conftest import RunCommand
from tests.conftest import MakeFilm
from tests.media.quicktime import set_timecode


@pytest.fixture
def camera_film(make_film: MakeFilm, tmp_path: Path) -> Path:
    """59.94 pictures a second under a drop-frame timecode of 29.97, from 01:00:00;20 on."""
    film = tmp_path / "camera.mov"
    shutil.copy(make_film("tc60.mov", count=120, rate="60000/1001", output=["-timecode", "01:00:00;00"]), film)
    set_timecode(film, 107_912, 3, 30000, 1001, 30)
    return film


@pytest.mark.slow
def test_bext_has_place_date_and_loudness(
    mmhnet: RunCommand, camera_film: Path, tiny_model_dir: Path, tmp_path: Path
) -> None:
    wav = tmp_path / "a.wav"
    stems = ("--stem", "rain=rain", "--stem", "wind=wind")
    ran = mmhnet("generate", camera_film, "-m", tiny_model_dir, "--steps", 1, *stems, "-o", wav)
    assert ran.code == 0, ran.err
    stamped = {WavInfoReader(path).bext.originator_date for path in tmp_path.glob("*.wav")}
    assert len(stamped) == 1
    for path in tmp_path.glob("*.wav"):
        bext = WavInfoReader(path).bext
        assert bext.time_reference == 172_831_859
        assert len(bext.originator_date) == 10
        assert len(bext.originator_time) == 8
        assert -70 < bext.loudness_value < 0
        assert bext.max_true_peak < 0
    speed = WavInfoReader(wav).ixml.raw_xml.find("SPEED")
    assert (speed.findtext("TIMECODE_RATE"), speed.findtext("TIMECODE_FLAG")) == ("30000/1001", "DF")


def test_a_repetition_carries_the_date_of_the_first(
    mmhnet: RunCommand, film: Path, tiny_model_dir: Path, tmp_path: Path
) -> None:
    first, again = tmp_path / "first", tmp_path / "again"
    first.mkdir()
    date = ("--date", "2025-01-02T03:04:05")
    ran = mmhnet("generate", film, "-m", tiny_model_dir, "--steps", 1, *date, "-o", first / "a.wav")
    assert ran.code == 0, ran.err
    bext = WavInfoReader(first / "a.wav").bext
    assert (bext.originator_date, bext.originator_time) == ("2025-01-02", "03:04:05")
    ran = mmhnet("generate", film, "--from-report", first / "a.json", "--output-dir", again, "-m", tiny_model_dir)
    assert ran.code == 0, ran.err
    assert (again / "a.wav").read_bytes() == (first / "a.wav").read_bytes()


def test_the_date_is_left_out_by_choice(mmhnet: RunCommand, film: Path, tiny_model_dir: Path, tmp_path: Path) -> None:
    wav = tmp_path / "a.wav"
    assert mmhnet("generate", film, "-m", tiny_model_dir, "--steps", 1, "--date", "none", "-o", wav).code == 0
    assert WavInfoReader(wav).bext.originator_date == ""
    assert mmhnet("generate", film, "--date", "yesterday").code == 2


@pytest.mark.slow
def test_a_timecode_in_doubt_is_said_everywhere(
    mmhnet: RunCommand, camera_film: Path, tiny_model_dir: Path, tmp_path: Path
) -> None:
    set_timecode(camera_film, 0, 1, 25, 1, 25)
    command = ("generate", camera_film, "-m", tiny_model_dir, "--steps", 1, "-o", tmp_path / "a.wav")
    plan = mmhnet(*command, "--dry-run", "--json")
    assert "drop-frame timecode exists" in plan.records[0]["warnings"]["timecode"][0]
    assert "The film's timecode is in doubt" in plan.err
    ran = mmhnet(*command, "--json")
    assert ran.code == 0, ran.err
    assert ran.records[0]["warnings"]["timecode"] == plan.records[0]["warnings"]["timecode"]
    assert "The sound carries no timecode" in (tmp_path / "a.json").read_text()


def test_a_range_is_refused_in_the_words_of_the_user(
    mmhnet: RunCommand, camera_film: Path, tiny_model_dir: Path
) -> None:
    command = ("generate", camera_film, "-m", tiny_model_dir)
    ran = mmhnet(*command, "--start", "01:18:00;02", "--end", "01:19:00;02")
    assert ran.code == 2
    assert "from 01:18:00;02 to 01:19:00;02 is not a part of the film" in ran.err
    assert "runs from 01:00:00;20 to 01:00:02;20" in ran.err
    ran = mmhnet(*command, "--start", "01:18:00;00")
    assert ran.code == 2
    assert "--start cannot be '01:18:00;00'" in ran.err
    ran = mmhnet(*command, "--start", "0", "--end", "0.00001")
    assert ran.code == 2
    assert "shorter than one picture" in ran.err
