"""The long-video protocol: whole films by length, each beside its own sound."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mmhnet_cli.audio.loudness import hop_energies, window_loudness
from mmhnet_cli.evaluation.distances import frechet_distance, inception_score, mean_divergence
from mmhnet_cli.evaluation.onsets import Matches
from mmhnet_cli.hearing.embedding import Embedded

GROUPS = ((0, 8), (8, 20), (20, 40), (40, 60), (60, None))
"""Seconds, from and below: the paper's, and what is shorter than its shortest."""
ONSET_TOLERANCE_S = 0.1
SHORT_TERM_HOPS = 300
"""Hops of 10 ms in a window of short-term loudness, 3 s."""
QUIET_LUFS = -70.0


@dataclass(frozen=True)
class Side:
    """One of two sounds of a film: its own, or the one that was made for it."""

    heard: Embedded
    agreement: float | None
    """None where the picture was not looked at, or shows nothing that sounds."""
    desync_s: float | None
    drift_lu: float | None
    """It is so much louder in each minute than in the one before."""
    ib_score: float | None = None
    """It is that of ImageBind; None where the file of that is not given."""


@dataclass(frozen=True)
class Score:
    """A film with its own sound and the one that was made for it. onsets: of the made one, against its own."""

    name: str
    duration_s: float
    own: Side
    made: Side
    onsets: Matches


def drift_lu(sound: np.ndarray, rate_hz: int) -> float | None:
    """Return the slope of the short-term loudness of (samples,) in LU a minute, by least squares; None where it is
    shorter than two windows, or silent."""
    loudness = window_loudness(hop_energies(sound[None], rate_hz), SHORT_TERM_HOPS)
    minutes = np.arange(len(loudness)) / 6000
    heard = loudness > QUIET_LUFS
    if len(loudness) <= SHORT_TERM_HOPS or heard.sum() < 2:
        return None
    return float(np.polyfit(minutes[heard], loudness[heard], 1)[0])


def summary(scores: Sequence[Score]) -> dict[str, Any]:
    """Return the figures of some films together as plain values; those that cannot be had are None.

    What begins with `own_` is what the films' own sound reaches. kl is of the mean probabilities of each film.
    """
    own, made = [one.own for one in scores], [one.made for one in scores]
    heard = [[side.heard for side in sides] for sides in (own, made)]
    features = [np.concatenate([one.features for one in sides]) for sides in heard]
    return {
        "films": len(scores),
        "seconds": round(sum(one.duration_s for one in scores), 3),
        "frechet_distance": frechet_distance(*features) if min(map(len, features)) > 1 else None,
        **_by_classes([side.heard.probabilities for side in own], [side.heard.probabilities for side in made]),
        "agreement": _mean([one.agreement for one in made]),
        "own_agreement": _mean([one.agreement for one in own]),
        "ib_score": _mean([one.ib_score for one in made], np.asarray),
        "own_ib_score": _mean([one.ib_score for one in own], np.asarray),
        "desync_s": _mean([one.desync_s for one in made]),
        "own_desync_s": _mean([one.desync_s for one in own]),
        "onset_f1": sum((one.onsets for one in scores), Matches()).f1,
        "drift_lu_per_minute": _mean([one.drift_lu for one in made]),
        "own_drift_lu_per_minute": _mean([one.drift_lu for one in own]),
    }


def _by_classes(own: Sequence[np.ndarray | None], made: Sequence[np.ndarray | None]) -> dict[str, float | None]:
    """Return the figures that rest on the classes (W, K) of each sound; None where the embedding knows no classes."""
    before, after = ([rows for rows in sides if rows is not None] for sides in (own, made))
    if not before:
        return dict.fromkeys(("inception_score", "own_inception_score", "kl"))
    return {
        "inception_score": inception_score(np.concatenate(after)),
        "own_inception_score": inception_score(np.concatenate(before)),
        "kl": mean_divergence(*(np.stack([rows.mean(0) for rows in sides]) for sides in (before, after))),
    }


def by_length(scores: Sequence[Score]) -> Mapping[str, dict[str, Any]]:
    """Return the figures of each group of GROUPS that has films, and of all."""
    groups = {}
    for begin, end in GROUPS:
        some = [one for one in scores if begin <= one.duration_s and (end is None or one.duration_s < end)]
        if some:
            groups[f"{begin} to {end} s" if end else f"{begin} s and more"] = summary(some)
    return {**groups, "all": summary(scores)}


def of_film(one: Score) -> dict[str, Any]:
    """Return the figures of one film as plain values."""
    return {"film": one.name, **summary([one])}


def made_for(film: Path, folder: Path, suffixes: Sequence[str]) -> Path | None:
    """Return the file in `folder` that was made for a film: of its name, or as `generate` names it."""
    names = [f"{film.stem}{mark}{suffix}" for mark in ("_mmhnet", "") for suffix in suffixes]
    return next((folder / name for name in names if (folder / name).is_file()), None)


def _mean(values: Sequence[float | None], of: Callable[[list[float]], np.ndarray] = np.abs) -> float | None:
    """Return the mean of those that are known: of their sizes, unless `of` says otherwise."""
    known = [value for value in values if value is not None]
    return float(np.mean(of(known))) if known else None
