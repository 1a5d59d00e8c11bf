"""Rhythms: intervals between the onsets of a sound."""

from collections.abc import Callable

import numpy as np

Rhythm = Callable[[np.random.Generator, float], np.ndarray]
"""(rng, length_s) to intervals (N,) in seconds that together last at least `length_s`."""

EDGE_S = 0.15
"""How far onsets stay from the ends of their source."""
APART_S = 0.11
"""The least distance of two onsets: closer ones are heard, and scored, as one."""


def event_times(rng: np.random.Generator, rhythm: Rhythm, start_s: float, end_s: float) -> np.ndarray:
    """Onset times (E,) in seconds in a rhythm, at least APART_S apart and EDGE_S from the edges."""
    low, high = start_s + EDGE_S, end_s - EDGE_S
    first = rng.uniform(0.0, 0.6)
    times = np.cumsum([first, *rhythm(rng, high - low)]) + low
    times = times[times < high]
    keep = np.concatenate([[True], np.diff(times) >= APART_S]) if len(times) else np.zeros(0, bool)
    return times[keep]


def steady(quickest_s: float, slowest_s: float, jitter: float) -> Rhythm:
    """One pace; each interval differs from it by `jitter`, a standard deviation as a share of it."""

    def intervals(rng: np.random.Generator, length_s: float) -> np.ndarray:
        pace = rng.uniform(quickest_s, slowest_s)
        return pace * (1 + jitter * rng.standard_normal(int(length_s / pace) + 2))

    return intervals


def spaced(shortest_s: float, longest_s: float) -> Rhythm:
    """No pace: any interval between two bounds."""

    def intervals(rng: np.random.Generator, length_s: float) -> np.ndarray:
        return rng.uniform(shortest_s, longest_s, int(length_s / shortest_s) + 2)

    return intervals


def bursts(shortest_s: float, longest_s: float, of: tuple[int, int]) -> Rhythm:
    """Quick rows with pauses of 0.5 to 1.6 s between them, each of at least of[0] and fewer than of[1] intervals."""

    def intervals(rng: np.random.Generator, length_s: float) -> np.ndarray:
        steps: list[float] = []
        while sum(steps) < length_s:
            steps += [*rng.uniform(shortest_s, longest_s, rng.integers(*of)), rng.uniform(0.5, 1.6)]
        return np.array(steps)

    return intervals


def bounces(rng: np.random.Generator, length_s: float) -> np.ndarray:
    """A ball dropped again and again: each bounce is shorter than the one before by the same factor."""
    drops: list[float] = []
    while sum(drops) < length_s:
        fall, restitution = rng.uniform(0.5, 0.9), rng.uniform(0.72, 0.88)
        bounces = fall * restitution ** np.arange(1, 14)
        drops += [*bounces[bounces > 0.13], rng.uniform(0.8, 1.5)]
    return np.array(drops)
