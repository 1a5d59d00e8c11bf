"""What grows with the length of a film, and how it is told."""

import argparse
import json
from pathlib import Path

import pytest

from benchmarks import length
from benchmarks.growth import drawn, exponent, foreseen
from benchmarks.length_case import measure

CASE = {"model": "mini", "seconds": 2, "device": "cpu", "dtype": "fp32", "steps": 2}


@pytest.mark.parametrize("power", [1.0, 1.7, 2.0])
def test_a_power_of_the_length_is_found_and_gone_on_with(power: float) -> None:
    costs = {seconds: 0.01 * seconds**power for seconds in (60, 300, 600)}
    assert exponent(costs) == pytest.approx(power)
    assert foreseen(costs, 3600) == pytest.approx(0.01 * 3600**power)
    assert exponent({60: 1.0}) is None and foreseen({}, 60) is None
    assert foreseen({60: 1.0}, 600) == 10.0 == foreseen({6: 1.0, 60: 1.0}, 600)  # never less than in proportion


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["condition", "evaluate", "sample", "decode"])
def test_each_stage_is_measured(stage: str) -> None:
    row = measure({**CASE, "stage": stage})
    assert row["cpu_s"] > 0 and row["wall_s"] > 0 and 0 <= row["grown_mb"] < row["peak_mb"]


@pytest.mark.slow
def test_what_takes_too_long_is_left_out_and_what_is_there_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[int] = []

    def measured(model: str, stage: str, seconds: int, options: argparse.Namespace) -> dict[str, object]:
        asked.append(seconds)
        cost = {"wall_s": 1.0, "cpu_s": seconds**2 / 6400, "peak_mb": 300.0, "grown_mb": 20.0}
        return {"model": model, "stage": stage, "seconds": seconds, "device": "cpu", "dtype": "fp32", **cost}

    monkeypatch.setattr(length, "measured", measured)
    options = argparse.Namespace(
        out=tmp_path,
        stages=["evaluate", "command"],
        models=["s-44k"],
        lengths=[600, 8, 80],
        device="cpu",
        dtype="fp32",
        limit=10.0,
    )
    rows = length.run(options)
    assert asked == [8, 80] and "600 s: left out, it would take 56 s" in capsys.readouterr().err
    assert [json.loads(line) for line in (tmp_path / "length.jsonl").read_text().splitlines()] == rows
    assert length.run(options) == rows and asked == [8, 80]
    options.lengths = [8, 80, 160]
    text = length.written(length.run(options))
    assert "| s-44k | 0.01 s, 800 x, 300 MB (+20) | 1 s, 80 x, 300 MB (+20) | 4 s, 40 x, 300 MB (+20) | 2.00 |" in text
    assert b"<svg" in drawn(rows) and b"evaluate s-44k cpu" in drawn(rows)
