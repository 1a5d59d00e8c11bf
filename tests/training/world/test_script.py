"""Scenes as data: shots without gaps, events that can be told apart, other takes of the same film."""

from dataclasses import fields

import numpy as np
import pytest

from mmhnet_cli.training.world.kinds import DRAWN, KINDS
from mmhnet_cli.training.world.rhythm import event_times
from mmhnet_cli.training.world.scene import CONTROL_RATE_HZ, Scene, Source, excerpt
from mmhnet_cli.training.world.script import SceneConfig, control_curve, make_scene

SEEDS = range(60)
EVENTFUL = [name for name in DRAWN if KINDS[name].eventful]


def equal(one: object, other: object) -> bool:
    """Whether two scenes, sources or arrays hold the same; dataclasses with arrays cannot be compared by ==."""
    if isinstance(one, np.ndarray):
        return np.array_equal(one, np.asarray(other))
    if isinstance(one, tuple):
        return isinstance(other, tuple) and len(one) == len(other) and all(map(equal, one, other))
    if isinstance(one, Scene | Source):
        return all(equal(getattr(one, field.name), getattr(other, field.name)) for field in fields(one))
    return one == other


def check_sources(scene: Scene, apart_s: float = 0.11) -> None:
    """What sound and picture rely on."""
    for source in scene.sources:
        shot = next(shot for shot in scene.shots if shot.start_s == source.start_s)
        assert source.end_s == shot.end_s
        assert len(source.events_s) == len(source.strengths)
        assert ((source.events_s >= source.start_s + 0.15) & (source.events_s < source.end_s - 0.15)).all()
        assert (np.diff(source.events_s) >= apart_s - 1e-9).all()
        assert ((source.strengths > 0) & (source.strengths <= 1)).all()
        assert len(source.curve) == int(np.ceil((source.end_s - source.start_s) * CONTROL_RATE_HZ)) + 1
        assert 0 <= source.curve.min() <= source.curve.max() <= 1


def loudest_per_shot(scene: Scene) -> int:
    """Most eventful sources heard in one shot."""
    starts = [source.start_s for source in scene.sources if KINDS[source.kind].eventful]
    return max((starts.count(start) for start in starts), default=0)


def test_kinds_are_of_four_families() -> None:
    assert {KINDS[name].family for name in DRAWN} == {"impact", "texture", "machine", "one_shot"}
    assert all(KINDS[name].eventful for name in DRAWN if KINDS[name].family in ("impact", "one_shot"))
    assert not any(KINDS[name].eventful for name in DRAWN if KINDS[name].family == "texture")


@pytest.mark.parametrize("duration_s", [1.0, 8.0, 61.7])
def test_a_seed_gives_one_scene(duration_s: float) -> None:
    assert equal(make_scene(5, duration_s), make_scene(5, duration_s))
    assert not equal(make_scene(5, duration_s), make_scene(6, duration_s))


@pytest.mark.slow
@pytest.mark.parametrize("duration_s", [0.4, 2.5, 8.0, 13.37, 180.0])
def test_shots_follow_each_other_to_the_end(duration_s: float) -> None:
    shortest, longest = SceneConfig().shot_s
    for seed in SEEDS:
        scene = make_scene(seed, duration_s)
        assert scene.shots[0].start_s == 0
        assert scene.shots[-1].end_s == duration_s
        for before, after in zip(scene.shots, scene.shots[1:], strict=False):
            assert before.end_s == after.start_s
            assert before.end_s - before.start_s >= shortest
        assert all(shot.end_s - shot.start_s <= longest + shortest for shot in scene.shots)


@pytest.mark.parametrize("duration_s", [0.5, 8.0, 60.0])
def test_sources_keep_to_their_shots_and_events_apart(duration_s: float) -> None:
    for seed in SEEDS:
        scene = make_scene(seed, duration_s)
        check_sources(scene)
        assert {source.start_s for source in scene.sources} == {shot.start_s for shot in scene.shots}
        assert all(source.kind == source.looks for source in scene.sources)
        assert loudest_per_shot(scene) <= 1


