"""How well a sound fits a film whose kinds and hits are known, by length."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from benchmarks.classifier import NAMES, classify
from benchmarks.common import CODEC_RATE_HZ
from benchmarks.meaning import EDGE_S
from benchmarks.proof.films import HITTING, KINDS
from mmhnet_cli.evaluation.distances import frechet_distance
from mmhnet_cli.evaluation.onsets import Matches, detect_onsets, match_onsets
from mmhnet_cli.hearing.kinds import KindClassifier, KindEmbedding
from mmhnet_cli.training.world.scene import Scene, Source

TOLERANCES_S = (0.06, 0.1)
WINDOWS = 96
"""The distance takes so many windows of 3 s at every length: it depends on how many there are."""
LEAST_SHOTS = 6
"""A film of fewer says nothing of drift."""
SILENCE = 1e-5


@dataclass(frozen=True)
class Heard:
    """What is heard in a film. right: of each shot, whether it is named right among all kinds of the proof. onsets:
    for each tolerance. levels_db (shots,): root mean square against full scale. features (windows, D)."""

    right: tuple[bool, ...]
    onsets: tuple[Matches, ...]
    levels_db: np.ndarray
    features: np.ndarray


class Judge:
    """It hears the sounds of films. judge: names kinds."""

    def __init__(self, judge: KindClassifier) -> None:
        self.judge, self.embedding = judge, KindEmbedding(judge)
        self.rows = [NAMES.index(kind) for kind in KINDS]

    def __call__(self, scene: Scene, sound: np.ndarray) -> Heard:
        """Hear the sound (samples,) at 44.1 kHz of a scene, shot by shot, so that no length is heard otherwise."""
        shots = [(source, _between(sound, source.start_s, source.end_s)) for source in scene.sources]
        return Heard(
            tuple(
                self._named(_between(sound, each.start_s + EDGE_S, each.end_s - EDGE_S)) == each.kind
                for each, _ in shots
            ),
            tuple(_met(shots, tolerance) for tolerance in TOLERANCES_S),
            np.array([20 * np.log10(np.sqrt(np.mean(np.square(shot))) + SILENCE) for _, shot in shots]),
            self.embedding(sound).features,
        )

    def _named(self, sound: np.ndarray) -> str:
        with torch.inference_mode():
            return KINDS[int(classify(self.judge, sound)[self.rows].argmax())]


def _between(sound: np.ndarray, start_s: float, end_s: float) -> np.ndarray:
    return sound[round(start_s * CODEC_RATE_HZ) : round(end_s * CODEC_RATE_HZ)]


def _met(shots: Sequence[tuple[Source, np.ndarray]], tolerance_s: float) -> Matches:
    """Onsets against the hits, in the shots that hit."""
    total = Matches()
    for source, shot in shots:
        if source.kind in HITTING:
            found = detect_onsets(shot, CODEC_RATE_HZ) + source.start_s
            total += match_onsets(found, source.events_s, tolerance_s)
    return total


def score(made: Sequence[Heard], true: Sequence[Heard]) -> dict[str, float | int | None]:
    """The figures of the films of one length, against their true sounds.

    level_db: how much louder than the true sound a shot is, on average. drift_db: how much that grows from the
    beginning of a film to its end, by least squares over its shots; the mean of the sizes; None for short films.
    """
    right = [one for heard in made for one in heard.right]
    onsets = [sum(some, Matches()) for some in zip(*(heard.onsets for heard in made), strict=True)]
    louder = [heard.levels_db - own.levels_db for heard, own in zip(made, true, strict=True)]
    drifts = [_slope(each) for each in louder if len(each) >= LEAST_SHOTS]
    return {
        "films": len(made),
        "shots": len(right),
        "right": float(np.mean(right)),
        "onset_f1_60": onsets[0].f1,
        "onset_f1_100": onsets[1].f1,
        "events": onsets[0].matched + onsets[0].missed,
        "level_db": float(np.concatenate(louder).mean()),
        "drift_db": float(np.mean(np.abs(drifts))) if drifts else None,
        "distance": frechet_distance(_spread_out(made), _spread_out(true)),
    }


def _slope(values: np.ndarray) -> float:
    """What a straight line through the values gains from the first to the last."""
    return float(np.polyfit(np.linspace(0, 1, len(values)), values, 1)[0])


def _spread_out(films: Sequence[Heard]) -> np.ndarray:
    """WINDOWS rows of features, evenly from all films; all where there are fewer."""
    rows = np.concatenate([heard.features for heard in films])
    return rows[np.linspace(0, len(rows) - 1, min(WINDOWS, len(rows))).round().astype(int)]
