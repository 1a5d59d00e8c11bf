"""What a prompt asks for: kinds of sound, degrees, what there shall not be. Facts, for whoever tells them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mmhnet_cli.encoders.degrees import Degree, small_words
from mmhnet_cli.encoders.prompt_words import Word, says_nothing, take_apart
from mmhnet_cli.encoders.sounding import kind_words, other_things
from mmhnet_cli.encoders.wordpiece import plain, words_of
from mmhnet_cli.encoders.words import WordTable, unit

NEAR = 0.6
"""Likeness of a part of a prompt to a phrase of a kind from which on the kind is asked for."""
CENTRE = 0.25
"""What the middle of a kind's words counts beside the nearest phrase of it."""
NOTHING = ""
"""The word that a text without words has: it lies at zero."""
FEW = 3
"""How many kinds are told of."""


@dataclass(frozen=True)
class Likeness:
    """How near something is to a kind of sound: 1 for the same, about 0 for nothing in common."""

    kind: str
    likeness: float


@dataclass(frozen=True)
class AskedSound:
    """One sound of a prompt. nearest: the kinds that are most like it, in order. known: whether the first is it.
    like: the thing beyond all kinds that it is more like than any kind, or ""."""

    text: str
    nearest: tuple[Likeness, ...]
    known: bool
    like: str = ""


@dataclass(frozen=True)
class Understood:
    """sounds: in the order of the prompt. denied: what shall not be heard. degrees: as they come. unknown: words that
    mean nothing to the table."""

    sounds: tuple[AskedSound, ...]
    denied: tuple[str, ...]
    degrees: tuple[Degree, ...]
    unknown: tuple[str, ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds that are asked for, each once."""
        return tuple(dict.fromkeys(sound.nearest[0].kind for sound in self.sounds if sound.known))


class WordSpace:
    """Places of words, phrases and kinds, by one word table."""

    def __init__(self, table: WordTable) -> None:
        self.table = table
        self.kinds = tuple(kind.name for kind in kind_words())

    @cached_property
    def kind_vectors(self) -> np.ndarray:
        """(K, D), of length 1: the middle of what each kind is called."""
        places = unit(self.phrases([noun for kind in kind_words() for noun in kind.nouns]))
        ends = np.cumsum([len(kind.nouns) for kind in kind_words()])
        return unit(np.stack([part.mean(0) for part in np.split(places, ends[:-1])]))

    @cached_property
    def _known(self) -> tuple[np.ndarray, np.ndarray]:
        """Phrases of all kinds (N, D), of length 1, and the kind of each (N,)."""
        named = [(phrase, number) for number, kind in enumerate(kind_words()) for phrase in kind.phrases]
        return unit(self.phrases([phrase for phrase, _ in named])), np.array([number for _, number in named])

    @cached_property
    def _others(self) -> np.ndarray:
        return unit(self.phrases(list(other_things())))

    def phrases(self, texts: list[str]) -> np.ndarray:
        """(N, D) of English phrases: sums of their words."""
        taken = [words_of(plain(text)) or [NOTHING] for text in texts]
        # Most of the words of many phrases come more than once.
        rows = {word: row for row, word in enumerate(dict.fromkeys(word for words in taken for word in words))}
        places = np.stack([self.table.word(word) for word in rows])
        begins = np.cumsum([0, *map(len, taken[:-1])])
        return np.add.reduceat(places[[rows[word] for words in taken for word in words]], begins, axis=0)

    def word(self, word: Word) -> np.ndarray:
        """(D,) of one word of a prompt."""
        if word.role == "kind":
            return self.kind_vectors[self.kinds.index(word.kind)]
        return self.table.word(word.text)

    def likenesses(self, vector: np.ndarray) -> np.ndarray:
        """(K,): how like each kind a vector (D,) is, by the phrase of it that is most like and by their middle."""
        phrases, owners = self._known
        nearest = np.full(len(self.kinds), -1.0, np.float32)
        np.maximum.at(nearest, owners, phrases @ unit(vector))
        return (1 - CENTRE) * nearest + CENTRE * (self.kind_vectors @ unit(vector))

    def understand(self, text: str) -> Understood:
        """What a prompt asks for."""
        words = take_apart(text, self.table.vocabulary)
        asked, denied = _asked_and_denied(words)
        sounds = [sound for group in asked for sound in self._sounds(group)]
        said = [word for group in asked for words in group for word in words]
        unknown = dict.fromkeys(
            word.text
            for word in said
            if not (says_nothing(word) or small_words().has(word.text) or self.word(word).any())
        )
        return Understood(tuple(sounds), tuple(map(_text_of, denied)), tuple(_degrees(said)), tuple(unknown))

    def _sounds(self, group: list[list[Word]]) -> list[AskedSound]:
        """Sounds between two stops: apart where the prompt joins them, unless together they name one better."""
        apart = [sound for words in group if (sound := self._sound(words)) is not None]
        whole = self._sound([word for words in group for word in words])
        if len(apart) < 2 or whole is None:
            return apart
        alone = float(np.mean([sound.nearest[0].likeness for sound in apart]))
        return [whole] if whole.nearest[0].likeness >= alone else apart

    def _sound(self, words: list[Word]) -> AskedSound | None:
        # Beside a foreign word, what is not looked up is foreign too.
        foreign = [word for word in words if word.role == "kind"]
        vector = sum_of([self.word(word) for word in foreign or words], self)
        if not vector.any():
            return None
        found = self.likenesses(vector)
        order = np.argsort(-found)[:FEW]
        others = self._others @ unit(vector)
        other = int(others.argmax())
        best = float(found[order[0]])
        beyond = other_things()[other] if others[other] > best else ""
        nearest = tuple(Likeness(self.kinds[kind], float(found[kind])) for kind in order)
        return AskedSound(_text_of(words), nearest, best >= NEAR and not beyond, beyond)


def sum_of(vectors: list[np.ndarray], space: WordSpace) -> np.ndarray:
    """The sum of word vectors (D,); zeros of none."""
    return np.sum(vectors, axis=0) if vectors else np.zeros(space.table.width, np.float32)


def _text_of(words: list[Word]) -> str:
    return " ".join(word.text for word in words)


def _asked_and_denied(words: list[Word]) -> tuple[list[list[list[Word]]], list[list[Word]]]:
    """Groups between stops, each of the runs between joining words; and the runs that are denied."""
    groups: list[list[list[Word]]] = [[[]]]
    denied: list[list[Word]] = []
    denying = False
    for word in words:
        if word.role in ("stop", "turn"):
            denying = False
            groups.append([[]])
        elif word.role == "denial":
            denying = True
            denied.append([])
        elif word.role == "denial behind":
            denied.append(groups[-1].pop())
            groups[-1].append([])
        elif word.role == "between":
            (denied if denying else groups[-1]).append([])
        else:
            (denied[-1] if denying else groups[-1][-1]).append(word)
    asked = [[run for run in group if any(not says_nothing(word) for word in run)] for group in groups]
    return [group for group in asked if group], [run for run in denied if run]


def _degrees(words: list[Word]) -> list[Degree]:
    known = small_words().degrees
    return [Degree(scale, value, word.text) for word in words for scale, value in known.get(word.text, ())]
