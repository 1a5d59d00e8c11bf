"""Hits that a user gives."""

from fractions import Fraction
from pathlib import Path

import pytest

from mmhnet_cli.errors import BadOption
from mmhnet_cli.options import Hit
from mmhnet_cli.options.request import MOST_HITS
from mmhnet_cli.pipeline.asking.hits import read_hits


def of(folder: Path, text: str) -> tuple[Hit, ...]:
    path = folder / "hits.txt"
    path.write_text(text, encoding="utf-8")
    return read_hits(path)


def test_a_time_per_line_and_how_hard(tmp_path: Path) -> None:
    text = "# the anvil\n0.48\n1:02.5\t0.25\n\n01:00:03:12 1  # by timecode\n"
    assert of(tmp_path, text) == (Hit(Fraction(12, 25)), Hit(Fraction("62.5"), 0.25), Hit("01:00:03:12"))
    assert of(tmp_path, "") == ()


@pytest.mark.parametrize("line", ["soon", "1.0 0", "1.0 1.5", "1.0 nan", "1.0 0.5 0.5", "-1", "1.0 loud"])
def test_every_wrong_line_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(BadOption) as refused:
        of(tmp_path, f"0.5\n{line}\n0.7\nnever\n")
    assert f"line 2: {line}" in refused.value.expected
    assert "line 4: never" in refused.value.expected


def test_a_file_that_says_too_much(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="10001 of them"):
        of(tmp_path, "1\n" * (MOST_HITS + 1))
    with pytest.raises(BadOption, match="and 7 more"):
        of(tmp_path, "x\n" * 12)
    with pytest.raises(BadOption, match="No such file"):
        read_hits(tmp_path / "none.txt")
    (tmp_path / "big.txt").write_bytes(b"1\n" * 1_000_000)
    with pytest.raises(BadOption):
        read_hits(tmp_path / "big.txt")
