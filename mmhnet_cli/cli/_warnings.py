"""Sentences about a sound that was made, or can be made, and is to be doubted."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def unknown_words(model: str, unknown_words: Iterable[str], makes: Sequence[str]) -> str:
    """Return what a model has never learnt, and what one may ask of it."""
    quoted = ", ".join(f'"{word}"' for word in unknown_words)
    return f"{model} knows nothing of {quoted}; it makes: {', '.join(makes)}."


def quiet(model: str, found: Sequence[Mapping[str, Any]], stems: bool, takes: int) -> list[str]:
    """Return a line for each sound that a report tells to be next to nothing."""
    return [_quiet(model, one, stems, takes) for one in found]


def _quiet(model: str, found: Mapping[str, Any], stems: bool, takes: int) -> str:
    which = (f" for stem {found['voice']}" if stems else "") + (f", take {found['take']}" if takes > 1 else "")
    peak = found["peak_dbfs"]
    level = "silence" if peak is None else f"its peak is {peak:.1f} dBFS before levelling"
    return f"{model} made nearly nothing{which}: {level}. Try other words or another --seed."
