"""A prompt taken apart: words with their place in the space of words, and what stands between them.

Words of other languages than English are looked up as whole phrases, the longest first; the rest is English.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from mmhnet_cli.encoders.degrees import SmallWords, small_words
from mmhnet_cli.encoders.sounding import kind_words
from mmhnet_cli.encoders.wordpiece import is_ideograph, plain, words_of

STOPS = re.compile(r"[,;.:!?+&/|\n()、。，；]")
TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)?|[^\w\s]|_")
COMMON_ENGLISH = 8000
"""Rows of the word table, which is in order of frequency: up to here a word is English unless more says otherwise."""
NOT_SPACED = re.compile(r"[぀-ヿ㐀-䶿一-鿿豈-﫿ー]")
"""Signs of Chinese and Japanese, which stand without blanks."""

GRAMMAR = frozenset(
    re.findall(
        r"\w+",
        """
    a an the this that these those some any each every all both either no not and or nor but so then than as if when
    while where who whose which what with without within of off on in inside into onto out outside at by for from to up
    down over under above below through between among around about against along across near behind before after during
    until since i me my we us our you your he him his she her it its they them their one ones someone something is are
    was were be been being am do does did done has have had having will would can could may might must shall should
    there here very too also just only more most much many few again s t
    two three four five six seven eight nine ten
    """,
    )
)
"""These words name no sound."""

Role = Literal["word", "kind", "denial", "denial behind", "turn", "between", "stop"]


@dataclass(frozen=True)
class Word:
    """text: in plain letters. role: what it does. kind: name of the kind that a foreign word asks for."""

    text: str
    role: Role = "word"
    kind: str = ""


@dataclass(frozen=True)
class Lexicon:
    """foreign: plain phrase to the kind it names and the languages in which it does; longest: letters of a phrase.
    english: words in which English asks for kinds."""

    foreign: dict[str, tuple[str, frozenset[str]]]
    longest: int
    english: frozenset[str]


@cache
def lexicon() -> Lexicon:
    """The foreign words of all kinds."""
    found: dict[str, tuple[str, frozenset[str]]] = {}
    for kind in kind_words():
        for language, phrases in kind.foreign.items():
            for phrase in map(plain, phrases):
                _, languages = found.get(phrase, ("", frozenset()))
                found[phrase] = (kind.name, languages | {language})
    english = {word for kind in kind_words() for phrase in kind.phrases for word in words_of(plain(phrase))}
    return Lexicon(found, max(map(len, found)), frozenset(english))


def take_apart(text: str, english: dict[str, int]) -> list[Word]:
    """The words of a prompt, in order. english: word to its row of the word table."""
    text, small, words = plain(text), small_words(), list[Word]()
    languages = _languages(text, small)
    place = 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        word, place = _next(text, place, languages, english, small)
        words.append(word)
    return words


def _languages(text: str, small: SmallWords) -> frozenset[str]:
    tokens = set(TOKEN.findall(text))
    return frozenset(language for language, words in small.languages.items() if tokens & words)


def _next(
    text: str, place: int, languages: frozenset[str], english: dict[str, int], small: SmallWords
) -> tuple[Word, int]:
    """The word at `place`, and where the next one begins."""
    for phrase in _phrases_at(text, place, lexicon().longest):
        role = _role(phrase, small)
        if role != "word":
            return Word(phrase, role), place + len(phrase)
        if phrase in small.degrees and (" " in phrase or NOT_SPACED.search(phrase)):
            return Word(phrase), place + len(phrase)
        if phrase in lexicon().foreign:
            kind, spoken = lexicon().foreign[phrase]
            also_english = phrase in lexicon().english or english.get(phrase, COMMON_ENGLISH) < COMMON_ENGLISH
            if languages & spoken or not also_english:
                return Word(phrase, "kind", kind), place + len(phrase)
    token = TOKEN.match(text, place)
    found = token.group() if token and not is_ideograph(text[place]) else text[place]
    return Word(found, "stop" if STOPS.match(found) else "word"), place + len(found)


def _phrases_at(text: str, place: int, longest: int) -> Iterable[str]:
    """What begins at `place` and could be a phrase, the longest first: it ends where a word does."""
    spaced = not NOT_SPACED.match(text[place])
    for end in range(min(len(text), place + longest), place, -1):
        ends_inside = end < len(text) and text[end].isalnum() and text[end - 1].isalnum()
        if not (spaced and ends_inside and not NOT_SPACED.match(text[end])) and not text[end - 1].isspace():
            yield text[place:end]


def _role(phrase: str, small: SmallWords) -> Role:
    if phrase in small.denials:
        return "denial"
    if phrase in small.denials_behind:
        return "denial behind"
    if phrase in small.turns:
        return "turn"
    return "between" if phrase in small.between else "word"


def says_nothing(word: Word) -> bool:
    """Whether a word only joins others."""
    return word.role == "word" and (word.text in GRAMMAR or not any(sign.isalnum() for sign in word.text))
