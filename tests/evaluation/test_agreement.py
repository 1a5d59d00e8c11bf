"""Whether sound and picture belong together: curves whose shift is known."""

import numpy as np
import pytest

from mmhnet_cli.evaluation.agreement import RATE, agreement, desync_s, rises


def curve(times_s: tuple[float, ...], seconds: float = 12) -> np.ndarray:
    found = np.zeros(round(seconds * RATE))
    found[[round(time * RATE) for time in times_s]] = 1
    return found


HITS = (0.6, 1.52, 3.0, 3.4, 5.2, 6.84, 8.0, 9.6, 11.0)


def test_what_is_together_is_not_apart() -> None:
    assert desync_s(curve(HITS), curve(HITS)) == 0


@pytest.mark.parametrize("shift_s", [0.2, -0.2, 0.48])
def test_a_shift_of_all_is_found(shift_s: float) -> None:
    moved = tuple(time + shift_s for time in HITS)
    assert desync_s(curve(HITS), curve(moved)) == pytest.approx(abs(shift_s), abs=1.01 / RATE)


def test_where_nothing_moves_nothing_is_apart() -> None:
    assert desync_s(curve(()), curve(HITS)) is None
    assert desync_s(curve(HITS), curve(())) is None
    assert desync_s(curve((0.2,), 1), curve((0.4,), 1)) == pytest.approx(0.2, abs=1 / RATE), "shorter than a window"


def test_rises_are_where_clicks_are() -> None:
    sound = np.zeros(44100 * 4, np.float32)
    for time in (1.0, 2.5):
        sound[round(time * 44100) :][:400] = np.random.default_rng(0).normal(size=400) * 0.3
    found = rises(sound, 44100)
    assert found.shape == (100,)
    assert np.abs(np.sort(np.argsort(found)[-2:]) - [25, 62]).max() <= 1


def test_agreement_is_the_cosine_of_seen_and_heard() -> None:
    seen, heard = np.array([[1.0, 0], [0.5, 0.5], [0, 0]]), np.array([[1.0, 0], [1.0, 0], [1.0, 0]])
    assert agreement(seen, heard) == pytest.approx((1 + 0.5**0.5) / 2)
    assert agreement(0 * seen, heard) is None
