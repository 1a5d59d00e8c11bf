"""Words of degree: what each of eleven pairs moves, in standard deviations over seeds.

    python -m benchmarks.degrees [--model NAME_OR_FOLDER] [--seeds 8] [--quick]

The picture shows what is asked for, and nothing of when or how: all is left to the words.
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.abstract_film import AbstractFilm, film_of, sounds_for
from benchmarks.common import one_shot_scene, table
from benchmarks.evaluation.manner import (
    brightness_octaves,
    effect,
    level_db,
    onsets_per_s,
    pauses_db,
    pitch_octaves,
)
from benchmarks.second_edition import read_second_edition
from mmhnet_cli.encoders.protocol import Encoders
from mmhnet_cli.pipeline.making.load import LoadedModel

ENOUGH = 2.0
"""Standard deviations that a pair must move."""


@dataclass(frozen=True)
class Pair:
    """Two prompts that differ in degree. measure: gives more for `more` than for `less`, in `unit`. shown: a kind."""

    less: str
    more: str
    shown: str
    measure: Callable[[np.ndarray], float]
    unit: str


PAIRS = (
    Pair("light rain", "heavy rain", "rain", level_db, "level, dB"),
    Pair("soft drum", "loud drum", "drum", level_db, "level, dB"),
    Pair("slow footsteps", "fast footsteps", "footsteps", onsets_per_s, "onsets per second"),
    Pair("distant dog barking", "dog barking close up", "dog", brightness_octaves, "brightness, octaves"),
    Pair("huge bell", "small bell", "bell", pitch_octaves, "strongest partial, octaves"),
    Pair("deep horn", "shrill horn", "horn", pitch_octaves, "strongest partial, octaves"),
    Pair("a few drips", "many drips", "drip", onsets_per_s, "onsets per second"),
    Pair("slow engine", "racing engine", "engine", brightness_octaves, "brightness, octaves"),
    Pair("hammer on wood outdoors", "hammer on wood in a church", "hammer_wood", pauses_db, "level of pauses, dB"),
    Pair("knocking in a small room", "knocking in a cathedral", "knock", pauses_db, "level of pauses, dB"),
    Pair("wooden footsteps", "metal footsteps", "footsteps", brightness_octaves, "brightness, octaves"),
)


def still_film(kind: str, seed: int) -> AbstractFilm:
    """A film of 8 s that shows a kind clearly and nothing of its hits."""
    scene = one_shot_scene(seed, kind)
    quiet = tuple(
        replace(source, events_s=np.zeros(0), strengths=np.zeros(0), looks=kind, kind=kind) for source in scene.sources
    )
    return film_of(replace(scene, sources=quiet))


def measured(pair: Pair, prompt: str, model: LoadedModel, encoders: Encoders, seeds: int) -> np.ndarray:
    """The quantity of a pair under one prompt, (seeds,)."""
    film = still_film(pair.shown, 7000)
    return np.array([pair.measure(sound) for sound in sounds_for(film, prompt, model, encoders, range(seeds))])


def measure(model: LoadedModel, encoders: Encoders, pairs: tuple[Pair, ...], seeds: int) -> str:
    """Table of the pairs and how far each moves what it should."""
    rows, effects = [], []
    for pair in pairs:
        less, more = (measured(pair, prompt, model, encoders, seeds) for prompt in (pair.less, pair.more))
        effects.append(effect(less, more))
        means = f"{np.mean(less):.2f} / {np.mean(more):.2f}"
        rows.append([f"{pair.less} / {pair.more}", pair.unit, means, f"{effects[-1]:+.1f}"])
        print(f"{pair.less} / {pair.more}: {effects[-1]:+.1f}", file=sys.stderr, flush=True)
    moved = sum(each >= ENOUGH for each in effects)
    rows.append([f"**{moved} of {len(pairs)}** by {ENOUGH:g} deviations or more", "", "", ""])
    return table(["words", "what they move", f"means over {seeds} seeds", "standard deviations"], rows)


def main() -> None:
    """Print what words of degree do."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="mini", help="a name, a folder, or where a training left its network")
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--quick", action="store_true", help="two pairs and three seeds; for trying")
    options = parser.parse_args()
    model = read_second_edition(options.model)
    pairs, seeds = (PAIRS[:2], 3) if options.quick else (PAIRS, options.seeds)
    print(measure(model, model.load_encoders(), pairs, seeds))


if __name__ == "__main__":
    main()
