"""Sentences about a sound that was made, or can be made, and is to be doubted."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

SHOTS = 3
"""So many shots are named."""


def doubtful_words(
    model: str,
    unknown_words: Iterable[str],
    beyond: Iterable[Mapping[str, Any]],
    makes: Sequence[str],
    ignored: Iterable[str],
    unnamed: Sequence[str],
) -> list[str]:
    """Return lines on what a model has never learnt, what is beyond it, how much it makes, what it ignores, and which
    files get names that say nothing."""
    lines = []
    if quoted := ", ".join(f'"{word}"' for word in unknown_words):
        lines.append(f"{model} knows nothing of {quoted}.")
    if far := ", ".join(f'"{one["text"]}" (nearest: {", ".join(map(_named, one["near"]))})' for one in beyond):
        lines.append(f"{model} cannot make {far}.")
    if lines:
        lines.append(f"{model} makes {len(makes)} kinds of sound; `mmhnet kinds` lists them.")
    lines += [f"{model} knows nothing of hits: {option} changes nothing." for option in ignored]
    if unnamed:
        more = f" and {len(unnamed) - 1} files more" if len(unnamed) > 1 else ""
        lines.append(
            f"No words say what is in {unnamed[0]}{more}: {{ucs}} begins with DSGNMisc there, for names are given "
            "before the picture is looked at. Say it in a prompt; `mmhnet probe FILM --kinds` shows what is seen."
        )
    return lines


def off_target(takes: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return a line for each take of a report that is not at its loudness, since it keeps the gain that it had."""
    lines = []
    for take in takes:
        target, after = take["loudness"]["target"], take["loudness"]["after"]["integrated_lufs"]
        if target["integrated_lufs"] is None or after is None:
            continue
        off = after - target["integrated_lufs"]
        if abs(off) > target["tolerance_lu"]:
            side = "above" if off > 0 else "below"
            lines.append(
                f"The sound is {abs(off):.1f} LU {side} its loudness target, {target['integrated_lufs']:g} LUFS: "
                "what is made anew comes at the gain of its take, so that the rest stays."
            )
    return lines


def unseen(model: str, found: Sequence[Mapping[str, float]]) -> list[str]:
    """Return a line where a report tells of shots in which nothing was recognised, and no words say what sounds."""
    if not found:
        return []
    where = ", ".join(f"{shot['start_s']:.1f} to {shot['end_s']:.1f} s" for shot in found[:SHOTS])
    more = f" and {len(found) - SHOTS} shots more" if len(found) > SHOTS else ""
    return [f"{model} recognised nothing that sounds at {where}{more}. Say in a --prompt what is to be heard there."]


def _named(kind: str) -> str:
    return kind.replace("_", " ")


def quiet(model: str, found: Sequence[Mapping[str, Any]], stems: bool, takes: int) -> list[str]:
    """Return a line for each sound that a report tells to be next to nothing."""
    return [_quiet(model, one, stems, takes) for one in found]


def _quiet(model: str, found: Mapping[str, Any], stems: bool, takes: int) -> str:
    which = (f" for stem {found['voice']}" if stems else "") + (f", take {found['take']}" if takes > 1 else "")
    peak = found["peak_dbfs"]
    level = "silence" if peak is None else f"its peak is {peak:.1f} dBFS before levelling"
    return f"{model} made nearly nothing{which}: {level}. Try other words or another --seed."
