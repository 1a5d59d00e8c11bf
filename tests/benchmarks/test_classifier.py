"""The judge of kinds: what it looks at, and that it learns to tell two kinds apart."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from benchmarks import classifier
from benchmarks.classifier import (
    NAMES,
    WINDOW_FRAMES,
    KindClassifier,
    classify,
    load_classifier,
    train_classifier,
    windows_of,
)
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
    depth = mel.amax((1, 2), keepdim=True) - classifier.DEPTH_NEPERS
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


@pytest.mark.slow
def test_it_learns_to_tell_two_kinds_apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(classifier, "NAMES", ("rain", "bell"))
    monkeypatch.setattr(classifier, "CLIP_S", 3.2)
    lines: list[str] = []
    model = train_classifier(lines.append, clips=10, steps=25)
    assert lines[-1] == "classifier names 100.0% of unseen procedural sounds"
    assert not model.training
    path = tmp_path / "judge.safetensors"
    save_file(model.state_dict(), path)
    stored = load_classifier(path, lines.append)
    assert len(lines) == 1
    for index, kind in enumerate(("rain", "bell")):
        sound = render_sound(make_scene(77, 4.0, SceneConfig(kinds=(kind,))))
        assert int(classify(stored, sound).argmax()) == index
        assert torch.equal(classify(stored, sound), classify(model, sound))
