"""Pieces of words."""

import pytest

from mmhnet_cli.encoders.wordpiece import pieces_of, plain, words_of

VOCABULARY = {"rain": 0, "##drop": 1, "##s": 2, "r": 3, "##ain": 4}


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Café", "cafe"), ("TÜR", "tur"), ("ドア", "ドア"), ("ﬁre", "fire"), ("か゛", "か ゙")],
)
def test_plain_letters(text: str, expected: str) -> None:
    assert plain(text) == expected


def test_words_and_signs() -> None:
    assert words_of("rain, and 'wind'!") == ["rain", ",", "and", "'", "wind", "'", "!"]
    assert words_of("雨rain声") == ["雨", "rain", "声"]


@pytest.mark.parametrize(
    ("word", "rows"), [("rain", [0]), ("raindrops", [0, 1, 2]), ("r", [3]), ("rainbow", []), ("x", []), ("", [])]
)
def test_the_longest_pieces_or_none(word: str, rows: list[int]) -> None:
    assert pieces_of(word, VOCABULARY) == rows


def test_a_word_without_end_is_none() -> None:
    assert pieces_of("rain" + "s" * 1000, VOCABULARY) == []
