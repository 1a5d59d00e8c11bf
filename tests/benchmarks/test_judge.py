"""What is said of the judge: confusions are counted, sounds are made worse, real sound is compared with its list."""

from pathlib import Path

import pytest
import torch

from benchmarks import classifier, judge
from benchmarks.classifier import KindClassifier
from benchmarks.judge import confusions, measure, measure_films, rough
from benchmarks.real import RealFilm
from tests.conftest import MakeFilm


def test_confusions_are_shares_of_the_sounds_of_a_kind() -> None:
    answers = [("rain", "rain"), ("rain", "shower"), ("rain", "shower"), ("rain", "wind"), ("dog", "dog")]
    assert confusions(answers) == [("rain", "shower", 0.5), ("rain", "wind", 0.25)]


def test_rough_sounds_are_the_same_each_time() -> None:
    mels = (torch.randn(2, 3, 64, 160, generator=torch.Generator().manual_seed(0)) - 4).half()
    assert torch.equal(rough(mels), rough(mels)) and not torch.equal(rough(mels), mels.float())
    assert rough(mels).shape == mels.shape


def test_the_table_names_what_is_taken_for_what(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (classifier, judge):
        monkeypatch.setattr(module, "NAMES", ("rain", "bell"))
    model = KindClassifier().eval()
    # This judge hears rain in everything.
    with torch.no_grad():
        model.outlet.weight.zero_()
        model.outlet.bias.zero_()[0] = 1
    text = measure(model, torch.randn(3, 2, 64, 150) - 4)
    assert "| as they are | 6 | 50.0% | 50.0% |" in text and "| placed and recorded | 6 | 50.0% | 50.0% |" in text
    assert "Not always right, of 3: bell 0." in text
    assert "More than 25%: bell as rain." in text


def test_films_without_sound_are_passed_over(make_film: MakeFilm) -> None:
    beeps = "aevalsrc=0.5*sin(6000*t)*exp(-30*mod(t\\,1)):s=44100:d=2"
    loud = make_film("beeps.mp4", count=50, rate="25", audio=beeps, output=("-c:a", "aac", "-t", "2"))
    mute = make_film("mute.mp4", count=12)
    films = [RealFilm(Path(path), "", frozenset({"bell"}), False) for path in (loud, mute)]
    lines = measure_films(KindClassifier().eval(), films).splitlines()
    assert len(lines) == 4 and lines[2].startswith("| beeps | bell | ") and lines[3].startswith("| of 1 | ")
