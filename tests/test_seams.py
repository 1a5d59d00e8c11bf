"""The helper that tells a join from what changes anyway."""

import numpy as np
import pytest

from tests.seams import SeamRatio, edge_ratio


def test_edges_are_compared_with_elsewhere() -> None:
    times = np.arange(100.0)
    flux = np.ones(100)
    assert edge_ratio(flux, times, np.array([30.0, 60.0]), 1.0) == SeamRatio(1.0, 1.0)
    flux[[31, 60]] = 3
    found = edge_ratio(flux, times, np.array([30.0, 60.0]), 1.0)
    assert (found.median, found.largest) == pytest.approx((3, 3))
    assert edge_ratio(flux, times, np.array([80.0]), 1.0).largest == pytest.approx(1 / 3)


def test_nothing_to_compare() -> None:
    with pytest.raises(ValueError, match="0 edges and 10 other times"):
        edge_ratio(np.ones(10), np.arange(10.0), np.array([]), 1.0)
