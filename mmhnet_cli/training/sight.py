"""What the eyes would see of a scene: probabilities of the classes of ImageNet, as they come from real film.

No picture is drawn. A thing that is there is named as one of the classes that may sound so, or as some of them by
turns; other things stand around it; now and then it is not seen at all. That is how the eyes see real film, where
nothing looks the same twice, and drawings never taught it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmhnet_cli.encoders.sounding import Sounding


@dataclass(frozen=True)
class SightConfig:
    """missed: probability that a thing is not seen in a shot. names: most classes that one thing is taken for.

    sure: two parameters of the Beta distribution of the share that a thing has of what is seen. others: most things
    around it. flicker: deviation of the logarithm of each class's share, from look to look, half of which stays.
    """

    missed: float = 0.15
    names: int = 4
    sure: tuple[float, float] = (1.2, 1.0)
    others: int = 4
    flicker: float = 0.8


def look(
    kinds: Sequence[str], looks: int, table: Sounding, rng: np.random.Generator, config: SightConfig = SightConfig()
) -> np.ndarray:
    """Probabilities (looks, CLASSES) float32 of one shot in which things of these kinds are there."""
    middle = np.zeros(len(table.classes))
    for kind in kinds:
        classes, odds = _classes(kind, table)
        if len(classes) and rng.random() >= config.missed:
            some = rng.choice(classes, min(int(rng.integers(1, config.names + 1)), len(classes)), False, odds)
            middle[some] += rng.beta(*config.sure) / len(kinds) * rng.dirichlet(np.full(len(some), 0.6))
    around = rng.integers(len(middle), size=rng.integers(1, config.others + 1))
    np.add.at(middle, around, (1 - middle.sum()) * rng.uniform(0.2, 1) * rng.dirichlet(np.full(len(around), 0.5)))
    middle += max(1 - middle.sum(), 0.0) / len(middle)
    steps = rng.standard_normal((looks, len(middle))) * config.flicker
    wander = np.sqrt(0.5) * (steps + rng.standard_normal(len(middle)) * config.flicker)
    seen = middle * np.exp(wander)
    return (seen / seen.sum(1, keepdims=True)).astype(np.float32)


def _classes(kind: str, table: Sounding) -> tuple[np.ndarray, np.ndarray]:
    """Classes that may sound like this, and how likely each of them is the one."""
    weights = table.shares[:, table.kinds.index(kind)].astype(np.float64) ** 2
    classes = np.flatnonzero(weights)
    return classes, weights[classes] / weights.sum() if len(classes) else weights[classes]
