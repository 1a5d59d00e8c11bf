"""Which words a model has learnt, and which kinds of sound it makes: data of its configuration."""

import re
from dataclasses import dataclass

from mmhnet_cli.fields import check_fields

WORD = re.compile(r"[^\W_]+")

GRAMMAR = frozenset(
    WORD.findall("""
    a an the this that these those some any each every all both either no not and or nor but so then than as if when
    while where who whose which what with without within of off on in inside into onto out outside at by for from to up
    down over under above below through between among around about against along across near behind before after during
    until since i me my we us our you your he him his she her it its they them their one ones someone something is are
    was were be been being am do does did done has have had having will would can could may might must shall should
    there here very too also just only more most much many few again s t
    two three four five six seven eight nine ten
    """)
)
"""These words name no sound."""

ENDINGS = ("", "s", "es", "d", "ed", "ing", "er", "ers")
LEAST_STEM = 3


@dataclass(frozen=True)
class Vocabulary:
    """What a model makes, and the words it was asked in."""

    kinds: tuple[str, ...]
    """The model makes these, as one asks for them."""
    words: tuple[str, ...]
    """Its training asked in these, in small letters."""

    def __post_init__(self) -> None:
        check_fields(self)

    def unknown(self, text: str) -> tuple[str, ...]:
        """Return words of `text` that the model never met in any form, each once; but no numbers and grammar."""
        known = {stem for word in self.words for stem in _stems(word)}
        asked = dict.fromkeys(word for word in WORD.findall(text.lower()) if word not in GRAMMAR and not word.isdigit())
        return tuple(word for word in asked if known.isdisjoint(_stems(word)))


def _stems(word: str) -> set[str]:
    """Return what regular forms of a word have in common: `slams`, `slammed` and `slamming` the stem `slam`."""
    cut = {word.removesuffix(ending) for ending in ENDINGS if word.endswith(ending)}
    bare = {stem for stem in cut if len(stem) >= LEAST_STEM} | {word}
    single = {stem[:-1] for stem in bare if len(stem) > LEAST_STEM and stem[-1] == stem[-2]}
    return bare | single | {stem.removesuffix("e") for stem in bare if len(stem) > LEAST_STEM}
