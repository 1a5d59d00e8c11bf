"""What counts as a seam: a click at an edge stands out of a steady sound, a sound that goes on does not."""

import numpy as np
import pytest

from benchmarks.redo import flux, rank

RATE_HZ = 48000
EDGES = (4.0, 6.0)


@pytest.fixture
def steady() -> np.ndarray:
    return 0.1 * np.random.default_rng(1).standard_normal((2, 12 * RATE_HZ))


def test_a_sound_that_goes_on_has_no_seam(steady: np.ndarray) -> None:
    assert all(rank(flux(steady), RATE_HZ, edge, EDGES) < 1 for edge in EDGES)


@pytest.mark.parametrize("off_s", [-0.2, 0.0, 0.2])
def test_a_click_near_an_edge_is_one(steady: np.ndarray, off_s: float) -> None:
    steady[:, round((EDGES[0] + off_s) * RATE_HZ)] += 5
    first, second = (rank(flux(steady), RATE_HZ, edge, EDGES) for edge in EDGES)
    assert first == 1 > second
