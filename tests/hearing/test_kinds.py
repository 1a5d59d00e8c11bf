"""The judge that ships hears what it was taught, on sounds that it has not heard."""

import numpy as np
import pytest

from mmhnet_cli.encoders.meaning import KIND_NAMES
from mmhnet_cli.hearing.kinds import KindEmbedding, load_judge
from mmhnet_cli.training.library import render

HELD_OUT = 20_000
"""A number that neither a training of a network nor that of the judge takes."""


@pytest.fixture(scope="module")
def embedding() -> KindEmbedding:
    return KindEmbedding(load_judge())


@pytest.mark.parametrize("kind", ["rain", "bell", "dog", "train", "glass_break", "typing", "zip", "harp"])
def test_it_names_kinds(embedding: KindEmbedding, kind: str) -> None:
    heard = embedding(render(kind, HELD_OUT))
    assert heard.probabilities.shape == (5, len(KIND_NAMES)) and len(heard.features) == 5
    assert heard.probabilities.sum(1) == pytest.approx(np.ones(5), abs=1e-4)
    assert KIND_NAMES[int(np.log(heard.probabilities).mean(0).argmax())] == kind


def test_a_short_sound_is_one_window(embedding: KindEmbedding) -> None:
    assert embedding(render("rain", HELD_OUT)[:22050]).probabilities.shape == (1, len(KIND_NAMES))
