"""Sounds that are the same but for rounding."""

import numpy as np


def assert_near(found: np.ndarray, expected: np.ndarray, atol: float, rtol: float = 0.0) -> None:
    """Each number lies within `atol`, or `rtol` of what is expected: what `pytest.approx` says, which takes a second
    for a hundred thousand of them."""
    assert found.shape == expected.shape
    off = np.abs(found.astype(np.float64) - expected) - np.maximum(atol, rtol * np.abs(expected))
    assert off.max() <= 0, f"{off.max():g} too far at {np.unravel_index(off.argmax(), off.shape)}"
