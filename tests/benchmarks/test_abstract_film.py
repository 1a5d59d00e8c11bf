"""Films that nobody draws: they show what their scene has, when it has it, and are the same each time."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.abstract_film import film_of, hits_of, shares_of, unseen
from benchmarks.common import cut_scene, one_shot_scene
from mmhnet_cli.encoders.meaning import CLIP_DIM, KIND_NAMES, SYNC_DIM
from mmhnet_cli.training.sight import SightConfig

SURE = SightConfig(missed=0.0, names=1, sure=(200.0, 1.0), flicker=0.0)


@pytest.mark.parametrize("seconds", [8.0, 9.1, 61.0])
def test_it_is_as_long_as_its_scene(seconds: float) -> None:
    film = film_of(cut_scene(1, ["dog", "rain"], seconds, (2.0, 4.0)))
    assert film.clip.shape == (int(np.ceil(8 * seconds)), CLIP_DIM)
    assert film.sync.shape == (int(np.ceil(25 * seconds)), SYNC_DIM)
    assert film.clip.dtype == film.sync.dtype == np.float32


def test_each_shot_shows_its_own_kind() -> None:
    scene = cut_scene(2, ["dog", "piano", "violin"], 60.0, (4.0, 12.0))
    shares = shares_of(scene, SURE, np.random.default_rng(0))
    assert shares.shape == (120, len(KIND_NAMES))
    times = (np.arange(120) + 0.5) / 2
    assert len({source.looks for source in scene.sources}) > 1
    for source in scene.sources:
        here = shares[(times >= source.start_s) & (times < source.end_s)]
        assert [KIND_NAMES[kind] for kind in here.argmax(1)] == [source.looks] * len(here)


def test_hits_are_seen_at_their_times() -> None:
    scene = one_shot_scene(3, "hammer_metal")
    moved = film_of(scene, SURE).sync[:, :4].sum(1)
    frames = np.round(hits_of(scene)[0] * 25).astype(int)
    near = np.array([moved[max(0, frame - 2) : frame + 3].max() for frame in frames])
    assert near.min() > 2 * np.median(moved)


def test_hits_are_given_where_they_shall_be() -> None:
    scene = one_shot_scene(3, "drum")
    assert not film_of(scene).sync[:, 4:].any()
    given = film_of(scene, given=True).sync
    assert (given[:, 5] == 1).all()
    assert np.count_nonzero(given[:, 4]) >= len(hits_of(scene)[0])


def test_hits_of_all_sources_come_in_order() -> None:
    scene = one_shot_scene(3, "drum")
    (source,) = scene.sources
    both = replace(scene, sources=(source, replace(source, events_s=source.events_s - 0.05)))
    times, strengths = hits_of(both)
    assert (np.diff(times) >= 0).all() and len(times) == len(strengths) == 2 * len(source.events_s)


def test_the_same_scene_is_the_same_film() -> None:
    scene = one_shot_scene(4, "bird")
    first, again, other = film_of(scene), film_of(scene), film_of(one_shot_scene(5, "bird"))
    assert np.array_equal(first.clip, again.clip) and np.array_equal(first.sync, again.sync)
    assert not np.array_equal(first.clip, other.clip)
    assert not unseen(first).clip.any() and not unseen(first).sync.any()
