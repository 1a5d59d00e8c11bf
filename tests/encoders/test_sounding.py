"""The tables of kinds and of what classes may sound like."""

import re

import numpy as np

from mmhnet_cli.encoders.sounding import LANGUAGES, kind_words, other_things, sounding
from mmhnet_cli.encoders.wordpiece import plain
from mmhnet_cli.training.world.kinds import KINDS


def test_the_kinds_that_can_be_drawn_are_among_them_as_they_are_filed() -> None:
    listed = {kind.name: kind for kind in kind_words()}
    assert len(listed) >= 100
    for name, kind in KINDS.items():
        words = listed[name]
        assert (words.category, words.family) == (kind.category, kind.family), name


def test_every_kind_has_words_in_every_language() -> None:
    for kind in kind_words():
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", kind.name)
        assert re.fullmatch(r"[A-Z]+[A-Za-z]*", kind.category)
        assert len(kind.nouns) >= 5 and len(kind.clauses) >= 2 and kind.gentle and kind.strong, kind.name
        assert all(len(kind.foreign[language]) >= 2 for language in LANGUAGES), kind.name


def test_no_words_name_two_kinds() -> None:
    named: dict[str, str] = {}
    for kind in kind_words():
        for phrase in {plain(word) for words in (kind.phrases, *kind.foreign.values()) for word in words}:
            assert named.setdefault(phrase, kind.name) == kind.name, phrase


def test_weights_are_shares() -> None:
    table = sounding()
    assert table.shares.shape == (len(table.classes), len(table.kinds))
    assert table.shares.min() == 0 and table.shares.max() == 1
    assert table.shares.sum(1).max() <= 1.6, "what is seen makes hardly more than one and a half sounds at once"


def test_classes_sound_as_they_should() -> None:
    table = sounding()
    expected = {"beagle": "dog", "harp": "harp", "steam locomotive": "train", "analog clock": "clock", "hen": "bird"}
    for name, kind in expected.items():
        assert table.kinds[int(np.argmax(table.shares[table.classes.index(name)]))] == kind
    assert not table.shares[table.classes.index("Granny Smith")].any()


def test_other_things_are_no_kinds() -> None:
    named = {plain(phrase) for kind in kind_words() for phrase in kind.phrases}
    assert named.isdisjoint(map(plain, other_things()))
