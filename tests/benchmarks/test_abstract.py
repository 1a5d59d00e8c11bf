"""How kinds and hits are counted where the answer is known."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks import abstract, classifier
from benchmarks.abstract import HITTING, SEEN_KINDS, Verdict, hits_met, right
from benchmarks.classifier import NAMES
from benchmarks.common import one_shot_scene
from mmhnet_cli.training.world.sound import render_sound


def test_strict_and_near_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classifier, "ALIKE", (frozenset({"rain", "shower"}),))
    verdicts = [Verdict("rain", "rain"), Verdict("rain", "shower"), Verdict("dog", "cat"), Verdict("dog", "dog")]
    assert right(verdicts) == (0.5, 0.75)


def test_hits_of_the_true_sound_are_met() -> None:
    scene = one_shot_scene(3, "hammer_metal")
    met = hits_met(scene, render_sound(scene))
    assert met.matched + met.missed == len(scene.sources[0].events_s) and met.f1 > 0.9
    assert hits_met(scene, np.zeros(8 * 44100)).matched == 0


def test_kinds_that_do_not_hit_are_not_counted() -> None:
    scene = one_shot_scene(3, "hammer_metal")
    other = replace(scene, sources=tuple(replace(source, kind="rain") for source in scene.sources))
    assert hits_met(other, render_sound(scene)).f1 == 1.0, "nothing to find, nothing found"


def test_nearly_all_kinds_can_be_seen() -> None:
    assert set(SEEN_KINDS) < set(NAMES) and len(SEEN_KINDS) > 100
    assert "thunder" not in SEEN_KINDS
    assert {"drum", "footsteps"} <= set(HITTING) and "rain" not in HITTING
    assert set(abstract.PARTS) == {"meaning", "cuts", "sync"}
