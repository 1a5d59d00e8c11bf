"""Phrases in which one asks for sounds, made of the words of the kinds: what the word table is fitted on."""

import numpy as np

from mmhnet_cli.encoders.sounding import kind_words, other_things, sounding

DEGREES = (
    "light", "heavy", "soft", "loud", "quiet", "gentle", "strong", "slow", "fast", "rapid", "distant", "near",
    "close", "faint", "huge", "big", "small", "tiny", "massive", "little", "old", "rusty", "wet", "dry", "deep",
    "high", "sharp", "dull", "muffled", "short", "long", "single", "sudden", "hard", "violent", "steady",
)  # fmt: skip
PLACES = (
    "a church", "a small room", "a large hall", "a cave", "the forest", "the street", "a kitchen", "a bathroom",
    "the distance", "the background", "an office", "a factory", "a tunnel", "the park", "a garage", "a stadium",
    "the night", "the morning", "a cathedral", "an empty room", "the city", "the mountains", "a garden", "a station",
    "the rain", "the house", "a corridor", "a basement", "a field", "the harbour",
)  # fmt: skip
SURFACES = (
    "wood", "metal", "stone", "glass", "concrete", "tiles", "gravel", "grass", "carpet", "a table", "the floor",
    "a tin roof", "marble", "plastic", "leather", "sand", "snow", "a plate", "the ground", "the wall", "water", "ice",
)  # fmt: skip
BEFORE = (
    "sound of",
    "recording of",
    "close up of",
    "someone hears",
    "noise of",
    "a lot of",
    "we hear",
    "sound effect,",
)
AFTER = (
    "passing by", "in slow motion", "outside", "indoors", "up close", "far away", "at night", "again and again",
    "in the next room", "with echo", "starting and stopping", "getting louder", "three times", "all around",
)  # fmt: skip


def bare(phrase: str) -> str:
    """A noun phrase without its article."""
    first, _, rest = phrase.partition(" ")
    return rest if first in {"a", "an", "the"} and rest else phrase


def corpus(count: int, seed: int = 0) -> list[str]:
    """All phrases of all kinds, names of things, and `count` combinations of them; no phrase twice."""
    rng = np.random.default_rng(seed)
    kinds = kind_words()
    others = list(other_things())
    nouns = [noun for kind in kinds for noun in kind.nouns]
    clauses = [clause for kind in kinds for clause in kind.clauses]
    things = nouns + others
    plain = [phrase for kind in kinds for phrase in kind.phrases] + others + list(sounding().classes)
    plain += [bare(noun) for noun in nouns] + [f"{bare(noun)} sound" for noun in nouns]
    made = [_made(rng, things, clauses) for _ in range(count)]
    return list(dict.fromkeys([*plain, *DEGREES, *SURFACES, *PLACES, *made]))


def _made(rng: np.random.Generator, nouns: list[str], clauses: list[str]) -> str:
    def one(choices: tuple[str, ...] | list[str]) -> str:
        return choices[int(rng.integers(len(choices)))]

    form = int(rng.integers(10))
    if form < 3:
        return f"{one(DEGREES)} {bare(one(nouns))}"
    if form == 3:
        return f"{bare(one(nouns))} in {one(PLACES)}"
    if form == 4:
        return f"{one(DEGREES)} {bare(one(nouns))} on {one(SURFACES)}"
    if form == 5:
        return f"{one(BEFORE)} {one(nouns)}"
    if form == 6:
        return f"{one(nouns)} {one(AFTER)}"
    if form == 7:
        return f"{one(clauses)} {one(AFTER)}"
    if form == 8:
        return f"{bare(one(nouns))} on {one(SURFACES)}"
    return f"{one(nouns)} and {one(nouns)}"
