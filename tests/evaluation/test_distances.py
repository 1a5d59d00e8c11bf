"""Distances with known answers, and beside another way to the same number."""

import numpy as np
import pytest
from scipy.linalg import sqrtm

from mmhnet_cli.evaluation.distances import frechet_distance, inception_score, mean_divergence


def test_equal_sets_are_no_distance_apart() -> None:
    rows = np.random.default_rng(0).normal(size=(50, 8))
    assert frechet_distance(rows, rows) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(rows, rows + 3) == pytest.approx(8 * 9)


def test_one_width_is_the_difference_of_means_and_deviations() -> None:
    rows = np.random.default_rng(0).normal(size=(1000, 1))
    deviation = rows.std(ddof=1)
    assert frechet_distance(rows, 3 * rows + 5) == pytest.approx(
        (5 + 2 * rows.mean()) ** 2 + (2 * deviation) ** 2, rel=1e-9
    )


@pytest.mark.parametrize("count", [300, 20])
def test_it_is_the_distance_by_the_root_of_the_product(count: int) -> None:
    rng = np.random.default_rng(1)
    first = rng.normal(size=(count, 48)) @ rng.normal(size=(48, 48))
    second = rng.normal(size=(count + 7, 48)) @ rng.normal(size=(48, 48)) + rng.normal(size=48)
    one, two = np.cov(first, rowvar=False), np.cov(second, rowvar=False)
    root = sqrtm(one @ two)
    apart = np.square(first.mean(0) - second.mean(0)).sum()
    reference = apart + np.trace(one + two - 2 * root.real)
    assert frechet_distance(first, second) == pytest.approx(reference, rel=1e-4)
    assert frechet_distance(second, first) == pytest.approx(frechet_distance(first, second), rel=1e-9)


def test_what_has_no_distance() -> None:
    for first, second in (((1, 4), (5, 4)), ((5, 4), (5, 3))):
        with pytest.raises(ValueError, match="rows"):
            frechet_distance(np.zeros(first), np.zeros(second))


def test_inception_score_is_the_number_of_classes_that_are_sure_and_varied() -> None:
    assert inception_score(np.eye(5)) == pytest.approx(5, rel=1e-3)
    assert inception_score(np.full((9, 5), 0.2)) == pytest.approx(1)
    assert inception_score(np.tile([1.0, 0, 0], (4, 1))) == pytest.approx(1, rel=1e-3)
    with pytest.raises(ValueError, match="no row"):
        inception_score(np.zeros((0, 3)))


def test_divergence_of_pairs() -> None:
    p, q = np.array([[0.5, 0.5]]), np.array([[0.25, 0.75]])
    assert mean_divergence(p, p) == 0
    assert mean_divergence(p, q) == pytest.approx(0.5 * np.log(2) + 0.5 * np.log(2 / 3))
    assert mean_divergence(np.vstack([p, p]), np.vstack([p, q])) == pytest.approx(mean_divergence(p, q) / 2)
    with pytest.raises(ValueError, match="in pairs"):
        mean_divergence(p, np.vstack([p, q]))
