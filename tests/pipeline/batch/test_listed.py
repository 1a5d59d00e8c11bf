"""Names of films line by line: from a file, or from standard input."""

import io
import os
from pathlib import Path

import pytest

from mmhnet_cli.errors import BadOption
from mmhnet_cli.pipeline.batch.listed import MOST_NAMES, with_listed

DASH = Path("-")


class Terminal(io.BytesIO):
    def isatty(self) -> bool:
        return True


def listed(content: bytes, *inputs: Path) -> list[str]:
    return list(map(str, with_listed([*inputs, DASH], None, io.BytesIO(content))))


def test_lines_and_zero_bytes() -> None:
    assert listed(b"a.mp4\nreels/b c.mov\r\n\n", Path("x")) == ["x", "a.mp4", "reels/b c.mov"]
    assert listed(b"a\nb.mp4\0c.mp4\0") == ["a\nb.mp4", "c.mp4"]
    assert [os.fsencode(name) for name in listed("caf\u00e9".encode() + b"\xff.mp4\n")] == [b"caf\xc3\xa9\xff.mp4"]


def test_a_list_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "list").write_text("a.mp4\nb.mp4")
    assert with_listed([Path("c.mp4")], tmp_path / "list", None) == [Path("c.mp4"), Path("a.mp4"), Path("b.mp4")]
    assert with_listed([], DASH, io.BytesIO(b"a.mp4")) == [Path("a.mp4")]
    assert with_listed([Path("a.mp4")], None, None) == [Path("a.mp4")]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("stream", "said"),
    [
        (io.BytesIO(b"\n \n"), "there is none"),
        (io.BytesIO(b"a\n" * (MOST_NAMES + 1)), f"there are {MOST_NAMES + 1}"),
        (Terminal(b"a.mp4"), "is a terminal"),
        (None, "is closed"),
        (io.BytesIO(b"a\n-\n"), "a file, within a list"),
    ],
)
def test_lists_that_cannot_be_used(stream: io.BytesIO | None, said: str) -> None:
    with pytest.raises(BadOption, match=said):
        with_listed([DASH], None, stream)


def test_one_list_and_something_at_all(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="one list of names"):
        with_listed([DASH], tmp_path / "list", io.BytesIO(b"a"))
    with pytest.raises(BadOption, match="or - for names"):
        with_listed([], None, None)
    os.mkfifo(tmp_path / "pipe")
    for name in ("gone", "pipe"):
        with pytest.raises(BadOption, match="one a line"):
            with_listed([], tmp_path / name, None)
