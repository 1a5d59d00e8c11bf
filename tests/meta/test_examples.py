"""Each script of `examples/` runs as a user would run it, with the model of the package."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile

from mmhnet_cli.media.probe import probe
from tests.conftest import MakeFilm

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
    assert sorted(path.name for path in (ROOT / "examples").glob("*.py")) == ["moviepy_bridge.py", "python_api.py"]


def test_python_api(film: Path, tmp_path: Path) -> None:
    said = run_example("python_api.py", film, tmp_path / "sound.wav", "rain")
    assert "LUFS" in said
    assert soundfile.info(tmp_path / "sound.wav").frames == 48000


def test_moviepy_bridge(film: Path, tmp_path: Path) -> None:
    run_example("moviepy_bridge.py", film, tmp_path / "out.mp4", "rain")
    info = probe(tmp_path / "out.mp4")
    assert abs(info.duration - 1) < 0.05
    assert [track.codec for track in info.audio] == ["aac"]
