"""What the user has is not lost, whatever happens: real runs, real signals, streams that cannot be written."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mmhnet_cli.pipeline.delivery.lock import output_lock
from tests.cli.conftest import RunCommand
from tests.conftest import MakeFilm

pytestmark = pytest.mark.processes

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals, links and devices are those of POSIX")
linux = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")


@pytest.fixture
def here(make_film: MakeFilm) -> Path:
    """A film of half a second in the working folder."""
    path = Path("street.mp4")
    path.write_bytes(make_film("half.mp4", count=12).read_bytes())
    return path


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "OMP_NUM_THREADS": "1"}


def line(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "mmhnet_cli.cli.app", *map(str, arguments)]


def names() -> set[str]:
    return {path.name for path in Path().iterdir()}


def test_names_that_look_temporary_are_the_user_s(mmhnet: RunCommand, here: Path, tiny_model_dir: Path) -> None:
    film = here.rename("scene.part.mp4")
    theirs = ("scene.part.wav", "scene.part.json", "scene.part.mp4.wav")
    for name in theirs:
        Path(name).write_bytes(b"precious")
    before = film.read_bytes()
    ran = mmhnet("generate", film, "-m", tiny_model_dir, "--steps", "1", "-o", "scene.mp4", "-o", "scene.wav")
    assert ran.code == 0, ran.err
    assert film.read_bytes() == before
    assert {Path(name).read_bytes() for name in theirs} == {b"precious"}
    assert names() == {"scene.part.mp4", *theirs, "scene.mp4", "scene.wav", "scene.json", "scene.latents"}
    # Nor is such a film passed over in a folder.
    plan = mmhnet("batch", ".", "-m", tiny_model_dir, "--glob", "*.part.mp4", "--dry-run", "--json")
    assert [record["film"] for record in plan.records] == ["scene.part.mp4"]


@posix
@pytest.mark.parametrize("link", [os.link, os.symlink])
def test_the_film_by_another_name_is_no_output(
    mmhnet: RunCommand, here: Path, tiny_model_dir: Path, link: Callable[[str, str], None]
) -> None:
    before = here.read_bytes()
    link("street.mp4", "other.mp4")
    ran = mmhnet("generate", here, "-m", tiny_model_dir, "--steps", "1", "-o", "other.mp4", "--force")
    assert ran.code == 2
    assert "another file than the film itself" in ran.err
    assert (here.read_bytes(), names()) == (before, {"street.mp4", "other.mp4"})


@posix
def test_no_input_of_a_batch_is_an_output_of_it(mmhnet: RunCommand, here: Path, tiny_model_dir: Path) -> None:
    Path("second.mp4").write_bytes(here.read_bytes())
    os.link("second.mp4", "alias.mp4")
    rows = [{"film": "street.mp4", "output": ["alias.mp4"]}, {"film": "second.mp4"}]
    Path("films.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    before = {path: path.read_bytes() for path in map(Path, sorted(names()))}
    command = ("batch", "films.jsonl", "-m", tiny_model_dir, "--steps", "1", "--on-exists", "overwrite", "--json")
    ran = mmhnet(*command)
    assert ran.code == 3
    assert "alias.mp4" in ran.err
    assert "an input of this run" in ran.err
    assert {path: path.read_bytes() for path in before} == before
    for name in ("second_mmhnet.json", "second_mmhnet.wav"):
        Path(name).unlink()
    journal = mmhnet(*command, "--journal", "second_mmhnet.json")
    assert journal.code == 3
    assert "--journal cannot be 'second_mmhnet.json'" in journal.err


@posix
@pytest.mark.parametrize("make", [lambda path: path.symlink_to("rc"), os.mkfifo, lambda path: os.link("rc", path)])
def test_a_journal_that_is_none_stays_as_it_is(
    mmhnet: RunCommand, here: Path, tiny_model_dir: Path, make: Callable[[Path], None]
) -> None:
    Path("rc").write_text("alias ls='ls -l'\n")
    make(Path("log"))
    for journal in ("log", "street.mp4"):
        ran = mmhnet("batch", here, "-m", tiny_model_dir, "--steps", "1", "--journal", journal)
        assert ran.code == 7, ran.err
        assert f"{journal} cannot be written" in ran.err
    assert Path("rc").read_text() == "alias ls='ls -l'\n"
    assert names() == {"street.mp4", "rc", "log"}


def test_a_run_that_finds_the_output_held_says_by_whom(mmhnet: RunCommand, here: Path, tiny_model_dir: Path) -> None:
    command = ("generate", here, "-m", tiny_model_dir, "--steps", "1", "-o", "a.wav")
    with output_lock(Path("a.json")):
        ran = mmhnet(*command)
        batch = mmhnet(*command, "-o", "b.wav")
    assert ran.code == batch.code == 7
    assert f"a.json is being written by another run of mmhnet (process {os.getpid()} on " in ran.err
    assert names() == {"street.mp4"}
    assert mmhnet(*command).code == 0


@posix
def test_pairs_on_one_output(here: Path, tiny_model_dir: Path) -> None:
    for number in range(2):
        command = line("generate", here, "-m", tiny_model_dir, "--steps", "50", "-o", f"{number}.mp4", "-q")
        pair = [
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment())
            for _ in range(2)
        ]
        said = [run.communicate(timeout=120) for run in pair]
        codes = sorted(run.returncode for run in pair)
        assert codes == [0, 7], said
        [error] = [err for run, (_, err) in zip(pair, said, strict=True) if run.returncode]
        assert "is being written by another run of mmhnet (process" in error or "is already there" in error
    subprocess.run(
        line("generate", here, "-m", tiny_model_dir, "--steps", "50", "-o", "alone.mp4", "-q"),
        check=True,
        stdout=subprocess.DEVNULL,
        env=environment(),
    )
    for number in range(2):
        assert Path(f"{number}.mp4").read_bytes() == Path("alone.mp4").read_bytes()
    assert names() == {
        "street.mp4",
        *(f"{name}.{end}" for name in ("0", "1", "alone") for end in ("mp4", "json", "latents")),
    }


@posix
def test_a_film_that_cannot_be_made_costs_no_sound(
    mmhnet: RunCommand, here: Path, tiny_model_dir: Path, tmp_path: Path
) -> None:
    # It says its version, and fails at everything else.
    program = tmp_path / "ffmpeg"
    program.write_text(
        "#!/bin/sh\ncase \"$*\" in *-version*) echo 'ffmpeg version 8.0'; echo 'libavformat 62. 3.100';; "
        "*) echo 'no such luck' >&2; exit 1;; esac\n"
    )
    program.chmod(0o755)
    command = ("generate", here, "-m", tiny_model_dir, "--steps", "1", "-o", "a.mov", "-o", "a.wav", "-o", "a.mkv")
    ran = mmhnet(*command, "--ffmpeg", program)
    assert ran.code == 7
    assert ran.out == "a.wav\na.json\n"
    assert "a.mov was not made: ffmpeg could not remux (status 1): no such luck" in ran.err
    assert "a.mkv was not made" in ran.err
    assert "What is done stays: a.wav, a.json." in ran.err
    assert names() == {"street.mp4", "a.wav", "a.json", "a.latents"}
    report = json.loads(Path("a.json").read_text())
    assert [file["file"] for file in report["takes"][0]["files"]] == ["a.wav"]
    sound, made = Path("a.wav").read_bytes(), Path("a.wav").stat().st_mtime_ns
    again = mmhnet(*command, "--on-exists", "skip")
    assert again.code == 0, again.err
    assert (Path("a.wav").read_bytes(), Path("a.wav").stat().st_mtime_ns) == (sound, made)
    report = json.loads(Path("a.json").read_text())
    assert [file["file"] for file in report["takes"][0]["files"]] == ["a.wav", "a.mov", "a.mkv"]

    rows = [{"film": "street.mp4", "output": ["b.wav", "b.mov"]}]
    Path("films.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    batch = ("batch", "films.jsonl", "-m", tiny_model_dir, "--steps", "1", "--json")
    failed = mmhnet(*batch, "--ffmpeg", program)
    assert failed.code == 3
    assert (failed.records[0]["status"], failed.records[0]["outputs"]) == ("failed", ["b.wav", "b.json"])
    made = Path("b.wav").stat().st_mtime_ns
    assert mmhnet(*batch).code == 0
    assert Path("b.wav").stat().st_mtime_ns == made
    assert Path("b.mov").is_file()


@posix
@pytest.mark.parametrize("what", ["generate", "batch"])
def test_the_end_of_a_terminal_leaves_nothing(here: Path, tiny_model_dir: Path, what: str) -> None:
    command = line(what, here, "-m", tiny_model_dir, "--steps", "1000", "--progress", "json")
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(), start_new_session=True
    ) as run:
        assert run.stderr is not None
        said = next(text for text in run.stderr if '"sample"' in text or '"worker 1"' in text or "rror" in text)
        assert "rror" not in said
        # As a terminal does it: to all processes, twice, and whatever is printed from now on is lost.
        run.stderr.close()
        os.killpg(run.pid, signal.SIGHUP)
        os.killpg(run.pid, signal.SIGHUP)
    assert run.returncode == 128 + signal.SIGHUP
    assert names() == {"street.mp4"} | ({"mmhnet-batch.jsonl"} if what == "batch" else set())


@posix
def test_nohup_is_heeded(here: Path, tiny_model_dir: Path) -> None:
    run = subprocess.Popen(
        line("generate", here, "-m", tiny_model_dir, "--steps", "20", "--progress", "json"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    )
    assert run.stderr is not None
    next(text for text in run.stderr if '"sample"' in text)
    run.send_signal(signal.SIGHUP)
    out, err = run.communicate(timeout=120)
    assert (run.returncode, out.split()) == (0, ["street_mmhnet.wav", "street_mmhnet.json"]), err


@linux
@pytest.mark.parametrize(
    ("redirection", "code", "said"),
    [
        (">/dev/full", 7, "The results could not be printed: standard output cannot be written (No space left"),
        (">&-", 0, ""),
        ("2>/dev/full", 0, ""),
        ("2>&-", 0, ""),
        (">&- 2>&- <&-", 0, ""),
        ("| head -0", 0, ""),
    ],
)
@pytest.mark.parametrize("what", ["generate", "batch"])
def test_streams_that_cannot_be_written_cost_nothing(
    here: Path, tiny_model_dir: Path, redirection: str, code: int, said: str, what: str
) -> None:
    command = " ".join(line(what, here, "-m", tiny_model_dir, "--steps", "1", "--progress", "plain"))
    script = f"set -o pipefail; {command} {redirection}"
    ran = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, check=False, timeout=120, env=environment()
    )
    assert ran.returncode == code, ran.stderr
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr
    assert "Exception ignored" not in ran.stderr
    assert {"street_mmhnet.wav", "street_mmhnet.json"} < names()
    assert Path("street_mmhnet.wav").read_bytes()[:4] == b"RIFF"


@linux
@pytest.mark.parametrize(("redirection", "code"), [(">/dev/full", 7), (">&-", 0), ("| head -0", 0)])
@pytest.mark.parametrize("what", ["--version", "--help", "config show", "weights list"])
def test_short_answers_nobody_hears(redirection: str, code: int, what: str) -> None:
    script = f"set -o pipefail; {' '.join(line(what))} {redirection}"
    ran = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False, env=environment())
    # Of a pipe that broke under its help or version text, click itself says 1.
    codes = {code, 1} if "head" in redirection and what.startswith("--") else {code}
    assert ran.returncode in codes, ran.stderr
    assert "Traceback" not in ran.stderr
    assert "Exception ignored" not in ran.stderr
