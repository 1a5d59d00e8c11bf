"""The parts of the benchmark of real films, on films and sounds whose truth is known."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from benchmarks.classifier import NAMES, KindClassifier
from benchmarks.common import CODEC_RATE_HZ
from benchmarks.real import (
    Onsets,
    RealFilm,
    by_chance,
    changes_of,
    happened_s,
    hear,
    mark,
    own_onsets_s,
    read_films,
    see,
    share_right,
)
from mmhnet_cli.encoders.published_eyes import LITE0, load_eyes
from mmhnet_cli.encoders.sounding import sounding
from mmhnet_cli.media.probe import probe
from tests.conftest import MakeFilm

LIST = "file\tprompt\tkinds\thits\na.mp4\ta dog\tdog,cat\tyes\nb.mp4\train\train\t\n"


def test_the_list_of_films(tmp_path: Path) -> None:
    (tmp_path / "films.tsv").write_text(LIST, encoding="utf-8")
    assert read_films(tmp_path) == [
        RealFilm(tmp_path / "a.mp4", "a dog", frozenset({"dog", "cat"}), True),
        RealFilm(tmp_path / "b.mp4", "rain", frozenset({"rain"}), False),
    ]


def test_the_classifier_names_the_kinds_of_the_list() -> None:
    assert set(NAMES) == set(sounding().kinds)


def test_right_ones_are_counted_and_marked() -> None:
    right: list[set[str]] = [{"dog"}, {"rain"}, set()]
    films = [RealFilm(Path(), "", frozenset(kinds), False) for kinds in right]
    assert share_right(["dog", "wind", "wind"], films) == "1 of 2", "nothing would be right for the last"
    assert mark("dog", frozenset({"dog"})) == "**dog**" and mark("dog", frozenset()) == "dog"


def test_silence_is_a_share_of_the_time() -> None:
    sound = np.random.default_rng(0).normal(0, 0.1, 4 * CODEC_RATE_HZ).astype(np.float32)
    sound[CODEC_RATE_HZ : 2 * CODEC_RATE_HZ] = 0
    heard = hear(sound, KindClassifier().eval())
    assert heard.silent == 0.25
    assert heard.kind in sounding().kinds and heard.switches >= 0


def test_chance_counts_every_shift() -> None:
    found = by_chance(np.array([1.0]), np.array([1.0]), 10.0, 0.1)
    assert (found.matched, found.missed, found.extra) == (0, 19, 19), "half a second away at the nearest"
    assert by_chance(np.array([1.0]), np.array([1.5]), 10.0, 0.1).matched == 1


def test_f1_adds_up_over_films() -> None:
    onsets = Onsets()
    assert onsets.add(np.array([1.0, 2.0]), np.array([1.0, 2.08]), 8.0) == "0.50 / 1.00"
    onsets.add(np.array([]), np.array([1.0, 2.0]), 8.0)
    assert str(onsets).startswith("0.33 / 0.67 (chance ")


def test_the_strongest_changes_are_what_happened() -> None:
    measures = np.zeros((200, 4), np.float32)
    measures[[50, 100, 150], :] = [[9.0], [5.0], [7.0]]
    assert happened_s(measures, 2).tolist() == [2.0, 6.0]
    assert happened_s(measures, 9).tolist() == [2.0, 4.0, 6.0]


@pytest.mark.slow
def test_a_film_is_seen_and_its_sound_heard(make_film: MakeFilm) -> None:
    beeps = "aevalsrc=0.5*sin(6000*t)*exp(-30*mod(t\\,1)):s=44100:d=2"
    path = make_film("beeps.mp4", count=50, rate="25", audio=beeps, output=("-c:a", "aac", "-t", "2"))
    info = probe(path)
    np.testing.assert_allclose(own_onsets_s(info), [1.0], atol=0.06)
    eyes = load_eyes(LITE0)
    seen = see(info, eyes)
    assert len(seen.kinds) == 3 and set(seen.kinds) <= set(sounding().kinds)
    assert len(changes_of(info, eyes)) == int(info.duration * 25 + Fraction(1, 2))


def test_a_film_without_sound_has_no_onsets(make_film: MakeFilm) -> None:
    assert len(own_onsets_s(probe(make_film("mute.mp4", count=12)))) == 0
