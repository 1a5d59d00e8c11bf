"""Distances between sets of sounds, on the features and probabilities of an embedding."""

import numpy as np

LEAST = 1e-6
"""A probability counts as this much at least, so that one that is 0 does not make a divergence infinite."""


def frechet_distance(first: np.ndarray, second: np.ndarray) -> float:
    """Return the Frechet distance of two sets of features, (N, D) and (M, D), each taken as a normal distribution.

    |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)), with the unbiased covariances (Heusel et al. 2017, equation 6). The
    trace of the root is that of (C1^(1/2) C2 C1^(1/2))^(1/2), which is symmetric, so that no root of a negative number
    has to be passed over. Raises ValueError for fewer than two rows, or for other widths.
    """
    if min(len(first), len(second)) < 2 or first.shape[1] != second.shape[1]:
        raise ValueError(f"two rows at least of one width, not {first.shape} and {second.shape}")
    a, b = first.astype(np.float64), second.astype(np.float64)
    left, right = (np.atleast_2d(np.cov(rows, rowvar=False)) for rows in (a, b))
    values, vectors = np.linalg.eigh(left)
    root = (vectors * np.sqrt(values.clip(min=0))) @ vectors.T
    crossed = np.linalg.eigvalsh(root @ right @ root).clip(min=0)
    apart = np.square(a.mean(0) - b.mean(0)).sum()
    return float(max(0.0, apart + np.trace(left) + np.trace(right) - 2 * np.sqrt(crossed).sum()))


def inception_score(probabilities: np.ndarray) -> float:
    """Return exp of the mean divergence of each row of (N, K) from the mean row: 1 where all are alike, K at most
    (Salimans et al. 2016). Raises ValueError without rows.
    """
    if not len(probabilities):
        raise ValueError("no row")
    return float(np.exp(_divergence(probabilities, probabilities.mean(0, keepdims=True)).mean()))


def mean_divergence(reference: np.ndarray, made: np.ndarray) -> float:
    """Return the mean divergence in nats, KL(reference || made), of rows (N, K) that belong to each other.

    Raises ValueError where their shapes differ or there is none.
    """
    if reference.shape != made.shape or not len(made):
        raise ValueError(f"rows in pairs, not {reference.shape} and {made.shape}")
    return float(_divergence(reference, made).mean())


def _divergence(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    p, q = (rows.astype(np.float64).clip(min=LEAST) for rows in (p, q))
    return (p * np.log(p / q)).sum(1)
