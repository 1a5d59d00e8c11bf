"""How the picture of a scene would change, as `encoders.changes` measures it: made, with the faults of real film.

Something moves before it hits, early or late, strongly or not, or out of sight; other things move as well, and whole
takes show nothing of what is heard. A drawing would show each hit, which teaches a network to wait for just that.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmhnet_cli.encoders.changes import MEASURES, happenings
from mmhnet_cli.encoders.meaning import SYNC_FPS


@dataclass(frozen=True)
class MovementConfig:
    """blind: probability that a take shows nothing of its hits. missed: largest share of them that another hides.

    lag_frames: deviation of the whole take's lag, and of each hit's around it. width_frames: shortest and longest
    deviation of a bump. others_per_s: most other bumps. restless: most of the movement that goes on all the time.
    """

    blind: float = 0.2
    missed: float = 0.35
    lag_frames: tuple[float, float] = (1.0, 0.5)
    width_frames: tuple[float, float] = (0.6, 2.2)
    others_per_s: float = 1.0
    restless: float = 0.6


def movement(
    events_s: np.ndarray,
    strengths: np.ndarray,
    cuts_s: Sequence[float],
    frames: int,
    rng: np.random.Generator,
    config: MovementConfig = MovementConfig(),
) -> np.ndarray:
    """Happenings (frames, MEASURES) float32 of a clip with hits at these times, cuts at those."""
    share = rng.beta(1.5, 1.0) * (rng.random() >= config.blind)
    seen = rng.random(len(events_s)) >= rng.uniform(0, config.missed)
    lag = rng.normal(-0.5, config.lag_frames[0])
    places = events_s[seen] * SYNC_FPS + lag + rng.normal(0, config.lag_frames[1], int(seen.sum()))
    width = rng.uniform(*config.width_frames)
    hits = _bumps(places, share * strengths[seen] * rng.lognormal(0, 0.3, len(places)), width, frames)
    count = rng.poisson(rng.uniform(0, config.others_per_s) * frames / SYNC_FPS)
    others = _bumps(rng.uniform(0, frames, count), rng.uniform(0.1, 1, count), rng.uniform(1, 4), frames)
    restless = rng.uniform(0, config.restless) * np.exp(_wandering(frames, rng) - 1)
    measures = np.empty((frames, MEASURES), np.float32)
    for column in range(MEASURES):
        # Light sees what maps of the late layers do not, and the other way round.
        grain = rng.uniform(0.01, 0.15) * np.abs(rng.standard_normal(frames))
        measures[:, column] = rng.lognormal(0, 0.4) * hits + rng.lognormal(0, 0.6) * others + restless + grain
    measures *= 0.1 * rng.lognormal(0, 0.5)
    for cut in cuts_s:
        frame = round(cut * SYNC_FPS)
        measures[frame : frame + 1] += 0.6 * rng.uniform(0.5, 1.5)
    measures[:, 2:] *= 100
    return happenings(measures)


def _bumps(places: np.ndarray, heights: np.ndarray, width: float, frames: int) -> np.ndarray:
    away = (np.arange(frames)[:, None] - places) / width
    return (np.exp(-0.5 * away**2) * heights).sum(1)


def _wandering(frames: int, rng: np.random.Generator) -> np.ndarray:
    """Smooth random signal (frames,), a knot every half second."""
    knots = rng.standard_normal(frames * 2 // SYNC_FPS + 3)
    return np.interp(np.arange(frames) * 2 / SYNC_FPS, np.arange(len(knots)), knots)
