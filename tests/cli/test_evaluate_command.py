"""`mmhnet evaluate` on real films: a copy of their own sound is the best there is, other sounds are worse."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from mmhnet_cli.media.audio_file import read_audio, write_wav
from tests.cli.conftest import RunCommand
from tests.conftest import MakeFilm

KNOCKS = "aevalsrc='0.8*exp(-40*mod(t\\,1))*sin(2*PI*400*t)':s=44100:d=9"


@pytest.fixture
def reference(make_film: MakeFilm, tmp_path: Path) -> Path:
    """Two films with knocks, of 9 s and of 2 s, and one without sound."""
    folder = tmp_path / "films"
    folder.mkdir()
    output = ("-c:a", "pcm_s16le", "-shortest")
    for name, count, audio in (("long.mov", 216, KNOCKS), ("short.mov", 48, KNOCKS), ("mute.mov", 48, None)):
        shutil.copy(make_film(name, count=count, audio=audio, output=output if audio else ()), folder / name)
    return folder


def copied(reference: Path, made: Path, gain: float = 1.0) -> None:
    made.mkdir(exist_ok=True)
    for name in ("long", "short"):
        samples, rate_hz = read_audio(reference / f"{name}.mov")
        write_wav(made / f"{name}_mmhnet.wav", samples * gain, rate_hz)


def test_their_own_sound_is_the_best(mmhnet: RunCommand, reference: Path, tmp_path: Path) -> None:
    made = tmp_path / "made"
    copied(reference, made)
    (reference / "mute.mov").unlink()
    scores, plot = tmp_path / "scores.json", tmp_path / "scores.png"
    ran = mmhnet("evaluate", made, "--reference", reference, "-o", scores, "--plot", plot, "--json")
    assert ran.code == 0, ran.err
    groups = {record["group"]: record for record in ran.records if record["type"] == "scores"}
    assert list(groups) == ["0 to 8 s", "8 to 20 s", "all"]
    assert groups["all"]["films"] == 2 and groups["all"]["seconds"] == pytest.approx(11)
    for group in groups.values():
        assert group["onset_f1"] == 1
        assert group["kl"] == pytest.approx(0, abs=1e-3)
        assert group["desync_s"] == group["own_desync_s"]
        assert group["agreement"] == pytest.approx(group["own_agreement"], abs=1e-3)
    assert groups["all"]["frechet_distance"] < 0.1
    kept = json.loads(scores.read_text("utf-8"))
    assert kept["embedding"] == "kinds"
    assert [film["film"] for film in kept["films"]] == ["long.mov", "short.mov"]
    assert plot.read_bytes().startswith(b"\x89PNG")
    again = mmhnet("evaluate", made, "--reference", reference, "-o", scores, "--no-picture")
    assert again.code == 7 and "scores.json" in again.err, "nothing is replaced unasked"


def test_another_sound_is_worse(mmhnet: RunCommand, reference: Path, tmp_path: Path) -> None:
    made = tmp_path / "made"
    made.mkdir()
    noise = np.random.default_rng(0).normal(size=(1, 9 * 48000)).astype(np.float32) * 0.1
    write_wav(made / "long.wav", noise, 48000)
    ran = mmhnet("evaluate", made, "--reference", reference, "--no-picture", "--json")
    (group,) = (record for record in ran.records if record.get("group") == "all")
    assert group["frechet_distance"] > 5 and group["kl"] > 1 and group["onset_f1"] < 0.5
    assert group["agreement"] is None and group["desync_s"] is None
    (summary,) = (record for record in ran.records if record["type"] == "summary")
    assert (summary["films"], summary["failed"]) == (1, 2)
    assert ran.code != 0 and "short_mmhnet.wav" in ran.err, "what is missing is named"


def test_a_film_without_sound_is_one_problem(mmhnet: RunCommand, reference: Path, tmp_path: Path) -> None:
    made = tmp_path / "made"
    copied(reference, made)
    shutil.copy(made / "short_mmhnet.wav", made / "mute_mmhnet.wav")
    ran = mmhnet("evaluate", made, "--reference", reference, "--no-picture")
    assert ran.code == 4 and "mute.mov" in ran.err
    assert "all" in ran.out and "FD" in ran.out


def test_folders_that_are_none(mmhnet: RunCommand, reference: Path, tmp_path: Path) -> None:
    assert mmhnet("evaluate", reference).code == 2
    assert mmhnet("evaluate", tmp_path / "nowhere", "--reference", reference).code == 4
    empty = tmp_path / "empty"
    empty.mkdir()
    assert mmhnet("evaluate", empty, "--reference", empty).code == 4
