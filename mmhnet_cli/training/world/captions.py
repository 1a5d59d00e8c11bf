"""Captions of procedural scenes: what is heard, in the order in which it appears, in varied words."""

from itertools import pairwise

import numpy as np

from mmhnet_cli.training.world.kinds import KINDS
from mmhnet_cli.training.world.scene import Scene, Source

SILENCE = "silence"
_PREFIXES = ("sound of ", "the sound of ", "audio of ", "a recording of ", "we hear ")
_TOGETHER = {"nouns": (" and ", " with ", " together with "), "clauses": (" while ", " and ", " as ")}
_AFTER = {
    "nouns": (", then ", " followed by ", ", later "),
    "clauses": (", then ", " and then ", ". Then "),
}


def caption(scene: Scene, rng: np.random.Generator) -> str:
    """One caption of what is heard, not of what is seen; "silence" where nothing is."""
    first: dict[str, Source] = {}
    for source in scene.sources:
        first.setdefault(source.kind, source)
    heard = list(first.values())
    if not heard:
        return SILENCE
    form = str(rng.choice(["keywords", "nouns", "clauses"], p=(0.25, 0.45, 0.3)))
    # A long list reads, and fits a text encoder, only as keywords.
    if form == "keywords" or len(heard) > 4:
        text = str(rng.choice([", ", " and ", ","] if len(heard) == 2 else [", "])).join(
            KINDS[source.kind].wording.nouns[0] for source in heard
        )
    else:
        text = _phrase(heard[0], form, rng)
        for before, source in pairwise(heard):
            joiners = _TOGETHER if source.start_s < before.end_s else _AFTER
            text += str(rng.choice(joiners[form])) + _phrase(source, form, rng)
        if form == "nouns" and rng.random() < 0.25:
            text = str(rng.choice(_PREFIXES)) + text
    return _dress(text, rng)


def _phrase(source: Source, form: str, rng: np.random.Generator) -> str:
    words = KINDS[source.kind].wording
    if form == "clauses":
        return str(rng.choice(words.clauses))
    eventful = KINDS[source.kind].eventful
    amount = source.strengths.mean() if eventful and len(source.strengths) else source.curve.mean()
    # Strengths of events lie between 0.48 and 1, so their bounds do too.
    low, high = (0.68, 0.82) if eventful else (0.38, 0.62)
    if rng.random() < 0.5 and not low <= amount <= high:
        return str(rng.choice(words.gentle if amount < low else words.strong))
    return str(rng.choice(words.nouns))


def _dress(text: str, rng: np.random.Generator) -> str:
    """Capitals and a full stop as people write them, or do not."""
    if rng.random() < 0.04:
        return text.upper()
    if rng.random() < 0.4:
        text = text[0].upper() + text[1:]
    return text + "." if rng.random() < 0.25 else text
