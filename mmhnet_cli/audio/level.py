"""Brings a sound to a loudness target: by one static gain, and a limiter where its peaks are in the way."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from mmhnet_cli.audio.gain_curve import GainCurve
from mmhnet_cli.audio.limiter import limiter_gain
from mmhnet_cli.audio.loudness import (
    HOPS_PER_S,
    MOMENTARY_HOPS,
    SHORT_TERM_HOPS,
    Loudness,
    hop_energies,
    integrated_loudness,
    loudest,
    window_loudness,
)
from mmhnet_cli.audio.waves import Changed, Waves, Window
from mmhnet_cli.options import LoudnessTarget

PEAK_MARGIN_DB = 0.2  # oversampling can miss some tenths close to half the rate
MAX_MAKE_UP_DB = 20.0  # more would turn a nearly silent film into noise
MAX_LIMITING_DB = 12.0  # more is heard, however short the peak
ACCURACY_LU = 0.05
MOST_UNEVEN_LU = 0.05  # of the 0.1 LU within which cues keep their distances; loudness by gates moves a little more
EVEN_TRIES = 7  # to a tenth of a dB of the most that is limited
MAX_TRIES = 8
STEEPEST = 10.0  # gain per LU from one try to the next, at most

Reason = Literal["loudness", "short_term", "true_peak", "cap", "silence", "too_short", "off", "locked"]


@dataclass(frozen=True)
class GainDecision:
    """One static gain, why it is not another one, and what a limiter takes off the peaks after it."""

    gain_db: float
    limited_by: Reason
    """At `loudness` the target is met; at `short_term`, `true_peak` or `cap` it is missed by `short_db`; at `silence`,
    `too_short` or `off` the level is left alone; at `locked` the gain was given."""
    short_db: float
    max_reduction_db: float = 0.0
    """The limiter lowers by so much at most; 0 is none."""
    limited_share: float = 0.0
    """It lowers anything in this part of the time."""


Stretches = Sequence[tuple[int, np.ndarray]]
"""Parts of sounds: the number of the first of their hops, and the energies of these."""


def level_to_target(
    samples: Waves,
    rate: int,
    loudness: Loudness,
    target: LoudnessTarget,
    measured: slice = slice(None),
    apart: Stretches = (),
) -> tuple[GainDecision, GainCurve | None]:
    """Return the gain that brings (channels, n) samples to `target`, and the curve (n,) of a limiter to apply with it.

    loudness: measured on the `measured` part, with the true peak of all samples. The curve is there only if the gain
    alone would pass the ceiling of the true peak; what it takes from the loudness, the gain makes up for.
    apart: what is in the samples and keeps its distances in level: the limiter takes next to nothing from any of it.
    """
    ceiling_dbtp = target.true_peak_dbtp - PEAK_MARGIN_DB
    room_db = math.inf if loudness.true_peak_dbtp is None else ceiling_dbtp - loudness.true_peak_dbtp
    wanted = _to_go(loudness.integrated_lufs, loudness.short_term_max_lufs, target)
    if not wanted:
        # The level is left alone, unless it passes the ceiling.
        why: Reason = "silence" if loudness.silent else "off" if target.integrated_lufs is None else "too_short"
        return (GainDecision(0.0, why, 0.0) if room_db >= 0 else GainDecision(room_db, "true_peak", 0.0)), None

    part = Window(samples, measured)
    unlimited = hop_energies(part, rate)

    def attempt(gain_db: float) -> _Attempt:
        curve = limiter_gain(samples, rate, ceiling_dbtp - gain_db) if gain_db > room_db else None
        hops = unlimited if curve is None else hop_energies(part, rate, curve.of(measured))
        return _Attempt(gain_db, curve, _to_go(*_levels(hops * 10 ** (gain_db / 10)), target))

    most_db = min(room_db + MAX_LIMITING_DB, MAX_MAKE_UP_DB)
    if apart and min(*wanted.values(), most_db) > room_db:
        most_db = _most_even_db(
            lambda gain_db: limiter_gain(samples, rate, ceiling_dbtp - gain_db), apart, rate, room_db, most_db
        )
    now = attempt(min(*wanted.values(), most_db))
    slope = 1.0
    for _ in range(MAX_TRIES):
        if abs(now.missing_db) <= ACCURACY_LU or (now.missing_db > 0 and now.gain_db == most_db):
            break
        last_gain_db, last_missing_db = now.gain_db, now.missing_db
        now = attempt(min(last_gain_db + slope * last_missing_db, most_db))
        slope = _slope(now.gain_db - last_gain_db, last_missing_db - now.missing_db)
    if now.missing_db > ACCURACY_LU and now.curve is not None:
        alone = attempt(room_db)
        # Not even half of the way: sparse hits that are the loudness themselves. They would only lose their attack.
        if now.missing_db > alone.missing_db / 2:
            now = alone
    return now.decision(), now.curve


def _most_even_db(
    curve: Callable[[float], GainCurve], apart: Stretches, rate: int, room_db: float, most_db: float
) -> float:
    """Return the highest gain up to `most_db` at which the limiter takes no more than MOST_UNEVEN_LU from any stretch.

    curve: of the limiter at a gain; it does nothing at `room_db`. Each hop counts with the least of the curve in it, so
    that what is taken from a hit within it is never more.
    """

    def uneven_lu(gain_db: float) -> float:
        held = curve(gain_db)
        starts = np.arange(-(-len(held) * HOPS_PER_S // rate)) * rate // HOPS_PER_S
        power = np.square(held.lowest_from(starts).astype(np.float64))
        return max(_lost_lu(energies, power[first : first + energies.size]) for first, energies in apart)

    if uneven_lu(most_db) <= MOST_UNEVEN_LU:
        return most_db
    low_db, high_db = room_db, most_db
    for _ in range(EVEN_TRIES):
        middle_db = (low_db + high_db) / 2
        low_db, high_db = (middle_db, high_db) if uneven_lu(middle_db) <= MOST_UNEVEN_LU else (low_db, middle_db)
    return low_db


def _lost_lu(energies: np.ndarray, power: np.ndarray) -> float:
    left = float((energies[: power.size] * power).sum())
    return 10 * math.log10(float(energies[: power.size].sum()) / left) if left > 0 else 0.0


def level_at_gain(
    samples: Waves, rate: int, gain_db: float, true_peak_dbtp: float, beside: Waves | None = None
) -> tuple[GainDecision, GainCurve | None]:
    """Return the decision for a gain that is given, and the curve (n,) that then holds the true peak where it has to.

    beside: (channels, n) that stay as they are, see `limiter_gain`.
    """
    ceiling_dbtp = true_peak_dbtp - PEAK_MARGIN_DB
    if beside is None:
        curve = limiter_gain(samples, rate, ceiling_dbtp - gain_db)
    else:
        gain = np.float32(10 ** (gain_db / 20))
        curve = limiter_gain(Changed(samples, lambda block, _: block * gain), rate, ceiling_dbtp, beside)
    if curve.lowest == 1:
        return GainDecision(gain_db, "locked", 0.0), None
    reduction_db, share = -20 * math.log10(curve.lowest), curve.lowered_share
    return GainDecision(gain_db, "locked", 0.0, reduction_db, share), curve


@dataclass(frozen=True)
class _Attempt:
    """A gain, the curve that holds its peaks, and how far the sound then is below each bound of its loudness."""

    gain_db: float
    curve: GainCurve | None
    to_go: dict[Reason, float]

    @property
    def missing_db(self) -> float:
        return min(self.to_go.values(), default=math.inf)

    def decision(self) -> GainDecision:
        limited_by = min(self.to_go, key=lambda name: self.to_go[name])
        if self.missing_db > ACCURACY_LU:
            limited_by = "cap" if self.gain_db == MAX_MAKE_UP_DB else "true_peak"
        short_db = 0.0 if limited_by == "loudness" else self.to_go["loudness"]
        if self.curve is None:
            return GainDecision(self.gain_db, limited_by, short_db)
        reduction_db, share = -20 * math.log10(self.curve.lowest), self.curve.lowered_share
        return GainDecision(self.gain_db, limited_by, short_db, reduction_db, share)


def _slope(added_db: float, gained_db: float) -> float:
    """Return the gain that one more LU takes, from the last step: 1 without a limiter, and the more, the more is
    limited."""
    slope = added_db / gained_db if gained_db else math.inf
    return min(max(slope, 1.0), STEEPEST) if slope > 0 else STEEPEST


def _to_go(integrated_lufs: float | None, short_term_lufs: float | None, target: LoudnessTarget) -> dict[Reason, float]:
    """Return how far a sound is below each bound of its loudness; empty where there is no target or no loudness."""
    if target.integrated_lufs is None or integrated_lufs is None:
        return {}
    to_go: dict[Reason, float] = {"loudness": target.integrated_lufs - integrated_lufs}
    if target.short_term_max_lufs is not None and short_term_lufs is not None:
        to_go["short_term"] = target.short_term_max_lufs - short_term_lufs
    return to_go


def _levels(hops: np.ndarray) -> tuple[float | None, float | None]:
    """Return the integrated and the highest short-term loudness of hop energies."""
    momentary, short_term = (window_loudness(hops, length) for length in (MOMENTARY_HOPS, SHORT_TERM_HOPS))
    return integrated_loudness(momentary), loudest(short_term)
