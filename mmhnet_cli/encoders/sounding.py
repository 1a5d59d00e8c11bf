"""From what a picture shows to what that may sound like: the classes of ImageNet, and kinds of sound for each.

`kinds.toml` lists the kinds, with their words; `sounding.tsv` has a row for each class, in the order of the outputs of
EfficientNet, with the kinds that it may make and how likely it makes them while it is seen. Silent things have none.
"""

import csv
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

import numpy as np

CLASSES = 1000
"""ImageNet has so many."""
LANGUAGES = ("de", "fr", "es", "it", "ja", "zh")


@dataclass(frozen=True)
class KindWords:
    """How a kind of sound is called and filed.

    category: CatID of the Universal Category System. nouns: the plain keyword first. clauses: the same as subject and
    verb. gentle, strong: for little and much of it. foreign: language to the words by which one asks for it.
    """

    name: str
    category: str
    family: Literal["impact", "texture", "machine", "one_shot"]
    nouns: tuple[str, ...]
    clauses: tuple[str, ...]
    gentle: tuple[str, ...]
    strong: tuple[str, ...]
    foreign: dict[str, tuple[str, ...]]

    @property
    def phrases(self) -> tuple[str, ...]:
        """All ways to name it in English."""
        return (*self.nouns, *self.clauses, *self.gentle, *self.strong)


@cache
def kind_words() -> tuple[KindWords, ...]:
    """All kinds, in the order of their file."""
    tables = tomllib.loads((resources.files(__package__) / "kinds.toml").read_text(encoding="utf-8"))
    return tuple(
        KindWords(
            name,
            table["category"],
            table["family"],
            nouns=tuple(table["nouns"]),
            clauses=tuple(table["clauses"]),
            gentle=tuple(table["gentle"]),
            strong=tuple(table["strong"]),
            foreign={language: tuple(table[language]) for language in LANGUAGES},
        )
        for name, table in tables.items()
    )


@cache
def other_things() -> tuple[str, ...]:
    """Things that people ask for and that are no kind, so that they can be told from one."""
    return tuple((resources.files(__package__) / "others.txt").read_text(encoding="utf-8").splitlines())


@dataclass(frozen=True)
class Sounding:
    """classes: names of the CLASSES; kinds: names of the K kinds; shares (CLASSES, K) in [0, 1]."""

    classes: tuple[str, ...]
    kinds: tuple[str, ...]
    shares: np.ndarray


@cache
def sounding() -> Sounding:
    """The table. Raises ValueError where it names a kind that there is not, or has not CLASSES rows."""
    kinds = tuple(kind.name for kind in kind_words())
    text = (resources.files(__package__) / "sounding.tsv").read_text(encoding="utf-8")
    rows = list(csv.reader(text.splitlines(), delimiter="\t"))[1:]
    if len(rows) != CLASSES:
        raise ValueError(f"sounding.tsv has {len(rows)} classes, not {CLASSES}")
    shares = np.zeros((CLASSES, len(kinds)), np.float32)
    for row, (_, sounds) in enumerate(rows):
        for entry in filter(None, sounds.split(", ")):
            kind, weight = entry.split(" ")
            shares[row, kinds.index(kind)] = float(weight)
    return Sounding(tuple(name for name, _ in rows), kinds, shares)
