"""The recipe of CONTRIBUTING for a new kind of sound, followed to the letter: one file, and nothing else moves."""

import importlib
import re
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest

from mmhnet_cli.training.world import kinds
from mmhnet_cli.training.world.captions import caption
from mmhnet_cli.training.world.kinds import KINDS, find_kinds
from mmhnet_cli.training.world.picture import render_picture
from mmhnet_cli.training.world.script import SceneConfig, make_scene, ranked
from mmhnet_cli.training.world.sound import render_sound
from tests.training.world.test_script import equal

CONTRIBUTING = Path(__file__).parents[3] / "CONTRIBUTING.md"


@pytest.fixture
def with_kettle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The file of the recipe lies in a folder of its own beside the kinds that there are."""
    blocks = re.findall(r"```python\n(.*?)```", CONTRIBUTING.read_text(encoding="utf-8"), re.DOTALL)
    (recipe,) = (block for block in blocks if "KIND = " in block)
    (tmp_path / "kettle.py").write_text(dedent(recipe), encoding="utf-8")
    monkeypatch.setattr(kinds, "__path__", [*kinds.__path__, str(tmp_path)])
    importlib.invalidate_caches()
    found = find_kinds(kinds.__path__)
    assert set(found) == {*KINDS, "kettle"}
    monkeypatch.setitem(KINDS, "kettle", found["kettle"])
    yield
    del sys.modules[f"{kinds.__name__}.kettle"]


def test_a_kind_is_one_file(with_kettle: None) -> None:
    scene = make_scene(3, 4.0, SceneConfig(kinds=("kettle",)))
    assert set(scene.kinds) == {"kettle"}
    assert 0.01 < np.sqrt(np.mean(np.square(render_sound(scene)))) < 0.2
    frames = np.stack(list(render_picture(scene, Fraction(5), 160, 90)))
    assert np.abs(np.diff(frames.astype(int), axis=0)).max() > 20
    text = caption(scene, np.random.default_rng(0)).lower()
    assert any(phrase in text for phrase in KINDS["kettle"].wording.phrases)


@pytest.mark.slow
def test_a_new_kind_changes_no_scene_that_it_is_not_in(with_kettle: None) -> None:
    known = tuple(name for name in KINDS if name != "kettle")
    before, after = SceneConfig(kinds=known), SceneConfig(kinds=(*known, "kettle"))
    changed = 0
    for seed in range(200):
        old, new = make_scene(seed, 8.0, before), make_scene(seed, 8.0, after)
        assert old.shots == new.shots
        same = [equal(one, other) for one, other in zip(old.sources, new.sources, strict=False)]
        if "kettle" in new.kinds:
            changed += 1
        else:
            assert all(same)
            assert len(old.sources) == len(new.sources)
    # One kind of 29 in some of the 1.4 sources of a shot, of about 1.2 shots.
    assert 2 <= changed <= 30


def test_an_order_by_name_leaves_the_others_in_their_order() -> None:
    names = [f"kind {number}" for number in range(40)]
    for seed in range(20):
        order = ranked(names, seed)
        assert sorted(order) == sorted(names)
        assert ranked(names[:17] + names[18:], seed) == [name for name in order if name != names[17]]
    firsts = [ranked(names, seed)[0] for seed in range(4000)]
    counts = np.array([firsts.count(name) for name in names])
    # 100 each; five standard deviations of a fair draw.
    assert np.abs(counts - 100).max() < 5 * np.sqrt(4000 / 40)


def test_every_kind_has_a_category_of_the_universal_category_system() -> None:
    assert all(re.fullmatch(r"[A-Z]{2,5}([A-Z][a-z]{1,5})?", kind.category) for kind in KINDS.values())
