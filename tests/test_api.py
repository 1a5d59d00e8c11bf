"""The names for Python: what the command makes, in memory; and every example of `docs/python.md`."""

import inspect
import os
import re
import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile

from mmhnet_cli import api
from mmhnet_cli.errors import BadRange, FilmNotFound, UnknownModel
from tests.conftest import MakeFilm
from tests.tiny_model import write_tiny_model

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def run(*arguments: object, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=folder)


@pytest.fixture(scope="module")
def tiny_model_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="module")
def model(tiny_model_dir: Path) -> api.LoadedModel:
    return api.load_model(str(tiny_model_dir), "cpu")


@pytest.mark.processes
def test_the_sound_is_that_of_the_command(
    make_film: MakeFilm, model: api.LoadedModel, tiny_model_dir: Path, tmp_path: Path
) -> None:
    film, output = make_film("film.mp4", count=50, rate="25"), tmp_path / "sound.wav"
    options = ("--model", tiny_model_dir, "--device", "cpu", "--steps", 3, "--seed", 5, "--start", 0.2, "--end", 1.7)
    ran = run("-m", "mmhnet_cli", "generate", film, "-p", "rain", "-o", output, "--bits", "32f", *options)
    assert ran.returncode == 0, ran.stderr
    sound = api.generate(film, "rain", model=model, start=0.2, end=1.7, seed=5, steps=3)
    written, rate_hz = soundfile.read(output, dtype="float32", always_2d=True)
    assert (sound.rate_hz, sound.samples.shape, sound.samples.dtype) == (rate_hz, (1, 72000), np.float32)
    assert np.array_equal(sound.samples, written.T)
    assert not list(film.parent.glob("*mmhnet*"))


@pytest.mark.slow
def test_pictures_in_memory(model: api.LoadedModel) -> None:
    frames = np.random.default_rng(0).integers(0, 255, (30, 36, 64, 3), dtype=np.uint8)
    film = api.Pictures(frames, Fraction(30000, 1001))
    choices = {"model": model, "steps": 2, "rate_hz": 44100, "loudness": "off"}
    whole, again = (api.generate(film, "rain", **choices).samples for _ in range(2))
    assert whole.shape == (1, round(30 * 1001 / 30000 * 44100))
    assert np.array_equal(whole, again)
    black = api.generate(api.Pictures(0 * frames, film.fps), "rain", **choices)
    assert not np.array_equal(whole, black.samples)
    assert api.generate(film, model=model, start=0.25, end=0.5, steps=1).samples.shape == (1, 12000)
    for wrong in ({"start": "00:00:00:01"}, {"end": 2.0}, {"start": 0.5, "end": 0.5}):
        with pytest.raises(ValueError, match=r"timecode|no part"):
            api.generate(film, model=model, **wrong)


def test_problems_are_those_of_the_program(make_film: MakeFilm, model: api.LoadedModel, tmp_path: Path) -> None:
    with pytest.raises(FilmNotFound):
        api.probe(tmp_path / "none.mp4")
    with pytest.raises(UnknownModel):
        api.load_model("none")
    with pytest.raises(BadRange):
        api.generate(make_film("film.mp4", count=25, rate="25"), model=model, end=2)


def test_every_name_has_a_section_and_an_example() -> None:
    functions = {name for name in api.__all__ if inspect.isfunction(getattr(api, name))}
    assert set(re.findall(r"^## (\w+)$", PAGE, re.MULTILINE)) == functions
    for name in functions:
        assert any(f"api.{name}(" in example for example in EXAMPLES), name
    for name in inspect.signature(api.generate).parameters:
        assert f"`{name}`" in PAGE, name


@pytest.mark.processes
def test_the_examples_of_the_page(tmp_path: Path) -> None:
    shutil.copy(ROOT / "examples" / "rain_street.mp4", tmp_path / "street.mp4")
    (tmp_path / "page.py").write_text("\n".join(EXAMPLES), encoding="utf-8")
    ran = run("page.py", folder=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("mini Apache-2.0\n(1, 72000) 48000\n")
    assert {path.name for path in tmp_path.iterdir()} == {"street.mp4", "page.py"}


@pytest.mark.processes
def test_the_package_itself_loads_nothing() -> None:
    ran = run("-c", "import sys, mmhnet_cli; assert not {'torch', 'numpy', 'typer'} & set(sys.modules)")
    assert ran.returncode == 0, ran.stderr


@pytest.mark.processes
def test_the_package_is_a_program() -> None:
    ran = run("-m", "mmhnet_cli", "--version")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.strip()
