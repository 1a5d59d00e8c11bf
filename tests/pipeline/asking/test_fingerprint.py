"""A fingerprint changes with whatever changes the files, and with nothing else; a status follows from what is there."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mmhnet_cli.errors import FilmNotFound, FilmUnreadable
from mmhnet_cli.pipeline.asking.fingerprint import EDGE_BYTES, PLACE_BYTES, PLACES, Status, fingerprint, status_of

MODIFIED_NS = 1_700_000_000_123_456_789
FACTS = {"prompt": "räin", "stems": [{"name": "fx", "seed": None}], "sampler": {"steps": 25, "guidance": 4.5}}
DIGESTS = {"network.safetensors": "a1", "codec.safetensors": "b2"}


def film_at(path: Path, content: bytes = b"film", modified_ns: int = MODIFIED_NS) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    os.utime(path, ns=(modified_ns, modified_ns))
    return path


def test_the_same_on_every_machine(tmp_path: Path) -> None:
    # Computed with coreutils' sha256sum over the JSON text, by hand.
    expected = "cfdaad26cd8a638e700e919769502c6fed2e2c9b0f55d9bd8da3a66bb8493528"
    assert fingerprint(film_at(tmp_path / "street.mp4"), FACTS, DIGESTS, "0.1.0") == expected
    turned = {name: FACTS[name] for name in reversed(FACTS)}
    digests = dict(reversed(DIGESTS.items()))
    assert fingerprint(film_at(tmp_path / "moved" / "other.mp4"), turned, digests, "0.1.7") == expected


@pytest.mark.parametrize(
    "change",
    [
        {"content": b"Film"},
        {"content": b"film "},
        {"facts": {**FACTS, "prompt": "rain"}},
        {"facts": {**FACTS, "stems": []}},
        {"facts": {**FACTS, "sampler": {"steps": 26, "guidance": 4.5}}},
        {"facts": {**FACTS, "takes": 1}},
        {"digests": {**DIGESTS, "codec.safetensors": "b3"}},
        {"digests": {"network.safetensors": "a1"}},
        {"version": "0.2.0"},
        {"version": "1.0.0"},
    ],
)
def test_every_change_shows(tmp_path: Path, change: dict[str, Any]) -> None:
    before = fingerprint(film_at(tmp_path / "street.mp4"), FACTS, DIGESTS, "0.1.0")
    film = film_at(tmp_path / "street.mp4", change.get("content", b"film"))
    facts, digests = change.get("facts", FACTS), change.get("digests", DIGESTS)
    assert fingerprint(film, facts, digests, change.get("version", "0.1.0")) != before


def test_a_seed_that_was_drawn_is_not_looked_at(tmp_path: Path) -> None:
    def of(seed: int, stem_seed: int, drawn: bool, stem_drawn: bool) -> str:
        facts = {
            "sampler": {"steps": 25, "seed": seed, "seed_drawn": drawn},
            "stems": [{"name": "fx", "seed": stem_seed, "seed_drawn": stem_drawn}, {"name": "air", "seed": None}],
        }
        return fingerprint(film_at(tmp_path / "street.mp4"), facts, DIGESTS, "0.1.0")

    assert of(1, 2, True, True) == of(3, 4, True, True)
    assert of(1, 2, True, False) == of(3, 2, True, False) != of(3, 4, True, False)
    assert of(1, 2, False, True) == of(1, 4, False, True) != of(3, 4, False, True)
    assert len({of(1, 2, drawn, stem) for drawn in (False, True) for stem in (False, True)}) == 4


def test_a_guidance_counts_by_its_value_whoever_chose_it(tmp_path: Path) -> None:
    def of(guidance: float, own: bool) -> str:
        facts = {"sampler": {"steps": 25, "guidance": guidance, "guidance_own": own}, "stems": []}
        return fingerprint(film_at(tmp_path / "street.mp4"), facts, DIGESTS, "0.1.0")

    assert of(3, True) == of(3, False) != of(4.5, True)


@pytest.mark.parametrize(("older", "newer", "same"), [("1.2.3", "1.9.0", True), ("1.9", "2.0", False)])
def test_from_version_one_on_the_major_one_counts(tmp_path: Path, older: str, newer: str, same: bool) -> None:
    film = film_at(tmp_path / "street.mp4")
    found = [fingerprint(film, FACTS, DIGESTS, version) for version in (older, newer)]
    assert (found[0] == found[1]) == same


def test_a_copy_on_another_file_system_is_the_same_film(tmp_path: Path) -> None:
    # exFAT rounds to two seconds, and a plain copy has the time at which it was made.
    times = (MODIFIED_NS, MODIFIED_NS // 2_000_000_000 * 2_000_000_000, MODIFIED_NS + 10**15)
    films = [film_at(tmp_path / "street.mp4", modified_ns=time_ns) for time_ns in times]
    assert len({fingerprint(film, FACTS, DIGESTS, "0.1.0") for film in films}) == 1


LONG = 40 * EDGE_BYTES
STEP = (LONG - 2 * EDGE_BYTES) // (PLACES + 1)


@pytest.mark.parametrize(
    ("position", "seen"),
    [
        *((0, True), (EDGE_BYTES - 1, True), (EDGE_BYTES, False)),
        *((EDGE_BYTES + STEP, True), (EDGE_BYTES + STEP + PLACE_BYTES - 1, True), (EDGE_BYTES + STEP - 1, False)),
        *((EDGE_BYTES + STEP + PLACE_BYTES, False), (EDGE_BYTES + PLACES * STEP, True)),
        *((-EDGE_BYTES - 1, False), (-EDGE_BYTES, True), (-1, True)),
    ],
)
def test_both_ends_of_a_long_film_are_read_and_places_between(tmp_path: Path, position: int, seen: bool) -> None:
    film = film_at(tmp_path / "long.mp4", b"")
    os.truncate(film, LONG)
    before = fingerprint(film, FACTS, DIGESTS, "0.1.0")
    with film.open("r+b") as file:
        file.seek(position, os.SEEK_SET if position >= 0 else os.SEEK_END)
        file.write(b"x")
    assert (fingerprint(film, FACTS, DIGESTS, "0.1.0") != before) == seen


@pytest.mark.parametrize("more", range(0, 70_000, 997))
def test_places_lie_between_the_ends(tmp_path: Path, more: int) -> None:
    film = film_at(tmp_path / "short.mp4", bytes(2 * EDGE_BYTES + more))
    assert len(fingerprint(film, FACTS, DIGESTS, "0.1.0")) == 64


def test_films_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(FilmNotFound):
        fingerprint(tmp_path / "none.mp4", FACTS, DIGESTS, "0.1.0")
    with pytest.raises(FilmUnreadable):
        fingerprint(tmp_path, FACTS, DIGESTS, "0.1.0")


MIX, STEM = "street_mmhnet.wav", "street_fx.wav"
FILES = {MIX: b"mix", STEM: b"stem"}


def write_report(folder: Path, mark: str = "f1", **change: Any) -> None:
    files = [{"file": name, "bytes": len(content)} for name, content in FILES.items()]
    report = {"tool": {"name": "mmhnet"}, "fingerprint": mark, "takes": [{"files": files[:1]}, {"files": files[1:]}]}
    (folder / "street_mmhnet.json").write_text(json.dumps({**report, **change}))


def append(folder: Path) -> None:
    with (folder / MIX).open("ab") as file:
        file.write(b"edited")


def replace_with_folder(folder: Path) -> None:
    (folder / STEM).unlink()
    (folder / STEM).mkdir()


def replace_with_dangling_link(folder: Path) -> None:
    (folder / STEM).unlink()
    (folder / STEM).symlink_to(folder / "nowhere")


def remove_all_but_the_report(folder: Path) -> None:
    for name in FILES:
        (folder / name).unlink()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda folder: None, "done"),
        (lambda folder: (folder / STEM).unlink(), "partial"),
        (remove_all_but_the_report, "new"),
        (append, "stale"),
        (replace_with_folder, "stale"),
        (replace_with_dangling_link, "stale"),
        (lambda folder: (folder / "street_mmhnet.json").unlink(), "stale"),
        (lambda folder: (folder / "street_mmhnet.json").write_text("{"), "stale"),
        (lambda folder: write_report(folder, "f2"), "stale"),
        (lambda folder: write_report(folder, takes=[]), "stale"),
        (lambda folder: write_report(folder, takes=None), "stale"),
        (lambda folder: write_report(folder, takes=[{"files": [{"file": MIX}, {"file": STEM}]}]), "stale"),
        (lambda folder: write_report(folder, takes=[{"files": [{"file": MIX, "bytes": []}]}]), "stale"),
        (lambda folder: write_report(folder, takes=["files"]), "stale"),
    ],
)
def test_status(tmp_path: Path, change: Callable[[Path], object], expected: Status) -> None:
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    write_report(tmp_path)
    change(tmp_path)
    assert status_of(tmp_path / "street_mmhnet.json", [tmp_path / name for name in FILES], "f1") == expected


def test_a_report_from_before_fingerprints_proves_nothing(tmp_path: Path) -> None:
    (tmp_path / MIX).write_bytes(b"mix")
    (tmp_path / "street_mmhnet.json").write_text(json.dumps({"tool": {"name": "mmhnet"}, "takes": []}))
    assert status_of(tmp_path / "street_mmhnet.json", [tmp_path / MIX], "f1") == "stale"
