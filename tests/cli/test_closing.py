"""The closing lines of a batch: with the folder of each film, and no reason to stop where a report is gone."""

from pathlib import Path
from typing import Any

import pytest

from mmhnet_cli.cli import _warnings
from mmhnet_cli.cli._batch_words import Teller
from mmhnet_cli.cli._output import Output
from mmhnet_cli.cli._session import Session
from mmhnet_cli.pipeline.batch.task import Outcome
from tests.cli.conftest import RunCommand
from tests.conftest import MakeFilm


@pytest.mark.processes
def test_films_of_one_name_are_told_apart(
    mmhnet: RunCommand, make_film: MakeFilm, tiny_model_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    film = make_film("street.mp4", count=25, rate="25")
    for folder in ("one", "two"):
        Path(folder).mkdir()
        Path(folder, "street.mp4").write_bytes(film.read_bytes())
    options: tuple[Any, ...] = ("-m", tiny_model_dir, "--steps", "1", "--jobs", "1", "--recursive")
    ran = mmhnet("batch", ".", "-d", "sound", *options)
    assert ran.code == 0, ran.err
    for folder in ("one", "two"):
        assert f"sound/{folder}/street_mmhnet.wav: 1.000 s, " in ran.err


def test_a_report_that_is_gone_stops_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    session: Any = Session(None, Output(), {}, {}, {}, ())  # type: ignore[arg-type]
    sound, report = tmp_path / "a.wav", tmp_path / "gone.json"
    Teller(session, None, 1)._tell(Outcome("a.mp4", "done", files=(sound, report)))
    assert capsys.readouterr().out.splitlines() == [str(sound), str(report)]


@pytest.mark.parametrize(
    ("target", "after", "told"),
    [
        (-23.0, -22.4, "0.6 LU above"),
        (-23.0, -24.0, "1.0 LU below"),
        (-23.0, -22.6, ""),
        (None, -9.0, ""),
        (-23.0, None, ""),
    ],
)
def test_a_sound_that_is_off_its_target_is_told(target: float | None, after: float | None, told: str) -> None:
    loudness = {"target": {"integrated_lufs": target, "tolerance_lu": 0.5}, "after": {"integrated_lufs": after}}
    lines = _warnings.off_target([{"loudness": loudness}])
    assert len(lines) == bool(told) and all(told in line for line in lines)
