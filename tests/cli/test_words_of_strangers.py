"""What comes from outside, names above all, reaches terminals, pipes and scripts as what it is and as nothing more."""

import io
import json
import os
import pty
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from rich.console import Console

from mmhnet_cli.cli._output import Output
from tests.cli.conftest import RunCommand
from tests.cli.test_batch_command import environment

FOLDER = "a \x1b]0;title\x07 b"


def test_codes_and_markup_in_names_stay_letters() -> None:
    output = Output()
    output.console.file = io.StringIO()
    output.error(":smile: [bold]x[/bold] \x1b[31m.mp4", ":fire:")
    assert output.console.file.getvalue() == "error: :smile: [bold]x[/bold] \ufffd[31m.mp4\n  :fire:\n"


WARNING = "Say it in a prompt; `mmhnet probe FILM --kinds` shows what is seen, and nothing unforeseeable  happens."


@pytest.mark.parametrize("columns", [60, 40, 12, 200])
def test_a_terminal_gets_lines_that_break_between_words(columns: int) -> None:
    output = Output()
    output.console = Console(file=io.StringIO(), force_terminal=True, width=columns, soft_wrap=True, color_system=None)
    output.warning(WARNING)
    lines = output.console.file.getvalue().splitlines()
    assert all(len(line) <= max(columns, len("  unforeseeable")) for line in lines)
    assert [word for line in lines for word in line.split()] == ["warning:", *WARNING.split()]
    assert len(lines) == 1 or all(len(line) + len(after.split()[0]) >= columns for line, after in pairwise(lines))
    path = "/films/" + "x" * 300 + "/a b.mp4"
    output.error(f"{path} is not there", path)
    assert "x" * 300 in output.console.file.getvalue(), "a path stays whole, and can be copied"


def test_a_pipe_gets_a_sentence_as_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    output = Output()
    output.console.file = io.StringIO()
    output.warning(WARNING)
    assert output.console.file.getvalue() == f"warning: {WARNING}\n"


def on_a_terminal(*arguments: str) -> bytes:
    """What a command writes on the standard output of a terminal."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "mmhnet_cli.cli.app", *arguments]
    run = subprocess.Popen(command, stdout=theirs, stderr=subprocess.PIPE, env=environment())
    os.close(theirs)
    said = b""
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:  # Linux' word for the end
            break
        if not part:
            break
        said += part
    os.close(ours)
    run.communicate()
    return said


@pytest.mark.processes
@pytest.mark.skipif(sys.platform == "win32", reason="terminals are those of POSIX")
def test_a_terminal_obeys_no_name_and_a_pipe_gets_it_whole(
    mmhnet: RunCommand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / FOLDER
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    said = on_a_terminal("config", "path")
    assert b"\x1b" not in said and b"\x07" not in said
    assert b"title" in said
    command = [sys.executable, "-m", "mmhnet_cli.cli.app", "config", "path"]
    piped = subprocess.run(command, capture_output=True, env=environment(), check=True).stdout
    assert Path(os.fsdecode(piped.rstrip(b"\n"))) == home / "mmhnet" / "mmhnet.toml"


def test_a_traceback_obeys_no_name(mmhnet: RunCommand) -> None:
    ran = mmhnet("probe", f"{FOLDER}.mp4", "--debug")
    assert ran.code == 4
    assert "Traceback" in ran.err
    assert "\x1b" not in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("generate", "--stpes", "3", "--json"),
        ("--json", "generate", "a.mp4", "--steps", "many"),
        ("batch", "--json"),
        ("generate", "a.mp4", "--seed", "x", "--json"),
        ("nothing", "--json"),
    ],
)
def test_a_wrong_command_line_is_json_as_well(mmhnet: RunCommand, arguments: tuple[str, ...]) -> None:
    ran = mmhnet(*arguments)
    assert ran.code == 2
    record, *others = ran.records
    assert (record["type"], record["exit_code"]) == ("error", 2)
    # What can be looked at all the same is told as well: there is no such film.
    assert [other["error"] for other in others] == ["FilmNotFound"] * ("a.mp4" in arguments)
    for problem in (record, *others):
        assert f"error: {problem['message']}" in ran.err.replace("\n", " ")
    assert mmhnet(*(argument for argument in arguments if argument != "--json")).out == ""


@pytest.mark.parametrize(("name", "value"), [("STEPS", "abc"), ("SEED", "x"), ("BITS", "8"), ("GUIDANCE", "1000")])
def test_a_variable_that_cannot_be_used_is_named(
    mmhnet: RunCommand, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"MMHNET_{name}", value)
    monkeypatch.setenv("MMHNET_TAKES", "0")
    ran = mmhnet("config", "show")
    assert ran.code == 2
    assert f"environment MMHNET_{name} cannot be '{value}'" in ran.err
    assert "environment MMHNET_TAKES" in ran.err
    assert "nforeseen" not in ran.err


@pytest.mark.parametrize("kind", ["pipe", "device", "large", "nested", "folder"])
def test_a_settings_file_is_a_file_of_a_bounded_size(mmhnet: RunCommand, kind: str) -> None:
    path = Path("settings.toml")
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        path.write_text("#" * 2_000_000 if kind == "large" else "steps = " + "[" * 100_000)
    ran = mmhnet("config", "show", "--config", path)
    assert ran.code == 2
    assert "the configuration file cannot be 'settings.toml'" in ran.err
    assert mmhnet("config", "show", "--config", os.devnull).code == 0


@pytest.mark.parametrize("change", [{"takes": 0}, {"takes": 10**30}, {"prompt": 5}, {"start": {}}, {"name": "\0"}])
def test_a_report_of_wrong_values_is_no_report(
    mmhnet: RunCommand, film: Path, tiny_model_dir: Path, change: dict[str, object]
) -> None:
    assert mmhnet("generate", film, "-m", tiny_model_dir, "--steps", "1", "-d", ".").code == 0
    path = Path(f"{film.stem}_mmhnet.json")
    report = json.loads(path.read_text())
    path.write_text(json.dumps({**report, "request": {**report["request"], **change}}))
    ran = mmhnet("generate", film, "--from-report", path, "-d", "again")
    assert ran.code == 4, ran.err
    [name] = change
    assert f"{path} is not a report to repeat: request.{name} cannot be" in ran.err
    assert "; it must be " in ran.err


def test_the_film_of_a_report_is_looked_for(mmhnet: RunCommand, film: Path, tiny_model_dir: Path) -> None:
    assert mmhnet("generate", film, "-m", tiny_model_dir, "--steps", "1", "-d", "sound").code == 0
    report = Path("sound", f"{film.stem}_mmhnet.json")
    ran = mmhnet("generate", "--from-report", report, "-d", "again", "-m", tiny_model_dir)
    assert ran.code == 4
    assert f"is not in {Path('sound').absolute()} or {Path.cwd()}" in ran.err
    ran = mmhnet("generate", film.parent, "--from-report", report, "-d", "again", "-m", tiny_model_dir)
    assert ran.code == 0, ran.err
    assert Path("again", f"{film.stem}_mmhnet.wav").read_bytes() == report.with_suffix(".wav").read_bytes()
