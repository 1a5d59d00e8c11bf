"""How far the judge of kinds can be believed: `python -m benchmarks.judge [--films FOLDER]`.

Its answers on sounds that it has not learnt, as they are and as they might be recorded, and on what the films of a
folder (see `benchmarks.real`) sound like by themselves. --train makes one anew, on one core in a quarter of an hour.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from benchmarks.classifier import (
    HELD,
    MEL,
    NAMES,
    KindClassifier,
    classify,
    held_out,
    judge_mels,
    load_classifier,
    near,
    train_classifier,
)
from benchmarks.common import table
from benchmarks.evaluation.recordings import recorded
from benchmarks.real import RealFilm, mark, own_sound, read_films
from benchmarks.run import RUNS
from mmhnet_cli.media.probe import probe
from mmhnet_cli.models.checkpoint import save_tensors

CONFUSED = 0.25
"""Share of the sounds of a kind that must be named as one other kind before the two count as near by nature."""
TAKEN = 3
"""How many kinds are named of a real sound."""

Answers = Sequence[tuple[str, str]]
"""Pairs of what a sound is and what it is heard as."""


def confusions(answers: Answers) -> list[tuple[str, str, float]]:
    """Kinds taken for others: (kind, heard, share of the sounds of the kind), the most frequent first."""
    sounds, wrong = Counter(kind for kind, _ in answers), Counter(pair for pair in answers if pair[0] != pair[1])
    return [(kind, heard, count / sounds[kind]) for (kind, heard), count in wrong.most_common()]


def rough(mels: Tensor, seed: int = 0) -> Tensor:
    """The same sounds (N, kinds, 64, T), placed and recorded, each beside another."""
    rng = np.random.default_rng((seed, 0x2061))
    rows = [recorded(row.float(), row[torch.from_numpy(rng.permutation(len(row)))].float(), MEL, rng) for row in mels]
    return torch.stack(rows)


def measure(model: KindClassifier, mels: Tensor) -> str:
    """Tables of what is named right among sounds that are held out, (N, kinds, 64, T)."""
    plain, disturbed = held_out(model, mels), held_out(model, rough(mels))
    rows = [
        [
            title,
            len(answers),
            f"{np.mean([kind == heard for kind, heard in answers]):.1%}",
            f"{np.mean([near(kind, heard) for kind, heard in answers]):.1%}",
        ]
        for title, answers in (("as they are", plain), ("placed and recorded", disturbed))
    ]
    right = Counter(kind for kind, heard in plain if kind == heard)
    weak = sorted((name for name in NAMES if right[name] < len(mels)), key=lambda name: right[name])
    pairs = [f"{kind} as {heard} {share:.0%}" for kind, heard, share in confusions(plain)]
    close = [f"{kind} as {heard}" for kind, heard, share in confusions(plain) if share > CONFUSED]
    return "\n\n".join(
        [
            table(["sounds held out", "number", "named right", "or near by nature"], rows),
            f"Not always right, of {len(mels)}: {', '.join(f'{name} {right[name]}' for name in weak) or 'none'}.",
            f"Most frequent confusions: {', '.join(pairs[:20]) or 'none'}.",
            f"More than {CONFUSED:.0%}: {', '.join(close) or 'none'}.",
        ]
    )


def measure_films(model: KindClassifier, films: Sequence[RealFilm]) -> str:
    """Table of what the films' own sound is heard as."""
    rows, first, among = [], 0, 0
    heard_films = [(film, own) for film in films if (own := own_sound(probe(film.path))) is not None]
    for film, own in heard_films:
        scores = classify(model, own)
        heard = [NAMES[int(kind)] for kind in scores.argsort(descending=True)[:TAKEN]]
        first += heard[0] in film.kinds
        among += not film.kinds.isdisjoint(heard)
        shares = ", ".join(f"{mark(kind, film.kinds)} {float(scores[NAMES.index(kind)].exp()):.2f}" for kind in heard)
        rows.append([film.path.stem, ", ".join(sorted(film.kinds)), shares])
    rows.append([f"of {len(heard_films)}", "", f"{first} first, {among} among three"])
    return table(["film", "kinds", "its own sound is heard as"], rows)


def main() -> None:
    """Print what the judge says of sounds whose kind is known."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--films", type=Path, help="a folder of real films with films.tsv")
    parser.add_argument("--judge", type=Path, default=RUNS / "classifier.safetensors")
    parser.add_argument("--train", action="store_true", help="make it, at the place that --judge names")
    options = parser.parse_args()

    def report(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    if options.train:
        save_tensors(options.judge, train_classifier(report).state_dict())
    model = load_classifier(options.judge)
    print(measure(model, judge_mels(range(HELD), report)))
    if options.films:
        print(f"\n{measure_films(model, read_films(options.films))}")


if __name__ == "__main__":
    main()
