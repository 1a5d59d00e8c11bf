"""Command lines run in this process, away from the settings of whoever runs the tests."""

import functools
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer.main

from mmhnet_cli.cli.app import main
from tests.tiny_model import tiny_model_dir

__all__ = ["tiny_model_dir"]


@dataclass(frozen=True)
class Ran:
    """Exit code and the two streams of a command."""

    code: int
    out: str
    err: str

    @property
    def records(self) -> list[dict[str, Any]]:
        """stdout as JSON lines; the reader refuses NaN and Infinity, which are not JSON."""
        return [json.loads(line, parse_constant=_refuse) for line in self.out.splitlines()]


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


RunCommand = Callable[..., Ran]


@pytest.fixture(scope="session", autouse=True)
def _one_tree_of_commands() -> Iterator[None]:
    """Typer builds all commands for each line; of the same functions it builds the same."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("typer.main.get_command", functools.cache(typer.main.get_command))
        yield


@pytest.fixture(autouse=True)
def own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No environment variables, no files of the user, a working folder of the test's own."""
    for name in list(os.environ):
        if name.startswith("MMHNET_"):
            monkeypatch.delenv(name)
    monkeypatch.setattr("platformdirs.user_config_path", lambda name: tmp_path / "user" / name)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("COLUMNS", "100")


@pytest.fixture
def mmhnet(capfd: pytest.CaptureFixture[str]) -> RunCommand:
    """Run one command line."""

    def run(*arguments: object) -> Ran:
        capfd.readouterr()
        code = main([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        return Ran(code, out, err)

    return run


@pytest.fixture
def film(make_film: Callable[..., Path]) -> Path:
    """48 pictures at 24000/1001 per second: 2.002 s."""
    return make_film("rate2398.mp4", count=48, rate="24000/1001")
