"""Pairs of words: each prompt is understood as what it is meant to be, and the two of a pair differ in degree."""

import pytest

from benchmarks.degrees import PAIRS, Pair, still_film
from benchmarks.prompts import WORDS
from mmhnet_cli.encoders.meaning import KIND_NAMES
from mmhnet_cli.encoders.understanding import WordSpace
from mmhnet_cli.encoders.words import load_words

KINDS_ASKED = {"wooden footsteps": "wood_steps", "metal footsteps": "metal_steps"}


@pytest.fixture(scope="module")
def space() -> WordSpace:
    return WordSpace(load_words(WORDS))


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.more)
def test_prompts_are_understood(pair: Pair, space: WordSpace) -> None:
    less, more = (space.understand(prompt) for prompt in (pair.less, pair.more))
    for prompt, understood in ((pair.less, less), (pair.more, more)):
        assert understood.kinds == (KINDS_ASKED.get(prompt, pair.shown),)
        assert not understood.unknown and understood.degrees
    differing = {(degree.scale, degree.value) for degree in less.degrees} ^ {
        (degree.scale, degree.value) for degree in more.degrees
    }
    assert len(differing) == 2 and len({scale for scale, _ in differing}) == 1


def test_there_are_eleven() -> None:
    assert len({pair.less for pair in PAIRS}) == 11


def test_a_still_film_shows_its_kind_and_no_hit() -> None:
    film = still_film("drum", 7000)
    assert KIND_NAMES[film.clip[:, :-1].mean(0).argmax()] == "drum"
    assert not film.sync[:, 4:].any()
