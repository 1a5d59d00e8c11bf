"""The eyes that training pretends: what is there is mostly named so, and never quite alone."""

import numpy as np

from mmhnet_cli.encoders.changes import MEASURES
from mmhnet_cli.encoders.sounding import sounding
from mmhnet_cli.training.movement import MovementConfig, movement
from mmhnet_cli.training.sight import SightConfig, look


def test_each_look_is_a_distribution_over_the_classes() -> None:
    rng = np.random.default_rng(0)
    for kinds in ((), ("rain",), ("dog", "car", "thunder")):
        rows = look(kinds, 5, sounding(), rng)
        assert rows.shape == (5, 1000)
        assert rows.min() >= 0
        assert np.allclose(rows.sum(1), 1, atol=1e-5)


def test_what_is_there_is_named_more_than_anything_else_unless_it_is_missed() -> None:
    table, column = sounding(), sounding().kinds.index("dog")
    seen, missed = SightConfig(missed=0.0), SightConfig(missed=1.0)
    shares = [
        [
            float((look(["dog"], 4, table, np.random.default_rng(seed), how) @ table.shares)[:, column].mean())
            for seed in range(60)
        ]
        for how in (seen, missed)
    ]
    assert np.mean(shares[0]) > 0.4 > 0.25 > np.mean(shares[1])
    assert np.std(shares[0]) > 0.1


def test_bumps_stand_where_the_hits_are() -> None:
    hits, strengths = np.arange(0.5, 7.5, 0.7), np.full(10, 1.0)
    clear = MovementConfig(blind=0, missed=0, lag_frames=(0, 0), others_per_s=0, restless=0)
    at = np.round(hits * 25 - 0.5).astype(int)
    for seed in range(20):
        rows = movement(hits, strengths, (), 200, np.random.default_rng(seed), clear)
        assert rows.shape == (200, MEASURES)
        assert rows.min() >= 0
        there = np.maximum.reduce([rows[at + step, 0] for step in (-2, -1, 0, 1, 2)])
        assert np.median(there) > 2 * np.median(rows[:, 0])
    blind = [
        movement(hits, strengths, (), 200, np.random.default_rng(seed), MovementConfig(blind=1)) for seed in range(20)
    ]
    assert abs(np.mean([rows[at].mean() - rows.mean() for rows in blind])) < 0.1


def test_a_cut_is_a_change() -> None:
    rows = movement(np.zeros(0), np.zeros(0), (4.0,), 200, np.random.default_rng(0))
    assert int(rows[:, 0].argmax()) == 100
