"""The recipe of CONTRIBUTING.md for a setting: one annotated field is all of it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer

from mmhnet_cli.cli._options import taking
from mmhnet_cli.cli._session import Session, command
from mmhnet_cli.cli._settings import FileValue, resolve, template
from mmhnet_cli.errors import BadOption
from mmhnet_cli.fields import Within
from mmhnet_cli.options import GenerateRequest
from mmhnet_cli.options.choice import Choice
from mmhnet_cli.options.panels import SAMPLING
from mmhnet_cli.options.table import columns_of
from mmhnet_cli.options.tree import filled, options_of
from mmhnet_cli.pipeline.asking.checked import checked_fields
from mmhnet_cli.pipeline.asking.report_file import request_facts
from mmhnet_cli.pipeline.batch.manifest import read_manifest


@dataclass(frozen=True)
class Warm(GenerateRequest):
    warmth: Annotated[float, Within(0.0, 1.0), Choice("--warmth", SAMPLING, "How warm it is.")] = 0.5


OPTIONS = options_of(Warm)
EXPECTED = "a number from 0 to 1"


def run(*arguments: str) -> tuple[int, list[Any]]:
    """Exit code of a command that takes the options, and what it was told: value and origin."""
    told: list[Any] = []

    @taking(OPTIONS)
    def make(session: Session, **values: Any) -> None:
        told.append((values["warmth"], session.settings["warmth"].origin))

    app = typer.Typer()
    app.command()(command(make))
    return app(args=list(arguments), standalone_mode=False) or 0, told


@pytest.fixture(autouse=True)
def own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("platformdirs.user_config_path", lambda name: tmp_path / name)
    monkeypatch.delenv("MMHNET_WARMTH", raising=False)
    monkeypatch.chdir(tmp_path)


def test_an_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == (0, [(0.5, "default")])
    assert run("--warmth", "0.25") == (0, [(0.25, "option --warmth")])
    assert run("--warmth", "2") == (2, [])
    assert f"--warmth cannot be '2'; it must be {EXPECTED}." in " ".join(capsys.readouterr().err.split())
    run("--help")
    help_text = capsys.readouterr().out
    assert "How warm it is." in help_text
    assert "MMHNET_WARMTH" in help_text


def test_a_variable(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("MMHNET_WARMTH", "1")
    assert run() == (0, [(1.0, "environment MMHNET_WARMTH")])
    monkeypatch.setenv("MMHNET_WARMTH", "hot")
    assert run() == (2, [])
    said = " ".join(capsys.readouterr().err.split())
    assert f"environment MMHNET_WARMTH cannot be 'hot'; it must be {EXPECTED}." in said


def test_a_line_of_a_settings_file() -> None:
    assert "# warmth = 0.5\n" in template(OPTIONS)
    path = Path("mmhnet.toml")
    settings, problems = resolve(OPTIONS, {}, {"warmth": FileValue(0.75, path)})
    assert (settings["warmth"].value, settings["warmth"].origin, problems) == (0.75, "mmhnet.toml", [])
    _, problems = resolve(OPTIONS, {}, {"warmth": FileValue(7, path)})
    assert problems == [BadOption("warmth in mmhnet.toml", "7", EXPECTED)]


def test_a_column(tmp_path: Path) -> None:
    (tmp_path / "films.csv").write_text("film;warmth\na.mp4;0,25\n")
    [row], problems = read_manifest(tmp_path / "films.csv", columns=columns_of(OPTIONS))
    assert (dict(row.options), problems) == ({"warmth": "0.25"}, [])


def test_a_value_of_request_and_report() -> None:
    values = {name: option.default for name, option in OPTIONS.items()}
    request = filled(Warm, {**values, "warmth": 0.75}, film=Path("a.mp4"), stems=())
    assert request == Warm(Path("a.mp4"), warmth=0.75)
    facts = json.loads(json.dumps(request_facts(request, Path())))
    assert facts.pop("originated") is None
    assert Warm(Path("a.mp4"), **checked_fields(Warm, facts)) == request
    with pytest.raises(BadOption) as caught:
        checked_fields(Warm, {**facts, "warmth": 7})
    assert caught.value == BadOption("warmth", "7", EXPECTED)
    # A report from before the setting has its default.
    del facts["warmth"]
    assert Warm(Path("a.mp4"), **checked_fields(Warm, facts)) == Warm(Path("a.mp4"))
