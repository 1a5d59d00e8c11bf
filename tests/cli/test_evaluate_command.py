"""`mmhnet evaluate` on real films: a copy of their own sound is the best there is, other sounds are worse."""

import json
import shutil
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from mmhnet_cli.encoders import seen
from mmhnet_cli.errors import MMHNetError, WorkerLost
from mmhnet_cli.evaluation.films import by_length
from mmhnet_cli.evaluation.scoring import Recipe, evaluate
from mmhnet_cli.hearing import published
from mmhnet_cli.hearing.imagebind import ImageBind
from mmhnet_cli.hearing.vggish import VGGish
from mmhnet_cli.media.audio_file import read_audio, write_wav
from mmhnet_cli.media.ffmpeg import find_ffmpeg
from mmhnet_cli.processes import Processes
from tests.cli.conftest import RunCommand
from tests.conftest import MakeFilm
from tests.hearing.test_imagebind import SMALL
from tests.hearing.test_published import by_formula

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


@pytest.mark.slow
def test_their_own_sound_is_the_best(mmhnet: RunCommand, reference: Path, tmp_path: Path) -> None:
    made = tmp_path / "made"
    copied(reference, made)
    (reference / "mute.mov").unlink()
    scores, plot = tmp_path / "scores.json", tmp_path / "scores.png"
    ran = mmhnet("evaluate", made, "--reference", reference, "-o", scores, "--plot", plot, "--json", "--jobs", 1)
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
    again = mmhnet("evaluate", made, "--reference", reference, "-o", scores, "--no-picture", "--jobs", 1)
    assert again.code == 7 and "scores.json" in again.err, "nothing is replaced unasked"


def test_another_sound_is_worse(mmhnet: RunCommand, reference: Path, tmp_path: Path) -> None:
    made = tmp_path / "made"
    made.mkdir()
    noise = np.random.default_rng(0).normal(size=(1, 9 * 48000)).astype(np.float32) * 0.1
    write_wav(made / "long.wav", noise, 48000)
    ran = mmhnet("evaluate", made, "--reference", reference, "--no-picture", "--json", "--jobs", 1)
    (group,) = (record for record in ran.records if record.get("group") == "all")
    assert group["frechet_distance"] > 5 and group["kl"] > 1 and group["onset_f1"] < 0.5
    assert group["agreement"] is None and group["desync_s"] is None
    (summary,) = (record for record in ran.records if record["type"] == "summary")
    assert (summary["films"], summary["failed"]) == (1, 2)
    assert ran.code != 0 and "short_mmhnet.wav" in ran.err, "what is missing is named"


@pytest.mark.slow
def test_a_film_without_sound_is_one_problem(mmhnet: RunCommand, reference: Path, tmp_path: Path) -> None:
    made = tmp_path / "made"
    copied(reference, made)
    shutil.copy(made / "short_mmhnet.wav", made / "mute_mmhnet.wav")
    ran = mmhnet("evaluate", made, "--reference", reference, "--no-picture", "--jobs", 1)
    assert ran.code == 4 and "mute.mov" in ran.err
    assert "all" in ran.out and "FD" in ran.out


def test_folders_that_are_none(mmhnet: RunCommand, reference: Path, tmp_path: Path) -> None:
    assert mmhnet("evaluate", reference).code == 2
    assert mmhnet("evaluate", tmp_path / "nowhere", "--reference", reference).code == 4
    empty = tmp_path / "empty"
    empty.mkdir()
    assert mmhnet("evaluate", empty, "--reference", empty).code == 4


@pytest.mark.slow
def test_an_embedding_of_the_field_names_its_figures(mmhnet: RunCommand, reference: Path, tmp_path: Path) -> None:
    """Of VGGish, with weights by formula at the public size: what rests on classes cannot be had, all else stays."""
    made, file, scores = tmp_path / "made", tmp_path / "vggish-10086976.pth", tmp_path / "scores.json"
    copied(reference, made, gain=0.5)
    (reference / "mute.mov").unlink()
    torch.save(vggish_by_formula(), file)
    given = ("evaluate", made, "--reference", reference, "--no-picture", "--jobs", 1)
    ran = mmhnet(*given, "--embedding", file, "-o", scores, "--plot", tmp_path / "scores.png")
    # 0.3 GB that pytest would keep.
    file.unlink()
    assert ran.code == 0, ran.err
    assert "FD_VGG" in ran.out and "IS_VGG" in ran.out
    kept = json.loads(scores.read_text("utf-8"))
    everything = kept["groups"]["all"]
    assert kept["embedding"] == "vggish"
    assert everything["frechet_distance"] > 0 and everything["kl"] is None and everything["inception_score"] is None
    assert (tmp_path / "scores.png").is_file()
    (ours,) = (record for record in mmhnet(*given, "--json").records if record.get("group") == "all")
    assert ours["embedding"] == "kinds" and ours["kl"] is not None
    for key in ("onset_f1", "drift_lu_per_minute", "own_drift_lu_per_minute"):
        assert ours[key] == everything[key], "no embedding has a say in it"


