"""Captions name what is heard, all of it, and nothing else."""

import re
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from mmhnet_cli.training.world.captions import caption
from mmhnet_cli.training.world.kinds import DRAWN, KINDS
from mmhnet_cli.training.world.scene import Scene
from mmhnet_cli.training.world.script import SceneConfig, make_scene


def kinds_in(text: str) -> list[str]:
    """Kinds whose phrases stand in `text`, in order. Longer phrases first, since "footsteps on gravel" is one."""
    phrases = sorted(
        ((phrase, name) for name in DRAWN for phrase in KINDS[name].wording.phrases), key=lambda p: -len(p[0])
    )
    found, rest = [], text.lower()
    for phrase, kind in phrases:
        for match in re.finditer(rf"(?<![\w-]){re.escape(phrase)}(?![\w-])", rest):
            found.append((match.start(), kind))
            rest = rest[: match.start()] + "#" * len(phrase) + rest[match.end() :]
    return list(dict.fromkeys(kind for _, kind in sorted(found)))


def captions_of(scene: Scene, count: int) -> list[str]:
    rng = np.random.default_rng(7)
    return [caption(scene, rng) for _ in range(count)]


@pytest.mark.parametrize("kind", DRAWN)
def test_every_kind_has_at_least_eight_phrases_with_gentle_and_strong_ones(kind: str) -> None:
    words = KINDS[kind].wording
    assert len(set(words.phrases)) == len(words.phrases) >= 8
    assert words.nouns
    assert words.clauses
    assert words.gentle
    assert words.strong


def test_no_phrase_is_shared_by_two_kinds() -> None:
    phrases = {name: {phrase.lower() for phrase in KINDS[name].wording.phrases} for name in DRAWN}
    for one, other in combinations(phrases, 2):
        assert not phrases[one] & phrases[other]


@pytest.mark.parametrize("kind", DRAWN)
def test_a_single_sound_is_named_in_many_ways(kind: str) -> None:
    texts = captions_of(make_scene(1, 4.0, SceneConfig(kinds=(kind,), shot_s=(4.0, 5.0))), 60)
    assert len(set(texts)) >= 12
    for text in texts:
        assert kinds_in(text) == [kind]


@pytest.mark.parametrize("seed", range(40))
def test_all_kinds_heard_are_named_in_order(seed: int) -> None:
    scene = make_scene(seed, 8.0)
    for text in captions_of(scene, 5):
        assert kinds_in(text) == list(scene.kinds)


def test_what_is_heard_counts_and_not_what_is_seen() -> None:
    scene = make_scene(3, 4.0, SceneConfig(kinds=("rain",)))
    rescored = replace(scene, sources=tuple(replace(source, kind="wind") for source in scene.sources))
    assert all(kinds_in(text) == ["wind"] for text in captions_of(rescored, 20))


def test_intensity_chooses_the_words() -> None:
    scene = make_scene(3, 4.0, SceneConfig(kinds=("rain",), shot_s=(4.0, 5.0), sources_per_shot=(1, 0, 0)))

    def texts(level: float) -> str:
        source = replace(scene.sources[0], curve=np.full_like(scene.sources[0].curve, level))
        return " ".join(captions_of(replace(scene, sources=(source,)), 80)).lower()

    assert "light rain" in texts(0.1)
    assert "light rain" not in texts(0.9)
    assert "pouring rain" in texts(0.9)
    assert "pouring rain" not in texts(0.1)
    assert "light rain" not in texts(0.5)


def test_order_in_time_chooses_the_joiner() -> None:
    scene = make_scene(3, 8.0, SceneConfig(kinds=("rain", "bell"), shot_s=(2.5, 3.5), sources_per_shot=(1, 0, 0)))
    first, second = (
        scene.sources[0],
        replace(scene.sources[1], kind="bell" if scene.sources[0].kind == "rain" else "rain"),
    )
    assert second.start_s >= first.end_s
    after = " ".join(captions_of(replace(scene, sources=(first, second)), 60)).lower()
    together = " ".join(captions_of(replace(scene, sources=(first, replace(second, start_s=0.0))), 60)).lower()
    assert "then" in after
    assert "while" not in after
    assert "while" in together
    assert "then" not in together


def test_many_sounds_become_keywords() -> None:
    scene = make_scene(5, 60.0)
    assert len(scene.kinds) > 4
    text = captions_of(scene, 1)[0].rstrip(".").lower()
    assert text.split(", ") == [KINDS[kind].wording.nouns[0].lower() for kind in scene.kinds]


def test_no_sound_is_silence_and_a_seed_gives_one_caption() -> None:
    scene = make_scene(3, 8.0)
    assert caption(replace(scene, sources=()), np.random.default_rng(0)) == "silence"
    assert captions_of(scene, 10) == captions_of(scene, 10)
