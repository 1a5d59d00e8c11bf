"""Whether joins show: how much a sequence changes at given places, against how much it changes elsewhere."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import maximum_filter1d


@dataclass(frozen=True)
class SeamRatio:
    """Flux at the edges over flux elsewhere: of the medians, and of the largest. 1 is no seam; 1 for silence."""

    median: float
    largest: float


def edge_ratio(flux: np.ndarray, times: np.ndarray, edges: np.ndarray, reach: float) -> SeamRatio:
    """Flux (F,) at `times` (F,), evenly spaced, near `edges` (E,) against elsewhere.

    Like is compared with like: an edge has the largest flux within `reach`, every other time too, and times whose
    reach meets that of an edge are left out. Raises ValueError where no edge or no other time is left.
    """
    step = times[1] - times[0]
    largest = maximum_filter1d(flux, 2 * int(reach / step) + 1)
    inside = edges[(edges >= times[0]) & (edges <= times[-1])]
    distance = np.abs(times - inside[:, None])
    at_edges, elsewhere = largest[distance.argmin(1)], largest[(distance > 2 * reach).all(0)]
    if not len(at_edges) or not len(elsewhere):
        raise ValueError(f"{len(at_edges)} edges and {len(elsewhere)} other times: nothing to compare")
    return SeamRatio(_ratio(np.median(at_edges), np.median(elsewhere)), _ratio(at_edges.max(), elsewhere.max()))


def _ratio(first: float, second: float) -> float:
    return float((first + 1e-9) / (second + 1e-9))
