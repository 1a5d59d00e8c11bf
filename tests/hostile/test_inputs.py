"""The hostile inputs: the same on every machine, and damaged where it hurts."""

import random
from pathlib import Path

import pytest

from benchmarks.hostile.anatomy import numbers_of, parts_of
from benchmarks.hostile.bases import COPIES, FILMS, SOUNDS, make_bases
from benchmarks.hostile.damage import WOUNDS, Wound, damaged
from benchmarks.hostile.trees import damaged_text, damaged_tree, to_text


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return make_bases(tmp_path_factory.mktemp("bases"))


@pytest.mark.slow
def test_the_same_program_makes_the_same_films(bases: dict[str, bytes], tmp_path: Path) -> None:
    again = make_bases(tmp_path)
    assert {name for name in bases if bases[name] != again[name]} == set()
    assert set(bases) == {*FILMS, *SOUNDS, *COPIES}


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("b_frames.mp4", (b"mvhd", b"stts", b"avcC", b"elst")),
        ("h264.mkv", (b"\x2a\xd7\xb1", b"\xb0", b"\x23\xe3\x83")),  # scale of times, width, duration of a picture
        ("mpeg4.avi", (b"avih", b"strh", b"strf")),
        ("tone.wav", (b"fmt ", b"data")),
        ("tone.aiff", (b"COMM", b"SSND")),
        ("surround.caf", (b"desc", b"chan")),
        ("wmv2.wmv", (bytes.fromhex("9107dcb7b7a9cf118ee600c00c205365"),)),  # stream properties
    ],
)
def test_the_parts_that_a_reader_believes_are_found(
    bases: dict[str, bytes], name: str, kinds: tuple[bytes, ...]
) -> None:
    data = bases[name]
    parts = parts_of(data)
    for kind in kinds:
        assert any(kind in data[part.start : part.start + 20] for part in parts), kind
    for part in parts:
        assert part.start < part.end <= len(data)
        assert all(outer.start < part.start and part.end <= outer.end for outer in part.around)
        assert all(part.start <= number.place for number in numbers_of(data, part))


@pytest.mark.parametrize("name", [*FILMS, *SOUNDS, *COPIES])
def test_damage_follows_from_its_seed(bases: dict[str, bytes], name: str) -> None:
    once = [damaged(random.Random(f"x {n}"), bases[name], bases["tone.wav"]) for n in range(20)]
    assert once == [damaged(random.Random(f"x {n}"), bases[name], bases["tone.wav"]) for n in range(20)]
    assert len({bases[name], *once}) > 15


@pytest.mark.parametrize("wound", dict.fromkeys(WOUNDS))
def test_a_wound_bears_any_file(wound: Wound) -> None:
    for number in range(200):
        rng = random.Random(number)
        data = rng.randbytes(rng.choice((1, 2, 3, 8, 1000)))
        assert isinstance(wound(rng, data, b"other"), bytes)


@pytest.mark.slow
def test_trees_and_texts_are_damaged_at_any_depth() -> None:
    tree = {"name": "rain", "takes": [{"seed": 1, "files": ["a.wav"]}], "request": {"sampler": {"steps": 25}}}
    damaged_trees = [to_text(damaged_tree(random.Random(n), tree)) for n in range(300)]
    assert len(set(damaged_trees)) > 150
    assert any('"steps": null' in text for text in damaged_trees)
    assert tree["takes"] == [{"seed": 1, "files": ["a.wav"]}]
    assert len({damaged_text(random.Random(n), to_text(tree)) for n in range(300)}) > 150
