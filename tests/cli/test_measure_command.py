import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile

from mmhnet_cli.media.audio_file import write_wav
from tests.audio.signals import sequence, tone
from tests.cli.conftest import RunCommand
from tests.conftest import RunFfmpeg


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    """Where a test writes its sound."""
    return tmp_path / "sound.wav"


def write(path: Path, samples: np.ndarray) -> Path:
    write_wav(path, samples, 48000)
    return path


@pytest.mark.parametrize(
    ("lufs", "check", "tolerance", "code"),
    [
        (-23.9, "ebu", None, 0),
        (-24.1, "ebu", None, 8),
        (-23.9, "ebu", 0.2, 8),
        (-23.1, "ebu", 0.2, 0),
        (-23.9, "ebu-short", None, 0),
        (-25.9, "atsc", None, 0),
        (-26.1, "atsc", None, 8),
        (-25.9, "netflix-effects", None, 0),
        (-25.9, "netflix-effects", 1, 8),
        (-22.1, "netflix-effects", None, 0),
        (-16.9, "apple", None, 0),
        (-14.9, "web", None, 0),
        (-12.9, "web", None, 8),
        (-18.9, "-18", None, 0),
        (-19.1, "-18", None, 8),
        (-40, "off", None, 0),
    ],
)
def test_each_preset_brings_its_tolerance(
    mmhnet: RunCommand, wav: Path, lufs: float, check: str, tolerance: float | None, code: int
) -> None:
    own = () if tolerance is None else ("--tolerance", tolerance)
    assert mmhnet("measure", write(wav, tone(lufs, 2)), "--check", check, *own).code == code


@pytest.mark.slow
def test_short_term_of_ebu_short(mmhnet: RunCommand, wav: Path) -> None:
    write(wav, sequence((-60, 6), (-22, 17), (-17, 3.5)))
    assert mmhnet("measure", wav, "--check", "-21").code == 0
    ran = mmhnet("measure", wav, "--check", "ebu-short", "--tolerance", "3", "--json")
    assert ran.code == 8
    assert ran.records[0]["short_term_max_lufs"] == pytest.approx(-17, abs=0.1)
    assert ran.records[0]["passed"] is False
    assert "LUFS in its loudest 3 s, expected at most -18 LUFS" in ran.err


def test_off_checks_the_true_peak(mmhnet: RunCommand, wav: Path) -> None:
    ran = mmhnet("measure", write(wav, tone(-0.5, 2)), "--check", "off")
    assert ran.code == 8
    assert "found -0.50 dBTP, expected at most -1 dBTP" in ran.err


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.01, 0.39, 2.9, 61.0])
def test_what_has_no_number_is_null(mmhnet: RunCommand, wav: Path, seconds: float) -> None:
    record, _ = mmhnet("measure", write(wav, tone(-23, seconds)), "--json").records
    assert (record["integrated_lufs"] is None) == (seconds < 0.4)
    assert (record["momentary_max_lufs"] is None) == (seconds < 0.4)
    assert (record["short_term_max_lufs"] is None) == (seconds < 3)
    assert (record["range_lu"] is None) == (seconds < 60)
    assert record["reliable"] == (seconds >= 3)
    assert record["true_peak_dbtp"] is not None


def test_too_short_and_silent_files_miss_any_target(mmhnet: RunCommand, wav: Path) -> None:
    for samples in (tone(-23, 0.3), np.zeros((1, 48000))):
        ran = mmhnet("measure", write(wav, samples), "--check", "ebu")
        assert ran.code == 8
        assert "no measurable loudness" in ran.err


def test_what_cannot_be_measured_is_said(mmhnet: RunCommand, tmp_path: Path) -> None:
    quad, broken, good = (tmp_path / name for name in ("quad.wav", "broken.wav", "good.wav"))
    soundfile.write(quad, np.zeros((48000, 4)), 48000)
    soundfile.write(broken, np.full((48000, 1), np.nan), 48000, subtype="FLOAT")
    ran = mmhnet("measure", quad, broken, write(good, tone(-23, 2)))
    assert ran.code == 4
    assert "4" in ran.err
    assert "finite" in ran.err
    assert "good.wav" in ran.out


@pytest.mark.slow
def test_much_sound_in_a_small_file_takes_little_memory(
    mmhnet: RunCommand, run_ffmpeg_program: RunFfmpeg, wav: Path
) -> None:
    """A minute of silence in eight channels: 92 MB when it is decoded."""
    small = wav.with_suffix(".flac")
    run_ffmpeg_program("-f", "lavfi", "-i", "anullsrc=cl=7.1:r=48000", "-t", "60", "-c:a", "flac", small)
    assert small.stat().st_size < 500_000
    assert mmhnet("measure", write(wav, tone(-20, 1))).code == 0  # so that what is imported is not counted
    tracemalloc.start()
    try:
        assert mmhnet("measure", small).code == 0
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 40e6
