"""Everyday prompts: `python -m benchmarks.prompts` says what the space of words understands of `prompts.tsv`.

The prompts were written before anything was fitted. A prompt without kinds asks for what is beyond the list: it is
right when no kind is taken for it.
"""

import argparse
import csv
from dataclasses import dataclass
from pathlib import Path

from benchmarks.common import table
from mmhnet_cli.encoders.understanding import Understood, WordSpace
from mmhnet_cli.encoders.words import load_words

PROMPTS = Path(__file__).with_name("prompts.tsv")
WORDS = Path(__file__).parents[1] / "weights" / "mini" / "words.safetensors"


@dataclass(frozen=True)
class Prompt:
    """text, and the kinds any of which would be right; none where it is beyond the list."""

    text: str
    kinds: frozenset[str]


def read_prompts(path: Path) -> list[Prompt]:
    """The rows of a list of prompts."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return [Prompt(row["prompt"], frozenset(filter(None, row["kinds"].split(",")))) for row in rows]


def right(prompt: Prompt, understood: Understood) -> bool:
    """Whether the first kind that is asked for is one of the right ones; or, beyond the list, whether there is none."""
    return (
        understood.kinds[0] in prompt.kinds
        if understood.kinds and prompt.kinds
        else not (understood.kinds or prompt.kinds)
    )


def measure(space: WordSpace, prompts: list[Prompt]) -> str:
    """Table of how many are right, and what the others were taken for."""
    answers = [(prompt, space.understand(prompt.text)) for prompt in prompts]
    listed = [right(prompt, understood) for prompt, understood in answers if prompt.kinds]
    beyond = [right(prompt, understood) for prompt, understood in answers if not prompt.kinds]
    nearest = [
        not prompt.kinds.isdisjoint(sound.nearest[0].kind for sound in understood.sounds)
        for prompt, understood in answers
        if prompt.kinds
    ]
    rows = [
        ["in the list, right", f"{sum(listed)} of {len(listed)}"],
        ["in the list, nearest kind right, near enough or not", f"{sum(nearest)} of {len(nearest)}"],
        ["beyond the list, told", f"{sum(beyond)} of {len(beyond)}"],
    ]
    wrong = [
        f"- {prompt.text}: {', '.join(understood.kinds) or 'nothing'}, nearest "
        + "; ".join(
            f"{sound.nearest[0].kind} {sound.nearest[0].likeness:.2f} {sound.like}" for sound in understood.sounds
        )
        for prompt, understood in answers
        if not right(prompt, understood)
    ]
    return "\n".join([table(["prompts", "number"], rows), "", *wrong])


def main() -> None:
    """Print what is understood of each prompt, and how many are understood rightly."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--words", type=Path, default=WORDS)
    parser.add_argument("--prompts", type=Path, default=PROMPTS)
    options = parser.parse_args()
    print(measure(WordSpace(load_words(options.words)), read_prompts(options.prompts)))


if __name__ == "__main__":
    main()
