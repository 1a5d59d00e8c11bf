"""Whether joins can be heard: how much the spectrum changes at given times, against how much it changes elsewhere."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import maximum_filter1d
from scipy.signal import stft

from mmhnet_cli.codec.mel import MelConfig, mel_filters

WINDOW_S, HOPS = 0.04, 4
"""Length of the two stretches that are compared, and steps in one of them."""

REACH_S = 0.05
"""A change this near to an edge is the edge's: a codec smears a join over its own frames."""

RANGE_DB = 60.0
"""What is further below the loudest band counts as silence."""


@dataclass(frozen=True)
class SeamRatio:
    """Flux at the edges over flux elsewhere: of the medians, and of the largest. 1 is no seam; 1 for silence."""

    median: float
    largest: float


def seam_ratio(sound: np.ndarray, sample_rate_hz: int, edges_s: np.ndarray) -> SeamRatio:
    """Seams of sound (samples,) at `edges_s` (E,), in seconds. Raises ValueError as `edge_ratio`."""
    times_s, flux = spectral_flux(sound, sample_rate_hz)
    return edge_ratio(flux, times_s, edges_s, REACH_S)


def spectral_flux(sound: np.ndarray, sample_rate_hz: int) -> tuple[np.ndarray, np.ndarray]:
    """Times (F,) in seconds and change of spectrum (F,) in dB there: mean over mel bands of |level after - before|.

    Rises and falls count alike. The stretches before and after touch and do not overlap.
    """
    hop = round(WINDOW_S * sample_rate_hz / HOPS)
    window = HOPS * hop
    mel = MelConfig(sample_rate_hz, window, hop, 40, 60.0, min(16000.0, sample_rate_hz / 2))
    _, times_s, spectrum = stft(
        sound, sample_rate_hz, nperseg=window, noverlap=window - hop, boundary=None, padded=False
    )
    bands = mel_filters(mel) @ np.abs(spectrum)
    loudest = bands.max() + 1e-12
    level = 20 * np.log10(np.maximum(bands, loudest * 10 ** (-RANGE_DB / 20)))
    flux = np.abs(level[:, HOPS:] - level[:, :-HOPS]).mean(0)
    return (times_s[HOPS:] + times_s[:-HOPS]) / 2, flux


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
