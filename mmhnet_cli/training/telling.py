"""How what is heard in a clip is told: phrases for its kinds, and how hard, fast and large they are."""

from collections.abc import Sequence

import numpy as np

from mmhnet_cli.encoders.degrees import SCALES
from mmhnet_cli.encoders.meaning import KIND_NAMES, ROOMS, TEXT_DIM, near
from mmhnet_cli.encoders.understanding import WordSpace
from mmhnet_cli.training.library import SOUND_S, Sounds
from mmhnet_cli.training.world.kinds import KINDS


def nearness(phrases: Sequence[str], space: WordSpace) -> np.ndarray:
    """(N, K): what each phrase of a kind is near to, less those of which nothing is understood."""
    rows = []
    for phrase in phrases:
        sounds = space.understand(phrase).sounds
        if len(sounds) == 1:
            rows.append(near(sounds[0]))
    return np.stack(rows)


def paces(sounds: Sounds) -> dict[tuple[str, ...], np.ndarray]:
    """For each sound of a kind, what says how hard and how fast it is, by the scales that tell of it."""
    if KINDS[sounds.kind].eventful:
        strengths = [source.strengths.mean() if len(source.strengths) else 0.5 for source in sounds.sources]
        rates = [len(source.events_s) / SOUND_S for source in sounds.sources]
        return {("loudness", "force"): np.array(strengths), ("speed", "density"): np.array(rates)}
    amounts = np.array([source.curve.mean() for source in sounds.sources])
    return {("loudness", "force", "speed", "density"): amounts}


def degree_row(degrees: Sequence[tuple[str, str]]) -> np.ndarray:
    """The numbers of a prompt's degrees, (TEXT_DIM - K - 1,), from scales and their values."""
    row = np.zeros(TEXT_DIM - len(KIND_NAMES) - 1, np.float32)
    for scale, value in degrees:
        if scale == "room":
            row[len(SCALES) + ROOMS.index(value)] = 1
        else:
            row[SCALES.index(scale)] = {"low": -1, "high": 1}[value]
    return row
