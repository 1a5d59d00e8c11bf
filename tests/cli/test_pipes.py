"""Sounds and lists through pipes: what goes in and comes out is what files would have."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import RunCommand

pytestmark = pytest.mark.processes
FEW = ("--steps", "2", "--date", "none", "--keep", "off")


@pytest.fixture
def here(film: Path) -> Path:
    path = Path("street.mp4")
    path.write_bytes(film.read_bytes())
    return path


def run(*arguments: object, **more: object) -> "subprocess.CompletedProcess[bytes]":
    command = [sys.executable, "-m", "mmhnet_cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False, **more)  # type: ignore[call-overload,no-any-return]


def test_the_sound_on_standard_output_is_that_of_the_file(mmhnet: RunCommand, here: Path, tiny_model_dir: Path) -> None:
    asked = ("generate", here, "-m", tiny_model_dir, *FEW)
    assert mmhnet(*asked, "-o", "a.wav").code == 0
    piped = run(*asked, "-o", "-")
    assert piped.returncode == 0, piped.stderr
    assert piped.stdout == Path("a.wav").read_bytes()
    assert b"stdout.wav: 2.002 s" in piped.stderr
    assert run(*asked, "-o", "-", "-q").stderr == b""
    assert {path.name for path in Path().iterdir()} == {"street.mp4", "a.wav", "a.json"}, "nothing else is left"


def test_a_reader_that_has_enough_ends_it_quietly(here: Path, tiny_model_dir: Path) -> None:
    command = [sys.executable, "-m", "mmhnet_cli", "generate", here, "-m", tiny_model_dir, *FEW, "-o", "-", "-q"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read(4) == b"RIFF"
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("-o", "b.wav"), "a pipe takes one sound"),
        (("--takes", "2"), "a pipe takes one sound"),
        (("--stem", "fx=rain"), "no place in a pipe"),
        (("--json",), "standard output is for the sound"),
    ],
)
def test_what_a_pipe_cannot_take(
    mmhnet: RunCommand, here: Path, tiny_model_dir: Path, more: tuple[str, ...], said: str
) -> None:
    ran = mmhnet("generate", here, "-m", tiny_model_dir, *FEW, "-o", "-", *more)
    assert ran.code == 2
    assert said in ran.err
    assert [path.name for path in Path().iterdir()] == ["street.mp4"]


def test_a_film_that_cannot_be_read_leaves_the_pipe_empty(tiny_model_dir: Path) -> None:
    Path("a.mp4").write_text("no film")
    ran = run("generate", "a.mp4", "-m", tiny_model_dir, "-o", "-")
    assert (ran.returncode, ran.stdout) == (4, b"")


def test_names_of_films_come_through_a_pipe(film: Path, tiny_model_dir: Path) -> None:
    Path("reels").mkdir()
    for name in ("a b.mp4", "c.mp4"):
        (Path("reels") / name).write_bytes(film.read_bytes())
    asked = ("batch", "-", "-m", tiny_model_dir, "--jobs", "1", *FEW, "-d", "sound")
    ran = run(*asked, input=b"reels/a b.mp4\0reels/c.mp4\0")
    assert ran.returncode == 0, ran.stderr
    assert {path.name for path in Path("sound").glob("*.wav")} == {"a b_mmhnet.wav", "c_mmhnet.wav"}
    Path("list.txt").write_text("reels\n")
    again = run("batch", "--input-list", "list.txt", *asked[2:], "-n")
    assert again.stdout.count(b"done") == 2, again.stdout + again.stderr
    nothing = run(*asked, stdin=subprocess.DEVNULL)
    assert (nothing.returncode, nothing.stdout) == (2, b"")
    assert b"there is none" in nothing.stderr