def test_continuous_sources_have_no_events_and_eventful_ones_do() -> None:
    for seed in SEEDS:
        for source in make_scene(seed, 8.0).sources:
            assert bool(len(source.events_s)) == KINDS[source.kind].eventful


def test_sources_of_a_shot_are_of_different_kinds_and_places() -> None:
    config = SceneConfig(sources_per_shot=(0, 0, 1), shot_s=(4.0, 5.0))
    for seed in SEEDS:
        sources = make_scene(seed, 4.0, config).sources
        assert len({source.kind for source in sources}) == len(sources) <= 3
        places = sorted(source.x for source in sources)
        assert (np.diff(places) > 0.25).all()


def test_only_the_kinds_asked_for_appear() -> None:
    config = SceneConfig(kinds=("rain", "bell"), rescored=0.5)
    heard = {kind for seed in SEEDS for kind in make_scene(seed, 8.0, config).kinds}
    assert heard == {"rain", "bell"}


def test_a_rescored_draw_has_the_rhythm_of_what_is_seen() -> None:
    config = SceneConfig(rescored=1.0, sources_per_shot=(1, 0, 0))
    sources = [source for seed in SEEDS for source in make_scene(seed, 8.0, config).sources]
    assert any(source.kind != source.looks for source in sources)
    for source in sources:
        eventful = KINDS[source.looks].eventful or KINDS[source.kind].eventful
        assert bool(len(source.events_s)) == eventful


@pytest.mark.parametrize("kind", EVENTFUL)
def test_events_stay_inside_and_apart_in_every_rhythm(kind: str) -> None:
    rhythm = KINDS[kind].rhythm
    assert rhythm is not None
    for seed in range(20):
        for start, end in ((0.0, 8.0), (3.2, 4.0), (1.0, 1.35), (0.0, 0.2)):
            times = event_times(np.random.default_rng(seed), rhythm, start, end)
            assert ((times >= start + 0.15) & (times < end - 0.15)).all()
            assert (np.diff(times) >= 0.11).all()
        long = event_times(np.random.default_rng(seed), rhythm, 10.0, 40.0)
        # The rhythm goes on to the end: no silence longer than its slowest interval.
        assert long[-1] > 40 - 3.5 - 0.15
        assert np.diff(long).max() <= 3.5


def test_even_rhythms_are_even() -> None:
    for kind, most in (("clock", 0.03), ("footsteps", 0.15), ("bell", 1.0)):
        rhythm = KINDS[kind].rhythm
        assert rhythm is not None
        intervals = np.diff(event_times(np.random.default_rng(3), rhythm, 0.0, 60.0))
        assert intervals.std() / intervals.mean() < most


@pytest.mark.parametrize("length_s", [0.01, 0.5, 1.0, 2.53, 12.0, 100.0])
def test_control_curve_is_smooth_and_within_its_range(length_s: float) -> None:
    for seed in range(20):
        curve = control_curve(np.random.default_rng(seed), length_s)
        assert curve.shape == (int(np.ceil(length_s * CONTROL_RATE_HZ)) + 1,)
        assert 0 <= curve.min() <= curve.max() <= 1
        # The steepest cosine rises by 1 within 1 s: pi / 2 per second.
        assert np.abs(np.diff(curve)).max() <= np.pi / 2 / CONTROL_RATE_HZ + 1e-9


def test_an_excerpt_is_what_happens_between_two_times() -> None:
    for seed in SEEDS:
        for source in make_scene(seed, 8.0).sources:
            part = excerpt(source, source.start_s + 0.3, source.end_s - 0.2)
            assert (part.start_s, part.end_s) == (source.start_s + 0.3, source.end_s - 0.2)
            assert len(part.events_s) == len(part.strengths)
            assert set(part.events_s) == {t for t in source.events_s if part.start_s <= t < part.end_s}
            assert len(part.curve) * (1 / CONTROL_RATE_HZ) >= part.end_s - part.start_s