def vggish_by_formula() -> dict[str, torch.Tensor]:
    with torch.device("meta"):
        shapes = {key: target.shape for key, target in VGGish().state_dict().items()}
    waves = {key: torch.cos(torch.arange(shape.numel()) * 0.7).reshape(shape) for key, shape in shapes.items()}
    return {key: wave / max(1, wave[0].numel()) ** 0.5 for key, wave in waves.items()}


def test_no_embedding(mmhnet: RunCommand, reference: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.pth"
    torch.save({"model": {"conv1": torch.ones(2)}}, bad)
    copied(reference, tmp_path / "made")
    given = ("evaluate", tmp_path / "made", "--reference", reference, "--embedding")
    ran = mmhnet(*given, bad)
    assert ran.code == 5 and "PANNs' CNN14" in ran.err and "docs/evaluation.md" in ran.err
    ran = mmhnet(*given, "vggsih")
    assert ran.code == 2 and "vggsih" in ran.err
    ran = mmhnet(*given, "kinds", "--synchformer", bad)
    assert ran.code == 5 and "Synchformer" not in ran.out and str(bad) in ran.err
    ran = mmhnet(*given, "kinds", "--synchformer", bad, "--no-picture")
    assert ran.code == 2 and "--no-picture" in ran.err
    ran = mmhnet(*given, "kinds", "--imagebind", bad)
    assert ran.code == 5 and str(bad) in ran.err and "docs/evaluation.md" in ran.err
    ran = mmhnet(*given, "kinds", "--imagebind", bad, "--no-picture")
    assert ran.code == 2 and "--imagebind" in ran.err


@pytest.mark.slow
def test_imagebind_has_a_column_where_it_is_given(
    mmhnet: RunCommand, reference: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # At its public size it has 2.9 GB.
    file = tmp_path / "imagebind.pth"
    torch.save(by_formula(ImageBind(SMALL)).state_dict(), file)
    monkeypatch.setattr(published, "ImageBind", partial(ImageBind, SMALL))
    copied(reference, tmp_path / "made")
    (reference / "mute.mov").unlink()
    given = (
        "evaluate",
        tmp_path / "made",
        "--reference",
        reference,
        "--jobs",
        "1",
        "-o",
        tmp_path / "scores.json",
        "-f",
    )
    assert " IB " not in mmhnet(*given).out
    ran = mmhnet(*given, "--imagebind", file)
    assert ran.code == 0 and " IB " in ran.out
    groups = json.loads((tmp_path / "scores.json").read_text())["groups"]
    assert groups["all"]["ib_score"] == pytest.approx(groups["all"]["own_ib_score"], abs=1e-3)


@pytest.mark.slow
def test_what_was_seen_is_not_looked_at_again(
    mmhnet: RunCommand, reference: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    made = tmp_path / "made"
    copied(reference, made)
    (reference / "mute.mov").unlink()
    given = ("evaluate", made, "--reference", reference, "--json", "--jobs", 1)
    first = mmhnet(*given)
    assert first.code == 0 and len(list((tmp_path / "hub" / "mmhnet" / "seen").iterdir())) == 2
    monkeypatch.setattr(seen, "read_frames", lambda *given, **named: pytest.fail("a film is read again"))
    again = mmhnet(*given)
    assert again.records == first.records, again.err


@pytest.mark.processes
@pytest.mark.slow  # Processes load torch.
def test_jobs_change_nothing_and_one_that_dies_costs_its_film(
    reference: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tmp_path / "made"
    copied(reference, made, gain=0.7)
    pairs = [(reference / f"{name}.mov", made / f"{name}_mmhnet.wav") for name in ("short", "long", "short", "long")]
    recipe = Recipe("kinds", picture=False, ffmpeg=find_ffmpeg(None))
    problems: list[MMHNetError] = []
    one = evaluate(pairs, recipe, 1, problems.append, lambda done: None)
    assert problems == []
    start = Processes._start

    def doomed(self: Processes[Any, Any]) -> Any:
        monkeypatch.setattr(Processes, "_start", start)
        begun = start(self)
        begun.process.kill()
        return begun

    monkeypatch.setattr(Processes, "_start", doomed)
    two = evaluate(pairs, recipe, 2, problems.append, lambda done: None)
    assert [(type(one), "signal 9" in str(one)) for one in problems] == [(WorkerLost, True)]
    assert json.dumps(by_length(one[1:])) == json.dumps(by_length(two))
    for before, after in zip(one[1:], two, strict=True):
        assert np.array_equal(before.made.heard.features, after.made.heard.features)
