"""The picture shows every event on time, the same at every size."""

from dataclasses import replace
from fractions import Fraction
from itertools import islice

import numpy as np
import pytest

from mmhnet_cli.training.world.kinds import DRAWN, KINDS
from mmhnet_cli.training.world.picture import frame_count, render_picture
from mmhnet_cli.training.world.scene import Scene, Shot, Source
from mmhnet_cli.training.world.script import SceneConfig, make_scene

FPS = Fraction(25)
EVENTFUL = [name for name in DRAWN if KINDS[name].eventful]
CONTINUOUS = [name for name in DRAWN if not KINDS[name].eventful]
WEAKEST = 0.35**0.7
"""Smallest strength that `make_scene` draws."""


def film_of(
    looks: str, events_s: list[float], level: float = 0.5, shot_seed: int = 1, duration_s: float = 2.0
) -> Scene:
    """One source, as small as sources get, with its weakest events."""
    source = Source(
        kind=looks,
        looks=looks,
        start_s=0.0,
        end_s=duration_s,
        events_s=np.array(events_s),
        strengths=np.full(len(events_s), WEAKEST),
        curve=np.full(int(duration_s * 25) + 1, level),
        gain=1.0,
        x=0.1,
        y=0.05,
        size=0.33,
        seed=5,
    )
    return Scene(0, duration_s, (Shot(0.0, duration_s, shot_seed),), (source,))


def frames_of(scene: Scene, width: int = 128, height: int = 72, fps: Fraction = FPS) -> np.ndarray:
    """All frames (T, H, W, 3) as float."""
    return np.stack(list(render_picture(scene, fps, width, height))).astype(np.float32)


def change_near_source(frames: np.ndarray) -> np.ndarray:
    """Mean absolute difference (T,) of each frame from the one before, near the source of `film_of`."""
    height, width = frames.shape[1:3]
    x, y, reach = width / 2 + 0.1 * height, (0.5 + 0.05) * height, 0.7 * 0.33 * height
    near = frames[:, int(y - reach) : int(y + reach), int(x - reach) : int(x + reach)]
    return np.concatenate([[0.0], np.abs(np.diff(near, axis=0)).mean((1, 2, 3))])


@pytest.mark.parametrize(
    ("duration_s", "fps", "frames"),
    [
        (8.0, Fraction(25), 200),
        (7.32, Fraction(25), 183),
        (7.3, Fraction(25), 183),
        (8.0, Fraction(24000, 1001), 192),
        (1.001, Fraction(24000, 1001), 24),
        (0.01, Fraction(8), 1),
    ],
)
def test_frames_cover_the_duration_exactly(duration_s: float, fps: Fraction, frames: int) -> None:
    assert frame_count(duration_s, fps) == frames
    assert sum(1 for _ in render_picture(make_scene(1, duration_s), fps, 32, 18)) == frames


def test_frames_are_rgb_bytes_of_the_asked_size() -> None:
    frame = next(render_picture(make_scene(2, 1.0), FPS, 62, 36))
    assert frame.shape == (36, 62, 3)
    assert frame.dtype == np.uint8
    assert frame.flags.c_contiguous


@pytest.mark.parametrize("seed", range(6))
def test_a_range_equals_that_part_of_the_whole(seed: int) -> None:
    scene = make_scene(seed, 4.0)
    whole = list(render_picture(scene, FPS, 64, 36))
    part = list(render_picture(scene, FPS, 64, 36, start_frame=53, frames=9))
    assert len(part) == 9
    np.testing.assert_array_equal(np.stack(part), np.stack(whole[53:62]))


@pytest.mark.parametrize("looks", EVENTFUL)
@pytest.mark.parametrize("shot_seed", [1, 2])
def test_the_first_frame_at_or_after_an_event_shows_it(looks: str, shot_seed: int) -> None:
    # At a frame, and hardly after one: the effect is then 39 ms old when it is first seen.
    events = {0.2: 5, 1.001: 26}
    change = change_near_source(frames_of(film_of(looks, list(events), shot_seed=shot_seed, duration_s=1.12)))
    for first in events.values():
        assert change[first] > 4.0
        assert change[first] > 1.4 * change[first - 4 : first].max()


