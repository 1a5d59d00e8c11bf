"""What counts as music alone."""

import numpy as np
import pytest

from mmhnet_cli.hearing.music import MUSIC, OTHERS, music_alone
from mmhnet_cli.hearing.panns import CLASSES

SPEECH, SINGING, HUMMING, FLUTE, SCARY_MUSIC, WIND, SMALL_ROOM = 0, 27, 37, 196, 282, 283, 506
"""Places among the classes of AudioSet."""


@pytest.mark.parametrize(
    ("heard", "alone"),
    [
        ({MUSIC: 0.9}, True),
        ({MUSIC: 0.9, SINGING: 0.8, FLUTE: 0.7, SCARY_MUSIC: 0.6, HUMMING: 0.5}, True),
        ({MUSIC: 0.9, SMALL_ROOM: 0.9}, True),
        ({MUSIC: 0.9, WIND: 0.3}, False),
        ({MUSIC: 0.9, SPEECH: 0.3}, False),
        ({MUSIC: 0.4, FLUTE: 0.9}, False),
        ({}, False),
    ],
)
def test_music_with_nothing_else(heard: dict[int, float], alone: bool) -> None:
    probabilities = np.full(CLASSES, 0.01)
    for place, probability in heard.items():
        probabilities[place] = probability
    assert music_alone(probabilities) is alone
    assert OTHERS.sum() == 500 - 11 - 146, "classes before rooms, less those of singing and of music"
