"""Cuts, what is seen in each shot, and on which side."""

import numpy as np
import pytest

from mmhnet_cli.encoders.changes import LONG_PICTURES, MEASURES
from mmhnet_cli.encoders.shots import CUT, EVERYWHERE, cuts_of, looks_at, pan_of, shots_of, steady


def changes(frames: int, *cuts: int) -> np.ndarray:
    measures = np.full((frames, MEASURES), 0.2, np.float32)
    measures[list(cuts), EVERYWHERE] = CUT + 0.1
    return measures


def begins(measures: np.ndarray, pictures: np.ndarray) -> list[float]:
    """Of a film whose pictures are these numbers, one thing each."""
    second_ago = np.concatenate((np.repeat(pictures[:1], LONG_PICTURES), pictures))[: len(pictures)]
    return cuts_of(measures, (pictures != second_ago).astype(np.float32)).tolist()


def test_a_change_all_over_the_picture_is_a_cut() -> None:
    assert begins(changes(100, 25, 60), np.repeat([0, 1, 2], [25, 35, 40])) == [0, 1.0, 2.4]
    assert begins(changes(10), np.zeros(10)) == [0]
    # The first frame is no change, whatever stands there.
    assert begins(changes(10, 0), np.zeros(10)) == [0]
    # Near the ends there is less to look at.
    assert begins(changes(40, 2, 38), np.repeat([0, 1, 2], [2, 36, 2])) == [0, 0.08, 1.52]


def test_a_flash_is_no_cut_and_a_blended_cut_is_one() -> None:
    lightning = np.repeat([0, 1, 0, 1, 0], [50, 1, 3, 2, 44])
    assert begins(changes(100, 50, 51, 54, 56), lightning) == [0]
    assert begins(changes(100, 50, 51, 52), np.repeat([0, 1, 2, 3], [50, 1, 1, 48])) == [0, 2.0]


def test_what_is_seen_is_averaged_within_a_shot_alone() -> None:
    # Two looks a second: the cut at 2 s is before the fifth.
    shares = np.zeros((40, 2), np.float32)
    shares[:4, 0], shares[4:, 1] = [0.2, 0.6, 0.2, 0.6], 1
    held = steady(shares, np.array([0.0, 2.0]))
    assert held[:4] == pytest.approx(np.tile([0.4, 0], (4, 1)))
    assert held[4:] == pytest.approx(np.tile([0, 1], (36, 1)))
    # Within a long shot, 4 s around each look.
    ramp = np.arange(40, dtype=np.float32)[:, None]
    assert steady(ramp, np.zeros(1))[[0, 8, 20, 39], 0].tolist() == [4, 8, 20, 35]


def test_the_look_that_tells_of_a_moment() -> None:
    begins = np.array([0.0, 0.7, 2.1, 2.2])
    times = np.array([0, 0.4, 0.6, 0.7, 0.9, 1.0, 2.05, 2.1, 2.2, 2.4, 2.5, 9.0])
    # Before the first look of its shot the next one tells; a shot without any has that before it.
    assert looks_at(times, 6, begins).tolist() == [0, 0, 1, 2, 2, 2, 4, 4, 5, 5, 5, 5]


def test_shots_are_told_with_their_kinds() -> None:
    shares = np.array([[0.5, 0.1, 0.01], [0.3, 0.3, 0.01], [0, 0, 0.9]], np.float32)
    first, short, last = shots_of(shares, np.array([0.0, 0.8, 0.9]), 1.5, ("rain", "wind", "dog"))
    assert (first.start_s, first.end_s, last.end_s) == (0, 0.8, 1.5)
    assert list(first.shares.items()) == [("rain", pytest.approx(0.4)), ("wind", pytest.approx(0.2))]
    # Between two looks: the one before it stands for it.
    assert short.shares == {"rain": pytest.approx(0.3), "wind": pytest.approx(0.3)}
    assert last.shares == {"dog": pytest.approx(0.9)}


def test_the_place_of_what_moves() -> None:
    where, strength = np.full(100, -1, np.float32), np.zeros(100, np.float32)
    strength[20:30], strength[70:80] = 5, 5
    where[60:] = 1
    pan = pan_of(where, strength, np.array([0.0, 2.4]))
    assert pan[25] == pytest.approx(-0.7 * 50 / 53, abs=0.05)
    assert pan[75] == pytest.approx(0.7 * 50 / 53, abs=0.05)
    assert pan[45] == 0, "where nothing moves is the middle"
    # Nothing of the second shot is in the first.
    strength[:] = 0
    strength[60:] = 50
    assert not pan_of(where, strength, np.array([0.0, 2.4]))[:60].any()
    assert np.abs(pan_of(where, strength, np.array([0.0, 2.4]))).max() < 0.7


def test_a_film_of_one_frame() -> None:
    assert pan_of(np.zeros(1), np.ones(1), np.zeros(1)).tolist() == [0]
    assert looks_at(np.zeros(1), 1, np.zeros(1)).tolist() == [0]
