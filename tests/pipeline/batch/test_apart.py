"""Films of one name have outputs of their own, the same ones whichever film came first, or goes."""

from itertools import permutations
from pathlib import Path

import pytest

from mmhnet_cli.pipeline.asking.prepare import naming_of
from mmhnet_cli.pipeline.asking.report_file import to_json
from mmhnet_cli.pipeline.batch.apart import told_apart
from mmhnet_cli.pipeline.request import GenerateRequest


def outputs(folder: Path, *names: str, output_dir: Path | None = None) -> dict[str, str]:
    """The output of each film, named for it."""
    requests = [GenerateRequest(folder / name, output_dir=output_dir) for name in names]
    found = told_apart(requests)
    assert [request.film for request in found] == [request.film for request in requests]
    return {request.film.name: next(naming_of(request).outputs()).path.name for request in found}


def report(folder: Path, name: str, film: str) -> None:
    (folder / f"{name}_mmhnet.json").write_bytes(to_json({"tool": {"name": "mmhnet"}, "source": {"file": film}}))


def test_films_of_other_names_are_called_as_ever(tmp_path: Path) -> None:
    assert outputs(tmp_path, "a.mp4", "b.mov") == {"a.mp4": "a_mmhnet.wav", "b.mov": "b_mmhnet.wav"}


@pytest.mark.parametrize("order", list(permutations(["a.mp4", "a.mov", "A.mkv", "b.mp4"])))
def test_the_order_does_not_matter(tmp_path: Path, order: tuple[str, ...]) -> None:
    assert outputs(tmp_path, *order) == {
        "a.mp4": "a.mp4_mmhnet.wav",
        "a.mov": "a.mov_mmhnet.wav",
        "A.mkv": "A.mkv_mmhnet.wav",
        "b.mp4": "b_mmhnet.wav",
    }


def test_a_film_that_was_done_alone_keeps_its_name(tmp_path: Path) -> None:
    report(tmp_path, "a", "a.mp4")
    apart = {"a.mp4": "a_mmhnet.wav", "a.mov": "a.mov_mmhnet.wav"}
    assert outputs(tmp_path, "a.mov", "a.mp4") == outputs(tmp_path, "a.mp4", "a.mov") == apart
    # Alone as well: the other's files lie there.
    assert outputs(tmp_path, "a.mov") == {"a.mov": "a.mov_mmhnet.wav"}


def test_a_film_that_was_told_apart_keeps_its_name(tmp_path: Path) -> None:
    report(tmp_path, "a.mp4", "a.mp4")
    assert outputs(tmp_path, "a.mp4") == {"a.mp4": "a.mp4_mmhnet.wav"}


def test_films_of_two_folders_that_meet_in_one(tmp_path: Path) -> None:
    requests = [
        GenerateRequest(tmp_path / "x" / "a.mp4", output_dir=tmp_path),
        GenerateRequest(tmp_path / "y" / "a.mov", output_dir=tmp_path),
        GenerateRequest(tmp_path / "x" / "b.mp4"),
        GenerateRequest(tmp_path / "y" / "b.mov"),
        GenerateRequest(tmp_path / "y" / "b.mp4", outputs=(tmp_path / "own.wav",)),
    ]
    paths = [next(naming_of(request).outputs()).path.relative_to(tmp_path) for request in told_apart(requests)]
    assert list(map(str, paths)) == [
        *("a.mp4_mmhnet.wav", "a.mov_mmhnet.wav", "x/b_mmhnet.wav", "y/b.mov_mmhnet.wav", "own.wav")
    ]


@pytest.mark.parametrize("content", ["[]", '{"tool": {"name": "mmhnet"}, "source": 3}', "x"])
def test_what_is_no_report_says_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / "a_mmhnet.json").write_text(content)
    assert outputs(tmp_path, "a.mp4") == {"a.mp4": "a_mmhnet.wav"}