@pytest.mark.parametrize("looks", EVENTFUL)
def test_nothing_moves_towards_an_event_long_before_it(looks: str) -> None:
    sooner, later = (list(render_picture(film_of(looks, [event]), FPS, 64, 36)) for event in (1.5, 1.6))
    np.testing.assert_array_equal(np.stack(sooner[:15]), np.stack(later[:15]))
    assert any((a != b).any() for a, b in zip(sooner, later, strict=True))


@pytest.mark.parametrize("looks", CONTINUOUS)
def test_continuous_things_move_all_the_time_and_more_when_there_is_more_of_them(looks: str) -> None:
    low = change_near_source(frames_of(film_of(looks, [], level=0.05, duration_s=1.2)))[1:]
    high = change_near_source(frames_of(film_of(looks, [], level=0.95, duration_s=1.2)))[1:]
    assert low.mean() > 0.05
    assert np.median(high) > 0.3
    assert high.mean() > 1.15 * low.mean()


@pytest.mark.parametrize("looks", DRAWN)
def test_the_picture_is_the_same_at_another_size(looks: str) -> None:
    scene = film_of(looks, [0.5] if KINDS[looks].eventful else [], duration_s=1.0)
    for start in (5, 13):
        small = next(render_picture(scene, FPS, 128, 72, start, 1)).astype(np.float32)
        large = next(render_picture(scene, FPS, 512, 288, start, 1)).astype(np.float32)
        scaled = large.reshape(72, 4, 128, 4, 3).mean((1, 3))
        assert np.abs(small - scaled).mean() < 2.0
        assert np.corrcoef(small.ravel(), scaled.ravel())[0, 1] > 0.985


def test_looks_differ_from_one_another() -> None:
    stills = {
        name: next(render_picture(film_of(name, [0.4] if KINDS[name].eventful else []), FPS, 64, 36, 10, 1)).astype(
            float
        )
        for name in DRAWN
    }
    names = list(stills)
    for k, name in enumerate(names):
        for other in names[:k]:
            assert np.abs(stills[name] - stills[other]).max() > 30, (name, other)


@pytest.mark.slow
def test_a_cut_changes_more_than_motion_does() -> None:
    scene = make_scene(4, 8.0, SceneConfig(kinds=("wind",), shot_s=(2.0, 2.5)))
    change = np.abs(np.diff(frames_of(scene, 64, 36), axis=0)).mean((1, 2, 3))
    cuts = [frame_count(shot.start_s, FPS) - 1 for shot in scene.shots[1:]]
    assert len(cuts) >= 2
    others = np.delete(change, cuts)
    assert change[cuts].min() > 3 * others.max()


@pytest.mark.parametrize("behind", ["waves", "rain", "thunder"])
def test_what_fills_the_picture_does_not_hide_a_source(behind: str) -> None:
    drum, large = film_of("drum", [0.6]).sources[0], replace(film_of(behind, []).sources[0], size=0.8, x=0.0)
    scene = film_of("drum", [])
    sea, both, swapped = (
        next(render_picture(replace(scene, sources=sources), FPS, 128, 72, 15, 1)).astype(float)
        for sources in ((large,), (drum, large), (large, drum))
    )
    np.testing.assert_array_equal(both, swapped)
    assert (np.abs(both - sea).max(-1) > 40).sum() > 100


def test_a_source_is_seen_only_in_its_time() -> None:
    empty = replace(film_of("alarm", []), sources=())
    source = replace(film_of("alarm", [0.9]).sources[0], start_s=0.8, end_s=1.2)
    shown = np.abs(frames_of(replace(empty, sources=(source,))) - frames_of(empty)).max((1, 2, 3)) > 0
    np.testing.assert_array_equal(np.flatnonzero(shown), np.arange(20, 30))


def test_what_is_seen_follows_looks_and_not_kind() -> None:
    scene = film_of("alarm", [0.5])
    rescored = replace(scene, sources=(replace(scene.sources[0], kind="bell"),))
    for before, after in zip(
        islice(render_picture(scene, FPS, 64, 36), 20), islice(render_picture(rescored, FPS, 64, 36), 20), strict=True
    ):
        np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize("seed", range(8))
def test_any_mixture_of_looks_and_kinds_can_be_drawn(seed: int) -> None:
    scene = make_scene(200 + seed, 6.0, SceneConfig(rescored=0.6))
    frames = frames_of(scene, 64, 36, Fraction(8))
    assert len(frames) == 48
    assert 5 < frames.mean() < 200
