"""One take at its loudness target: the gain that all its files share."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from mmhnet_cli.audio.gain_curve import GainCurve
from mmhnet_cli.audio.level import GainDecision, Stretches, level_at_gain, level_to_target
from mmhnet_cli.audio.loudness import HOPS_PER_S, Loudness, hop_energies, measure
from mmhnet_cli.audio.waves import Changed, Summed, Waves, Window
from mmhnet_cli.options import LoudnessTarget
from mmhnet_cli.pipeline.asking.facts import loudness_facts
from mmhnet_cli.pipeline.request import Job


@dataclass(frozen=True)
class Level:
    """One gain, and the curve (n,) of a limiter where one is needed, for a mix and for whatever sums to it.

    before, after: loudness of the measured part without them and with them.
    """

    before: Loudness
    gain: GainDecision
    curve: GainCurve | None
    after: Loudness

    def applied(self, samples: np.ndarray, first: int = 0) -> np.ndarray:
        """Return a copy of (channels, n) samples at this level. first: their place in what it was measured on."""
        curve = None if self.curve is None else self.curve[first : first + samples.shape[1]]
        return _levelled(samples, self.gain, curve)

    def over(self, samples: Waves) -> Waves:
        """Return (channels, n) samples at this level, each stretch when it is read."""
        return Changed(samples, self.applied)


def level_for(
    samples: Waves,
    rate_hz: int,
    target: LoudnessTarget,
    measured: slice = slice(None),
    gain_db: float | None = None,
    apart: Stretches = (),
) -> Level:
    """Return the level that brings (channels, n) samples to `target`: loudness in the `measured` part, peak in all.

    gain_db: given in place of the loudness. apart: see `level_to_target`.
    """
    part = Window(samples, measured)
    before = measure(part, rate_hz)
    if gain_db is not None:
        gain, curve = level_at_gain(samples, rate_hz, gain_db, target.true_peak_dbtp)
    else:
        alike = part.shape == samples.shape
        peak_dbtp = before.true_peak_dbtp if alike else measure(samples, rate_hz).true_peak_dbtp
        found = replace(before, true_peak_dbtp=peak_dbtp)
        gain, curve = level_to_target(samples, rate_hz, found, target, measured, apart)
    level = Level(before, gain, curve, before)
    return replace(level, after=measure(Window(level.over(samples), measured), rate_hz))


def cue_stretches(job: Job, tracks: Sequence[Waves]) -> Stretches:
    """Return what is heard of each cue in its track (channels, n); nothing where the request has no cues."""
    found: list[tuple[int, np.ndarray]] = []
    for stem, track in zip(job.request.voices, tracks, strict=True):
        own = [cue for cue in job.request.cues or () if cue.track == stem.name]
        hops = hop_energies(track, job.request.output.sample_rate_hz) if own else np.zeros(0)
        for cue in own:
            begin, end = (max(0, round((time - job.first_sample) * HOPS_PER_S)) for time in (cue.start, cue.end))
            if hops[begin:end].any():
                found.append((begin, hops[begin:end]))
    return found


def level_around(
    kept: Waves, new: Waves, rate_hz: int, gain_db: float, true_peak_dbtp: float, measured: slice
) -> Level:
    """Return the level of `new` (channels, n) sounds at a given gain beside `kept` ones, which stay as they are.

    What is measured before are the new sounds, after it the mix of both.
    """
    gain, curve = level_at_gain(new, rate_hz, gain_db, true_peak_dbtp, kept)
    before = measure(Window(new, measured), rate_hz)
    level = Level(before, gain, curve, before)
    mix = Summed([kept, level.over(new)])
    return replace(level, after=measure(Window(mix, measured), rate_hz))


def _levelled(samples: np.ndarray, gain: GainDecision, curve: np.ndarray | None) -> np.ndarray:
    levelled = samples * np.float32(10 ** (gain.gain_db / 20))
    if curve is not None:
        levelled *= curve
    return levelled


def level_facts(level: Level, target: LoudnessTarget) -> dict[str, Any]:
    """Return target, measurements and what was done between them as plain JSON values. The gain is exact."""
    gain = level.gain
    return {
        "target": asdict(target),
        "before": loudness_facts(level.before),
        "after": loudness_facts(level.after),
        "gain": {
            "db": gain.gain_db,
            "limited_by": gain.limited_by,
            "short_db": round(gain.short_db, 3),
            "max_reduction_db": round(gain.max_reduction_db, 3),
            "limited_share": round(gain.limited_share, 6),
        },
    }
