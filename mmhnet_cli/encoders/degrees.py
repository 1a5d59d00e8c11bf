"""Words beside those that name a sound: degrees, room and material, denials, and what stands between sounds."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from mmhnet_cli.encoders.wordpiece import plain

SCALES = ("loudness", "force", "speed", "distance", "size", "pitch", "density")
ROOM, MATERIAL = "room", "material"
CHOICES = (ROOM, MATERIAL)


@dataclass(frozen=True)
class Degree:
    """scale: one of SCALES, whose value is `low` or `high`, or of CHOICES; word: that said so."""

    scale: str
    value: str
    word: str


@dataclass(frozen=True)
class SmallWords:
    """All in plain letters. degrees: phrase to its (scale, value) pairs. denials: stand before, or behind, what is not
    asked for. turns: end a denial. between: stand between two sounds. languages: language to its small words."""

    degrees: dict[str, tuple[tuple[str, str], ...]]
    denials: frozenset[str]
    denials_behind: frozenset[str]
    turns: frozenset[str]
    between: frozenset[str]
    languages: dict[str, frozenset[str]]

    def has(self, word: str) -> bool:
        """Whether a word is a degree, or a small word of some language."""
        return word in self.degrees or any(word in words for words in self.languages.values())


@cache
def small_words() -> SmallWords:
    """The words of `degrees.toml`."""
    tables = tomllib.loads((resources.files(__package__) / "degrees.toml").read_text(encoding="utf-8"))
    degrees: dict[str, tuple[tuple[str, str], ...]] = {}
    for scale in (*SCALES, *CHOICES):
        for value, words in tables[scale].items():
            for word in map(plain, words):
                degrees[word] = (*degrees.get(word, ()), (scale, value))

    def set_of(table: str, key: str) -> frozenset[str]:
        return frozenset(map(plain, tables[table][key]))

    return SmallWords(
        degrees,
        set_of("not", "before"),
        set_of("not", "after"),
        set_of("not", "but"),
        set_of("between", "words"),
        {language: set_of("language", language) for language in tables["language"]},
    )
