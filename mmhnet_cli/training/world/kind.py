"""What makes a kind of sound: how it sounds, how it looks, in what rhythm it comes, and how people name it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from mmhnet_cli.training.world.contact import Look
from mmhnet_cli.training.world.rhythm import Rhythm
from mmhnet_cli.training.world.scene import Source


@dataclass(frozen=True)
class Phrases:
    """Ways to name one kind in English; none fits another kind.

    nouns: noun phrases and synonyms; the first is the plain keyword.
    clauses: the same as subject and verb.
    gentle, strong: noun phrases for little or much of it.
    """

    nouns: tuple[str, ...]
    clauses: tuple[str, ...]
    gentle: tuple[str, ...]
    strong: tuple[str, ...]

    @property
    def phrases(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.nouns, *self.clauses, *self.gentle, *self.strong)


@dataclass(frozen=True)
class Wording(Phrases):
    """How people ask for one kind. `encoders/kinds.toml`, by which prompts are understood, is written from these.

    foreign: words for it in other languages, by their two-letter code (de, fr, es, it, ja, zh).
    """

    foreign: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Kind:
    """A kind of sound. Its name is that of its file in `kinds/`.

    category: CatID of the Universal Category System, version 8.2.
    family: what it is trained and measured with.
    sound: makes the samples (sample_count(source),) of a source at 44.1 kHz.
    look: builds the picture of a source.
    wording: how people name it.
    rhythm: draws the intervals between its onsets; None for continuous sounds, which follow `Source.curve`.
    depth: how far behind others it is drawn: looks that fill the picture, or change its light, have more than 0.
    """

    category: str
    family: Literal["impact", "texture", "machine", "one_shot"]
    sound: Callable[[Source, np.random.Generator], np.ndarray]
    look: Callable[[np.random.Generator], Look]
    wording: Wording
    rhythm: Rhythm | None = None
    depth: int = 0

    @property
    def eventful(self) -> bool:
        """Whether its sound is a series of onsets (`Source.events_s`)."""
        return self.rhythm is not None
