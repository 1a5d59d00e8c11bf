"""The judge of kinds: what it looks at, and that it learns to tell two kinds apart."""

from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks import classifier
from benchmarks.classifier import NAMES, classify, judge_mels, load_classifier, near, train_classifier
from mmhnet_cli.hearing.kinds import DEPTH_NEPERS, WINDOW_FRAMES, KindClassifier, mel_of, windows_of
from mmhnet_cli.models.checkpoint import save_tensors
from mmhnet_cli.training.library import render
from mmhnet_cli.training.world.script import SceneConfig, make_scene
from mmhnet_cli.training.world.sound import render_sound


@pytest.mark.parametrize(("frames", "windows"), [(1, 1), (149, 1), (150, 1), (224, 1), (225, 2), (300, 3)])
def test_windows_overlap_by_half(frames: int, windows: int) -> None:
    mel = torch.randn(64, frames, generator=torch.Generator().manual_seed(0))
    found = windows_of(mel)
    assert found.shape == (windows, 64, WINDOW_FRAMES)
    for index in range(windows):
        part = mel[:, 75 * index : 75 * index + WINDOW_FRAMES]
        assert torch.equal(found[index, :, : part.shape[1]], part)
        assert (found[index, :, part.shape[1] :] == mel.min()).all()


def test_level_says_nothing_about_the_kind() -> None:
    torch.manual_seed(0)
    model = KindClassifier()
    mel = 2 * torch.randn(2, 64, WINDOW_FRAMES) - 5
    scores = model(mel)
    assert scores.shape == (2, len(NAMES))
    assert torch.allclose(model(mel - 3), scores, atol=1e-4)
    # Neither does what lies too deep under the loudest point.
    depth = mel.amax((1, 2), keepdim=True) - DEPTH_NEPERS
    assert torch.allclose(model(torch.where(mel < depth, mel - 9, mel)), scores, atol=1e-4)


def test_silent_windows_are_not_judged() -> None:
    torch.manual_seed(0)
    model = KindClassifier().eval()
    bell = render_sound(make_scene(3, 3.0, SceneConfig(kinds=("bell",))))
    padded = np.concatenate([bell, np.zeros(6 * 44100, np.float32)])
    whole = classify(model, padded)
    assert whole.shape == (len(NAMES),)
    assert (whole < 0).all()
    # Windows start every 1.5 s: those from 3 s on are silent.
    assert torch.allclose(whole, classify(model, padded[: round(4.5 * 44100)]), atol=1e-2)


@pytest.fixture
def two_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classifier, "NAMES", ("rain", "bell"))
    monkeypatch.setattr(classifier, "HELD", 2)
    monkeypatch.setattr(classifier, "BATCH", 16)


@pytest.mark.slow
@pytest.mark.usefixtures("two_kinds")
def test_it_learns_to_tell_two_kinds_apart(tmp_path: Path) -> None:
    lines: list[str] = []
    model = train_classifier(lines.append, per_kind=6, steps=30)
    assert lines[-1] == "classifier names 100.0% of unseen procedural sounds"
    assert not model.training
    path = tmp_path / "judge.safetensors"
    save_tensors(path, model.state_dict())
    stored = load_classifier(path)
    for index, kind in enumerate(("rain", "bell")):
        sound = render_sound(make_scene(77, 4.0, SceneConfig(kinds=(kind,))))
        assert int(classify(stored, sound).argmax()) == index
        assert torch.equal(classify(stored, sound), classify(model, sound))


@pytest.mark.usefixtures("two_kinds")
def test_its_sounds_are_none_of_a_training() -> None:
    first, again = judge_mels(range(1), lambda line: None), judge_mels(range(2), lambda line: None)
    assert again.shape == (2, 2, 64, round(classifier.CLIP_S * 50)) and again.dtype == torch.float16
    assert torch.equal(first[0], again[0]) and not torch.equal(again[0], again[1])
    # Neither are the numbers those of a training, nor is a sound of a training among them.
    trained = mel_of(render("rain", 0))[:, : first.shape[3]].half()
    assert classifier.FIRST_NUMBER > 1000 and not torch.equal(first[0, 0], trained)


def test_near_kinds_are_those_of_one_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classifier, "ALIKE", (frozenset({"rain", "shower"}), frozenset({"shower", "stream"})))
    assert near("rain", "rain") and near("rain", "shower") and near("shower", "rain")
    assert not near("rain", "stream"), "near is not handed on"


def test_groups_are_of_known_kinds() -> None:
    assert frozenset().union(*classifier.ALIKE) <= set(NAMES)
    assert all(len(group) > 1 for group in classifier.ALIKE)
