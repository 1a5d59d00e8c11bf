"""The word table and its teacher."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from mmhnet_cli.encoders.words import load_words, unit
from mmhnet_cli.errors import PackageMissing
from mmhnet_cli.models.checkpoint import save_tensors
from mmhnet_cli.training import sentence_encoder
from mmhnet_cli.training.sentence_encoder import PACKAGE, load_sentence_encoder
from mmhnet_cli.training.word_corpus import bare, corpus
from mmhnet_cli.training.word_table import directions, first_table, fit, packed, whole_words

needs_teacher = pytest.mark.skipif(
    importlib.util.find_spec(PACKAGE) is None, reason="the extra `words` is not installed"
)


def quiet(_: str) -> None:
    pass


def test_the_corpus_is_the_same_for_the_same_seed() -> None:
    phrases = corpus(50)
    assert phrases == corpus(50) != corpus(50, seed=1)
    assert len(set(phrases)) == len(phrases)
    assert {"a dog barking", "dog barking", "velociraptor", "heavy"} <= set(phrases)


@pytest.mark.parametrize(
    ("phrase", "expected"), [("a dog", "dog"), ("the sea", "sea"), ("rain", "rain"), ("the", "the")]
)
def test_articles(phrase: str, expected: str) -> None:
    assert bare(phrase) == expected


def test_directions_are_those_that_vary_most() -> None:
    rng = np.random.default_rng(0)
    vectors = (rng.normal(size=(500, 3)) * [1, 10, 5]).astype(np.float32)
    axes = directions(vectors, 2)
    np.testing.assert_allclose(axes.T @ axes, np.eye(2), atol=1e-5)
    assert abs(axes[1, 0]) > 0.99 and abs(axes[2, 1]) > 0.99


def test_common_words_begin_short() -> None:
    alone = unit(np.ones((3, 4), np.float32))
    lengths = np.linalg.norm(first_table([1996, 2096, 12096], ["the", "often", "##rain"], alone), axis=1)
    np.testing.assert_allclose(lengths, [0, 0.5, 0.5 * 10100 / 10200], rtol=1e-5)


@pytest.mark.slow
def test_fitting_finds_what_sums_were_made_of() -> None:
    rng = np.random.default_rng(0)
    true = rng.normal(size=(20, 8)).astype(np.float32)
    phrases = [list(rng.choice(19, int(rng.integers(1, 5)), replace=False)) for _ in range(300)]
    wanted = np.stack([true[phrase].sum(0) for phrase in phrases])
    start = (true + rng.normal(0, 0.5, true.shape)).astype(np.float32)
    said: list[str] = []
    found = fit(start, phrases, wanted, said.append, epochs=300)

    def closeness(table: np.ndarray) -> float:
        return float(np.mean([unit(table[p].sum(0)) @ unit(true[p].sum(0)) for p in phrases]))

    assert closeness(found) > 0.99 > closeness(start)
    np.testing.assert_array_equal(found[19], start[19]), "no phrase has it"
    assert len(said) == 60


def test_whole_words_take_the_place_of_their_pieces() -> None:
    table = np.eye(4, dtype=np.float32)
    pieces = ["tram", "##poline", "##s", "rain"]
    found, names = whole_words(table, pieces, ["the trampoline", "rains"])
    assert names == ["tram", "##s", "rain", "trampoline", "rains"]
    np.testing.assert_array_equal(found[3], [1, 1, 0, 0])


def test_what_is_packed_is_read_again(tmp_path: Path) -> None:
    table = np.random.default_rng(0).normal(size=(3, 5)).astype(np.float32)
    save_tensors(tmp_path / "words.safetensors", packed(table, ["rain", "##s", "é"]))
    words = load_words(tmp_path / "words.safetensors")
    assert words.width == 5
    np.testing.assert_allclose(words.word("rain"), table[0], atol=0.02)
    np.testing.assert_allclose(words.word("rains"), table[0] + table[1], atol=0.04)
    assert not words.word("snow").any()


def test_a_teacher_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sentence_encoder, "PACKAGE", "teacher_of_nobody")
    with pytest.raises(PackageMissing):
        load_sentence_encoder()


# Of the documentation of Sentence Transformers, for this model.
PUBLISHED = [
    ("The cat sits outside", "The dog plays in the garden", 0.2838),
    ("A man is playing guitar", "A woman watches TV", -0.0327),
    ("The new movie is awesome", "The new movie is so great", 0.8939),
]


@needs_teacher
def test_likenesses_are_the_published_ones() -> None:
    first, second, expected = zip(*PUBLISHED, strict=True)
    vectors = load_sentence_encoder().encode([*first, *second])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose((vectors[:3] * vectors[3:]).sum(1), expected, atol=1e-4)


@needs_teacher
def test_sentences_do_not_depend_on_their_neighbours() -> None:
    teacher = load_sentence_encoder()
    texts = ["rain", "a dog barks at the door of a very old house", "a puppy yaps"]
    together = teacher.encode(texts)
    np.testing.assert_allclose(together, np.stack([teacher.encode([text])[0] for text in texts]), atol=1e-5)


@needs_teacher
def test_pieces_are_those_of_the_vocabulary() -> None:
    teacher = load_sentence_encoder()
    names = [teacher.pieces[row] for row in teacher.rows("Velociraptor, unaffable!")]
    assert names[1:7] == ["ve", "##lo", "##ci", "##ra", "##pt", "##or"]
    assert names[7:] == [",", "una", "##ffa", "##ble", "!", "[SEP]"]
