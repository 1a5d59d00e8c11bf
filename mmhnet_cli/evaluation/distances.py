"""Distances between sets of sounds, on the features and probabilities of an embedding."""

import numpy as np

LEAST = 1e-6
"""A probability counts as this much at least, so that one that is 0 does not make a divergence infinite."""


def frechet_distance(first: np.ndarray, second: np.ndarray) -> float:
    """Return the Frechet distance of two sets of features, (N, D) and (M, D), each taken as a normal distribution.

    |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)), with the unbiased covariances (Heusel et al. 2017, equation 6). Raises
    ValueError for fewer than two rows, or for other widths.
    """
    if min(len(first), len(second)) < 2 or first.shape[1] != second.shape[1]:
        raise ValueError(f"two rows at least of one width, not {first.shape} and {second.shape}")
    a, b = first.astype(np.float64), second.astype(np.float64)
    apart = np.square(a.mean(0) - b.mean(0)).sum()
    left, right = ((rows - rows.mean(0)) / np.sqrt(len(rows) - 1) for rows in (a, b))
    spread = np.square(left).sum() + np.square(right).sum()
    return float(max(0.0, apart + spread - 2 * _trace_of_root(left, right)))


def _trace_of_root(left: np.ndarray, right: np.ndarray) -> float:
    """Return tr((C1 C2)^(1/2)) of C1 = A^T A and C2 = B^T B, from A (N, D) and B (M, D).

    It is the sum of the singular values of A B^T, as C1 C2 has the eigenvalues of (A B^T)(A B^T)^T besides zeros. Where
    there are more rows than columns, A and B may be square roots of C1 and C2, which are smaller.
    """
    left, right = (_root(rows) if len(rows) > rows.shape[1] else rows for rows in (left, right))
    return float(np.linalg.svd(left @ right.T, compute_uv=False).sum())


def _root(rows: np.ndarray) -> np.ndarray:
    """Return the symmetric root (D, D) of rows^T rows."""
    values, vectors = np.linalg.eigh(rows.T @ rows)
    return (vectors * np.sqrt(values.clip(min=0))) @ vectors.T


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
