"""The long-video protocol: whole films by length, each beside its own sound."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from mmhnet_cli.audio.loudness import hop_energies, window_loudness
from mmhnet_cli.audio.resample import resample
from mmhnet_cli.encoders.mini import STREAMS, MiniExtractor
from mmhnet_cli.encoders.published_eyes import LITE0, LITE2, load_eyes
from mmhnet_cli.errors import MMHNetError
from mmhnet_cli.evaluation.agreement import agreement, desync_s, rises
from mmhnet_cli.evaluation.distances import frechet_distance, inception_score, mean_divergence
from mmhnet_cli.evaluation.embedding import Embedded, Embedding
from mmhnet_cli.evaluation.onsets import Matches, detect_onsets, match_onsets
from mmhnet_cli.media.audio_file import read_audio
from mmhnet_cli.media.ffmpeg import FfmpegProgram
from mmhnet_cli.media.frames import read_frames
from mmhnet_cli.media.original_sound import read_original
from mmhnet_cli.media.probe import VideoInfo, probe

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


@dataclass(frozen=True)
class Score:
    """A film with its own sound and the one that was made for it. onsets: of the made one, against its own."""

    name: str
    duration_s: float
    own: Side
    made: Side
    onsets: Matches


@dataclass(frozen=True)
class Sight:
    """The picture of a film. shares: (V, K), 8 a second; moves: (S,), 25 a second."""

    shares: np.ndarray
    moves: np.ndarray


class Eyes:
    """They look at films as the mini's do."""

    def __init__(self) -> None:
        self._happening, self._things = load_eyes(LITE0), load_eyes(LITE2)

    def __call__(self, film: VideoInfo) -> Sight:
        """Return what is seen; damaged pictures are passed over. Raises FilmUnreadable or NoFrames."""
        extractor = MiniExtractor(self._happening, self._things)
        for batch in read_frames(film, Fraction(0), film.duration, STREAMS, lost=lambda second, reason: None):
            extractor.push(batch)
        picture = extractor.finish()
        return Sight(picture.clip[:, :-1] ** 2, np.expm1(picture.sync[:, 0]))


def score(film: Path, made: Path, embedding: Embedding, ffmpeg: FfmpegProgram, eyes: Eyes | None) -> Score:
    """Compare the sound at `made` with the own sound of a film. eyes: None leaves the picture out.

    Raises AudioUnreadable where the film or the file has no sound, and what reading a film raises.
    """
    info, rate_hz = probe(film), embedding.rate_hz
    samples = round(info.duration * rate_hz)
    own = read_original(info, rate_hz, samples, ffmpeg).mean(0)
    new = _read(made, rate_hz, samples)
    sight = None if eyes is None else eyes(info)
    before, after = (_side(sound, embedding, sight) for sound in (own, new))
    found, true = (detect_onsets(sound, rate_hz) for sound in (new, own))
    return Score(film.name, float(info.duration), before, after, match_onsets(found, true, ONSET_TOLERANCE_S))


def _read(path: Path, rate_hz: int, samples: int) -> np.ndarray:
    """Return the sound of a file as (samples,) at `rate_hz`, cut or with silence at its end."""
    given, given_hz = read_audio(path)
    length = round(given.shape[1] * rate_hz / given_hz)
    found = resample(given.mean(0, keepdims=True), given_hz, rate_hz, length)[0]
    return np.pad(found[:samples], (0, max(0, samples - length)))


def _side(sound: np.ndarray, embedding: Embedding, sight: Sight | None) -> Side:
    heard, drift = embedding(sound), drift_lu(sound, embedding.rate_hz)
    if sight is None:
        return Side(heard, None, None, drift)
    apart = desync_s(sight.moves, rises(sound, embedding.rate_hz))
    return Side(heard, _agreement(sight, heard), apart, drift)


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
    own_classes, made_classes = (np.concatenate([one.probabilities for one in sides]) for sides in heard)
    return {
        "films": len(scores),
        "seconds": round(sum(one.duration_s for one in scores), 3),
        "frechet_distance": frechet_distance(*features) if min(map(len, features)) > 1 else None,
        "inception_score": inception_score(made_classes),
        "own_inception_score": inception_score(own_classes),
        "kl": mean_divergence(*(np.stack([one.probabilities.mean(0) for one in sides]) for sides in heard)),
        "agreement": _mean([one.agreement for one in made]),
        "own_agreement": _mean([one.agreement for one in own]),
        "desync_s": _mean([one.desync_s for one in made]),
        "own_desync_s": _mean([one.desync_s for one in own]),
        "onset_f1": sum((one.onsets for one in scores), Matches()).f1,
        "drift_lu_per_minute": _mean([one.drift_lu for one in made]),
        "own_drift_lu_per_minute": _mean([one.drift_lu for one in own]),
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


def evaluate(
    pairs: Sequence[tuple[Path, Path]],
    embedding: Embedding,
    ffmpeg: FfmpegProgram,
    eyes: Eyes | None,
    failed: Callable[[MMHNetError], None],
    done: Callable[[int], None],
) -> list[Score]:
    """Score films with the files made for them; `failed` hears of each that cannot be."""
    scores = []
    for number, (film, made) in enumerate(pairs, 1):
        try:
            scores.append(score(film, made, embedding, ffmpeg, eyes))
        except MMHNetError as error:
            failed(error)
        done(number)
    return scores


def _agreement(sight: Sight, heard: Embedded) -> float | None:
    """Return how far the picture agrees with the windows of a sound, each at its own time."""
    places = (np.arange(len(heard.probabilities)) + 0.5) / len(heard.probabilities)
    at = np.minimum((places * len(sight.shares)).astype(int), len(sight.shares) - 1)
    return agreement(sight.shares[at], heard.probabilities)


def _mean(values: Sequence[float | None]) -> float | None:
    """Return the mean of the sizes of those that are known."""
    known = [abs(value) for value in values if value is not None]
    return float(np.mean(known)) if known else None
