import json
from pathlib import Path

import numpy as np
import pytest

from mmhnet_cli.media.audio_file import write_wav
from tests.cli.conftest import RunCommand
from tests.conftest import MakeFilm


def tone(path: Path, level_dbfs: float, seconds: float = 4.0) -> Path:
    """A mono sine of 997 Hz: its loudness is its level minus 3.01 dB for the sine (ITU-R BS.1770)."""
    time = np.arange(round(seconds * 48000)) / 48000
    write_wav(path, (10 ** (level_dbfs / 20) * np.sin(2 * np.pi * 997 * time))[None], 48000)
    return path


def test_probe(mmhnet: RunCommand, film: Path) -> None:
    [record] = mmhnet("probe", film, "--json").records
    assert record["frame_rate"] == "24000/1001"
    assert record["duration_s"] == "1001/500"
    assert (record["width"], record["height"], record["audio"]) == (96, 64, [])
    table = dict(line.split(maxsplit=1) for line in mmhnet("probe", film).out.splitlines())
    assert table["duration"] == "0:00:02.002 (2.002000 s)"
    assert table["frames"] == "48, 23.976 per second (24000/1001)"


def test_probe_shows_sound(mmhnet: RunCommand, make_film: MakeFilm) -> None:
    film = make_film("with_tone.mp4", audio="sine=duration=2:sample_rate=48000")
    assert "sound" in mmhnet("probe", film).out
    assert mmhnet("probe", film, "--json").records[0]["audio"][0]["sample_rate_hz"] == 48000


def test_probe_looks_at_the_pictures(mmhnet: RunCommand, make_film: MakeFilm) -> None:
    film = make_film("short.mp4", count=25, rate="25")
    [record] = mmhnet("probe", film, "--kinds", "--json").records
    assert (record["seen"][0]["start_s"], record["seen"][-1]["end_s"]) == (0.0, 1.0)
    for shot, after in zip(record["seen"], record["seen"][1:], strict=False):
        assert shot["end_s"] == after["start_s"]
    shares = [share for shot in record["seen"] for share in shot["kinds"].values()]
    assert all(0 < share <= 1 for share in shares)
    lines = [line for line in mmhnet("probe", film, "--kinds").out.splitlines() if line.startswith("shot ")]
    assert len(lines) == len(record["seen"])
    assert "seen" not in mmhnet("probe", film, "--json").records[0]


def test_measure(mmhnet: RunCommand, tmp_path: Path) -> None:
    path = tone(tmp_path / "tone.wav", -20)
    record, summary = mmhnet("measure", path, "--json").records
    assert record["integrated_lufs"] == pytest.approx(-23.0, abs=0.1)
    assert record["true_peak_dbtp"] == pytest.approx(-20.0, abs=0.1)
    assert summary == {"type": "summary", "inputs": 1, "failed": 0}
    header, row = mmhnet("measure", path).out.splitlines()
    assert header.split()[0] == "LUFS"
    assert row.split()[0] == "-23.0"


def test_silence_is_null(mmhnet: RunCommand, tmp_path: Path) -> None:
    write_wav(tmp_path / "silence.wav", np.zeros((1, 48000)), 48000)
    record, _ = mmhnet("measure", tmp_path / "silence.wav", "--json").records
    assert record["integrated_lufs"] is None
    assert record["true_peak_dbtp"] is None
    assert record["silent"] is True


def test_check_against_a_target(mmhnet: RunCommand, tmp_path: Path) -> None:
    good, quiet = tone(tmp_path / "good.wav", -20), tone(tmp_path / "quiet.wav", -26)
    assert mmhnet("measure", good, "--check", "ebu").code == 0
    ran = mmhnet("measure", good, quiet, "--check", "ebu", "--json")
    assert ran.code == 8
    assert [record.get("passed") for record in ran.records[:2]] == [True, False]
    assert "quiet.wav misses its target: found -29.0" in ran.err
    assert mmhnet("measure", quiet, "--check", "ebu", "--tolerance", "6.5").code == 0
    assert mmhnet("measure", quiet, "--check", "-29").code == 0
    assert mmhnet("measure", tone(tmp_path / "peak.wav", -0.5), "--check", "-3.5", "--tolerance", "9").code == 2


def test_true_peak_above_the_ceiling(mmhnet: RunCommand, tmp_path: Path) -> None:
    ran = mmhnet("measure", tone(tmp_path / "peak.wav", -0.5), "--check", "-5", "--tolerance", "9")
    assert ran.code == 8
    assert "dBTP" in ran.err


def test_measure_goes_on_after_a_bad_file(mmhnet: RunCommand, tmp_path: Path) -> None:
    good = tone(tmp_path / "good.wav", -20)
    ran = mmhnet("measure", tmp_path / "none.wav", good)
    assert ran.code == 4
    assert "good.wav" in ran.out


def test_doctor(mmhnet: RunCommand) -> None:
    checks = {record["name"]: record for record in mmhnet("doctor", "--json").records}
    assert {"mmhnet", "Python", "PyTorch", "cuda", "cpu", "mamba-ssm", "ffmpeg", "disk", "cache"} <= set(checks)
    assert {"model mini", "model s-16k", "model s-44k", "model l-44k"} <= set(checks)
    assert checks["ffmpeg"]["ok"] is True
    assert len(mmhnet("doctor").out.splitlines()) == len(checks)


def test_doctor_names_a_wrong_ffmpeg(mmhnet: RunCommand, tmp_path: Path) -> None:
    checks = {r["name"]: r for r in mmhnet("doctor", "--json", "--ffmpeg", tmp_path / "none").records}
    assert checks["ffmpeg"]["ok"] is False
    assert "none" in checks["ffmpeg"]["detail"]


def test_version(mmhnet: RunCommand) -> None:
    from mmhnet_cli import __version__

    assert mmhnet("--version").out == f"mmhnet {__version__}\n"


def test_no_command_shows_the_help(mmhnet: RunCommand) -> None:
    ran = mmhnet()
    assert ran.code == 2
    assert "generate" in ran.out


def test_json_has_no_line_that_is_not_json(mmhnet: RunCommand, film: Path) -> None:
    for command in (("probe", film), ("doctor",), ("config", "show"), ("config", "path")):
        ran = mmhnet(*command, "--json")
        assert ran.code == 0
        assert [json.loads(line)["type"] for line in ran.out.splitlines()]
        assert ran.err == ""
