"""Each script of `examples/` runs as a user would run it, with the model of the package."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile

from mmhnet_cli.media.probe import probe
from tests.conftest import MakeFilm, RunFfmpeg

pytestmark = pytest.mark.processes

ROOT = Path(__file__).parents[2]


@pytest.fixture
def film(make_film: MakeFilm) -> Path:
    return make_film("example.mp4", count=25, rate="25")


def run_example(name: str, *arguments: object) -> str:
    ran = subprocess.run(
        [sys.executable, ROOT / "examples" / name, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_every_script_has_a_test() -> None:
    assert sorted(path.name for path in (ROOT / "examples").glob("*.py")) == [
        "moviepy_bridge.py",
        "one_job.py",
        "python_api.py",
    ]


def test_python_api(film: Path, tmp_path: Path) -> None:
    said = run_example("python_api.py", film, tmp_path / "sound.wav", "rain")
    assert "LUFS" in said
    assert soundfile.info(tmp_path / "sound.wav").frames == 48000


def test_moviepy_bridge(film: Path, tmp_path: Path) -> None:
    run_example("moviepy_bridge.py", film, tmp_path / "out.mp4", "rain")
    info = probe(tmp_path / "out.mp4")
    assert abs(info.duration - 1) < 0.05
    assert [track.codec for track in info.audio] == ["aac"]


def test_one_job(run_ffmpeg_program: RunFfmpeg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a film of three shots with timecode."""
    reel, work = tmp_path / "reel.mov", tmp_path / "work"
    shots = ("testsrc=s=96x64:r=25:d=0.6", "mandelbrot=s=96x64:r=25", "smptebars=s=96x64:r=25:d=0.6")
    graph = "[1:v]trim=duration=0.6[b];[0:v][b][2:v]concat=n=3:v=1[v]"
    inputs = [word for shot in shots for word in ("-f", "lavfi", "-i", shot)]
    said = ["-map", "[v]", "-pix_fmt", "yuv420p", "-timecode", "01:00:00:00"]
    run_ffmpeg_program(*inputs, "-filter_complex", graph, *said, reel)
    monkeypatch.setenv("MMHNET_STEPS", "1")
    said_by_it = run_example("one_job.py", reel, work)
    names = {path.name for path in work.iterdir()}
    assert {"cues.csv", "reel_mmhnet_t01.wav", "reel_mmhnet.wav", "reel_mmhnet_t01_redo.wav"} <= names
    assert {"reel_mmhnet.rpp", "reel_mmhnet_poly.wav", "reel_mmhnet_tracks.mov", "shot.mov"} <= names
    assert any(name.endswith("_001_opening_t01.wav") for name in names)
    assert str(probe(work / "shot.mov").timecode.start) == str(probe(reel).timecode.start) == "01:00:00:00"
    assert [name for name in names if name.startswith(".")] == []
    if "There is no playwright or no Chromium here" not in said_by_it:
        assert (work / "page.png").read_bytes().startswith(b"\x89PNG")
