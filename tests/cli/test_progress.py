"""Progress of several things under one name, as workers that do one film after the other."""

import io
import json
from collections.abc import Iterator

import pytest

from mmhnet_cli.cli import _progress
from mmhnet_cli.cli._output import Output
from mmhnet_cli.cli._progress import ProgressMode, progress


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten seconds pass from one look at the clock to the next."""
    seconds: Iterator[float] = iter(range(0, 1000, 10))
    monkeypatch.setattr(_progress.time, "monotonic", lambda: float(next(seconds)))


def written(mode: ProgressMode) -> str:
    output = Output()
    output.console.file = io.StringIO()
    with progress(mode, output) as report:
        for film in ("a[b].mp4", "c.mp4"):
            for done in range(3):
                report("worker 1", done, 2, film)
        report("films", 2, 2)
    return output.console.file.getvalue()


def test_lines_name_what_a_stage_is_at_and_count_its_time_anew(clock: None) -> None:
    assert written("plain").splitlines() == [
        "worker 1, a[b].mp4: 0/2 after 0.0 s",
        "worker 1, a[b].mp4: 1/2 after 10.0 s, about 10 s left",
        "worker 1, a[b].mp4: 2/2 after 20.0 s",
        "worker 1, c.mp4: 0/2 after 0.0 s",
        "worker 1, c.mp4: 1/2 after 10.0 s, about 10 s left",
        "worker 1, c.mp4: 2/2 after 20.0 s",
        "films: 2/2 after 0.0 s",
    ]


def test_json_names_what_a_stage_is_at(capsys: pytest.CaptureFixture[str]) -> None:
    written("json")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert lines[0] == {"type": "progress", "stage": "worker 1", "done": 0, "total": 2, "what": "a[b].mp4"}
    assert lines[-1] == {"type": "progress", "stage": "films", "done": 2, "total": 2}


def test_a_bar_turns_to_the_next_film() -> None:
    last = written("bar").split("\n")
    assert any("worker 1  c.mp4" in line and "100 %" in line for line in last)
    assert any("films" in line for line in last)
